//! Headers that hold a list, in one line or in several (RFC 3261 section 7.3.1).

use super::{HeaderError, HeaderName};
use crate::grammar::Cursor;
use crate::message::HeaderValues;
use std::fmt;

/// Walks over the values of a list header across all its lines, in their order.
///
/// After the first malformed value it gives its error and ends: where the next value begins is not certain then.
#[derive(Clone)]
pub struct List<'a, T> {
    name: HeaderName,
    lines: Option<HeaderValues<'a>>,
    cursor: Option<Cursor<'a>>,
    read: fn(&mut Cursor<'a>) -> Option<T>,
}

impl<'a, T> List<'a, T> {
    pub(crate) fn new(name: HeaderName, lines: HeaderValues<'a>, read: fn(&mut Cursor<'a>) -> Option<T>) -> Self {
        List { name, lines: Some(lines), cursor: None, read }
    }

    /// A list over one value that does not stand in a message.
    pub(crate) fn of_value(name: HeaderName, value: &'a [u8], read: fn(&mut Cursor<'a>) -> Option<T>) -> Self {
        List { name, lines: None, cursor: Some(Cursor::new(value)), read }
    }
}

impl<T> Iterator for List<'_, T> {
    type Item = Result<T, HeaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = match self.cursor.take() {
            Some(cursor) => cursor,
            None => Cursor::new(self.lines.as_mut()?.next()?),
        };
        cursor.skip_lws();
        let item = (self.read)(&mut cursor);
        cursor.skip_lws();
        match item {
            Some(item) if cursor.is_empty() => Some(Ok(item)),
            Some(item) if cursor.eat(b',') => {
                self.cursor = Some(cursor);
                Some(Ok(item))
            }
            _ => {
                self.lines = None;
                Some(Err(HeaderError::malformed(self.name)))
            }
        }
    }
}

impl<T> fmt::Debug for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({})", self.name)
    }
}
