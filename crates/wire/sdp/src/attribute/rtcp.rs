//! `a=rtcp`: RFC 3605 section 2.1.

use crate::origin::address_type;
use crate::timing::digits;
use std::fmt;
use std::net::IpAddr;

/// Where RTCP is received, if not on the port after that of RTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtcpAddress<'a> {
    /// UDP port.
    pub port: u16,
    /// Network, kind of address and address, if they differ from those of the connection line.
    pub address: Option<(&'a str, &'a str, &'a str)>,
}

impl<'a> RtcpAddress<'a> {
    /// The port alone.
    pub fn port(port: u16) -> RtcpAddress<'static> {
        RtcpAddress { port, address: None }
    }

    /// Reads a value such as `53020 IN IP4 192.0.2.1`.
    pub fn parse(value: &'a str) -> Option<RtcpAddress<'a>> {
        let mut fields = value.split_ascii_whitespace();
        let port = digits(fields.next()?)?;
        let address = match fields.next() {
            None => None,
            Some(network) => Some((network, fields.next()?, fields.next()?)),
        };
        fields.next().is_none().then_some(RtcpAddress { port, address })
    }

    /// The literal address, if there is one and it is of the kind that is stated.
    pub fn ip(&self) -> Option<IpAddr> {
        let (network, kind, address) = self.address?;
        let address: IpAddr = address.parse().ok()?;
        (network == "IN" && kind == address_type(address)).then_some(address)
    }
}

impl fmt::Display for RtcpAddress<'_> {
    /// The attribute's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        self.address.map_or(Ok(()), |(network, kind, address)| write!(f, " {network} {kind} {address}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_with_and_without_address() {
        assert_eq!(RtcpAddress::parse("53020"), Some(RtcpAddress::port(53_020)));
        let full = RtcpAddress::parse("53020 IN IP6 2001:db8::1").unwrap();
        assert_eq!(full.ip(), "2001:db8::1".parse().ok());
        assert_eq!(full.to_string(), "53020 IN IP6 2001:db8::1");
        assert_eq!(RtcpAddress::parse("53020 IN IP4 2001:db8::1").and_then(|rtcp| rtcp.ip()), None);
        for bad in ["", "x", "65536", "1 IN", "1 IN IP4", "1 IN IP4 a b"] {
            assert_eq!(RtcpAddress::parse(bad), None, "{bad:?}");
        }
    }
}
