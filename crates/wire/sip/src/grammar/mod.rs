//! The grammar that all headers share (RFC 3261 section 25.1): character classes, a cursor over a header value, quoted
//! strings and parameter lists.

pub(crate) mod chars;
pub(crate) mod cursor;
mod params;

pub(crate) use cursor::Cursor;
pub use params::{Param, ParamIter, Params};

/// The text of bytes that a grammar has already limited to ASCII; empty when they are not UTF-8 after all.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// An unsigned decimal number of 1 to `max_digits` digits and nothing else.
///
/// RFC 3261 section 25.1 writes `1*DIGIT`; signs, spaces and overflow are refused, as RFC 4475 section 3.1.2.4 asks.
pub(crate) fn decimal(bytes: &[u8], max_digits: usize) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > max_digits || max_digits > 18 {
        return None;
    }
    let mut value = 0u64;
    for &byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    Some(value)
}

/// A decimal number that may have leading zeros and must fit 32 bits.
pub(crate) fn decimal32(bytes: &[u8]) -> Option<u32> {
    let significant = match bytes.iter().position(|&byte| byte != b'0') {
        Some(at) => bytes.get(at..)?,
        None if bytes.is_empty() => return None,
        None => return Some(0),
    };
    u32::try_from(decimal(significant, 10)?).ok()
}

/// The value without the white space around it (`LWS`, folds included).
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_digits_only_and_a_bound() {
        assert_eq!(decimal(b"007", 3), Some(7));
        for bad in [&b""[..], b"-1", b"+1", b" 1", b"1 ", b"0x1", b"1234"] {
            assert_eq!(decimal(bad, 3), None, "{bad:?}");
        }
        assert_eq!(decimal32(b"4294967295"), Some(u32::MAX));
        assert_eq!(decimal32(b"4294967296"), None);
        assert_eq!(decimal32(b"0000000000000000000001"), Some(1));
        assert_eq!(decimal32(b"000"), Some(0));
        assert_eq!(decimal32(b""), None);
    }

    #[test]
    fn trimming_takes_folds_too() {
        assert_eq!(trim(b" \r\n\t a b \r\n "), b"a b");
        assert_eq!(trim(b" \t"), b"");
    }
}
