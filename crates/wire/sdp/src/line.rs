//! A body's lines: RFC 8866 section 5, a letter, an equals sign, a value, a line end.

use crate::text::breaks_line;
use crate::{ParseError, ParseErrorKind};

/// One line.
pub(crate) struct Line<'a> {
    /// The type letter.
    pub letter: char,
    /// What follows the equals sign.
    pub value: &'a str,
    /// Counted from 1.
    pub number: u32,
}

/// Reads lines from a body.
pub(crate) struct Lines<'a> {
    rest: &'a str,
    number: u32,
    limit: usize,
}

impl<'a> Lines<'a> {
    /// Lines of `body`, each at most `limit` bytes long.
    pub fn new(body: &'a str, limit: usize) -> Self {
        Lines { rest: body, number: 0, limit }
    }

    /// The next line, or nothing at the end.
    pub fn next_line(&mut self) -> Result<Option<Line<'a>>, ParseError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        let fault = |kind| ParseError { line: self.number, kind };
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            // Empty lines are forgiven at the end of the body only.
            if rest.bytes().all(|byte| matches!(byte, b'\r' | b'\n')) {
                self.rest = "";
                return Ok(None);
            }
            return Err(fault(ParseErrorKind::NotALine));
        }
        if line.len() > self.limit {
            return Err(fault(ParseErrorKind::LineTooLong));
        }
        if line.bytes().any(breaks_line) {
            return Err(fault(ParseErrorKind::ControlCharacter));
        }
        self.rest = rest;
        let mut characters = line.chars();
        match (characters.next(), characters.next()) {
            (Some(letter), Some('=')) => Ok(Some(Line { letter, value: characters.as_str(), number: self.number })),
            _ => Err(fault(ParseErrorKind::NotALine)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<(char, String)>, ParseError> {
        let mut lines = Lines::new(body, 20);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line()? {
            all.push((line.letter, line.value.to_owned()));
        }
        Ok(all)
    }

    #[test]
    fn line_ends_may_be_crlf_or_lf_and_the_last_may_be_missing() {
        let expected = Ok(vec![('v', "0".to_owned()), ('s', " ".to_owned()), ('a', String::new())]);
        assert_eq!(read("v=0\r\ns= \r\na=\r\n"), expected);
        assert_eq!(read("v=0\ns= \na="), expected);
        assert_eq!(read("v=0\ns= \na=\r\n\r\n\n"), expected);
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_line_is_named_with_its_number() {
        let fault = |body: &str| read(body).map_err(|e| (e.line, e.kind));
        assert_eq!(fault("v=0\r\n\r\ns=-\r\n"), Err((2, ParseErrorKind::NotALine)));
        assert_eq!(fault("v=0\r\nnonsense\r\n"), Err((2, ParseErrorKind::NotALine)));
        assert_eq!(fault("v\r\n"), Err((1, ParseErrorKind::NotALine)));
        assert_eq!(fault("s=a\rb\r\n"), Err((1, ParseErrorKind::ControlCharacter)));
        assert_eq!(fault("s=a\0b\r\n"), Err((1, ParseErrorKind::ControlCharacter)));
        assert_eq!(fault("s=123456789012345678\r\n"), Ok(vec![('s', "123456789012345678".to_owned())]));
        assert_eq!(fault("s=1234567890123456789\r\n"), Err((1, ParseErrorKind::LineTooLong)));
    }
}
