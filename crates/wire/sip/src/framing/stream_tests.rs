use super::*;
use proptest::prelude::*;

const FIRST: &str =
    "MESSAGE sip:nyquist@example.net SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nl : 5\r\n\r\nhello";
const SECOND: &str = "SIP/2.0 200 OK\r\nContent-Length:\r\n 0\r\nX: folded\r\n\tvalue\r\n\r\n";

fn all(framer: &mut StreamFramer) -> Vec<StreamEvent> {
    std::iter::from_fn(|| framer.poll()).collect()
}

/// Messages as bytes and pings as marks; pongs are left out, since a split ping shows one more.
fn names(events: &[StreamEvent]) -> Vec<Vec<u8>> {
    let name = |event: &StreamEvent| match event {
        StreamEvent::Message(message) => Some(message.bytes().to_vec()),
        StreamEvent::Ping => Some(b"ping".to_vec()),
        StreamEvent::Pong => None,
        StreamEvent::Refused { error, .. } => Some(format!("{error:?}").into_bytes()),
    };
    events.iter().filter_map(name).collect()
}

fn refused(stream: &[u8]) -> Option<ParseError> {
    let mut framer = StreamFramer::new(Limits::default());
    framer.push(stream);
    let events = all(&mut framer);
    framer.push(b"more");
    assert!(framer.poll().is_none() || !framer.is_closed());
    events.iter().find_map(|event| match event {
        StreamEvent::Refused { error, .. } => Some(*error),
        _ => None,
    })
}

#[test]
fn a_stream_gives_the_same_messages_wherever_it_is_split() {
    let stream = format!("\r\n\r\n{FIRST}{SECOND}\r\n\r\n\r\n\r\n{SECOND}");
    let expected: Vec<Vec<u8>> =
        [&b"ping"[..], FIRST.as_bytes(), SECOND.as_bytes(), b"ping", b"ping", SECOND.as_bytes()]
            .map(<[u8]>::to_vec)
            .into();
    for split in 0..=stream.len() {
        let mut framer = StreamFramer::new(Limits::default());
        let mut events = Vec::new();
        for part in [&stream.as_bytes()[..split], &stream.as_bytes()[split..]] {
            framer.push(part);
            events.extend(all(&mut framer));
        }
        assert_eq!(names(&events), expected, "split at {split}");
        assert_eq!(framer.buffered(), 0);
        assert!(!framer.is_inside_message());
    }
    let mut framer = StreamFramer::new(Limits::default());
    let mut events = Vec::new();
    for byte in stream.as_bytes() {
        framer.push(&[*byte]);
        events.extend(all(&mut framer));
    }
    assert_eq!(names(&events), expected);
}

#[test]
fn a_line_end_is_a_pong_and_two_are_a_ping() {
    let mut framer = StreamFramer::new(Limits::default());
    framer.push(b"\r\n");
    assert!(matches!(all(&mut framer)[..], [StreamEvent::Pong]));
    framer.push(b"\r\n");
    assert!(matches!(all(&mut framer)[..], [StreamEvent::Ping]));
    framer.push(b"\r\n\r\n\r\n");
    assert!(matches!(all(&mut framer)[..], [StreamEvent::Ping, StreamEvent::Pong]));
    framer.push(FIRST.as_bytes());
    framer.push(b"\r\n");
    assert!(matches!(all(&mut framer)[..], [StreamEvent::Message(_), StreamEvent::Pong]));
}

#[test]
fn a_length_that_cannot_be_trusted_closes_the_stream() {
    let with = |lines: &str| format!("OPTIONS sip:a SIP/2.0\r\n{lines}\r\n");
    for lines in [
        "",
        "Content-Length: -1\r\n",
        "Content-Length: 1 1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length:\r\n",
        "Content-Length: 0\r\nl: 0\r\n",
        "Content-Length: 0, 0\r\n",
        "Content-Length: +0\r\n",
        "Content-Length: 99999999999\r\n",
    ] {
        assert_eq!(refused(with(lines).as_bytes()), Some(ParseError::ContentLength), "{lines:?}");
    }
    assert_eq!(refused(with("Content-Length: 9999999\r\n").as_bytes()), Some(ParseError::BodyTooLarge));
    assert_eq!(refused(with("Content-Length: 65536\r\n").as_bytes()), Some(ParseError::MessageTooLarge));
    assert_eq!(refused(with("Content-Length: 0\r\n").as_bytes()), None);
}

