//! Retry-After and Timestamp (RFC 3261 section 20.33 and 20.38).

use super::{HeaderError, HeaderName};
use crate::grammar::{Cursor, Params, decimal32};

/// Reads Retry-After: seconds, an optional comment, parameters. The seconds are what counts.
///
/// # Errors
/// When it breaks the grammar.
pub fn retry_after(value: &[u8]) -> Result<u32, HeaderError> {
    let read = || {
        let mut cursor = Cursor::new(value);
        let seconds = decimal32(cursor.token()?.as_bytes())?;
        cursor.skip_lws();
        if cursor.peek() == Some(b'(') {
            skip_comment(&mut cursor)?;
        }
        Params::read(&mut cursor)?;
        cursor.skip_lws();
        cursor.is_empty().then_some(seconds)
    };
    read().ok_or(HeaderError::malformed(HeaderName::RetryAfter))
}

/// `comment`, which may nest (RFC 3261 section 25.1).
fn skip_comment(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut depth = 0usize;
    loop {
        match cursor.peek()? {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => cursor.advance(1),
            _ => {}
        }
        cursor.advance(1);
        if depth == 0 {
            return Some(());
        }
    }
}

/// True when a Timestamp is well formed: `1*DIGIT [ "." *DIGIT ] [ LWS delay ]`.
pub fn is_timestamp(value: &[u8]) -> bool {
    let number = |part: &str| {
        let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
        (!whole.is_empty() || part.starts_with('.'))
            && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    };
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let mut parts = text.split_ascii_whitespace();
    let first = parts.next().is_some_and(|part| number(part) && !part.starts_with('.'));
    first && parts.next().is_none_or(number) && parts.next().is_none()
}

impl crate::Message {
    /// How many seconds to wait before trying again.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn retry_after(&self) -> Result<Option<u32>, HeaderError> {
        self.optional(HeaderName::RetryAfter)?.map(retry_after).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest_and_seconds_count() {
        assert_eq!(retry_after(b"120"), Ok(120));
        assert_eq!(retry_after(b"18000 (in a (long) meeting \\) ) ;duration=3600"), Ok(18_000));
        for bad in ["", "soon", "4294967296", "1 (open", "1 2", "1 )"] {
            assert!(retry_after(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn timestamps_are_numbers() {
        for good in ["54", "54.21", "54 .3", "54. 1.5"] {
            assert!(is_timestamp(good.as_bytes()), "{good}");
        }
        for bad in ["", ".5", "a", "1 2 3", "1.2.3", "-1"] {
            assert!(!is_timestamp(bad.as_bytes()), "{bad}");
        }
    }
}
