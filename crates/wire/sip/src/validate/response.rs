//! Responses: a malformed one is discarded without a word (RFC 3261 section 8.1.3, 18.1.2).

use super::{Strictness, well_formed_as};
use crate::header::HeaderError;
use crate::message::{Fault, Message};
use std::fmt;

/// Why a response is discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discard {
    /// It is a request.
    NotAResponse,
    /// It is not SIP/2.0.
    Version,
    /// Its frame is broken.
    Frame(Fault),
    /// A header is missing, repeated or malformed.
    Header(HeaderError),
    /// It has more than one Via, so it went astray: every request from here has one (RFC 3261 section 8.1.3.3).
    Astray,
}

impl fmt::Display for Discard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Discard::NotAResponse => f.write_str("not a response"),
            Discard::Version => f.write_str("not SIP/2.0"),
            Discard::Frame(fault) => write!(f, "broken frame: {fault:?}"),
            Discard::Header(error) => write!(f, "{error}"),
            Discard::Astray => f.write_str("more than one Via"),
        }
    }
}

impl std::error::Error for Discard {}

/// Checks that a response can be acted on by the client that sent the request; headers that are not needed may be malformed.
///
/// # Errors
/// Why it is discarded.
pub fn response(message: &Message) -> Result<(), Discard> {
    response_as(message, Strictness::Needed)
}

/// As [`response`], with the strictness given.
///
/// # Errors
/// Why it is discarded.
pub fn response_as(message: &Message, strictness: Strictness) -> Result<(), Discard> {
    if message.is_request() {
        return Err(Discard::NotAResponse);
    }
    if !message.is_version_2() {
        return Err(Discard::Version);
    }
    if let Some(fault) = message.fault() {
        return Err(Discard::Frame(fault));
    }
    well_formed_as(message, strictness).map_err(Discard::Header)?;
    if message.vias().count() > 1 { Err(Discard::Astray) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn checked(status: &str, contact: &str) -> Result<(), Discard> {
        let text = format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=a\r\nTo: <sip:b@h>;tag=b\r\n\
             Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: {contact}\r\n\r\n"
        );
        response(&Message::parse_datagram(Bytes::from(text)).unwrap())
    }

    #[test]
    fn a_refusal_is_heard_whatever_it_advises() {
        for refusal in ["302 Moved Temporarily", "486 Busy Here", "603 Decline"] {
            assert_eq!(checked(refusal, "nonsense nonsense"), Ok(()));
        }
        let discard = Err(Discard::Header(HeaderError::malformed(crate::header::HeaderName::Contact)));
        assert_eq!(checked("200 OK", "nonsense nonsense"), discard, "where requests go must be known");
        assert_eq!(checked("200 OK", "<sip:b@h>"), Ok(()));
    }
}
