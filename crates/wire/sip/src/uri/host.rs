//! Hosts and ports (RFC 3261 section 25.1 `hostport`; IPv6 as RFC 5118 reads it).

use crate::grammar::chars::{self, HOST};
use crate::grammar::{decimal32, text};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The host of a URI or of a Via header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A name to be resolved (RFC 3263).
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address; on the wire it stands in brackets.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads a host; an IPv6 address must have its brackets.
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        if let [b'[', inner @ .., b']'] = raw {
            return ipv6(inner).map(Host::V6);
        }
        if raw.is_empty() || raw.len() > 255 || !chars::all(raw, HOST) {
            return None;
        }
        let name = text(raw);
        let last = name.strip_suffix('.').unwrap_or(name).rsplit('.').next().unwrap_or_default();
        if last.starts_with(|c: char| c.is_ascii_digit()) && last.bytes().all(|b| b.is_ascii_digit()) {
            // RFC 3261 section 25.1: the top label begins with a letter, so a number at the end means an address.
            return name.parse().ok().map(Host::V4);
        }
        is_name(name).then_some(Host::Name(name))
    }

    /// The address, when the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// True when both are the same host: names without case, addresses by value.
    pub fn equivalent(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Host::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => a.ip().is_some() && a.ip() == b.ip(),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => write!(f, "{address}"),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Labels of 1 to 63 characters that neither begin nor end with a hyphen; one dot may end the name.
fn is_name(name: &str) -> bool {
    name.strip_suffix('.')
        .unwrap_or(name)
        .split('.')
        .all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'))
}

/// An IPv6 address without brackets or zone.
///
/// The grammar of RFC 3261 allows `:::` before an embedded IPv4 address, which is a mistake of that grammar
/// (RFC 5118 section 4.10); RFC 5954 section 4.1 mends it, so three colons are refused.
pub(crate) fn ipv6(raw: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(raw).ok()?.parse().ok()
}

/// Splits `host[:port]` at the colon that separates them; the port may not be empty.
pub(crate) fn split_port(raw: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let host_end = match raw {
        [b'[', ..] => raw.iter().position(|&byte| byte == b']')? + 1,
        _ => raw.iter().position(|&byte| byte == b':').unwrap_or(raw.len()),
    };
    let (host, rest) = (raw.get(..host_end)?, raw.get(host_end..)?);
    match rest {
        [] => Some((host, None)),
        [b':', digits @ ..] => Some((host, Some(digits))),
        _ => None,
    }
}

/// A port from 1 to 65535.
pub(crate) fn port(digits: &[u8]) -> Option<u16> {
    u16::try_from(decimal32(digits)?).ok().filter(|&port| port != 0)
}

/// Reads `host[:port]`, as it stands in a Via header or in a configuration.
pub fn host_and_port(raw: &[u8]) -> Option<(Host<'_>, Option<u16>)> {
    let (host, digits) = split_port(raw)?;
    let host = Host::parse(host)?;
    match digits {
        Some(digits) => Some((host, Some(port(digits)?))),
        None => Some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_ports_are_told_apart() {
        let v6: Ipv6Addr = "2001:db8::10".parse().unwrap();
        assert_eq!(host_and_port(b"[2001:db8::10]:5070"), Some((Host::V6(v6), Some(5070))));
        // RFC 5118 section 4.3: without brackets around the address the port is part of it.
        let with_port: Ipv6Addr = "2001:db8::10:5070".parse().unwrap();
        assert_eq!(host_and_port(b"[2001:db8::10:5070]"), Some((Host::V6(with_port), None)));
        assert_eq!(host_and_port(b"192.0.2.1:5060"), Some((Host::V4(Ipv4Addr::new(192, 0, 2, 1)), Some(5060))));
        assert_eq!(host_and_port(b"Example.COM."), Some((Host::Name("Example.COM."), None)));
        assert_eq!(host_and_port(b"sip_1.example"), Some((Host::Name("sip_1.example"), None)));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let bad = [
            "",
            ":5060",
            "a:",
            "a:0",
            "a:65536",
            "a:b",
            "a b",
            "a..b",
            "-a",
            "a-",
            "192.0.2",
            "192.0.2.256",
            "192.0.2.01",
            "2001:db8::10",
            "[2001:db8::10",
            "[2001:db8:::192.0.2.1]",
            "[::1]x",
            "[fe80::1%eth0]",
            "[]",
            "a@b",
            "é",
        ];
        for host in bad {
            assert_eq!(host_and_port(host.as_bytes()), None, "{host}");
        }
    }

    #[test]
    fn hosts_compare_without_case_and_by_value() {
        let same =
            |a: &str, b: &str| Host::parse(a.as_bytes()).unwrap().equivalent(&Host::parse(b.as_bytes()).unwrap());
        assert!(same("A.example", "a.EXAMPLE"));
        assert!(same("[::1]", "[0:0:0:0:0:0:0:1]"));
        assert!(!same("a.example", "b.example"));
        assert!(!same("127.0.0.1", "[::1]"));
        assert_eq!(Host::parse(b"[::1]").unwrap().to_string(), "[::1]");
    }
}
