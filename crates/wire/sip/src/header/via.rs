//! Via (RFC 3261 section 20.42; RFC 3581 for `rport`; RFC 5118 section 4.5 for IPv6 in `received`).

use super::{HeaderName, List};
use crate::Transport;
use crate::grammar::chars::HOST;
use crate::grammar::{Cursor, Params, decimal32};
use crate::uri::Host;
use std::net::IpAddr;

/// The start of a branch that RFC 3261 made (section 8.1.1.7); it is compared without case.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop that a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    protocol: &'a str,
    version: &'a str,
    transport: &'a str,
    host_text: &'a str,
    host: Host<'a>,
    port: Option<u16>,
    params: Params<'a>,
}

impl<'a> Via<'a> {
    /// All hops of one header value.
    pub fn list(value: &'a [u8]) -> List<'a, Via<'a>> {
        List::of_value(HeaderName::Via, value, Via::read)
    }

    /// `via-parm = sent-protocol LWS sent-by *( SEMI via-params )`; white space may stand around the slashes and the colon
    /// (RFC 4475 section 3.1.1.1).
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let protocol = cursor.token()?;
        let version = slash_token(cursor)?;
        let transport = slash_token(cursor)?;
        let before = cursor.position();
        cursor.skip_lws();
        if cursor.position() == before {
            return None;
        }
        let start = cursor.position();
        if cursor.peek() == Some(b'[') {
            let close = cursor.rest().iter().position(|&byte| byte == b']')?;
            cursor.advance(close + 1);
        } else {
            cursor.run(HOST);
        }
        let host_bytes = cursor.between(start, cursor.position());
        let host = Host::parse(host_bytes)?;
        let port = if cursor.separator(b':') {
            let digits = cursor.token()?;
            Some(crate::uri::port(digits.as_bytes())?)
        } else {
            None
        };
        let params = Params::read(cursor)?;
        let via = Via { protocol, version, transport, host_text: crate::grammar::text(host_bytes), host, port, params };
        via.params_fit().then_some(via)
    }

    /// The grammar of the parameters that have one of their own.
    fn params_fit(&self) -> bool {
        self.params.iter().all(|param| match param.value {
            value if param.name.eq_ignore_ascii_case("branch") => value.is_some() && !param.quoted,
            Some(value) if param.name.eq_ignore_ascii_case("ttl") => {
                decimal32(value.as_bytes()).is_some_and(|ttl| ttl <= 255)
            }
            Some(value) if param.name.eq_ignore_ascii_case("rport") => crate::uri::port(value.as_bytes()).is_some(),
            Some(value) if param.name.eq_ignore_ascii_case("received") => address(value).is_some(),
            Some(value) if param.name.eq_ignore_ascii_case("maddr") => Host::parse(value.as_bytes()).is_some(),
            None => !["ttl", "received", "maddr"].iter().any(|name| param.name.eq_ignore_ascii_case(name)),
            Some(_) => true,
        })
    }

    /// True for `SIP/2.0`, whatever its case.
    pub fn is_sip_2(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP") && self.version == "2.0"
    }

    /// The transport, when it is one that this crate knows.
    pub fn transport(&self) -> Option<Transport> {
        Transport::parse(self.transport)
    }

    /// The transport as it was written.
    pub fn transport_text(&self) -> &'a str {
        self.transport
    }

    /// The host of `sent-by`.
    pub fn host(&self) -> Host<'a> {
        self.host
    }

    /// The host of `sent-by` as it was written.
    pub fn host_text(&self) -> &'a str {
        self.host_text
    }

    /// The port of `sent-by`, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// All parameters.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// The branch.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch")
    }

    /// The branch when it begins with the magic cookie and has something behind it: only then it names a transaction by
    /// itself (RFC 3261 section 17.2.3; RFC 4475 section 3.2.1 has one with nothing behind it).
    pub fn rfc3261_branch(&self) -> Option<&'a str> {
        let branch = self.branch()?;
        let (cookie, rest) = branch.split_at_checked(MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && !rest.is_empty()).then_some(branch)
    }

    /// The address the request came from, as the next hop saw it (RFC 3261 section 18.2.1).
    pub fn received(&self) -> Option<IpAddr> {
        self.params.value("received").and_then(address)
    }

    /// True when the client asks for the answer to its source port (RFC 3581 section 3).
    pub fn wants_rport(&self) -> bool {
        self.params.has("rport")
    }

    /// The source port, as the next hop saw it (RFC 3581 section 4).
    pub fn rport(&self) -> Option<u16> {
        self.params.value("rport").and_then(|value| crate::uri::port(value.as_bytes()))
    }

    /// The multicast or forced address to answer to (RFC 3261 section 18.2.2).
    pub fn maddr(&self) -> Option<&'a str> {
        self.params.value("maddr")
    }

    /// The time to live of a multicast request.
    pub fn ttl(&self) -> Option<u8> {
        self.params.value("ttl").and_then(|value| u8::try_from(decimal32(value.as_bytes())?).ok())
    }
}

fn slash_token<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    if cursor.separator(b'/') { cursor.token() } else { None }
}

/// An address with or without brackets: RFC 5118 section 4.5 wants both to be understood.
fn address(value: &str) -> Option<IpAddr> {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    inner.parse().ok()
}
