use std::collections::BTreeSet;

use super::*;
use crate::flow::Role;
use crate::protocol::{Protocol, Transport};
use crate::range::list;
use crate::row::Firewall;
use crate::service::Service;

fn flow(service: Service) -> Flow {
    flows().into_iter().find(|flow| flow.service == service).unwrap()
}

#[test]
fn all_38_rows_stand_in_order_and_once() {
    let numbers: Vec<RowId> = rows().iter().map(|row| row.id).filter(|id| matches!(id, RowId::Row(_))).collect();
    assert_eq!(numbers, (1..=38).map(RowId::Row).collect::<Vec<_>>());
}

#[test]
fn the_ports_beside_the_table_have_rows_too() {
    let names: Vec<String> =
        rows().iter().map(|row| row.id).filter(|id| matches!(id, RowId::Beside(_))).map(|id| id.to_string()).collect();
    assert_eq!(
        names,
        [
            "DNS server",
            "REST",
            "SIP over WebSocket",
            "XML logon",
            "file copy",
            "inter-server",
            "metrics",
            "multicast paging",
            "operator",
            "phone configuration server"
        ]
    );
}

#[test]
fn every_service_has_one_flow_and_every_flow_a_known_row() {
    let services: Vec<Service> = flows().iter().map(|flow| flow.service).collect();
    assert_eq!(services, Service::ALL);
    let known: BTreeSet<RowId> = rows().iter().map(|row| row.id).collect();
    for flow in flows() {
        assert!(!flow.rows.is_empty(), "{}", flow.service);
        assert!(flow.rows.iter().all(|row| known.contains(row)), "{}", flow.service);
    }
}

#[test]
fn every_row_has_a_flow() {
    for row in rows() {
        assert!(flows().iter().any(|flow| flow.rows.contains(&row.id)), "row {} is empty", row.id);
    }
}

#[test]
fn what_is_built_is_sip_and_media() {
    let built: Vec<&str> = flows().iter().filter(|flow| flow.built).map(|flow| flow.service.name()).collect();
    assert_eq!(built, ["sip-udp", "sip-tcp", "sip-tls", "sip-trunk-tcp", "sip-trunk-tls", "sip-trunk-udp", "media"],);
}

#[test]
fn extensions_and_trunks_share_one_socket() {
    for service in [Service::SipUdp, Service::SipTcp, Service::SipTls] {
        assert_eq!(flow(service).rows, [RowId::Row(29), RowId::Row(30)]);
    }
    assert_eq!(flow(Service::Tr87).rows, [RowId::Row(3), RowId::Row(29)]);
    assert_eq!(flow(Service::CstaWeb).rows, [RowId::Row(3), RowId::Row(4)]);
    assert_eq!(flow(Service::Mscml).rows, [RowId::Row(19), RowId::Row(31)]);
}

#[test]
fn ports_exist_exactly_where_the_protocol_has_them() {
    for flow in flows() {
        assert_eq!(flow.ports.is_empty(), flow.protocol.transport().is_none(), "{}", flow.service);
        assert_eq!(flow.role == Role::Link, flow.ports.is_empty(), "{}", flow.service);
    }
}

/// The published table again, as transport and ports by row: a slip in the rows' files shows here.
const PUBLISHED: &[(u8, &str)] = &[
    (1, "ARP"),
    (2, "UDP 389"),
    (3, "TCP 5062; TCP/TLS 8080; TCP 8882"),
    (4, "TCP/TLS 8080; TLS 8883"),
    (5, "TCP 445"),
    (6, "UDP 67-68"),
    (7, "UDP 53; TCP 53"),
    (8, "UDP 1718; UDP 1719; TCP/TLS 3727"),
    (9, "TCP 1720; TCP 1722; TLS 1300; TLS 1301; TCP 1720; TLS 1301; TCP 1024-5000"),
    (10, "TCP 17002-19492; TCP 24002-26492; TCP 1390-1396; TCP 24002-26492"),
    (11, "TCP 80; TLS 443"),
    (12, "TCP/TLS 8088, 8761, 9000, 9010, 9011, 9012, 9013, 9100, 9101"),
    (13, "TLS 9443"),
    (14, "ICMPv6"),
    (15, "UDP 500; UDP 4500; ESP"),
    (16, "UDP 88; TCP 88"),
    (17, "TCP 389"),
    (18, "TCP 445"),
    (19, "UDP 5090"),
    (20, "TCP 9042; TLS 7001"),
    (21, "ICMPv6"),
    (22, "UDP 123; TCP 123"),
    (23, "TCP 5432"),
    (24, "TCP 445"),
    (25, "UDP 20000-28191"),
    (26, "UDP 16986-17012; UDP 16987-17013"),
    (27, "UDP 60000; UDP 3000"),
    (28, "TCP 445"),
    (29, "UDP 5060; TCP 5060; TLS 5061; TLS 49152-65535; TCP 5062"),
    (30, "UDP 5060; TCP 5060; TLS 5061; TCP 5060; TLS 5061; UDP 5060"),
    (31, "UDP 5090; UDP 5090"),
    (32, "TCP 445"),
    (33, "TCP 445"),
    (34, "TCP 25"),
    (35, "UDP 161"),
    (36, "UDP 162"),
    (37, "TCP 22"),
    (38, "UDP 9200; UDP 2948"),
];

#[test]
fn the_rows_have_the_published_ports() {
    for (number, expected) in PUBLISHED {
        let found: Vec<String> = flows()
            .iter()
            .filter(|flow| flow.rows.contains(&RowId::Row(*number)))
            .map(|flow| format!("{} {}", flow.protocol, list(flow.ports)).trim_end().to_owned())
            .collect();
        assert_eq!(found.join("; "), *expected, "row {number}");
    }
}

#[test]
fn the_ports_beside_the_table_are_the_documented_ones() {
    let expected = [
        (Service::XmlLogon, Protocol::Tcp, 22222),
        (Service::XmlLogonTls, Protocol::Tls, 22223),
        (Service::PhoneConfiguration, Protocol::Tcp, 22225),
        (Service::PhoneConfigurationTls, Protocol::Tls, 22226),
        (Service::Rest, Protocol::Tcp, 22227),
        (Service::RestTls, Protocol::Tls, 22228),
        (Service::InterServer, Protocol::Sctp, 5678),
        (Service::FileCopy, Protocol::Sctp, 5679),
        (Service::Operator, Protocol::Tcp, 1073),
        (Service::DnsServerUdp, Protocol::Udp, 53),
    ];
    for (service, protocol, number) in expected {
        assert_eq!((flow(service).protocol, flow(service).ports), (protocol, &[port(number)][..]), "{service}");
        assert_eq!(flow(service).role, Role::Listener);
    }
}

#[test]
fn the_firewall_column_is_the_published_one() {
    let silent: Vec<String> = rows()
        .iter()
        .filter(|row| matches!(row.id, RowId::Row(_)) && row.firewall == Firewall::Silent)
        .map(|row| row.id.to_string())
        .collect();
    assert_eq!(silent, ["1", "12", "14", "19", "23"]);
    let apart =
        rows().iter().filter(|row| matches!(row.id, RowId::Row(_)) && row.firewall == Firewall::OpenIfApart).count();
    assert_eq!(apart, 0);
}

#[test]
fn tls_is_tcp_to_the_operating_system() {
    assert_eq!(Protocol::Tls.transport(), Some(Transport::Tcp));
    assert_eq!(Protocol::TcpOrTls.transport(), Some(Transport::Tcp));
    assert_eq!(Protocol::Esp.transport(), None);
}
