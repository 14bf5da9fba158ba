//! SIP streams: the same messages come out wherever the stream is split.

use sip::Limits;
use sip::framing::{Datagram, StreamEvent, StreamFramer, read_datagram};

/// Feeds `data` whole, in two parts and byte by byte, and compares what comes out. The first byte says where to split.
///
/// # Panics
///
/// When a split changes what is read, or more is held than the limits allow.
pub fn run(data: &[u8]) {
    let Some((&first, stream)) = data.split_first() else { return };
    let split = usize::from(first) * stream.len() / 256;
    let whole = read([stream].into_iter());
    let (before, after) = stream.split_at(split);
    assert_eq!(read([before, after].into_iter()), whole, "a split in two changed the messages");
    assert_eq!(read(stream.chunks(1)), whole, "a split at every byte changed the messages");
    if let Datagram::Refused { salvaged: Some(salvaged), .. } =
        read_datagram(bytes::Bytes::copy_from_slice(stream), &Limits::default())
    {
        assert!(salvaged.is_request());
    }
}

/// Messages and faults in their order. Pongs are left out: a ping that comes in halves shows one more.
fn read<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let limits = Limits { max_message: 4096, max_body: 2048, ..Limits::default() };
    let mut framer = StreamFramer::new(limits);
    let mut found = Vec::new();
    for chunk in chunks {
        framer.push(chunk);
        while let Some(event) = framer.poll() {
            match event {
                StreamEvent::Message(message) => found.push(message.bytes().to_vec()),
                StreamEvent::Ping => found.push(b"ping".to_vec()),
                StreamEvent::Pong => {}
                // Which limit is met first depends on how much came at once; that one is met does not.
                StreamEvent::Refused { .. } => found.push(b"refused".to_vec()),
            }
        }
        assert!(framer.buffered() <= limits.max_message, "more is held than the limits allow");
    }
    found
}
