//! H.323 telephones and trunks: rows 8, 9, 10, 26 and 38. H.323 is IPv4 only in the published table.

use super::{SYSTEM_EPHEMERAL, port, row, run};
use crate::flow::{Families, Flow, Party};
use crate::protocol::Protocol;
use crate::range::PortRange;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

pub(super) const ROWS: &[Row] = &[
    Row::new(8, "H.225.0 RAS", Firewall::Open, "registration, admission, status and quality reports; not on IP trunks"),
    Row::new(9, "H.225.0 Q.931", Firewall::Open, "call set-up and release; on IP trunks it carries QSIG"),
    Row::new(10, "H.245", Firewall::Open, "media capability exchange for one call"),
    Row::new(26, "RTP / RTCP, H.323", Firewall::Open, "media of H.323 telephones"),
    Row::new(38, "WAP", Firewall::Open, "display services and states of H.323 and DECT extensions, server side"),
];

pub(super) const FLOWS: &[Flow] = &[
    listener(Service::RasDiscovery, &[row(8)], Protocol::Udp, &[port(1718)]),
    listener(Service::Ras, &[row(8)], Protocol::Udp, &[port(1719)]).both_ways(),
    listener(Service::RasTcp, &[row(8)], Protocol::TcpOrTls, &[port(3727)]),
    listener(Service::H225Trunk, &[row(9)], Protocol::Tcp, &[port(1720)]),
    listener(Service::H225Extension, &[row(9)], Protocol::Tcp, &[port(1722)]),
    listener(Service::H225ExtensionTls, &[row(9)], Protocol::Tls, &[port(1300)]),
    listener(Service::H225TrunkTls, &[row(9)], Protocol::Tls, &[port(1301)]),
    outgoing(Service::H225Outgoing, &[row(9)], Protocol::Tcp, &[port(1720)]),
    outgoing(Service::H225OutgoingTls, &[row(9)], Protocol::Tls, &[port(1301)]),
    remote(
        Service::H225PhoneSource,
        &[row(9)],
        (Party::H323Device, Party::Exchange),
        Protocol::Tcp,
        &[run(1024, 5000)],
    ),
    listener(Service::H245Extension, &[row(10)], Protocol::Tcp, &[run(17002, 19492)]),
    listener(Service::H245Trunk, &[row(10)], Protocol::Tcp, &[run(24002, 26492)]),
    outgoing(Service::H245Outgoing, &[row(10)], Protocol::Tcp, &[run(1390, 1396)]),
    outgoing(Service::H245OutgoingTrunk, &[row(10)], Protocol::Tcp, &[run(24002, 26492)]),
    remote(
        Service::H323PhoneRtp,
        &[row(26)],
        (Party::Exchange, Party::H323Device),
        Protocol::Udp,
        &[run(16986, 17012)],
    )
    .both_ways(),
    remote(
        Service::H323PhoneRtcp,
        &[row(26)],
        (Party::Exchange, Party::H323Device),
        Protocol::Udp,
        &[run(16987, 17013)],
    )
    .both_ways(),
    listener(Service::Wap, &[row(38)], Protocol::Udp, &[port(9200)]).both_ways(),
    Flow::client(Service::WapPush, &[row(38)], Party::H323Device, Protocol::Udp, &[port(2948)]).only(Families::Ipv4),
];

const fn listener(service: Service, rows: &'static [RowId], protocol: Protocol, ports: &'static [PortRange]) -> Flow {
    Flow::listener(service, rows, Party::H323Device, protocol, ports).only(Families::Ipv4)
}

const fn outgoing(service: Service, rows: &'static [RowId], protocol: Protocol, ports: &'static [PortRange]) -> Flow {
    Flow::client(service, rows, Party::H323Device, protocol, ports).with_source(SYSTEM_EPHEMERAL).only(Families::Ipv4)
}

const fn remote(
    service: Service,
    rows: &'static [RowId],
    parties: (Party, Party),
    protocol: Protocol,
    ports: &'static [PortRange],
) -> Flow {
    Flow::remote(service, rows, parties, protocol, ports).only(Families::Ipv4)
}
