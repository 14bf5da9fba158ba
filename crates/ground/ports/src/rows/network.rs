//! Addresses, names, time and encryption below the services: rows 1, 6, 7, 14, 15, 21 and 22, and the DNS server.

use super::{port, row, run};
use crate::flow::{Families, Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const DNS_SERVER: RowId = RowId::Beside("DNS server");

pub(super) const ROWS: &[Row] = &[
    Row::new(1, "ARP", Firewall::Silent, "a standby server announces that it owns an address now (RFC 826)"),
    Row::new(6, "DHCP", Firewall::Open, "gives telephones an address and the address of their configuration server"),
    Row::new(7, "DNS", Firewall::Open, "finds registrars and trunks; forwarders must support DNSSEC"),
    Row::new(14, "ICMPv6", Firewall::Silent, "address discovery once at start-up; ff02::1 and ff02::2 (RFC 4443)"),
    Row::new(15, "IPsec", Firewall::Open, "carries the SCTP signalling between servers, and to gateways"),
    Row::new(21, "NDP", Firewall::Open, "neighbour discovery, in place of ARP (RFC 4861)"),
    Row::new(22, "NTP", Firewall::Open, "keeps the system time"),
    Row::beside("DNS server", Firewall::OpenIfApart, "answers telephones with the exchange's own zone"),
];

pub(super) const FLOWS: &[Flow] = &[
    Flow::link(Service::Arp, &[row(1)], Party::Network, Protocol::Arp).only(Families::Ipv4),
    Flow::remote(Service::Dhcp, &[row(6)], (Party::Telephone, Party::DhcpServer), Protocol::Udp, &[run(67, 68)])
        .only(Families::Ipv4),
    Flow::client(Service::DnsUdp, &[row(7)], Party::DnsServer, Protocol::Udp, &[port(53)]),
    Flow::client(Service::DnsTcp, &[row(7)], Party::DnsServer, Protocol::Tcp, &[port(53)]),
    Flow::listener(Service::DnsServerUdp, &[DNS_SERVER], Party::DnsClient, Protocol::Udp, &[port(53)]).off(),
    Flow::listener(Service::DnsServerTcp, &[DNS_SERVER], Party::DnsClient, Protocol::Tcp, &[port(53)]).off(),
    Flow::link(Service::Icmpv6, &[row(14)], Party::Network, Protocol::Icmpv6).both_ways().only(Families::Ipv6),
    Flow::listener(Service::Ike, &[row(15)], Party::OtherServer, Protocol::Udp, &[port(500)]).both_ways(),
    Flow::listener(Service::IkeNat, &[row(15)], Party::OtherServer, Protocol::Udp, &[port(4500)]).both_ways(),
    Flow::link(Service::Esp, &[row(15)], Party::OtherServer, Protocol::Esp).both_ways(),
    Flow::link(Service::Ndp, &[row(21)], Party::Network, Protocol::Icmpv6).both_ways().only(Families::Ipv6),
    Flow::client(Service::NtpUdp, &[row(22)], Party::TimeServer, Protocol::Udp, &[port(123)]),
    Flow::client(Service::NtpTcp, &[row(22)], Party::TimeServer, Protocol::Tcp, &[port(123)]),
];
