//! How a torture message is judged: by both levels and by the stream.

use bytes::Bytes;
use sip::framing::{StreamEvent, StreamFramer};
use sip::validate::{self, Capabilities};
use sip::{Limits, Message, Method};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid to act on.
    Valid,
    /// A request that is answered with this status.
    Refused(u16),
    /// A response that is discarded.
    Discarded,
    /// It does not even frame.
    Unframed,
}

/// Everything an element of these tests can do; each message's own method is added, so that methods are judged apart.
pub fn capabilities(method: Option<&Method>) -> Capabilities {
    let mut methods = Method::KNOWN.to_vec();
    methods.extend(method.cloned());
    let options = ["100rel", "gruu", "outbound", "path", "replaces", "timer"];
    let bodies = ["application/sdp", "multipart/*", "message/*", "text/plain"];
    Capabilities::new(&methods, &options, &bodies, &["sip", "sips", "tel"]).strict()
}

/// Judges one datagram strictly, and checks on the way that nothing is lost and that a stream sees the same message.
pub fn judge(bytes: &[u8]) -> Verdict {
    let Ok(message) = Message::parse_datagram(Bytes::copy_from_slice(bytes)) else { return Verdict::Unframed };
    assert!(bytes.starts_with(message.bytes()), "the bytes of the message are the bytes that came");
    assert_eq!(sip::Editor::new(&message).finish(), *message.bytes(), "an edit that changes nothing changes nothing");
    if message.fault().is_none() && message.declared_length().is_some() {
        check_stream(&message);
    }
    if message.is_response() {
        return match validate::response_as(&message, validate::Strictness::All) {
            Ok(()) => Verdict::Valid,
            Err(_) => Verdict::Discarded,
        };
    }
    match validate::request(&message, &capabilities(message.method())) {
        Ok(()) => Verdict::Valid,
        Err(rejection) => Verdict::Refused(rejection.status.0),
    }
}

/// Split at every byte, the stream gives this one message.
fn check_stream(message: &Message) {
    let bytes = message.bytes();
    for split in 0..=bytes.len() {
        let mut framer = StreamFramer::new(Limits::default());
        let (before, after) = bytes.split_at(split);
        framer.push(before);
        let early = framer.poll();
        framer.push(after);
        let event = early.or_else(|| framer.poll());
        assert!(matches!(event, Some(StreamEvent::Message(found)) if found == *message), "split at {split}");
        assert!(framer.poll().is_none() && framer.buffered() == 0);
    }
}
