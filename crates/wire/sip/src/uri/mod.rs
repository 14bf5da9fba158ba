//! Addresses: `sip:`, `sips:` (RFC 3261 section 19.1), `tel:` (RFC 3966), and anything else kept as it came.

mod compare;
mod escape;
mod host;
mod parse;
mod tel;

pub use escape::{EscapeSet, escape, unescape};
pub(crate) use host::port;
pub use host::{Host, host_and_port};
pub use tel::TelNumber;

use crate::grammar::{Cursor, text};
use parse::{Parts, Piece};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// `sip` (RFC 3261 section 19.1).
    Sip,
    /// `sips`: TLS on every hop (RFC 3261 section 26.2.2, RFC 5630).
    Sips,
    /// `tel`: a telephone number (RFC 3966).
    Tel,
    /// Any other scheme; the text after it is opaque here.
    Other,
}

/// Why a text is no URI that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriError {
    /// No scheme and colon at the start.
    Scheme,
    /// A character in the user part or password that must be escaped, or an empty user before `@`.
    User,
    /// No host, a host that is neither name nor address, or an IPv6 address without brackets.
    Host,
    /// A port that is no number from 1 to 65535.
    Port,
    /// A malformed, empty or repeated URI parameter, or more than 64 of them.
    Parameter,
    /// A malformed header part after `?`, or more than 64 headers in it.
    Headers,
    /// A telephone number with characters RFC 3966 does not know, or a local one without context.
    Number,
    /// A character that no URI of another scheme may hold, or an empty one.
    Opaque,
    /// Longer than 65535 bytes.
    TooLong,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            UriError::Scheme => "no scheme",
            UriError::User => "malformed user part",
            UriError::Host => "malformed host",
            UriError::Port => "malformed port",
            UriError::Parameter => "malformed parameter",
            UriError::Headers => "malformed headers part",
            UriError::Number => "malformed telephone number",
            UriError::Opaque => "malformed URI",
            UriError::TooLong => "URI too long",
        };
        f.write_str(what)
    }
}

impl std::error::Error for UriError {}

/// A checked URI that borrows its text, from a message or from a [`Uri`].
///
/// `==` compares the text; [`UriRef::equivalent`] compares as RFC 3261 section 19.1.4 says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UriRef<'a> {
    raw: &'a [u8],
    parts: Parts,
}

impl<'a> UriRef<'a> {
    /// Checks a whole text: nothing may stand before or after the URI.
    ///
    /// # Errors
    /// Names the first part that breaks the grammar of its scheme.
    pub fn parse(raw: &'a [u8]) -> Result<Self, UriError> {
        Ok(UriRef { raw, parts: parse::parse(raw)? })
    }

    fn piece(&self, piece: Piece) -> &'a str {
        text(self.raw.get(usize::from(piece.start)..usize::from(piece.end)).unwrap_or_default())
    }

    /// The whole URI as it was sent.
    pub fn as_str(&self) -> &'a str {
        text(self.raw)
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// The scheme as it was written, without the colon.
    pub fn scheme_text(&self) -> &'a str {
        self.as_str().split(':').next().unwrap_or_default()
    }

    /// True for `sip` and `sips`.
    pub fn is_sip(&self) -> bool {
        matches!(self.parts.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user part without its password, escapes kept. For `tel` the number as it was written.
    pub fn user(&self) -> Option<&'a str> {
        self.parts.user.map(|piece| self.piece(piece))
    }

    /// The user part with its escapes resolved: what a number or account is looked up by.
    pub fn user_unescaped(&self) -> Option<std::borrow::Cow<'a, str>> {
        self.user().map(unescape)
    }

    /// The password, which nobody should send (RFC 3261 section 19.1.1), escapes kept.
    pub fn password(&self) -> Option<&'a str> {
        self.parts.password.map(|piece| self.piece(piece))
    }

    /// The host of a `sip` or `sips` URI.
    pub fn host(&self) -> Option<Host<'a>> {
        let host = self.parts.host?;
        Host::parse(self.piece(host).as_bytes())
    }

    /// The host as it was written, brackets included; empty for other schemes.
    pub fn host_text(&self) -> &'a str {
        self.parts.host.map(|piece| self.piece(piece)).unwrap_or_default()
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The URI parameters as they were written, with the leading semicolon; empty when there are none.
    pub fn params_text(&self) -> &'a str {
        self.piece(self.parts.params)
    }

    /// The URI parameters: name and value, escapes kept.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        self.params_text().split(';').skip(1).map(|param| match param.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (param, None),
        })
    }

    /// The value of a URI parameter, whatever the case of its name; a flag gives the empty text.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.unwrap_or_default())
    }

    /// True when a URI parameter of that name is there.
    pub fn has_param(&self, name: &str) -> bool {
        self.param(name).is_some()
    }

    /// True for a loose router (RFC 3261 section 16.12.1).
    pub fn is_loose_router(&self) -> bool {
        self.has_param("lr")
    }

    /// The headers part after `?`, without the mark.
    pub fn headers_text(&self) -> Option<&'a str> {
        self.parts.headers.map(|piece| self.piece(piece))
    }

    /// The headers of the headers part: name and value, escapes kept.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let text = self.headers_text().unwrap_or_default();
        text.split('&').filter_map(|header| header.split_once('='))
    }

    /// The telephone number of a `tel` URI, or of a `sip` URI with `user=phone` (RFC 3261 section 19.1.6).
    pub fn telephone_number(&self) -> Option<TelNumber<'a>> {
        match self.parts.scheme {
            Scheme::Tel => TelNumber::parse(self.user()?, self.params_text()),
            Scheme::Sip | Scheme::Sips if self.param("user").is_some_and(|v| v.eq_ignore_ascii_case("phone")) => {
                let user = self.user()?;
                let at = user.find(';').unwrap_or(user.len());
                TelNumber::parse(user.get(..at)?, user.get(at..)?)
            }
            _ => None,
        }
    }

    /// True when both name the same thing by the rules of RFC 3261 section 19.1.4 (and RFC 3966 section 4 for `tel`).
    pub fn equivalent(&self, other: &UriRef<'_>) -> bool {
        compare::equivalent(self, other)
    }

    /// An owned copy that does not hold on to the message.
    pub fn to_owned(&self) -> Uri {
        Uri { text: Arc::from(self.as_str()), parts: self.parts }
    }
}

