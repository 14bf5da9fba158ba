//! Reads a file's messages, and tells how it ends.

use crate::frame::{HEAD, Head, Kind};
use crate::header::{Header, HeaderError};
use std::borrow::Cow;
use std::fmt;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is.
    pub kind: Kind,
    /// Where its first frame begins, in bytes from the beginning of the file.
    pub at: usize,
    /// Its content.
    pub content: Cow<'a, [u8]>,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After a whole message.
    Clean,
    /// Within a message, or behind it in zeros that were never written: the writer was killed, or the power failed.
    Cut {
        /// Where the message begins.
        at: usize,
    },
    /// Something else stands where a message was, and more follows.
    Damaged {
        /// Where.
        at: usize,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Clean => write!(f, "whole"),
            End::Cut { at } => write!(f, "cut at byte {at}"),
            End::Damaged { at } => write!(f, "damaged at byte {at}"),
        }
    }
}

/// Reads one file from memory. It allocates nothing that the bytes do not hold.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: Option<End>,
    header: Header,
}

/// One frame.
enum Step<'a> {
    Frame { kind: Kind, more: bool, content: &'a [u8] },
    End(End),
}

impl<'a> Reader<'a> {
    /// Reads the head.
    pub fn new(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let (header, at) = Header::read(bytes)?;
        Ok(Reader { bytes, at, end: None, header })
    }

    /// The head.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How the file ends; none before the last message was read.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Where the next frame begins.
    pub fn at(&self) -> usize {
        self.at
    }

    fn frame(&mut self) -> Step<'a> {
        let at = self.at;
        let rest = self.bytes.get(at..).unwrap_or_default();
        if rest.is_empty() {
            return Step::End(End::Clean);
        }
        // A system that lost power may have kept the length of a file and not what was written last.
        let nothing = || rest.iter().all(|byte| *byte == 0);
        let Some((head, rest)) = rest.split_first_chunk::<HEAD>() else { return Step::End(End::Cut { at }) };
        let Some(head) = Head::read(head) else {
            return Step::End(if nothing() { End::Cut { at } } else { End::Damaged { at } });
        };
        let Some((content, behind)) = rest.split_at_checked(head.length) else { return Step::End(End::Cut { at }) };
        if !head.fits(content) {
            let last = behind.iter().all(|byte| *byte == 0);
            return Step::End(if last { End::Cut { at } } else { End::Damaged { at } });
        }
        self.at = at + HEAD + head.length;
        Step::Frame { kind: head.kind, more: head.more, content }
    }

    fn message(&mut self) -> Result<Message<'a>, End> {
        let at = self.at;
        let mut whole: Option<(Kind, Vec<u8>)> = None;
        loop {
            let (kind, more, content) = match self.frame() {
                Step::Frame { kind, more, content } => (kind, more, content),
                Step::End(End::Clean) if whole.is_some() => return Err(End::Cut { at }),
                Step::End(End::Cut { .. }) => return Err(End::Cut { at }),
                Step::End(end) => return Err(end),
            };
            match (&mut whole, more) {
                (None, false) => return Ok(Message { kind, at, content: Cow::Borrowed(content) }),
                (None, true) => whole = Some((kind, content.to_vec())),
                // A message goes on with its own kind.
                (Some((begun, _)), _) if *begun != kind => return Err(End::Damaged { at }),
                (Some((_, bytes)), true) => bytes.extend_from_slice(content),
                (Some((_, bytes)), false) => {
                    bytes.extend_from_slice(content);
                    return Ok(Message { kind, at, content: Cow::Owned(std::mem::take(bytes)) });
                }
            }
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        if self.end.is_some() {
            return None;
        }
        self.message().map_err(|end| self.end = Some(end)).ok()
    }
}

#[cfg(test)]
mod tests;
