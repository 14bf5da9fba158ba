//! Voice and its control: rows 19, 25, 27 and 31, and paging.

use super::{port, row, run};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const PAGING: RowId = RowId::Beside("multicast paging");

pub(super) const ROWS: &[Row] = &[
    Row::new(19, "MSCML", Firewall::Silent, "media server control: see row 31"),
    Row::new(
        25,
        "RTP / RTCP",
        Firewall::Open,
        "media between the gateway and telephones; at least 200 ports, twice as many as RTP resources",
    ),
    Row::new(27, "RTP, idle streaming", Firewall::Open, "audio to an idle SIP telephone"),
    Row::new(31, "SIP with MSCML", Firewall::Open, "media server control (RFC 5022)"),
    Row::beside("multicast paging", Firewall::OpenIfApart, "announcements to groups of telephones by multicast RTP"),
];

pub(super) const FLOWS: &[Flow] = &[
    Flow::listener(Service::Media, &[row(25)], Party::TelephoneOrTrunk, Protocol::Udp, &[run(20000, 28191)])
        .both_ways()
        .built(),
    Flow::client(Service::IdleStreaming, &[row(27)], Party::Telephone, Protocol::Udp, &[port(60000)]),
    Flow::remote(Service::PhoneRtpBase, &[row(27)], (Party::Exchange, Party::Telephone), Protocol::Udp, &[port(3000)]),
    Flow::client(Service::Mscml, &[row(19), row(31)], Party::MediaServer, Protocol::Udp, &[port(5090)]),
    Flow::listener(Service::MscmlServer, &[row(31)], Party::OtherServer, Protocol::Udp, &[port(5090)])
        .both_ways()
        .off(),
    Flow::client(Service::MulticastPaging, &[PAGING], Party::Telephone, Protocol::Udp, &[port(5555)]),
];
