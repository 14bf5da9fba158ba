//! Which listeners of the plan a running server has open, from what Linux tells in `/proc/net`.
//!
//! This is the pure half: the caller reads the files, and `/proc/PID/fd` where one process is meant.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::flow::Role;
use crate::plan::{PlannedFlow, PortPlan};
use crate::protocol::Transport;
use crate::service::Service;

/// The content of the four files of `/proc/net` that list sockets.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcNet<'a> {
    /// `/proc/net/tcp`.
    pub tcp: &'a str,
    /// `/proc/net/tcp6`.
    pub tcp6: &'a str,
    /// `/proc/net/udp`.
    pub udp: &'a str,
    /// `/proc/net/udp6`.
    pub udp6: &'a str,
}

/// A socket that waits for others: a listening TCP socket or an unconnected UDP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenSocket {
    /// Its port space.
    pub transport: Transport,
    /// The address it is bound to.
    pub address: SocketAddr,
    /// The kernel's number of it: `socket:[inode]` in `/proc/PID/fd`.
    pub inode: u64,
}

/// A line of `/proc/net` that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine(
    /// The line.
    pub String,
);

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no line of a socket list: {:?}", self.0)
    }
}

impl std::error::Error for BadLine {}

/// What the probe found of one planned listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerState {
    /// Which.
    pub service: Service,
    /// How many binds it is planned with.
    pub planned: usize,
    /// The binds that are not open.
    pub closed: Vec<SocketAddr>,
}

impl ListenerState {
    /// Every planned bind is open.
    pub fn is_open(&self) -> bool {
        self.closed.is_empty()
    }
}

/// The plan beside reality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// Every listener that is switched on, built or not; SCTP is not listed by the files and left out.
    pub listeners: Vec<ListenerState>,
    /// Open sockets of the process that no enabled listener of the plan explains, in order.
    pub unplanned: Vec<OpenSocket>,
}

/// Compares `plan` with the sockets of the files. `inodes` are the process's own sockets: `None` takes every socket for
/// one of the process, as in a network namespace of its own.
pub fn probe(plan: &PortPlan, files: &ProcNet<'_>, inodes: Option<&BTreeSet<u64>>) -> Result<ProbeReport, BadLine> {
    let mut sockets = open_sockets(files)?;
    sockets.retain(|socket| inodes.is_none_or(|own| own.contains(&socket.inode)));
    let open: BTreeSet<(Transport, SocketAddr)> = sockets.iter().map(|s| (s.transport, s.address)).collect();
    let listeners: Vec<(&PlannedFlow, Transport)> = plan
        .flows()
        .iter()
        .filter(|planned| planned.enabled() && planned.flow().role == Role::Listener)
        .filter_map(|planned| planned.flow().protocol.transport().map(|transport| (planned, transport)))
        .collect();
    let states = listeners
        .iter()
        .filter(|(_, transport)| *transport != Transport::Sctp)
        .map(|(planned, transport)| {
            let binds: Vec<SocketAddr> = binds(planned).collect();
            let closed = binds.iter().copied().filter(|bind| !open.contains(&(*transport, *bind))).collect();
            ListenerState { service: planned.service(), planned: binds.len(), closed }
        })
        .collect();
    let explained = |socket: &OpenSocket| {
        listeners.iter().any(|(planned, transport)| {
            *transport == socket.transport
                && planned.ports().iter().any(|run| run.contains(socket.address.port()))
                && planned.bind().contains(&socket.address.ip())
        })
    };
    sockets.retain(|socket| !explained(socket));
    sockets.sort();
    Ok(ProbeReport { listeners: states, unplanned: sockets })
}

fn binds(planned: &PlannedFlow) -> impl Iterator<Item = SocketAddr> + '_ {
    let of_address = |address: &IpAddr| {
        let address = *address;
        planned.ports().iter().flat_map(|run| run.iter()).map(move |port| SocketAddr::new(address, port))
    };
    planned.bind().iter().flat_map(of_address)
}

/// The sockets that wait for others, in the files' order.
pub fn open_sockets(files: &ProcNet<'_>) -> Result<Vec<OpenSocket>, BadLine> {
    let lists = [
        (files.tcp, Transport::Tcp),
        (files.tcp6, Transport::Tcp),
        (files.udp, Transport::Udp),
        (files.udp6, Transport::Udp),
    ];
    let mut sockets = Vec::new();
    for (content, transport) in lists {
        // The first line names the columns.
        for line in content.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            sockets.extend(socket(line, transport).ok_or_else(|| BadLine(line.to_owned()))?);
        }
    }
    Ok(sockets)
}

/// TCP_LISTEN of Linux `include/net/tcp_states.h`.
const LISTENING: &str = "0A";
/// TCP_CLOSE: how an unconnected UDP socket is listed.
const UNCONNECTED: &str = "07";

/// `None` for a line that cannot be read, `Some(None)` for a socket that waits for nobody.
fn socket(line: &str, transport: Transport) -> Option<Option<OpenSocket>> {
    let mut fields = line.split_ascii_whitespace();
    let address = address(fields.nth(1)?)?;
    let state = fields.nth(1)?;
    let inode = fields.nth(5)?.parse().ok()?;
    let waits = match transport {
        Transport::Tcp => state == LISTENING,
        _ => state == UNCONNECTED,
    };
    Some(waits.then_some(OpenSocket { transport, address, inode }))
}

/// An address as the kernel prints it: words in the machine's byte order, a colon, the port, all in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |n: usize| u32::from_str_radix(host.get(n * 8..n * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match host.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut octets = [0; 16];
            for (n, chunk) in octets.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(n)?);
            }
            IpAddr::V6(Ipv6Addr::from(octets))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests;
