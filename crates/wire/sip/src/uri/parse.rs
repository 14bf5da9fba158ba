//! The grammar of URIs (RFC 3261 section 25.1 `SIP-URI`, `absoluteURI`; RFC 3966 section 3).

use super::compare::same_text;
use super::host::{self, Host};
use super::{Scheme, TelNumber, UriError};
use crate::grammar::chars::{self, HEADER, PARAM, PASSWORD, URIC, USER_READ};
use crate::grammar::text;
use smallvec::SmallVec;

/// A piece of the URI's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Where the parts of a URI lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) scheme: Scheme,
    pub(super) user: Option<Piece>,
    pub(super) password: Option<Piece>,
    pub(super) host: Option<Piece>,
    pub(super) port: Option<u16>,
    pub(super) params: Piece,
    pub(super) headers: Option<Piece>,
}

fn piece(start: usize, end: usize) -> Piece {
    // The whole text was measured before: both fit.
    Piece { start: start as u16, end: end as u16 }
}

fn find(raw: &[u8], from: usize, bytes: &[u8]) -> Option<usize> {
    raw.get(from..)?.iter().position(|byte| bytes.contains(byte)).map(|at| at + from)
}

fn slice(raw: &[u8], start: usize, end: usize) -> &[u8] {
    raw.get(start..end).unwrap_or_default()
}

pub(super) fn parse(raw: &[u8]) -> Result<Parts, UriError> {
    if raw.len() > usize::from(u16::MAX) {
        return Err(UriError::TooLong);
    }
    let colon = raw.iter().position(|&byte| byte == b':').ok_or(UriError::Scheme)?;
    let scheme = slice(raw, 0, colon);
    if scheme.eq_ignore_ascii_case(b"sip") {
        sip(raw, colon + 1, Scheme::Sip)
    } else if scheme.eq_ignore_ascii_case(b"sips") {
        sip(raw, colon + 1, Scheme::Sips)
    } else if !is_scheme(scheme) {
        Err(UriError::Scheme)
    } else if scheme.eq_ignore_ascii_case(b"tel") {
        tel(raw, colon + 1)
    } else {
        opaque(raw, colon + 1)
    }
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`.
fn is_scheme(scheme: &[u8]) -> bool {
    matches!(scheme, [first, rest @ ..] if first.is_ascii_alphabetic()
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))
}

/// `SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]`. The first `@` ends the user part: it is escaped
/// everywhere else, so a user part may hold `;`, `?` and `/` (RFC 4475 section 3.1.1.9).
fn sip(raw: &[u8], start: usize, scheme: Scheme) -> Result<Parts, UriError> {
    let mut parts =
        Parts { scheme, user: None, password: None, host: None, port: None, params: Piece::default(), headers: None };
    let mut at = start;
    if let Some(sign) = find(raw, start, b"@") {
        let user_end = find(raw, start, b":").filter(|&colon| colon < sign).unwrap_or(sign);
        let user = slice(raw, start, user_end);
        if user.is_empty() || !chars::all_escaped(user, USER_READ) {
            return Err(UriError::User);
        }
        parts.user = Some(piece(start, user_end));
        if user_end < sign {
            if !chars::all_escaped(slice(raw, user_end + 1, sign), PASSWORD) {
                return Err(UriError::User);
            }
            parts.password = Some(piece(user_end + 1, sign));
        }
        at = sign + 1;
    }
    let host_start = at;
    let authority_end = find(raw, at, b";?").unwrap_or(raw.len());
    let (host, port) = host::split_port(slice(raw, at, authority_end)).ok_or(UriError::Host)?;
    Host::parse(host).ok_or(UriError::Host)?;
    parts.host = Some(piece(host_start, host_start + host.len()));
    parts.port = match port {
        Some(digits) => Some(host::port(digits).ok_or(UriError::Port)?),
        None => None,
    };
    let params_end = find(raw, authority_end, b"?").unwrap_or(raw.len());
    let params = slice(raw, authority_end, params_end);
    check_params(params)?;
    parts.params = piece(authority_end, params_end);
    if params_end < raw.len() {
        check_headers(slice(raw, params_end + 1, raw.len()))?;
        parts.headers = Some(piece(params_end + 1, raw.len()));
    }
    Ok(parts)
}

/// More parameters or headers than any real URI has; the bound keeps comparisons short.
const MAX_PIECES: usize = 64;

/// `*( ";" pname [ "=" pvalue ] )`, each name once (RFC 3261 section 19.1.1).
fn check_params(params: &[u8]) -> Result<(), UriError> {
    if params.is_empty() {
        return Ok(());
    }
    let mut names: SmallVec<[&str; 8]> = SmallVec::new();
    for param in params.split(|&byte| byte == b';').skip(1) {
        let mut halves = param.splitn(2, |&byte| byte == b'=');
        let name = halves.next().unwrap_or_default();
        if name.is_empty() || !chars::all_escaped(name, PARAM) {
            return Err(UriError::Parameter);
        }
        let name = text(name);
        if names.len() >= MAX_PIECES || names.iter().any(|known| same_text(known, name, false)) {
            return Err(UriError::Parameter);
        }
        names.push(name);
        if let Some(value) = halves.next()
            && (value.is_empty() || !chars::all_escaped(value, PARAM))
        {
            return Err(UriError::Parameter);
        }
    }
    Ok(())
}

/// `"?" header *( "&" header )`, `header = hname "=" hvalue` with a name that is not empty.
fn check_headers(headers: &[u8]) -> Result<(), UriError> {
    if headers.iter().filter(|&&byte| byte == b'&').count() >= MAX_PIECES {
        return Err(UriError::Headers);
    }
    for header in headers.split(|&byte| byte == b'&') {
        let at = header.iter().position(|&byte| byte == b'=').ok_or(UriError::Headers)?;
        let (name, value) = (slice(header, 0, at), slice(header, at + 1, header.len()));
        if name.is_empty() || !chars::all_escaped(name, HEADER) || !chars::all_escaped(value, HEADER) {
            return Err(UriError::Headers);
        }
    }
    Ok(())
}

/// RFC 3966 section 3: `telephone-uri = "tel:" telephone-subscriber`.
fn tel(raw: &[u8], start: usize) -> Result<Parts, UriError> {
    let end = find(raw, start, b";").unwrap_or(raw.len());
    let params = slice(raw, end, raw.len());
    check_params(params)?;
    TelNumber::parse(text(slice(raw, start, end)), text(params)).ok_or(UriError::Number)?;
    Ok(Parts {
        scheme: Scheme::Tel,
        user: Some(piece(start, end)),
        password: None,
        host: None,
        port: None,
        params: piece(end, raw.len()),
        headers: None,
    })
}

fn opaque(raw: &[u8], start: usize) -> Result<Parts, UriError> {
    let rest = slice(raw, start, raw.len());
    if rest.is_empty() || !chars::all_escaped(rest, URIC) {
        return Err(UriError::Opaque);
    }
    let end = piece(raw.len(), raw.len());
    Ok(Parts { scheme: Scheme::Other, user: None, password: None, host: None, port: None, params: end, headers: None })
}
