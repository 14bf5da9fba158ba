//! Streams: messages framed by Content-Length, with keep-alives between them (RFC 3261 section 18.3, RFC 5626 section
//! 4.4.1).

use crate::message::parse::{self, Declared, Head, Mode};
use crate::message::{Limits, Message, ParseError};
use bytes::{Buf, Bytes, BytesMut};
use std::fmt;

/// What comes out of a stream.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// One message.
    Message(Message),
    /// CRLF CRLF: the other side asks for a CRLF back.
    Ping,
    /// A lone CRLF: the answer to our ping, or an idle line end. When the second half of a ping comes late, its first half
    /// is reported as this and the whole as [`StreamEvent::Ping`].
    Pong,
    /// The stream cannot be read on: answer if possible, then close. Nothing comes after this.
    Refused {
        /// Why.
        error: ParseError,
        /// What could be read of a request, for an answer with [`ParseError::status`]; never to be forwarded or acted on.
        salvaged: Option<Message>,
    },
}

/// An empty buffer larger than this gives its memory back.
const KEPT_CAPACITY: usize = 8 * 1024;

/// Cuts a stream into messages, however it is split.
///
/// Each byte is looked at a bounded number of times, also when they come one by one; at most one message within its
/// [`Limits`] and one chunk are held.
pub struct StreamFramer {
    limits: Limits,
    buffer: BytesMut,
    /// How far the end of the headers has been searched.
    searched: usize,
    state: State,
}

enum State {
    /// Between messages. The flag says that a CRLF has just been reported as pong.
    Between(bool),
    /// Inside the start line or headers.
    Head,
    /// The head is read; the message has this many bytes.
    Body(Box<Head>, usize),
    /// After a fault.
    Closed,
}

impl StreamFramer {
    /// At the start of a stream.
    pub fn new(limits: Limits) -> Self {
        StreamFramer { limits, buffer: BytesMut::new(), searched: 0, state: State::Between(false) }
    }

    /// Takes bytes in. After each call [`StreamFramer::poll`] is to be called until it gives `None`.
    pub fn push(&mut self, chunk: &[u8]) {
        if !matches!(self.state, State::Closed) {
            self.buffer.extend_from_slice(chunk);
        }
    }

    /// How many bytes wait for the rest of their message.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// True when a message has begun and not ended: the time-out for slow senders counts from then.
    pub fn is_inside_message(&self) -> bool {
        matches!(self.state, State::Head | State::Body(..))
    }

    /// True after a fault: the stream is to be closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The next event, or `None` when more bytes are needed.
    pub fn poll(&mut self) -> Option<StreamEvent> {
        loop {
            let step = match &self.state {
                State::Closed => return None,
                State::Between(half) => self.between(*half),
                State::Head => self.head(),
                State::Body(_, total) if self.buffer.len() < *total => Step::Wait,
                State::Body(..) => self.complete(),
            };
            match step {
                Step::Again => {}
                Step::Wait => return None,
                Step::Event(event) => return Some(event),
                Step::Fault(error) => return Some(self.refuse(error)),
            }
        }
    }

    fn between(&mut self, half: bool) -> Step {
        match (half, self.buffer.as_ref()) {
            (_, []) => {
                if self.buffer.capacity() > KEPT_CAPACITY {
                    self.buffer = BytesMut::new();
                }
                Step::Wait
            }
            (_, [b'\r']) => Step::Wait,
            (true, [b'\r', b'\n', ..]) => self.line_end(2, StreamEvent::Ping, false),
            (false, [b'\r', b'\n', b'\r', b'\n', ..]) => self.line_end(4, StreamEvent::Ping, false),
            (false, [b'\r', b'\n', b'\r']) => Step::Wait,
            (false, [b'\r', b'\n']) => self.line_end(2, StreamEvent::Pong, true),
            (false, [b'\r', b'\n', ..]) => self.line_end(2, StreamEvent::Pong, false),
            (_, [b'\r' | b'\n', ..]) => Step::Fault(ParseError::LineEnd),
            _ => {
                self.state = State::Head;
                self.searched = 0;
                Step::Again
            }
        }
    }

    fn line_end(&mut self, bytes: usize, event: StreamEvent, half: bool) -> Step {
        self.buffer.advance(bytes);
        self.state = State::Between(half);
        Step::Event(event)
    }

    fn head(&mut self) -> Step {
        let from = self.searched.saturating_sub(3);
        let rest = self.buffer.get(from..).unwrap_or_default();
        let Some(at) = memchr::memmem::find(rest, b"\r\n\r\n") else {
            let before = std::mem::replace(&mut self.searched, self.buffer.len());
            return self.unfinished(before);
        };
        let end = from + at + 4;
        if end > self.limits.max_message {
            return Step::Fault(ParseError::MessageTooLarge);
        }
        let head = match parse::head(self.buffer.get(..end).unwrap_or_default(), &self.limits, Mode::Strict) {
            Ok(head) => head,
            Err(error) => return Step::Fault(error),
        };
        let Declared::Bytes(length) = head.declared else { return Step::Fault(ParseError::ContentLength) };
        if length > self.limits.max_body {
            return Step::Fault(ParseError::BodyTooLarge);
        }
        let total = head.end.saturating_add(length);
        if total > self.limits.max_message {
            return Step::Fault(ParseError::MessageTooLarge);
        }
        self.state = State::Body(Box::new(head), total);
        Step::Again
    }

    /// The head has not ended yet: it may wait for more unless a limit is broken already.
    fn unfinished(&self, before: usize) -> Step {
        let length = self.buffer.len();
        let start_line_passes = before <= self.limits.max_start_line + 2 && length > self.limits.max_start_line + 2;
        let start_line = self.buffer.get(..length.min(self.limits.max_start_line + 2)).unwrap_or_default();
        if length > self.limits.max_message {
            Step::Fault(ParseError::MessageTooLarge)
        } else if start_line_passes && memchr::memchr(b'\n', start_line).is_none() {
            Step::Fault(ParseError::StartLineTooLong)
        } else {
            Step::Wait
        }
    }

    fn complete(&mut self) -> Step {
        let State::Body(head, total) = std::mem::replace(&mut self.state, State::Between(false)) else {
            return Step::Again;
        };
        // A copy of its own: a message that a transaction keeps must not keep the buffer of the whole stream.
        let bytes = Bytes::copy_from_slice(self.buffer.get(..total).unwrap_or_default());
        self.buffer.advance(total);
        Step::Event(StreamEvent::Message(Message::assemble(bytes, *head, None)))
    }

    fn refuse(&mut self, error: ParseError) -> StreamEvent {
        self.state = State::Closed;
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.truncate(self.limits.max_message);
        let salvaged = Message::salvage(bytes.freeze()).filter(Message::is_request);
        StreamEvent::Refused { error, salvaged }
    }
}

enum Step {
    Again,
    Wait,
    Event(StreamEvent),
    Fault(ParseError),
}

impl fmt::Debug for StreamFramer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamFramer({} bytes wait)", self.buffer.len())
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
