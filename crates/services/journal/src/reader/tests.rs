use super::*;
use crate::frame::{LONGEST, write};
use ground::Utc;
use proptest::prelude::*;

fn header() -> Header {
    Header { build: "test".into(), sequence: 1, position: 0, begun: Utc::from_seconds(0) }
}

fn file(messages: &[(Kind, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = header().bytes();
    for (kind, content) in messages {
        write(*kind, content, &mut bytes);
    }
    bytes
}

fn read(bytes: &[u8]) -> (Vec<(Kind, Vec<u8>)>, End) {
    let mut reader = Reader::new(bytes).unwrap();
    let messages = reader.by_ref().map(|message| (message.kind, message.content.into_owned())).collect();
    (messages, reader.end().unwrap())
}

fn messages() -> impl Strategy<Value = Vec<(Kind, Vec<u8>)>> {
    let kind = prop_oneof![Just(Kind::Section), Just(Kind::Whole), Just(Kind::Record)];
    proptest::collection::vec((kind, proptest::collection::vec(any::<u8>(), 0..60)), 0..12)
}

#[test]
fn a_message_of_several_frames_reads_back_and_its_cut_is_told_from_its_beginning() {
    let long: Vec<u8> = (0..2 * LONGEST + 5).map(|i| i as u8).collect();
    let bytes = file(&[(Kind::Record, b"before".to_vec()), (Kind::Section, long.clone())]);
    let (messages, end) = read(&bytes);
    assert_eq!((messages[1].1 == long, messages.len(), end), (true, 2, End::Clean));
    let begin = bytes.len() - long.len() - 3 * HEAD;
    // Exactly between two of its frames, too.
    for cut in [begin + 5, begin + HEAD + LONGEST, begin + 2 * HEAD + LONGEST + 9, bytes.len() - 1] {
        assert_eq!(read(&bytes[..cut]).1, End::Cut { at: begin });
    }
}

#[test]
fn a_message_that_goes_on_as_another_is_damage() {
    let mut bytes = file(&[]);
    let at = bytes.len();
    write(Kind::Section, &vec![1; LONGEST + 1], &mut bytes);
    bytes.truncate(at + HEAD + LONGEST);
    write(Kind::Record, b"other", &mut bytes);
    assert_eq!(read(&bytes).1, End::Damaged { at });
}

#[test]
fn zeros_behind_the_last_message_are_a_cut() {
    let mut bytes = file(&[(Kind::Record, b"one".to_vec())]);
    let at = bytes.len();
    for zeros in [1, HEAD, 4096] {
        bytes.resize(at + zeros, 0);
        assert_eq!(read(&bytes), (vec![(Kind::Record, b"one".to_vec())], End::Cut { at }));
    }
    // The last message itself may have come to the disk in part.
    bytes.truncate(at);
    let begin = at - HEAD - 3;
    bytes[at - 2..].fill(0);
    assert_eq!(read(&bytes).1, End::Cut { at: begin });
}

#[test]
fn a_length_that_claims_the_world_allocates_nothing() {
    let mut bytes = file(&[]);
    let at = bytes.len();
    bytes.extend_from_slice(&[0xff; 4]);
    bytes.extend_from_slice(&[3; 40]);
    assert_eq!(read(&bytes).1, End::Damaged { at });
}

proptest! {
    #[test]
    fn what_was_written_reads_back(messages in messages()) {
        prop_assert_eq!(read(&file(&messages)), (messages, End::Clean));
    }

    #[test]
    fn a_cut_anywhere_gives_a_beginning_and_says_so(messages in messages(), cut in any::<prop::sample::Index>()) {
        let bytes = file(&messages);
        let begin = header().bytes().len();
        let cut = begin + cut.index(bytes.len() - begin + 1);
        let (read, end) = read(&bytes[..cut]);
        prop_assert!(messages.starts_with(&read));
        match end {
            End::Clean => prop_assert_eq!(file(&read).len(), cut),
            End::Cut { at } => prop_assert!(at == file(&read).len() && at < cut),
            End::Damaged { .. } => prop_assert!(false, "a cut is no damage"),
        }
    }

    #[test]
    fn damage_is_told_with_its_place(messages in messages(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = file(&messages);
        let begin = header().bytes().len();
        prop_assume!(bytes.len() > begin);
        let place = begin + place.index(bytes.len() - begin);
        bytes[place] ^= 1 << bit;
        let (read, end) = read(&bytes);
        prop_assert!(messages.starts_with(&read) && read.len() < messages.len());
        let at = file(&read).len();
        prop_assert!(at <= place && place < file(&messages[..=read.len()]).len());
        let last = read.len() + 1 == messages.len();
        prop_assert!(end == End::Damaged { at } || last && end == End::Cut { at }, "{:?}", end);
    }

    #[test]
    fn no_bytes_make_it_panic_or_go_round(bytes in proptest::collection::vec(any::<u8>(), 0..300), good in any::<bool>()) {
        let mut file = if good { header().bytes() } else { Vec::new() };
        file.extend_from_slice(&bytes);
        if let Ok(mut reader) = Reader::new(&file) {
            let content: usize = reader.by_ref().map(|message| message.content.len()).sum();
            prop_assert!(content <= file.len() && reader.end().is_some());
        }
    }
}
