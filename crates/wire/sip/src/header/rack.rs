//! RSeq and RAck (RFC 3262 section 7.1 and 7.2).

use super::{HeaderError, HeaderName};
use crate::grammar::{Cursor, decimal32};

/// Which reliable provisional response a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    /// The RSeq of the response.
    pub rseq: u32,
    /// The CSeq number of the request it answered.
    pub cseq: u32,
    /// The method of that request.
    pub method: &'a str,
}

impl<'a> RAck<'a> {
    /// Reads a header value.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        let read = || {
            let mut cursor = Cursor::new(value);
            let rseq = decimal32(cursor.token()?.as_bytes()).filter(|&number| number != 0)?;
            cursor.skip_lws();
            let cseq = decimal32(cursor.token()?.as_bytes()).filter(|&number| number < 1 << 31)?;
            cursor.skip_lws();
            let method = cursor.token()?;
            cursor.is_empty().then_some(RAck { rseq, cseq, method })
        };
        read().ok_or(HeaderError::malformed(HeaderName::RAck))
    }
}

impl crate::Message {
    /// RAck of a PRACK.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn rack(&self) -> Result<RAck<'_>, HeaderError> {
        RAck::parse(self.single(HeaderName::RAck)?)
    }

    /// RSeq of a reliable provisional response; never zero.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn rseq(&self) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.optional(HeaderName::RSeq)? else { return Ok(None) };
        let number = decimal32(value).filter(|&number| number != 0);
        number.map(Some).ok_or(HeaderError::malformed(HeaderName::RSeq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_are_needed() {
        assert_eq!(RAck::parse(b"776656 1 INVITE").unwrap(), RAck { rseq: 776_656, cseq: 1, method: "INVITE" });
        for bad in ["", "1", "1 2", "0 1 INVITE", "1 2147483648 INVITE", "1 2 INVITE x", "a 1 INVITE"] {
            assert!(RAck::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
