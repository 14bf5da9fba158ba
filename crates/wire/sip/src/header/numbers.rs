//! Headers that hold one number: Max-Forwards, Expires, Min-Expires (RFC 3261 section 20.22, 20.19, 20.23).

use super::{HeaderError, HeaderName};
use crate::grammar::decimal32;

/// Max-Forwards: 0 to 255 (RFC 3261 section 20.22).
///
/// # Errors
/// When it is no number in that range.
pub fn max_forwards(value: &[u8]) -> Result<u8, HeaderError> {
    decimal32(value).and_then(|hops| u8::try_from(hops).ok()).ok_or(HeaderError::malformed(HeaderName::MaxForwards))
}

/// `delta-seconds`: a number of seconds below 2^32 (RFC 3261 section 20.19).
///
/// # Errors
/// When it is no number in that range.
pub fn delta_seconds(name: HeaderName, value: &[u8]) -> Result<u32, HeaderError> {
    decimal32(value).ok_or(HeaderError::malformed(name))
}
