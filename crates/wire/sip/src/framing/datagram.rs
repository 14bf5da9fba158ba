//! Datagrams: one message, a keep-alive, or a STUN packet on the same port (RFC 5626 section 4.4).

use crate::message::{Limits, Message, ParseError};
use bytes::Bytes;

/// What a datagram holds.
#[derive(Clone, Debug)]
pub enum Datagram {
    /// One message.
    Message(Message),
    /// Nothing but line ends or zeros, which telephones send to keep a NAT open.
    KeepAlive,
    /// A STUN packet (RFC 8489 section 5), to be answered by the STUN side.
    Stun(Bytes),
    /// Not a message.
    Refused {
        /// Why.
        error: ParseError,
        /// What could be read, for an answer with [`ParseError::status`]; never to be forwarded or acted on.
        salvaged: Option<Message>,
    },
}

/// The magic cookie of STUN (RFC 8489 section 5).
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// Tells what a datagram holds.
pub fn read_datagram(bytes: Bytes, limits: &Limits) -> Datagram {
    if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Datagram::KeepAlive;
    }
    if bytes.first().is_some_and(|byte| *byte < 2) && bytes.get(4..8) == Some(&STUN_COOKIE) {
        return Datagram::Stun(bytes);
    }
    match Message::parse_datagram_within(bytes.clone(), limits) {
        Ok(message) => Datagram::Message(message),
        Err(error) => Datagram::Refused { error, salvaged: Message::salvage(bytes).filter(Message::is_request) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &'static [u8]) -> Datagram {
        read_datagram(Bytes::from_static(bytes), &Limits::default())
    }

    #[test]
    fn keep_alives_and_stun_are_told_from_messages() {
        for quiet in [&b""[..], b"\r\n", b"\r\n\r\n", b"\0", b"\0\0\0\0"] {
            assert!(matches!(read(quiet), Datagram::KeepAlive), "{quiet:?}");
        }
        assert!(matches!(read(b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"), Datagram::Stun(_)));
        assert!(matches!(read(b"OPTIONS sip:a SIP/2.0\r\n\r\n"), Datagram::Message(_)));
    }

    #[test]
    fn what_is_refused_can_still_be_answered() {
        let broken =
            b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP b;branch=z9hG4bKx\r\nno colon here\r\nTo: sip:a\r\n\r\n";
        let Datagram::Refused { error, salvaged: Some(message) } = read(broken) else { panic!("not refused") };
        assert_eq!((error, error.status().0), (ParseError::HeaderName, 400));
        assert_eq!(message.top_via().unwrap().branch(), Some("z9hG4bKx"));
        assert_eq!(message.header_lines().count(), 2);
        assert!(matches!(
            read(b"GET / HTTP/1.1\r\n\r\n"),
            Datagram::Refused { error: ParseError::NotSip, salvaged: None }
        ));
    }
}
