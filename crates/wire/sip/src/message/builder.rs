//! Writing messages (RFC 3261 section 7). Nothing that is written through here can end a line early: CR and LF inside a
//! value become spaces, so no value can smuggle a header or a body.

use super::{Message, Method, StatusCode};
use crate::header::HeaderName;
use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::{self, Display, Write};

/// The room that an ordinary message needs.
const USUAL_SIZE: usize = 1024;
/// More unused room than this is given back when a message is finished.
const WASTE: usize = 128;

/// A message being written: start line, headers in the order of the calls, then the body.
#[derive(Debug)]
pub struct Builder {
    buffer: BytesMut,
}

impl Builder {
    /// A request.
    pub fn request(method: &Method, uri: impl Display) -> Self {
        let mut builder = Builder { buffer: BytesMut::with_capacity(USUAL_SIZE) };
        builder.text(method.as_str());
        builder.buffer.put_u8(b' ');
        builder.display(uri);
        builder.buffer.put_slice(b" SIP/2.0\r\n");
        builder
    }

    /// A response with the usual reason phrase.
    pub fn response(status: StatusCode) -> Self {
        Builder::response_with_reason(status, status.reason_phrase())
    }

    /// A response with a reason phrase of its own.
    pub fn response_with_reason(status: StatusCode, reason: &str) -> Self {
        let mut builder = Builder { buffer: BytesMut::with_capacity(USUAL_SIZE) };
        builder.buffer.put_slice(b"SIP/2.0 ");
        builder.display(status);
        builder.buffer.put_u8(b' ');
        builder.text(reason);
        builder.buffer.put_slice(b"\r\n");
        builder
    }

    /// A header line. Content-Length writes nothing here: it follows the body at the end of the message, once.
    pub fn header(&mut self, name: HeaderName, value: impl Display) -> &mut Self {
        if name != HeaderName::ContentLength && self.name(name.as_str()) {
            self.display(value);
            self.buffer.put_slice(b"\r\n");
        }
        self
    }

    /// A header line with a name this crate does not know. A name that is no token writes nothing.
    pub fn header_named(&mut self, name: &str, value: impl Display) -> &mut Self {
        if HeaderName::from_bytes(name.as_bytes()) != HeaderName::ContentLength && self.name(name) {
            self.display(value);
            self.buffer.put_slice(b"\r\n");
        }
        self
    }

    /// A header line whose value is bytes, such as one from another message: folds become spaces.
    pub fn header_bytes(&mut self, name: HeaderName, value: &[u8]) -> &mut Self {
        if name != HeaderName::ContentLength && self.name(name.as_str()) {
            put_clean(&mut self.buffer, value);
            self.buffer.put_slice(b"\r\n");
        }
        self
    }

    /// Copies all header lines of that name from another message.
    pub fn copy(&mut self, message: &Message, name: HeaderName) -> &mut Self {
        for value in message.headers(name) {
            self.header_bytes(name, value);
        }
        self
    }

    /// Ends the message without a body; writes `Content-Length: 0`.
    pub fn finish(self) -> Bytes {
        self.finish_with(&[])
    }

    /// Ends the message with a body; writes Content-Type and Content-Length.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Bytes {
        self.header(HeaderName::ContentType, content_type);
        self.finish_with(body)
    }

    /// Ends the message with a body whose headers are already written, apart from Content-Length.
    pub fn finish_with(mut self, body: &[u8]) -> Bytes {
        self.buffer.put_slice(b"Content-Length: ");
        self.display(body.len());
        self.buffer.put_slice(b"\r\n\r\n");
        self.buffer.put_slice(body);
        // A response is kept for retransmission for 32 s (RFC 3261 section 17.2): without the room that it did not need.
        if self.buffer.capacity() - self.buffer.len() > WASTE {
            return Bytes::copy_from_slice(&self.buffer);
        }
        self.buffer.freeze()
    }

    fn name(&mut self, name: &str) -> bool {
        let legal = !name.is_empty() && crate::grammar::chars::all(name.as_bytes(), crate::grammar::chars::TOKEN);
        if legal {
            self.buffer.put_slice(name.as_bytes());
            self.buffer.put_slice(b": ");
        }
        legal
    }

    fn text(&mut self, text: &str) {
        put_clean(&mut self.buffer, text.as_bytes());
    }

    fn display(&mut self, value: impl Display) {
        // Writing into memory fails only when a Display does; what it wrote until then stays.
        let _ = write!(Clean(&mut self.buffer), "{value}");
    }
}

/// Writes a value without its line ends.
pub(super) fn put_clean(buffer: &mut BytesMut, value: &[u8]) {
    let mut rest = value;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        buffer.put_slice(rest.get(..at).unwrap_or_default());
        buffer.put_u8(b' ');
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    buffer.put_slice(rest);
}

/// A writer that turns line ends into spaces.
pub(super) struct Clean<'a>(pub(super) &'a mut BytesMut);

impl Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        put_clean(self.0, text.as_bytes());
        Ok(())
    }
}
