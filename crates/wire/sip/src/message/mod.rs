//! Messages: the bytes as they came, and where everything lies in them (RFC 3261 section 7).

mod builder;
mod editor;
mod limits;
mod method;
pub(crate) mod parse;
mod redact;
mod response;
mod sipfrag;
mod status;
mod transport;
mod typed;

pub use builder::Builder;
pub use editor::Editor;
pub use limits::{Fault, Limits, ParseError};
pub use method::Method;
pub use redact::redact;
pub use response::{ResponseBuilder, Unanswerable};
pub use sipfrag::{sipfrag, sipfrag_status};
pub use status::StatusCode;
pub use transport::Transport;

use crate::grammar::text;
use crate::header::HeaderName;
use crate::uri::{UriError, UriRef};
use bytes::Bytes;
use parse::{Declared, Entry, Head, Mode, StartLine};
use std::fmt;
use std::sync::Arc;

/// A request or response that frames: its start line, header lines and body are certain, nothing more.
///
/// It holds the original bytes and spans into them. Unknown headers, their order, folds and the body survive:
/// [`Message::bytes`] is what came in. A clone shares everything.
#[derive(Clone)]
pub struct Message {
    bytes: Bytes,
    start_line: StartLine,
    entries: Arc<[Entry]>,
    lines_end: u32,
    body_start: u32,
    version_2: bool,
    declared: Declared,
    fault: Option<Fault>,
}

impl Message {
    /// Reads one datagram, or one WebSocket message, with the usual [`Limits`].
    ///
    /// # Errors
    /// When the bytes do not frame as one message; [`ParseError::status`] says what would answer it.
    pub fn parse_datagram(bytes: Bytes) -> Result<Message, ParseError> {
        Message::parse_datagram_within(bytes, &Limits::default())
    }

    /// Reads one datagram within limits.
    ///
    /// Line ends before the start line are passed over (RFC 3261 section 7.5). Bytes after the body that Content-Length
    /// announces are ignored and never a second message (section 18.3); fewer bytes are [`Fault::BodyShort`].
    ///
    /// # Errors
    /// When the bytes do not frame as one message.
    pub fn parse_datagram_within(bytes: Bytes, limits: &Limits) -> Result<Message, ParseError> {
        Message::read(bytes, limits, Mode::Strict)
    }

    /// Reads what can be read of bytes that are no message, to find the headers that an error response copies. The result
    /// must neither be forwarded nor acted on.
    pub fn salvage(bytes: Bytes) -> Option<Message> {
        Message::read(bytes, &Limits::default(), Mode::Salvage).ok()
    }

    fn read(mut bytes: Bytes, limits: &Limits, mode: Mode) -> Result<Message, ParseError> {
        let blank = bytes.chunks(2).take_while(|pair| *pair == b"\r\n").count() * 2;
        if blank > 0 {
            bytes = bytes.slice(blank..);
        }
        if bytes.is_empty() {
            return Err(ParseError::Empty);
        }
        if bytes.len() > limits.max_message && mode == Mode::Strict {
            return Err(ParseError::MessageTooLarge);
        }
        let head = parse::head(&bytes, limits, mode)?;
        let available = bytes.len().saturating_sub(head.end);
        let (length, fault) = match head.declared {
            Declared::Absent => (available, None),
            Declared::Bytes(length) if length <= available => (length, None),
            Declared::Bytes(_) => (available, Some(Fault::BodyShort)),
            Declared::Malformed => (available, Some(Fault::ContentLength)),
            Declared::Repeated => (available, Some(Fault::ContentLengthRepeated)),
        };
        if length > limits.max_body && mode == Mode::Strict {
            return Err(ParseError::BodyTooLarge);
        }
        bytes.truncate(head.end + length);
        Ok(Message::assemble(bytes, head, fault))
    }

    /// Puts a head and its bytes together; the bytes end with the body.
    pub(crate) fn assemble(bytes: Bytes, head: Head, fault: Option<Fault>) -> Message {
        let fault = if head.well_spaced { fault } else { Some(Fault::StartLine) };
        Message {
            start_line: head.start_line,
            entries: Arc::from(head.entries.as_slice()),
            lines_end: u32::try_from(head.lines_end).unwrap_or(u32::MAX),
            body_start: u32::try_from(head.end).unwrap_or(u32::MAX),
            version_2: head.version_2,
            declared: head.declared,
            fault,
            bytes,
        }
    }

