//! When two URIs name the same thing (RFC 3261 section 19.1.4, RFC 3966 section 4).

use super::escape::hex;
use super::{Scheme, UriRef};

/// The reserved characters of RFC 3261 section 25.1: escaped or not, they mean different things.
const RESERVED: &[u8] = b";/?:@&=+$,";

pub(super) fn equivalent(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    if a.scheme() != b.scheme() {
        return false;
    }
    match a.scheme() {
        Scheme::Sip | Scheme::Sips => sip(a, b),
        Scheme::Tel => matches!((a.telephone_number(), b.telephone_number()), (Some(x), Some(y)) if x.equivalent(&y)),
        Scheme::Other => {
            let rest = |uri: &UriRef<'_>| uri.as_str().split_once(':').map(|(_, rest)| rest.to_owned());
            a.scheme_text().eq_ignore_ascii_case(b.scheme_text()) && rest(a) == rest(b)
        }
    }
}

fn sip(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    let user = match (a.user(), b.user()) {
        (Some(x), Some(y)) => same_text(x, y, true),
        (x, y) => x.is_none() && y.is_none(),
    };
    let password = match (a.password(), b.password()) {
        (Some(x), Some(y)) => same_text(x, y, true),
        (x, y) => x.is_none() && y.is_none(),
    };
    let host = matches!((a.host(), b.host()), (Some(x), Some(y)) if x.equivalent(&y));
    // "If no port is given the URI does not match one with the default port": a name may resolve to another by SRV.
    user && password && host && a.port() == b.port() && params(a, b) && params(b, a) && headers(a, b)
}

/// A parameter in both must match; `user`, `ttl`, `method` and `maddr` in one alone make them differ, and `transport` too
/// (RFC 3261 section 19.1.4, "sip:alice@example.com and ;transport=udp are not equivalent").
fn params(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    a.params().all(|(name, value)| match b.params().find(|(other, _)| same_text(name, other, false)) {
        Some((_, other)) => same_text(value.unwrap_or_default(), other.unwrap_or_default(), false),
        None => !["user", "ttl", "method", "maddr", "transport"].iter().any(|n| n.eq_ignore_ascii_case(name)),
    })
}

/// Headers are never ignored: every one must be in both, the same number of times, in any order.
fn headers(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    let times = |uri: &UriRef<'_>, name: &str, value: &str| {
        uri.headers().filter(|(n, v)| same_text(n, name, false) && same_text(v, value, true)).count()
    };
    a.headers().count() == b.headers().count() && a.headers().all(|(n, v)| times(a, n, v) == times(b, n, v))
}

/// Compares text with escapes: `%61` is `a`, but `%40` is not a bare reserved character.
pub(super) fn same_text(a: &str, b: &str, case: bool) -> bool {
    Units { bytes: a.as_bytes() }
        .map(|unit| fold(unit, case))
        .eq(Units { bytes: b.as_bytes() }.map(|unit| fold(unit, case)))
}

fn fold((byte, reserved): (u8, bool), case: bool) -> (u8, bool) {
    (if case { byte } else { byte.to_ascii_lowercase() }, reserved)
}

/// The characters of an escaped text; the flag says that a reserved character was escaped.
struct Units<'a> {
    bytes: &'a [u8],
}

impl Iterator for Units<'_> {
    type Item = (u8, bool);

    fn next(&mut self) -> Option<(u8, bool)> {
        let (&byte, rest) = self.bytes.split_first()?;
        if byte == b'%'
            && let (Some(high), Some(low)) = (hex(rest.first()), hex(rest.get(1)))
        {
            self.bytes = rest.get(2..).unwrap_or_default();
            let value = high << 4 | low;
            return Some((value, RESERVED.contains(&value)));
        }
        self.bytes = rest;
        Some((byte, false))
    }
}