impl fmt::Display for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({})", self.as_str())
    }
}

/// A checked URI that owns its text; a clone shares it. It serialises as its text.
///
/// `==` compares the text; [`Uri::equivalent`] compares as RFC 3261 section 19.1.4 says.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri {
    text: Arc<str>,
    parts: Parts,
}

impl Uri {
    /// Checks and copies a text.
    ///
    /// # Errors
    /// Names the first part that breaks the grammar of its scheme.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let parts = parse::parse(text.as_bytes())?;
        Ok(Uri { text: Arc::from(text), parts })
    }

    /// `sip:` with user, host and port; the user is escaped as needed and an IPv6 host gets its brackets.
    ///
    /// # Errors
    /// When the host is no host.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Self, UriError> {
        let mut text = String::from("sip:");
        if let Some(user) = user {
            text.push_str(&escape(user, EscapeSet::User));
            text.push('@');
        }
        match host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => text.push_str(&format!("[{address}]")),
            Err(_) => text.push_str(host),
        }
        if let Some(port) = port {
            text.push_str(&format!(":{port}"));
        }
        Uri::parse(&text)
    }

    /// The same URI with one more parameter at the end of its parameters; name and value are escaped as needed.
    ///
    /// # Errors
    /// When the name is empty or there already, or the result would be too long.
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Result<Self, UriError> {
        let mut text = String::from(self.as_str());
        let at = usize::from(self.parts.params.end);
        let mut param = format!(";{}", escape(name, EscapeSet::Param));
        if let Some(value) = value {
            param.push('=');
            param.push_str(&escape(value, EscapeSet::Param));
        }
        text.insert_str(at, &param);
        Uri::parse(&text)
    }

    /// The same URI as a borrow, which has all the accessors.
    pub fn as_ref(&self) -> UriRef<'_> {
        UriRef { raw: self.text.as_bytes(), parts: self.parts }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// The user part, escapes kept.
    pub fn user(&self) -> Option<&str> {
        self.as_ref().user()
    }

    /// The host of a `sip` or `sips` URI.
    pub fn host(&self) -> Option<Host<'_>> {
        self.as_ref().host()
    }

    /// The host as it was written, brackets included.
    pub fn host_text(&self) -> &str {
        self.as_ref().host_text()
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The value of a URI parameter; a flag gives the empty text.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.as_ref().param(name)
    }

    /// True for a loose router (RFC 3261 section 16.12.1).
    pub fn is_loose_router(&self) -> bool {
        self.as_ref().is_loose_router()
    }

    /// True when both name the same thing by RFC 3261 section 19.1.4.
    pub fn equivalent(&self, other: &Uri) -> bool {
        self.as_ref().equivalent(&other.as_ref())
    }
}

impl std::str::FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Uri::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({})", self.text)
    }
}

impl Serialize for Uri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Uri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Uri::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Reads an `addr-spec` that stands without angle brackets: it ends at white space, comma, semicolon, or `>`
/// (RFC 3261 section 20: such a URI has no parameters, and no question mark either).
pub(crate) fn read_bare<'a>(cursor: &mut Cursor<'a>) -> Result<UriRef<'a>, UriError> {
    let rest = cursor.rest();
    let end =
        rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'<' | b'>' | b'"'));
    let raw = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let uri = UriRef::parse(raw)?;
    if raw.contains(&b'?') {
        return Err(UriError::Headers);
    }
    cursor.advance(raw.len());
    Ok(uri)
}

#[cfg(test)]
mod tests;
