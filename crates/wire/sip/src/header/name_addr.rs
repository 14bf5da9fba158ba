//! `( name-addr / addr-spec ) *( SEMI param )`: From, To, Contact, Route and their kind (RFC 3261 section 20.10, 25.1).

use super::{HeaderError, HeaderName, List};
use crate::grammar::chars::{self, LWS, TOKEN};
use crate::grammar::{Cursor, Params};
use crate::uri::{self, UriRef};
use std::borrow::Cow;

/// An address with an optional display name and header parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    display: &'a [u8],
    uri: UriRef<'a>,
    params: Params<'a>,
    bracketed: bool,
}

impl<'a> NameAddr<'a> {
    /// Reads a whole header value that holds one address.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(name: HeaderName, value: &'a [u8]) -> Result<Self, HeaderError> {
        let mut cursor = Cursor::new(value);
        cursor.skip_lws();
        let address = NameAddr::read(&mut cursor).ok_or(HeaderError::malformed(name))?;
        cursor.skip_lws();
        if cursor.is_empty() { Ok(address) } else { Err(HeaderError::malformed(name)) }
    }

    /// All addresses of a header value that holds a list.
    pub fn list(name: HeaderName, value: &'a [u8]) -> List<'a, NameAddr<'a>> {
        List::of_value(name, value, NameAddr::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let display = if cursor.peek() == Some(b'"') {
            let quoted = cursor.quoted()?;
            cursor.skip_lws();
            if cursor.peek() != Some(b'<') {
                return None;
            }
            quoted
        } else {
            display_tokens(cursor)
        };
        let bracketed = cursor.eat(b'<');
        let uri = if bracketed {
            let rest = cursor.rest();
            let end = rest.iter().position(|&byte| byte == b'>')?;
            // No white space is allowed inside the brackets (RFC 4475 section 3.1.2.14); the URI's grammar refuses it.
            let uri = UriRef::parse(rest.get(..end)?).ok()?;
            cursor.advance(end + 1);
            uri
        } else {
            uri::read_bare(cursor).ok()?
        };
        let params = Params::read(cursor)?;
        Some(NameAddr { display, uri, params, bracketed })
    }

    /// A whole value that is one URI and nothing else.
    pub(crate) fn bare(value: &'a [u8]) -> Option<Self> {
        let uri = UriRef::parse(crate::grammar::trim(value)).ok()?;
        Some(NameAddr { display: &[], uri, params: Params::default(), bracketed: false })
    }

    /// As [`NameAddr::read`], for headers that know only the form in angle brackets (Route, Record-Route, Path).
    pub(crate) fn read_bracketed(cursor: &mut Cursor<'a>) -> Option<Self> {
        NameAddr::read(cursor).filter(|address| address.bracketed)
    }

    /// The display name as it was sent, quotes included; empty when there is none.
    pub fn display_raw(&self) -> &'a [u8] {
        self.display
    }

    /// The display name for people: without quotes and escapes. What is not UTF-8 is replaced.
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        if self.display.is_empty() {
            return None;
        }
        let Some(inner) = self.display.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
            return Some(String::from_utf8_lossy(self.display));
        };
        if !inner.contains(&b'\\') {
            return Some(String::from_utf8_lossy(inner));
        }
        let mut plain = Vec::with_capacity(inner.len());
        let mut bytes = inner.iter();
        while let Some(&byte) = bytes.next() {
            plain.push(if byte == b'\\' { bytes.next().copied().unwrap_or(byte) } else { byte });
        }
        Some(Cow::Owned(String::from_utf8_lossy(&plain).into_owned()))
    }

    /// The address.
    pub fn uri(&self) -> UriRef<'a> {
        self.uri
    }

    /// The header parameters, which are not those of the URI.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// The `tag` of From and To (RFC 3261 section 19.3).
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag")
    }

    /// True when the address stands in angle brackets.
    pub fn is_bracketed(&self) -> bool {
        self.bracketed
    }
}

/// `*( token LWS )` before `<`. Bytes of other alphabets pass, as in many telephones' names, because they separate nothing.
fn display_tokens<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let rest = cursor.rest();
    let legal = |byte: u8| chars::is(byte, TOKEN | LWS) || byte >= 0x80;
    let length = rest.iter().position(|&byte| !legal(byte)).unwrap_or(rest.len());
    if rest.get(length) != Some(&b'<') {
        return &[];
    }
    cursor.advance(length);
    crate::grammar::trim(rest.get(..length).unwrap_or_default())
}

/// The display name in quotes, with what must be escaped escaped, for writing a header.
pub fn quote(display: &str) -> String {
    let mut out = String::with_capacity(display.len() + 2);
    out.push('"');
    for c in display.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
