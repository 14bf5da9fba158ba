//! Several servers and their databases: rows 20 and 23, and the signalling between servers.

use super::{port, row};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row, RowId};
use crate::service::Service;

const INTER_SERVER: RowId = RowId::Beside("inter-server");
const FILE_COPY: RowId = RowId::Beside("file copy");

pub(super) const ROWS: &[Row] = &[
    Row::new(20, "system database", Firewall::Open, "Cassandra: the data that all servers share"),
    Row::new(23, "PostgreSQL", Firewall::Silent, "internal use; blocked for connections from outside"),
    Row::beside("inter-server", Firewall::OpenIfApart, "signalling between servers, in IPsec"),
    Row::beside("file copy", Firewall::OpenIfApart, "copies files between servers"),
];

pub(super) const FLOWS: &[Flow] = &[
    Flow::client(Service::Cassandra, &[row(20)], Party::Database, Protocol::Tcp, &[port(9042)]),
    Flow::remote(Service::CassandraNodes, &[row(20)], (Party::Database, Party::Database), Protocol::Tls, &[port(7001)]),
    Flow::client(Service::Postgresql, &[row(23)], Party::Database, Protocol::Tcp, &[port(5432)]),
    Flow::listener(Service::InterServer, &[INTER_SERVER], Party::OtherServer, Protocol::Sctp, &[port(5678)])
        .both_ways(),
    Flow::listener(Service::InterServerUdp, &[INTER_SERVER], Party::OtherServer, Protocol::Udp, &[port(9899)])
        .both_ways()
        .off(),
    Flow::listener(Service::FileCopy, &[FILE_COPY], Party::OtherServer, Protocol::Sctp, &[port(5679)]).both_ways(),
];
