//! What the plan says of each flow and of each row.

use std::fmt;

use serde::Serialize;

use crate::range::PortRange;
use crate::service::Service;

/// A row of the published port table, or one of the ports beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum RowId {
    /// The row's number, 1 to 38.
    Row(u8),
    /// A port that stands beside the table, by its name.
    Beside(&'static str),
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowId::Row(number) => write!(f, "{number}"),
            RowId::Beside(name) => f.write_str(name),
        }
    }
}

/// Who opens a flow, or towards whom it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each variant is the word itself")]
pub enum Party {
    Exchange,
    OtherServer,
    MediaServer,
    Telephone,
    TelephoneOrTrunk,
    H323Device,
    Trunk,
    Application,
    Operator,
    Administrator,
    Browser,
    MobileClient,
    MonitoringSystem,
    MailServer,
    Database,
    DomainController,
    DhcpServer,
    DnsServer,
    DnsClient,
    TimeServer,
    Network,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Party::Exchange => "exchange",
            Party::OtherServer => "other server",
            Party::MediaServer => "media server",
            Party::Telephone => "telephone",
            Party::TelephoneOrTrunk => "telephone or trunk",
            Party::H323Device => "H.323 device",
            Party::Trunk => "trunk",
            Party::Application => "application",
            Party::Operator => "operator",
            Party::Administrator => "administrator",
            Party::Browser => "browser",
            Party::MobileClient => "mobile client",
            Party::MonitoringSystem => "monitoring system",
            Party::MailServer => "mail server",
            Party::Database => "database",
            Party::DomainController => "domain controller",
            Party::DhcpServer => "DHCP server",
            Party::DnsServer => "DNS server",
            Party::DnsClient => "DNS client",
            Party::TimeServer => "time server",
            Party::Network => "network",
        })
    }
}

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
#[allow(missing_docs, reason = "each variant is the word itself")]
pub enum Transport {
    Udp,
    Tcp,
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

/// Whose port it is, seen from the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The exchange binds it.
    Listener,
    /// The exchange opens the flow towards this port of somebody else.
    Client,
    /// The port is somebody else's own affair; it is in the plan for the firewalls between.
    Remote,
    /// No port at all: a protocol of the link or of the network layer.
    Link,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Listener => "listener",
            Role::Client => "client",
            Role::Remote => "remote's own",
            Role::Link => "link layer",
        })
    }
}

/// The published table's statement on firewalls between the parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Firewall {
    /// `Y`: must be open where a firewall or NAT stands between the parties.
    #[serde(rename = "Y")]
    Open,
    /// `(Y)`: only if the parties are on different sides.
    #[serde(rename = "(Y)")]
    OpenIfApart,
    /// `-`: no statement.
    #[serde(rename = "-")]
    Silent,
}

impl fmt::Display for Firewall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Firewall::Open => "Y",
            Firewall::OpenIfApart => "(Y)",
            Firewall::Silent => "-",
        })
    }
}

/// The address families that a flow exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each variant is the word itself")]
pub enum Families {
    Both,
    Ipv4,
    Ipv6,
}

impl Families {
    /// Whether an address of the family of `address` can carry the flow.
    pub const fn has(self, address: &std::net::IpAddr) -> bool {
        match self {
            Families::Both => true,
            Families::Ipv4 => address.is_ipv4(),
            Families::Ipv6 => address.is_ipv6(),
        }
    }
}

impl fmt::Display for Families {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Families::Both => "IPv4, IPv6",
            Families::Ipv4 => "IPv4",
            Families::Ipv6 => "IPv6",
        })
    }
}

/// A row of the published table, or a port beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number or name.
    pub id: RowId,
    /// The service as the table calls it.
    pub title: &'static str,
    /// Must firewalls let it through?
    pub firewall: Firewall,
    /// What it is for.
    pub purpose: &'static str,
}

impl Row {
    pub(crate) const fn new(number: u8, title: &'static str, firewall: Firewall, purpose: &'static str) -> Row {
        Row { id: RowId::Row(number), title, firewall, purpose }
    }

    pub(crate) const fn beside(name: &'static str, firewall: Firewall, purpose: &'static str) -> Row {
        Row { id: RowId::Beside(name), title: name, firewall, purpose }
    }
}

/// One flow: one protocol, opened by one kind of party towards another, with the default ports.
///
/// Several rows may share a flow: then they share its socket (rows 29 and 30 share SIP's).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Its name.
    pub service: Service,
    /// The rows it belongs to, at least one.
    pub rows: &'static [RowId],
    /// Who opens it.
    pub opener: Party,
    /// Towards whom.
    pub towards: Party,
    /// Whether the other side opens it too.
    pub both_ways: bool,
    /// What is spoken.
    pub protocol: Protocol,
    /// The default ports it is opened towards; for [`Role::Remote`], the ports the remote uses.
    pub ports: &'static [PortRange],
    /// The opener's source ports, where the table names them.
    pub source: Option<PortRange>,
    /// Whose port it is.
    pub role: Role,
    /// Which families it exists in.
    pub families: Families,
    /// Whether the program does it already.
    pub built: bool,
    /// Whether it is on unless the configuration says otherwise.
    pub on: bool,
}

impl Flow {
    const fn new(
        service: Service,
        rows: &'static [RowId],
        (opener, towards): (Party, Party),
        protocol: Protocol,
        ports: &'static [PortRange],
        role: Role,
    ) -> Flow {
        let (both_ways, source, families, built, on) = (false, None, Families::Both, false, true);
        Flow { service, rows, opener, towards, both_ways, protocol, ports, source, role, families, built, on }
    }

    pub(crate) const fn listener(
        service: Service,
        rows: &'static [RowId],
        opener: Party,
        protocol: Protocol,
        ports: &'static [PortRange],
    ) -> Flow {
        Flow::new(service, rows, (opener, Party::Exchange), protocol, ports, Role::Listener)
    }

    pub(crate) const fn client(
        service: Service,
        rows: &'static [RowId],
        towards: Party,
        protocol: Protocol,
        ports: &'static [PortRange],
    ) -> Flow {
        Flow::new(service, rows, (Party::Exchange, towards), protocol, ports, Role::Client)
    }

    pub(crate) const fn remote(
        service: Service,
        rows: &'static [RowId],
        parties: (Party, Party),
        protocol: Protocol,
        ports: &'static [PortRange],
    ) -> Flow {
        Flow::new(service, rows, parties, protocol, ports, Role::Remote)
    }

    pub(crate) const fn link(service: Service, rows: &'static [RowId], towards: Party, protocol: Protocol) -> Flow {
        Flow::new(service, rows, (Party::Exchange, towards), protocol, &[], Role::Link)
    }

    pub(crate) const fn both_ways(mut self) -> Flow {
        self.both_ways = true;
        self
    }

    pub(crate) const fn built(mut self) -> Flow {
        self.built = true;
        self
    }

    pub(crate) const fn off(mut self) -> Flow {
        self.on = false;
        self
    }

    pub(crate) const fn with_source(mut self, ports: PortRange) -> Flow {
        self.source = Some(ports);
        self
    }

    pub(crate) const fn only(mut self, families: Families) -> Flow {
        self.families = families;
        self
    }

    /// Whether the flow takes a run of ports (media, H.245) and not single ones.
    pub fn is_run(&self) -> bool {
        self.ports.iter().any(|run| !run.is_one())
    }
}