#[test]
fn ambiguous_bytes_close_the_stream_and_a_request_can_be_answered() {
    for (stream, error) in [
        ("OPTIONS sip:a SIP/2.0\r\nbare\nlf: x\r\nContent-Length: 0\r\n\r\n", ParseError::LineEnd),
        ("OPTIONS sip:a SIP/2.0\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n", ParseError::LineEnd),
        ("OPTIONS sip:a SIP/2.0\r\nno colon\r\nContent-Length: 0\r\n\r\n", ParseError::HeaderName),
        ("OPTIONS sip:a SIP/2.0\r\n X: y\r\nContent-Length: 0\r\n\r\n", ParseError::Continuation),
        ("\nOPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", ParseError::LineEnd),
        ("\rOPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", ParseError::LineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ParseError::NotSip),
    ] {
        assert_eq!(refused(stream.as_bytes()), Some(error), "{stream:?}");
    }
    let mut framer = StreamFramer::new(Limits::default());
    framer.push(b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP b;branch=z9hG4bKq\r\nbroken\r\n\r\n");
    let Some(StreamEvent::Refused { salvaged: Some(message), .. }) = framer.poll() else { panic!("no salvage") };
    assert_eq!(message.top_via().unwrap().branch(), Some("z9hG4bKq"));
    assert!(framer.is_closed());
}

#[test]
fn a_sender_without_end_is_stopped_at_the_limit() {
    let limits = Limits { max_message: 2_000, max_start_line: 500, ..Limits::default() };
    for (start, error) in [("A", ParseError::StartLineTooLong), ("A sip:a SIP/2.0\r\nX: ", ParseError::MessageTooLarge)]
    {
        let mut framer = StreamFramer::new(limits);
        framer.push(start.as_bytes());
        let mut found = None;
        for _ in 0..3_000 {
            framer.push(b"x");
            if let Some(StreamEvent::Refused { error, .. }) = framer.poll() {
                found = Some(error);
            }
            assert!(framer.buffered() <= 2_001);
        }
        assert_eq!(found, Some(error));
    }
}

#[test]
fn one_byte_at_a_time_costs_no_second_look() {
    let mut framer = StreamFramer::new(Limits::default());
    let long = format!(
        "OPTIONS sip:a SIP/2.0\r\n{}Content-Length: 0\r\n\r\n",
        format!("X: {}\r\n", "y".repeat(4_000)).repeat(15)
    );
    for byte in long.as_bytes() {
        framer.push(&[*byte]);
        let before = framer.searched;
        let _ = framer.poll();
        assert!(!framer.is_inside_message() || framer.searched <= before + 1);
    }
    assert_eq!(framer.buffered(), 0);
    assert!(!framer.is_closed());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..8)) {
        let mut framer = StreamFramer::new(Limits::default());
        for chunk in chunks {
            framer.push(&chunk);
            while framer.poll().is_some() {}
        }
    }

    #[test]
    fn any_split_gives_the_same_messages(cuts in proptest::collection::vec(0usize..400, 0..12), noise in "[\r\n:SIP/2.0 al]{0,12}") {
        let stream = format!("{FIRST}\r\n\r\n{SECOND}{FIRST}{noise}");
        let mut whole = StreamFramer::new(Limits::default());
        whole.push(stream.as_bytes());
        let expected = names(&all(&mut whole));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut framer = StreamFramer::new(Limits::default());
        let mut events = Vec::new();
        for pair in cuts.windows(2) {
            framer.push(&stream.as_bytes()[pair[0]..pair[1]]);
            events.extend(all(&mut framer));
        }
        prop_assert_eq!(names(&events), expected);
    }
}
