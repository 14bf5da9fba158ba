//! Changing a parsed message for forwarding: only the touched lines differ from what came in (RFC 3261 section 16.6).

use super::builder::{Clean, put_clean};
use super::parse::StartLine;
use super::{Limits, Message, ParseError};
use crate::grammar::Cursor;
use crate::header::{HeaderName, Via};
use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::{Display, Write};

/// Changes to a message; the message itself stays as it is.
#[derive(Debug)]
pub struct Editor<'a> {
    message: &'a Message,
    request_uri: Option<String>,
    /// What stands before header line `at`, in the order of the calls.
    inserted: Vec<(usize, Bytes)>,
    /// Lines that are left out or stand with another value.
    changed: Vec<(usize, Option<Bytes>)>,
    body: Option<Bytes>,
}

impl<'a> Editor<'a> {
    /// No change yet.
    pub fn new(message: &'a Message) -> Self {
        Editor { message, request_uri: None, inserted: Vec::new(), changed: Vec::new(), body: None }
    }

    /// Another Request-URI.
    pub fn request_uri(&mut self, uri: impl Display) -> &mut Self {
        self.request_uri = Some(uri.to_string());
        self
    }

    /// A new line above all lines of that name, or at the end when there is none: Via, Record-Route, Route.
    pub fn prepend(&mut self, name: HeaderName, value: impl Display) -> &mut Self {
        let at = self.places(name).next().unwrap_or(self.message.entries().len());
        let line = line(name.as_str(), &value);
        let place = self.inserted.iter().position(|(place, _)| *place == at).unwrap_or(self.inserted.len());
        self.inserted.insert(place, (at, line));
        self
    }

    /// A new line at the end of the headers.
    pub fn append(&mut self, name: HeaderName, value: impl Display) -> &mut Self {
        let at = self.message.entries().len();
        self.inserted.push((at, line(name.as_str(), &value)));
        self
    }

    /// One line of that name with this value in place of the first one; others of the name go.
    pub fn set(&mut self, name: HeaderName, value: impl Display) -> &mut Self {
        let first = self.places(name).next();
        self.remove(name);
        match first {
            Some(at) => {
                self.changed.retain(|(place, _)| *place != at);
                self.changed.push((at, Some(line(name.as_str(), &value))));
                self
            }
            None => self.append(name, value),
        }
    }

    /// Takes all lines of that name out.
    pub fn remove(&mut self, name: HeaderName) -> &mut Self {
        let places: Vec<usize> = self.places(name).collect();
        for at in places {
            self.changed.retain(|(place, _)| *place != at);
            self.changed.push((at, None));
        }
        self
    }

    /// Takes the first value of a list header out, and its line when it was the only one: the top Route or Via.
    pub fn remove_first_value(&mut self, name: HeaderName) -> &mut Self {
        let Some(at) =
            self.places(name).find(|at| !self.changed.iter().any(|(place, new)| place == at && new.is_none()))
        else {
            return self;
        };
        let value =
            self.message.entries().get(at).map(|entry| entry.value.of(self.message.bytes())).unwrap_or_default();
        let rest = after_first_value(name, value);
        self.changed.retain(|(place, _)| *place != at);
        self.changed.push((at, rest.map(|rest| line_bytes(name.as_str(), rest))));
        self
    }

    /// Another body with its type; Content-Length follows it.
    pub fn body(&mut self, content_type: &str, body: Bytes) -> &mut Self {
        self.set(HeaderName::ContentType, content_type);
        self.set(HeaderName::ContentLength, body.len());
        self.body = Some(body);
        self
    }

    /// The changed message.
    pub fn finish(&self) -> Bytes {
        let bytes = self.message.bytes();
        let mut out = BytesMut::with_capacity(bytes.len() + 256);
        self.write_start_line(&mut out);
        let lines = self.message.entries().len();
        for at in 0..=lines {
            for (_, line) in self.inserted.iter().filter(|(place, _)| *place == at) {
                out.put_slice(line);
            }
            match self.changed.iter().find(|(place, _)| *place == at) {
                Some((_, Some(line))) => out.put_slice(line),
                Some((_, None)) => {}
                None => out.put_slice(self.message.line(at)),
            }
        }
        out.put_slice(b"\r\n");
        out.put_slice(self.body.as_deref().unwrap_or(self.message.body()));
        out.freeze()
    }

    /// The changed message, parsed.
    ///
    /// # Errors
    /// When the changes made it larger than the limits.
    pub fn finish_message(&self) -> Result<Message, ParseError> {
        Message::parse_datagram_within(self.finish(), &Limits::default())
    }

    fn write_start_line(&self, out: &mut BytesMut) {
        let first = self.message.entries().first().map_or(self.message.lines_end, |entry| entry.start) as usize;
        let original = self.message.bytes().get(..first).unwrap_or_default();
        match (&self.request_uri, &self.message.start_line) {
            (Some(uri), StartLine::Request { uri: span, .. }) => {
                out.put_slice(original.get(..span.start as usize).unwrap_or_default());
                put_clean(out, uri.as_bytes());
                out.put_slice(original.get(span.end as usize..).unwrap_or_default());
            }
            _ => out.put_slice(original),
        }
    }

    fn places(&self, name: HeaderName) -> impl Iterator<Item = usize> + use<'a> {
        let entries = self.message.entries();
        entries.iter().enumerate().filter(move |(_, entry)| entry.name == name).map(|(at, _)| at)
    }
}

/// What stands behind the first value of a list; `None` when nothing does, or when the value is malformed and its end is
/// therefore not certain.
fn after_first_value(name: HeaderName, value: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(value);
    match name {
        HeaderName::Via => Via::read(&mut cursor).map(|_| ())?,
        _ => crate::header::NameAddr::read(&mut cursor).map(|_| ())?,
    }
    cursor.separator(b',').then(|| cursor.rest())
}

fn line(name: &str, value: &impl Display) -> Bytes {
    let mut out = BytesMut::with_capacity(128);
    out.put_slice(name.as_bytes());
    out.put_slice(b": ");
    // Writing into memory fails only when a Display does.
    let _ = write!(Clean(&mut out), "{value}");
    out.put_slice(b"\r\n");
    out.freeze()
}

fn line_bytes(name: &str, value: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(name.len() + value.len() + 4);
    out.put_slice(name.as_bytes());
    out.put_slice(b": ");
    put_clean(&mut out, value);
    out.put_slice(b"\r\n");
    out.freeze()
}
