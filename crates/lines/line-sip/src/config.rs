//! What the SIP line is told before it starts.

use ground::NetworkId;
use sip::{Transport, agent};
use std::net::SocketAddr;

/// The configuration of a SIP line.
#[derive(Clone, Debug)]
pub struct Config {
    /// The user agent below it. Trunk sources come from the directory and are set by the line.
    pub agent: agent::Config,
    /// The local sockets: registrations from before a restart find theirs again.
    pub listeners: Vec<ListenerEntry>,
    /// The host of our own identities on each network: what From and To carry after the `@`.
    pub hosts: Vec<(NetworkId, Box<str>)>,
    /// The second (UTC) at which the process started: connection identifiers begin there.
    pub start_second: u32,
}

/// A local socket of the present configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerEntry {
    /// Its number in flows.
    pub index: u16,
    /// Its transport.
    pub transport: Transport,
    /// Its address.
    pub local: SocketAddr,
}

impl Config {
    /// The host of our identities on a network.
    pub fn host(&self, network: NetworkId) -> &str {
        self.hosts.iter().find(|(id, _)| *id == network).map_or("invalid.invalid", |(_, host)| host)
    }
}
