//! The rows, a group a file. These files are the only ones of the product that hold port numbers.

mod applications;
mod cluster;
mod directory_services;
mod h323;
mod management;
mod media;
mod network;
mod sip;
mod telephones;

use crate::flow::Flow;
use crate::range::PortRange;
use crate::row::{Row, RowId};

/// The operating system's usual range for outgoing connections (Linux `ip_local_port_range`).
pub(crate) const SYSTEM_EPHEMERAL: PortRange = run(32768, 60999);

/// Ports below this one are open only to a process with the right capability (Linux `CAP_NET_BIND_SERVICE`).
pub const FIRST_UNPRIVILEGED: u16 = 1024;

/// The least number of ports of a media range (published table, row 25).
pub const LEAST_MEDIA_PORTS: u32 = 200;

const GROUPS: [(&[Row], &[Flow]); 9] = [
    (sip::ROWS, sip::FLOWS),
    (media::ROWS, media::FLOWS),
    (h323::ROWS, h323::FLOWS),
    (applications::ROWS, applications::FLOWS),
    (management::ROWS, management::FLOWS),
    (telephones::ROWS, telephones::FLOWS),
    (directory_services::ROWS, directory_services::FLOWS),
    (network::ROWS, network::FLOWS),
    (cluster::ROWS, cluster::FLOWS),
];

/// Every row: the 38 of the published table in order, then those beside it by name.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = GROUPS.iter().flat_map(|(rows, _)| rows.iter().copied()).collect();
    rows.sort_by_key(|row| row.id);
    rows
}

/// Every flow, in the order of [`crate::Service::ALL`].
pub fn flows() -> Vec<Flow> {
    let mut flows: Vec<Flow> = GROUPS.iter().flat_map(|(_, flows)| flows.iter().copied()).collect();
    flows.sort_by_key(|flow| flow.service);
    flows
}

const fn port(port: u16) -> PortRange {
    PortRange::fixed(port, port)
}

const fn run(first: u16, last: u16) -> PortRange {
    PortRange::fixed(first, last)
}

const fn row(number: u8) -> RowId {
    RowId::Row(number)
}

#[cfg(test)]
mod tests;
