//! Call-ID (RFC 3261 section 20.8).

use super::{HeaderError, HeaderName};
use crate::grammar::{chars, text};

/// A Call-ID; compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId<'a>(&'a str);

impl<'a> CallId<'a> {
    /// Reads a header value: `word [ "@" word ]`.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        let mut words = value.splitn(2, |&byte| byte == b'@');
        let legal = words.all(|word| !word.is_empty() && chars::all(word, chars::WORD));
        if legal { Ok(CallId(text(value))) } else { Err(HeaderError::malformed(HeaderName::CallId)) }
    }

    /// The text.
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}
