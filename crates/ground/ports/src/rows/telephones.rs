//! Services for telephones that stand beside the published table: logon, configuration, call history.

use super::port;
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const LOGON: RowId = RowId::Beside("XML logon");
const CONFIGURATION: RowId = RowId::Beside("phone configuration server");
const REST: RowId = RowId::Beside("REST");

pub(super) const ROWS: &[Row] = &[
    Row::beside("XML logon", Firewall::Open, "logging on and off at a telephone's display"),
    Row::beside("phone configuration server", Firewall::Open, "keys and settings follow the user to another telephone"),
    Row::beside("REST", Firewall::Open, "call history"),
];

pub(super) const FLOWS: &[Flow] = &[
    Flow::listener(Service::XmlLogon, &[LOGON], Party::Telephone, Protocol::Tcp, &[port(22222)]),
    Flow::listener(Service::XmlLogonTls, &[LOGON], Party::Telephone, Protocol::Tls, &[port(22223)]),
    Flow::listener(Service::PhoneConfiguration, &[CONFIGURATION], Party::Telephone, Protocol::Tcp, &[port(22225)]),
    Flow::listener(Service::PhoneConfigurationTls, &[CONFIGURATION], Party::Telephone, Protocol::Tls, &[port(22226)]),
    Flow::listener(Service::Rest, &[REST], Party::Telephone, Protocol::Tcp, &[port(22227)]),
    Flow::listener(Service::RestTls, &[REST], Party::Telephone, Protocol::Tls, &[port(22228)]),
];
