//! What the SIP line is told before it starts.

use ground::NetworkId;
use sip::{Transport, agent};
use std::net::{IpAddr, SocketAddr};

/// The configuration of a SIP line.
#[derive(Clone, Debug)]
pub struct Config {
    /// The user agent below it. Trunk sources come from the directory and are set by the line.
    pub agent: agent::Config,
    /// The local sockets: registrations from before a restart find theirs again.
    pub listeners: Vec<ListenerEntry>,
    /// The hosts of our own identities on each network, one for each address family: what From and To carry after the `@`.
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
    /// The host of our identities on a network, as `peer` can use it to call back: of its own address family where there is
    /// one.
    pub fn host(&self, network: NetworkId, peer: IpAddr) -> &str {
        let v4 = peer.to_canonical().is_ipv4();
        let mut ours = self.hosts.iter().filter(|(id, _)| *id == network).map(|(_, host)| &**host);
        let fits = |host: &&str| {
            let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
            literal.is_ok_and(|ip| ip.is_ipv4() == v4)
        };
        ours.clone().find(fits).or_else(|| ours.next()).unwrap_or("invalid.invalid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_shown_a_host_of_its_own_family() {
        let entry = |id, host: &str| (NetworkId(id), host.into());
        let config = Config {
            agent: agent::Config {
                shard: 'a',
                seed: [0; 32],
                start: ground::Utc::default(),
                intervals: Default::default(),
                trying: agent::Trying::Immediately,
                limits: agent::Limits::default(),
                waits: agent::Waits::default(),
                default_ports: agent::DefaultPorts { plain: 5060, secure: 5061 },
                networks: Vec::new(),
                registrar: Default::default(),
                info_types: Vec::new(),
                trace: false,
            },
            listeners: Vec::new(),
            hosts: vec![entry(0, "192.0.2.1"), entry(0, "[2001:db8::1]"), entry(1, "[2001:db8:2::1]")],
            start_second: 0,
        };
        let host = |network, peer: &str| config.host(NetworkId(network), peer.parse().unwrap()).to_owned();
        assert_eq!(host(0, "192.0.2.9"), "192.0.2.1");
        assert_eq!(host(0, "::ffff:192.0.2.9"), "192.0.2.1");
        assert_eq!(host(0, "2001:db8::9"), "[2001:db8::1]");
        assert_eq!(host(1, "192.0.2.9"), "[2001:db8:2::1]");
        assert_eq!(host(2, "192.0.2.9"), "invalid.invalid");
    }
}
