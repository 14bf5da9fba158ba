//! CSeq (RFC 3261 section 20.16).

use super::{HeaderError, HeaderName};
use crate::Method;
use crate::grammar::{Cursor, decimal32};

/// The number of a request in its dialog, and its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The number, below 2^31 (RFC 3261 section 8.1.1.5).
    pub number: u32,
    /// The method as it was written.
    pub method: &'a str,
}

impl<'a> CSeq<'a> {
    /// Reads a header value.
    ///
    /// # Errors
    /// When it breaks the grammar or the number is 2^31 or more.
    pub fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        CSeq::read(value).ok_or(HeaderError::malformed(HeaderName::CSeq))
    }

    fn read(value: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let digits = cursor.token()?;
        let number = decimal32(digits.as_bytes()).filter(|&number| number < 1 << 31)?;
        cursor.skip_lws();
        let method = cursor.token()?;
        cursor.skip_lws();
        cursor.is_empty().then_some(CSeq { number, method })
    }

    /// The method; a copy only for methods this crate does not know.
    pub fn method(&self) -> Method {
        Method::parse(self.method).unwrap_or_else(|| Method::Extension(self.method.into()))
    }
}
