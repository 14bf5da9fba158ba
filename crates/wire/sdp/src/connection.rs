//! The connection line: RFC 8866 section 5.7.

use crate::Text;
use crate::origin::address_type;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where media is sent to. Keeps the text of its line, so that an unchanged line is written as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    text: Text,
    address: Address,
    time_to_live: Option<u8>,
    count: Option<u16>,
}

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Ip(IpAddr),
    Name(Text),
    Foreign,
}

/// What a connection line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A name to be resolved.
    Name(&'a str),
    /// An address of a network other than the Internet (RFC 8866 section 8.2.6), for example ATM.
    Foreign,
}

impl Connection {
    /// `IN IP4` or `IN IP6` with `address`.
    pub fn new(address: IpAddr) -> Connection {
        let text = format!("IN {} {address}", address_type(address));
        Connection {
            text: Text::new(&text).unwrap_or_default(),
            address: Address::Ip(address),
            time_to_live: None,
            count: None,
        }
    }

    /// What the line names.
    pub fn host(&self) -> Host<'_> {
        match &self.address {
            Address::Ip(address) => Host::Ip(*address),
            Address::Name(name) => Host::Name(name),
            Address::Foreign => Host::Foreign,
        }
    }

    /// The address, if the line has a literal one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.address {
            Address::Ip(address) => Some(address),
            _ => None,
        }
    }

    /// True for `0.0.0.0` and `::`: the old way to hold a call (RFC 3264 section 8.4), and in an offer the way to say
    /// that the address is not known yet.
    pub fn is_unspecified(&self) -> bool {
        self.ip().is_some_and(|address| address.is_unspecified())
    }

    /// Time to live of a multicast IPv4 address.
    pub fn time_to_live(&self) -> Option<u8> {
        self.time_to_live
    }

    /// How many contiguous multicast addresses.
    pub fn count(&self) -> Option<u16> {
        self.count
    }

    /// The value of the line.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Reads the value of a `c=` line; `keep` turns its parts into text.
    pub(crate) fn parse(value: &str, keep: impl Fn(&str) -> Text) -> Option<Connection> {
        let value = value.trim_end_matches(' ');
        let mut fields = value.split(' ');
        let network = fields.next().filter(|field| !field.is_empty())?;
        let kind = fields.next().filter(|field| !field.is_empty())?;
        let host = fields.next().filter(|field| !field.is_empty())?;
        if fields.next().is_some() {
            return None;
        }
        let text = keep(value);
        let mut parts = host.split('/');
        let first = parts.next()?;
        let (second, third) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        if network != "IN" {
            return Some(Connection { text, address: Address::Foreign, time_to_live: None, count: None });
        }
        // IPv4 carries the time to live before the count; IPv6 has none and carries the count alone.
        let (address, time_to_live, count) = match kind {
            "IP4" => (first.parse::<Ipv4Addr>().ok().map(IpAddr::V4), second, third),
            "IP6" if third.is_none() => (first.parse::<Ipv6Addr>().ok().map(IpAddr::V6), None, second),
            _ => return None,
        };
        let address = match address {
            Some(address) if (second.is_none() || address.is_multicast()) => Address::Ip(address),
            None if second.is_none() && is_name(first) => Address::Name(keep(first)),
            _ => return None,
        };
        let time_to_live = time_to_live.map(|text| text.parse::<u8>()).transpose().ok()?;
        let count = count.map(|text| text.parse::<u16>()).transpose().ok()?.map(|count| count.max(1));
        Some(Connection { text, address, time_to_live, count })
    }
}

/// A domain name (RFC 8866 section 9, `FQDN`). Digits and dots alone are a mistyped address and no name.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl fmt::Display for Connection {
    /// The value of the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<Connection> {
        Connection::parse(value, |part| Text::new(part).unwrap())
    }

    #[test]
    fn addresses_of_both_families_and_names_are_told_apart() {
        assert_eq!(parse("IN IP4 192.0.2.7").unwrap().ip(), Some("192.0.2.7".parse().unwrap()));
        assert_eq!(parse("IN IP6 2001:DB8::7").unwrap().ip(), Some("2001:db8::7".parse().unwrap()));
        assert_eq!(parse("IN IP4 media.example").unwrap().host(), Host::Name("media.example"));
        assert_eq!(parse("IN IP6 7media_x.example").unwrap().host(), Host::Name("7media_x.example"));
        assert_eq!(parse("ATM NSAP 47.0091").unwrap().host(), Host::Foreign);
    }

    #[test]
    fn the_text_of_a_line_is_kept_as_it_was() {
        assert_eq!(parse("IN IP6 2001:DB8:0::7").unwrap().to_string(), "IN IP6 2001:DB8:0::7");
        assert_eq!(Connection::new("2001:db8::1".parse().unwrap()).to_string(), "IN IP6 2001:db8::1");
    }

    #[test]
    fn multicast_carries_time_to_live_and_count() {
        let four = parse("IN IP4 233.252.0.1/127/3").unwrap();
        assert_eq!((four.time_to_live(), four.count()), (Some(127), Some(3)));
        let six = parse("IN IP6 ff15::101/3").unwrap();
        assert_eq!((six.time_to_live(), six.count()), (None, Some(3)));
    }

    #[test]
    fn unspecified_addresses_are_recognised() {
        assert!(parse("IN IP4 0.0.0.0").unwrap().is_unspecified());
        assert!(parse("IN IP6 ::").unwrap().is_unspecified());
        assert!(!parse("IN IP4 example").unwrap().is_unspecified());
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for bad in [
            "",
            "IN",
            "IN IP4",
            "IN IP4 ",
            "IN IP4 300.1.1.1",
            "IN IP4 1.2.3",
            "IN IP4 ::1",
            "IN IP6 1.2.3.4",
            "IN IP4 a b",
            "IN IP5 x",
            "IN IP4 192.0.2.1/24",
            "IN IP6 ff15::1/2/3",
            "IN IP4 233.252.0.1/256",
            "IN IP4 233.252.0.1/1/2/3",
            "IN IP4 name/3",
            "IN IP6 fe80::1%eth0",
            "in IP4 10.0.0.1/1/1/1",
            "IN IP4 [::1]",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
