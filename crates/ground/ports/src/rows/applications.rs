//! Applications that control calls: rows 3 and 4, and the operator workstation.

use super::{port, row};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const OPERATOR: RowId = RowId::Beside("operator");

pub(super) const ROWS: &[Row] = &[
    Row::new(3, "CSTA III", Firewall::Open, "third-party call control; TR/87 is CSTA III carried in SIP"),
    Row::new(4, "CSTA III over TLS", Firewall::Open, "as row 3; TLS 1.2 and 1.3 only"),
    Row::beside("operator", Firewall::OpenIfApart, "the operator's workstation"),
];

/// The web service of rows 3 and 4 is one socket, plain or TLS as configured; TR/87 belongs to row 29 too.
pub(super) const FLOWS: &[Flow] = &[
    Flow::listener(Service::CstaWeb, &[row(3), row(4)], Party::Application, Protocol::TcpOrTls, &[port(8080)]).off(),
    Flow::listener(Service::CstaXml, &[row(3)], Party::Application, Protocol::Tcp, &[port(8882)]),
    Flow::listener(Service::CstaXmlTls, &[row(4)], Party::Application, Protocol::Tls, &[port(8883)]),
    Flow::listener(Service::Tr87, &[row(3), row(29)], Party::Application, Protocol::Tcp, &[port(5062)]),
    Flow::listener(Service::Operator, &[OPERATOR], Party::Operator, Protocol::Tcp, &[port(1073)]),
];
