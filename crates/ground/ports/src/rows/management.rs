//! Management, the end-user portal, alarms and reports: rows 11, 12, 13, 34, 35, 36 and 37, and metrics.
//!
//! The administrator's command line speaks to the running server over a Unix socket, which has no port.

use super::{port, row};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::range::PortRange;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const METRICS: RowId = RowId::Beside("metrics");

/// 8761 is the service registry's usual port.
const PORTAL: &[PortRange] =
    &[port(8088), port(8761), port(9000), port(9010), port(9011), port(9012), port(9013), port(9100), port(9101)];

pub(super) const ROWS: &[Row] = &[
    Row::new(
        11,
        "HTTP / HTTPS",
        Firewall::Open,
        "configuration and firmware to telephones and gateways; management pages (Service Node Manager)",
    ),
    Row::new(
        12,
        "HTTP / HTTPS, Provisioning Manager",
        Firewall::Silent,
        "the end-user portal and its services, each on a port of its own",
    ),
    Row::new(13, "HTTPS, mobile client", Firewall::Open, "a mobile client tells its number and whom it wants to call"),
    Row::new(34, "SMTP", Firewall::Open, "mails the licence and usage report"),
    Row::new(35, "SNMP", Firewall::Open, "management information"),
    Row::new(36, "SNMP trap", Firewall::Open, "alarms"),
    Row::new(37, "SSH", Firewall::Open, "remote command line for common management work"),
    Row::beside("metrics", Firewall::OpenIfApart, "figures for a monitoring system, in Prometheus' text form"),
];

pub(super) const FLOWS: &[Flow] = &[
    Flow::listener(Service::Http, &[row(11)], Party::Telephone, Protocol::Tcp, &[port(80)]),
    Flow::listener(Service::Https, &[row(11)], Party::Browser, Protocol::Tls, &[port(443)]),
    Flow::listener(Service::Provisioning, &[row(12)], Party::Browser, Protocol::TcpOrTls, PORTAL),
    Flow::listener(Service::MobileClient, &[row(13)], Party::MobileClient, Protocol::Tls, &[port(9443)]),
    Flow::client(Service::Smtp, &[row(34)], Party::MailServer, Protocol::Tcp, &[port(25)]),
    Flow::listener(Service::Snmp, &[row(35)], Party::MonitoringSystem, Protocol::Udp, &[port(161)]),
    Flow::client(Service::SnmpTrap, &[row(36)], Party::MonitoringSystem, Protocol::Udp, &[port(162)]),
    Flow::listener(Service::Ssh, &[row(37)], Party::Administrator, Protocol::Tcp, &[port(22)]),
    Flow::listener(Service::Metrics, &[METRICS], Party::MonitoringSystem, Protocol::Tcp, &[port(9464)]),
];
