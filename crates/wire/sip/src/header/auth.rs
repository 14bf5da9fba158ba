//! Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate and Authentication-Info (RFC 3261 section
//! 20.7, 20.28, 20.44, 20.27, 20.6; RFC 7616 for Digest).

use super::{HeaderError, HeaderName};
use crate::grammar::{Cursor, text};
use std::borrow::Cow;

/// Digest knows 15 parameters; what has many more is hostile, and looking for repeated ones would take long.
const MAX_PARAMS: usize = 32;

/// A scheme and its parameters. One header line holds one of them: commas belong to the parameters
/// (RFC 3261 section 7.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthValue<'a> {
    scheme: &'a str,
    params: AuthParams<'a>,
}

impl<'a> AuthValue<'a> {
    /// Reads a header value.
    ///
    /// # Errors
    /// When it breaks the grammar or has more than 32 parameters.
    pub fn parse(name: HeaderName, value: &'a [u8]) -> Result<Self, HeaderError> {
        AuthValue::read(value).ok_or(HeaderError::malformed(name))
    }

    fn read(value: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let scheme = cursor.token()?;
        let before = cursor.position();
        cursor.skip_lws();
        if cursor.position() == before {
            return None;
        }
        let rest = cursor.rest();
        if !scheme.eq_ignore_ascii_case("Digest") && is_token68(rest) {
            return Some(AuthValue { scheme, params: AuthParams { raw: &[] } });
        }
        Some(AuthValue { scheme, params: AuthParams::read(rest)? })
    }

    /// The scheme as it was written.
    pub fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// True for Digest.
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Digest")
    }

    /// The parameters.
    pub fn params(&self) -> AuthParams<'a> {
        self.params
    }

    /// The value of a parameter without quotes and escapes.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params.get(name)
    }
}

/// `token68` of RFC 9110 section 11.2, which schemes such as Bearer (RFC 8898 section 4) have instead of parameters.
fn is_token68(value: &[u8]) -> bool {
    let end = value.iter().position(|&byte| byte == b'=').unwrap_or(value.len());
    let (text, padding) = value.split_at_checked(end).unwrap_or_default();
    let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    !text.is_empty() && text.iter().all(legal) && padding.iter().all(|&byte| byte == b'=')
}

/// `auth-param *( COMMA auth-param )`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthParams<'a> {
    raw: &'a [u8],
}

impl<'a> AuthParams<'a> {
    /// Reads parameters that stand alone, as in Authentication-Info.
    ///
    /// # Errors
    /// When they break the grammar.
    pub fn parse(name: HeaderName, value: &'a [u8]) -> Result<Self, HeaderError> {
        AuthParams::read(value).ok_or(HeaderError::malformed(name))
    }

    fn read(raw: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(raw);
        for _ in 0..MAX_PARAMS {
            one(&mut cursor)?;
            cursor.skip_lws();
            if cursor.is_empty() {
                return Some(AuthParams { raw });
            }
            if !cursor.separator(b',') {
                return None;
            }
        }
        None
    }

    /// All parameters: name and value, the value as it was written with its quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let mut cursor = Cursor::new(self.raw);
        std::iter::from_fn(move || {
            let found = one(&mut cursor)?;
            cursor.separator(b',');
            Some(found)
        })
    }

    /// The value of the first parameter of that name without quotes and escapes; `None` also when it is not UTF-8.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        plain(value)
    }

    /// True when a parameter of that name stands more than once: two readers could then see different values.
    pub fn has_repeated(&self) -> bool {
        self.iter()
            .enumerate()
            .any(|(at, (name, _))| self.iter().skip(at + 1).any(|(n, _)| n.eq_ignore_ascii_case(name)))
    }
}

fn one<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a str, &'a [u8])> {
    let name = cursor.token()?;
    if !cursor.separator(b'=') {
        return None;
    }
    if cursor.peek() == Some(b'"') {
        return Some((name, cursor.quoted()?));
    }
    Some((name, cursor.token()?.as_bytes()))
}

fn plain(value: &[u8]) -> Option<Cow<'_, str>> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return Some(Cow::Borrowed(text(value)));
    };
    let inner = std::str::from_utf8(inner).ok()?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_lose_their_quotes_and_escapes() {
        let value = b"Digest username=\"a \\\"b\\\" c\",\r\n realm=\"exchange, main\" , nc=00000001 ,qop=auth";
        let auth = AuthValue::parse(HeaderName::Authorization, value).unwrap();
        assert!(auth.is_digest());
        assert_eq!(auth.get("Username").unwrap(), "a \"b\" c");
        assert_eq!(auth.get("realm").unwrap(), "exchange, main");
        assert_eq!(auth.get("nc").unwrap(), "00000001");
        assert_eq!(auth.get("opaque"), None);
        assert_eq!(auth.params().iter().count(), 4);
        assert!(!auth.params().has_repeated());
        assert!(AuthParams::parse(HeaderName::AuthenticationInfo, b"a=1, A=2").unwrap().has_repeated());
    }

    #[test]
    fn other_schemes_are_read_and_broken_ones_refused() {
        let other = AuthValue::parse(HeaderName::Authorization, b"UnheardOf token-1=x").unwrap();
        assert!(!other.is_digest());
        assert_eq!(other.scheme(), "UnheardOf");
        for token in ["Bearer eyJ0.a-b_c", "Negotiate TlRM=="] {
            let bearer = AuthValue::parse(HeaderName::Authorization, token.as_bytes()).unwrap();
            assert_eq!((bearer.is_digest(), bearer.params().iter().count(), bearer.get("x")), (false, 0, None));
        }
        let many = format!("Digest a0=1{}", (1..33).map(|n| format!(",a{n}=1")).collect::<String>());
        assert!(AuthValue::parse(HeaderName::Authorization, many.as_bytes()).is_err());
        assert!(AuthValue::parse(HeaderName::Authorization, many.trim_end_matches(",a32=1").as_bytes()).is_ok());
        for bad in ["", "Digest", "Digest ", "Digest a", "Digest a=", "Digest a=1,", "Digest a=1 b=2", "Digest a=\"1"] {
            assert!(AuthValue::parse(HeaderName::Authorization, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