    /// The message as it came, without what a datagram carried around it.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// True for a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start_line, StartLine::Request { .. })
    }

    /// True for a response.
    pub fn is_response(&self) -> bool {
        !self.is_request()
    }

    /// The method of the request line; `None` for a response, whose method is in its CSeq
    /// ([`Message::transaction_method`]).
    pub fn method(&self) -> Option<&Method> {
        match &self.start_line {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// True for a request of that method.
    pub fn is_method(&self, method: &Method) -> bool {
        self.method() == Some(method)
    }

    /// The status of a response.
    pub fn status(&self) -> Option<StatusCode> {
        match self.start_line {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => Some(status),
        }
    }

    /// The reason phrase of a response as it was sent; empty for a request.
    pub fn reason_phrase(&self) -> &[u8] {
        match self.start_line {
            StartLine::Request { .. } => &[],
            StartLine::Response { reason, .. } => reason.of(&self.bytes),
        }
    }

    /// The Request-URI as it was sent, not yet checked; empty for a response.
    pub fn request_uri_raw(&self) -> &[u8] {
        match self.start_line {
            StartLine::Request { uri, .. } => uri.of(&self.bytes),
            StartLine::Response { .. } => &[],
        }
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// When it is malformed, or the message is a response.
    pub fn request_uri(&self) -> Result<UriRef<'_>, UriError> {
        UriRef::parse(self.request_uri_raw())
    }

    /// True when the start line says `SIP/2.0`.
    pub fn is_version_2(&self) -> bool {
        self.version_2
    }

    /// What is wrong with the frame, if anything: such a message may be passed on but not acted on.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The length of the body that the message announces; `None` when it announces none, or not one that can be read.
    pub fn declared_length(&self) -> Option<usize> {
        match self.declared {
            Declared::Bytes(length) => Some(length),
            _ => None,
        }
    }

    /// The value of the first header line of that name, without the white space around it; folds inside it are kept.
    pub fn header(&self, name: HeaderName) -> Option<&[u8]> {
        self.headers(name).next()
    }

    /// The same as text; `None` also when the value is not UTF-8.
    pub fn header_text(&self, name: HeaderName) -> Option<&str> {
        std::str::from_utf8(self.header(name)?).ok()
    }

    /// The values of all header lines of that name, in their order.
    pub fn headers(&self, name: HeaderName) -> HeaderValues<'_> {
        HeaderValues { bytes: &self.bytes, entries: self.entries.iter(), name }
    }

    /// The value of the first header line of that name, for names this crate does not know.
    pub fn header_named(&self, name: &str) -> Option<&[u8]> {
        self.header_lines().find(|line| line.name_text.eq_ignore_ascii_case(name)).map(|line| line.value)
    }

    /// True when a header line of that name is there.
    pub fn has_header(&self, name: HeaderName) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// How many header lines of that name there are.
    pub fn count(&self, name: HeaderName) -> usize {
        self.entries.iter().filter(|entry| entry.name == name).count()
    }

    /// Every header line in its order.
    pub fn header_lines(&self) -> impl Iterator<Item = HeaderLine<'_>> {
        self.entries.iter().map(|entry| HeaderLine {
            name: entry.name,
            name_text: entry.name_text(&self.bytes),
            value: entry.value.of(&self.bytes),
        })
    }

    /// The body; empty when there is none.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.body_start as usize..).unwrap_or_default()
    }

    /// The body as a share of the message's bytes.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice((self.body_start as usize).min(self.bytes.len())..)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of header line `at` with its CRLF.
    pub(crate) fn line(&self, at: usize) -> &[u8] {
        let end = self.entries.get(at + 1).map_or(self.lines_end, |next| next.start);
        let start = self.entries.get(at).map_or(end, |entry| entry.start);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl fmt::Debug for Message {
    /// The start line and the size: a message holds secrets, which [`redact`] takes out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.start_line {
            StartLine::Request { method, uri } => write!(f, "Message({method} {}", text(uri.of(&self.bytes)))?,
            StartLine::Response { status, .. } => write!(f, "Message({status}")?,
        }
        write!(f, ", {} headers, {} bytes)", self.entries.len(), self.bytes.len())
    }
}

impl PartialEq for Message {
    /// Messages are equal when their bytes are.
    fn eq(&self, other: &Message) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Message {}

/// One header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderLine<'a> {
    /// The name, where it is known.
    pub name: HeaderName,
    /// The name as it was written.
    pub name_text: &'a str,
    /// The value without the white space around it; folds inside it are kept.
    pub value: &'a [u8],
}

/// Walks over the values of the header lines of one name.
#[derive(Clone, Debug)]
pub struct HeaderValues<'a> {
    bytes: &'a [u8],
    entries: std::slice::Iter<'a, Entry>,
    name: HeaderName,
}

impl<'a> Iterator for HeaderValues<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let name = self.name;
        self.entries.find(|entry| entry.name == name).map(|entry| entry.value.of(self.bytes))
    }
}

#[cfg(test)]
mod tests;
