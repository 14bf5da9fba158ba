//! Journal files: no bytes may panic, give more than they hold, or read otherwise when what was read is written again.

use journal::{End, Reader};

/// Takes `data` as a file.
///
/// # Panics
///
/// When more comes out than went in, or a whole file does not read back as itself.
pub fn run(data: &[u8]) {
    let Ok(mut reader) = Reader::new(data) else { return };
    let mut again = reader.header().bytes();
    let mut held = 0;
    for message in reader.by_ref() {
        held += message.content.len();
        journal::frame::write(message.kind, &message.content, &mut again);
    }
    assert!(held <= data.len(), "content from nowhere");
    match reader.end() {
        Some(End::Clean) => assert!(again.len() <= data.len(), "a whole file became longer"),
        Some(End::Cut { at } | End::Damaged { at }) => assert!(at < data.len(), "an end behind the file"),
        None => panic!("no end"),
    }
}
