//! What is spoken on the wire, and the port spaces of the operating system.

use std::fmt;

use serde::Serialize;

/// What is spoken on the wire, down to what a firewall sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A plain stream.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// TCP, plain or with TLS as configured: one socket, never both at a time.
    TcpOrTls,
    /// SCTP, IP protocol 132.
    Sctp,
    /// IPsec's encrypted packets, IP protocol 50: no ports.
    Esp,
    /// ICMP of IPv6: no ports.
    Icmpv6,
    /// Address resolution of IPv4: below IP.
    Arp,
}

impl Protocol {
    /// The transport whose port numbers the flow uses; `None` where there are no ports.
    pub const fn transport(self) -> Option<Transport> {
        match self {
            Protocol::Udp => Some(Transport::Udp),
            Protocol::Tcp | Protocol::Tls | Protocol::TcpOrTls => Some(Transport::Tcp),
            Protocol::Sctp => Some(Transport::Sctp),
            Protocol::Esp | Protocol::Icmpv6 | Protocol::Arp => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
            Protocol::Tls => "TLS",
            Protocol::TcpOrTls => "TCP/TLS",
            Protocol::Sctp => "SCTP",
            Protocol::Esp => "ESP",
            Protocol::Icmpv6 => "ICMPv6",
            Protocol::Arp => "ARP",
        })
    }
}

/// A port number space of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Datagrams (RFC 768).
    Udp,
    /// Streams (RFC 9293).
    Tcp,
    /// Streams of messages (RFC 9260).
    Sctp,
}

impl Transport {
    /// As firewalls write it.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Sctp => "sctp",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
