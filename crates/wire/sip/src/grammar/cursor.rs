//! A cursor over one header value: it only moves forward and never reads past the end.

use super::chars::{self, LWS, TOKEN};
use super::text;

/// A position in a header value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What lies between two positions.
    pub(crate) fn between(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// True when nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next byte.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Moves over `count` bytes, or to the end.
    pub(crate) fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
    }

    /// Moves over `byte` when it is next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    /// Moves over white space and folds.
    #[inline]
    pub(crate) fn skip_lws(&mut self) {
        while self.peek().is_some_and(|byte| chars::is(byte, LWS)) {
            self.at += 1;
        }
    }

    /// A separator with white space on both sides (`COMMA`, `SEMI`, `EQUAL`, ... of RFC 3261 section 25.1).
    pub(crate) fn separator(&mut self, byte: u8) -> bool {
        let start = self.at;
        self.skip_lws();
        if self.eat(byte) {
            self.skip_lws();
            return true;
        }
        self.at = start;
        false
    }

    /// The run of bytes of a class; it may be empty.
    #[inline]
    pub(crate) fn run(&mut self, class: u16) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !chars::is(byte, class)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// One `token`.
    pub(crate) fn token(&mut self) -> Option<&'a str> {
        let run = self.run(TOKEN);
        if run.is_empty() { None } else { Some(text(run)) }
    }

    /// One `quoted-string`, its quotes included. A backslash takes the next byte with it, whatever it is but CR and LF.
    pub(crate) fn quoted(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        if !self.eat(b'"') {
            return None;
        }
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return self.bytes.get(start..self.at),
                b'\\' => match self.peek() {
                    Some(next) if next != b'\r' && next != b'\n' && next < 0x80 => self.at += 1,
                    _ => break,
                },
                // RFC 3261 section 25.1: qdtext excludes the controls; white space may stand, and a fold with it.
                0x00..=0x08 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f => break,
                _ => {}
            }
        }
        self.at = start;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_string_ends_at_its_own_quote() {
        let mut cursor = Cursor::new(br#""a \" b\\" rest"#);
        assert_eq!(cursor.quoted(), Some(&br#""a \" b\\""#[..]));
        assert_eq!(cursor.rest(), b" rest");
        for bad in [&b"\"open"[..], b"\"ends with \\", b"plain\"", b"\"bell \x07\""] {
            let mut cursor = Cursor::new(bad);
            assert_eq!(cursor.quoted(), None);
            assert_eq!(cursor.position(), 0);
        }
    }

    #[test]
    fn a_separator_takes_white_space_with_it_and_nothing_when_it_is_absent() {
        let mut cursor = Cursor::new(b" \r\n ;\t a");
        assert!(!cursor.separator(b','));
        assert_eq!(cursor.position(), 0);
        assert!(cursor.separator(b';'));
        assert_eq!(cursor.token(), Some("a"));
        assert!(cursor.is_empty());
        cursor.advance(usize::MAX);
        assert_eq!(cursor.peek(), None);
    }
}
