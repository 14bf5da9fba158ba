//! SIP towards telephones, clients and trunks: rows 29 and 30, and WebSocket.

use super::{port, row, run};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const WEBSOCKET: RowId = RowId::Beside("SIP over WebSocket");

pub(super) const ROWS: &[Row] = &[
    Row::new(
        29,
        "SIP, extensions",
        Firewall::Open,
        "call signalling, presence, event notification, messages, CSTA over SIP",
    ),
    Row::new(30, "SIP, trunks", Firewall::Open, "SIP trunks to the network"),
    Row::beside("SIP over WebSocket", Firewall::Open, "telephones in a browser (RFC 7118)"),
];

/// Rows 29 and 30 share their sockets: who sends decides whether it is an extension or a trunk.
pub(super) const FLOWS: &[Flow] = &[
    Flow::listener(Service::SipUdp, &[row(29), row(30)], Party::TelephoneOrTrunk, Protocol::Udp, &[port(5060)])
        .both_ways()
        .built(),
    Flow::listener(Service::SipTcp, &[row(29), row(30)], Party::TelephoneOrTrunk, Protocol::Tcp, &[port(5060)]).built(),
    Flow::listener(Service::SipTls, &[row(29), row(30)], Party::TelephoneOrTrunk, Protocol::Tls, &[port(5061)]).built(),
    Flow::client(Service::SipTrunkUdp, &[row(30)], Party::Trunk, Protocol::Udp, &[port(5060)]).built(),
    Flow::client(Service::SipTrunkTcp, &[row(30)], Party::Trunk, Protocol::Tcp, &[port(5060)]).built(),
    Flow::client(Service::SipTrunkTls, &[row(30)], Party::Trunk, Protocol::Tls, &[port(5061)]).built(),
    Flow::remote(
        Service::SipPhoneTlsSource,
        &[row(29)],
        (Party::Telephone, Party::Exchange),
        Protocol::Tls,
        &[run(49152, 65535)],
    ),
    Flow::listener(Service::SipWs, &[WEBSOCKET], Party::Browser, Protocol::Tcp, &[port(5066)]).off(),
    Flow::listener(Service::SipWss, &[WEBSOCKET], Party::Browser, Protocol::Tls, &[port(7443)]),
];
