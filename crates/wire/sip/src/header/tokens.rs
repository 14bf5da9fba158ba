//! Lists of tokens: Require, Proxy-Require, Supported, Unsupported, Allow, Allow-Events, Privacy and their kind
//! (RFC 3261 section 20.5, 20.32, 20.37, 20.40).

use super::{HeaderError, HeaderName};
use crate::grammar::Cursor;
use crate::message::HeaderValues;

/// Walks over the tokens of a header across all its lines. An empty line holds no token, which is legal for Supported
/// and Allow.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    name: HeaderName,
    lines: Option<HeaderValues<'a>>,
    cursor: Option<Cursor<'a>>,
    separator: u8,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(name: HeaderName, lines: HeaderValues<'a>, separator: u8) -> Self {
        Tokens { name, lines: Some(lines), cursor: None, separator }
    }

    /// True when the token is in the list, whatever its case; a malformed rest of the list does not hide it.
    pub fn contains(self, token: &str) -> bool {
        self.flatten().any(|found| found.eq_ignore_ascii_case(token))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<&'a str, HeaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut cursor = match self.cursor.take() {
            Some(cursor) => cursor,
            None => loop {
                let value = self.lines.as_mut()?.next()?;
                if !value.is_empty() {
                    break Cursor::new(value);
                }
            },
        };
        cursor.skip_lws();
        let token = cursor.token();
        cursor.skip_lws();
        match token {
            Some(token) if cursor.is_empty() => Some(Ok(token)),
            // RFC 3323 section 4.2 separates the values of Privacy by semicolons; some senders write commas.
            Some(token) if cursor.eat(self.separator) || (self.separator == b';' && cursor.eat(b',')) => {
                self.cursor = Some(cursor);
                Some(Ok(token))
            }
            _ => {
                self.lines = None;
                Some(Err(HeaderError::malformed(self.name)))
            }
        }
    }
}
