//! What the plan says of each flow.

use std::fmt;

use serde::Serialize;

use crate::protocol::Protocol;
use crate::range::PortRange;
use crate::row::RowId;
use crate::service::Service;

/// Who opens a flow, or towards whom it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// This server.
    Exchange,
    /// Another server of the same exchange.
    OtherServer,
    /// A server that plays, records and mixes on orders.
    MediaServer,
    /// A SIP telephone or client.
    Telephone,
    /// A SIP telephone, client or trunk.
    TelephoneOrTrunk,
    /// An H.323 telephone, gateway or trunk.
    H323Device,
    /// The far end of a SIP trunk.
    Trunk,
    /// A program that controls calls.
    Application,
    /// An operator's workstation.
    Operator,
    /// An administrator.
    Administrator,
    /// A web browser.
    Browser,
    /// A client on a mobile telephone.
    MobileClient,
    /// A system that watches others.
    MonitoringSystem,
    /// A mail server.
    MailServer,
    /// A database server.
    Database,
    /// A domain controller of Active Directory.
    DomainController,
    /// A DHCP server.
    DhcpServer,
    /// A DNS server of others.
    DnsServer,
    /// Whoever asks for names.
    DnsClient,
    /// A time server.
    TimeServer,
    /// Whoever is on the link.
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

/// The address families that a flow exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Families {
    /// IPv4 and IPv6.
    Both,
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
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
