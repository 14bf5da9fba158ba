//! What the user agent is told before it starts.

use super::accounts::Algorithms;
use crate::registrar::RegistrarConfig;
use crate::transaction::{Intervals, Transport};
use ground::{NetworkId, TrunkId, Utc};
use std::net::IpAddr;
use std::time::Duration;

/// The configuration of one agent: one signalling shard.
#[derive(Clone, Debug)]
pub struct Config {
    /// The shard's mark in tags, branches and Contacts: a letter or digit.
    pub shard: char,
    /// From this seed come tags, branches, Call-IDs, nonces and random waits: random in production, fixed in tests and replay.
    pub seed: [u8; 32],
    /// When this process started: incoming sessions are numbered from it, so that no number is given twice over restarts.
    pub start: Utc,
    /// T1, T2, T4.
    pub intervals: Intervals,
    /// When 100 Trying is sent.
    pub trying: Trying,
    /// The bounds.
    pub limits: Limits,
    /// The bounds on waiting for people.
    pub waits: Waits,
    /// The port that a URI or Via without port means, RFC 3261 section 19.1.2.
    pub default_ports: DefaultPorts,
    /// The networks; a message on a network that does not stand here is dropped.
    pub networks: Vec<Network>,
    /// The registrar.
    pub registrar: RegistrarConfig,
    /// Content types that an INFO may carry, RFC 6086 section 4.2.2: others get 415.
    pub info_types: Vec<Box<str>>,
    /// Whether [`super::Output::Trace`] is produced.
    pub trace: bool,
}

/// When 100 Trying is sent, RFC 3261 section 17.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trying {
    /// At once: what an exchange does, since it looks numbers up and rings telephones.
    Immediately,
    /// When nothing else was sent for this long; 200 ms in the RFC.
    After(Duration),
}

/// Ports for URIs and Via values that name none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultPorts {
    /// UDP and TCP.
    pub plain: u16,
    /// TLS.
    pub secure: u16,
}

impl DefaultPorts {
    /// The port for `transport`.
    pub fn of(&self, transport: Transport) -> u16 {
        if transport.is_secure() { self.secure } else { self.plain }
    }
}

/// Bounds on what strangers can make the agent hold or do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions of both kinds; a request beyond them is answered 503 without state.
    pub transactions: usize,
    /// Sessions; an INVITE beyond them is answered 503 with Retry-After.
    pub sessions: usize,
    /// Early dialogs of one INVITE.
    pub forks: usize,
    /// Requests waiting inside one session.
    pub pending_requests: usize,
    /// Unauthenticated requests a second from one address, beyond which they are dropped unread. A site behind one address
    /// that starts all its telephones at once must fit into this and the burst.
    pub unauthenticated_rate: u32,
    /// Unauthenticated requests that one address may send at once.
    pub unauthenticated_burst: u32,
    /// The Retry-After of a 503, in seconds.
    pub retry_after: u32,
    /// The largest request that leaves in a datagram, RFC 3261 section 18.1.1.
    pub datagram: usize,
    /// Nonces whose count is kept against replay.
    pub nonces: usize,
    /// REFERs in one session, in each direction, that are not over.
    pub referrals: usize,
    /// Refused INVITEs, and ended dialogs, that are remembered for 64*T1 each.
    pub recent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            transactions: 200_000,
            sessions: 50_000,
            forks: 16,
            pending_requests: 16,
            unauthenticated_rate: 1000,
            unauthenticated_burst: 4000,
            retry_after: 10,
            datagram: 1300,
            nonces: 200_000,
            referrals: 4,
            recent: 4096,
        }
    }
}

/// Bounds on waits that depend on people or on the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// How long an INVITE in either direction may stay without final response.
    pub ring: Duration,
    /// How long an offer, a change or an ACK that owes an answer waits for the exchange.
    pub order: Duration,
    /// How long a request waits for a telephone whose flow is lost to register again.
    pub flow: Duration,
    /// The life of a REFER's subscription, in both directions (RFC 3515 section 2.4.4).
    pub referral: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Waits {
            ring: Duration::from_secs(600),
            order: Duration::from_secs(20),
            flow: Duration::from_secs(32),
            referral: Duration::from_secs(180),
        }
    }
}

/// One network: how the agent shows itself there and whom it trusts.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its number.
    pub id: NetworkId,
    /// What Via and Contact say there, by transport, and by address family where a network has both.
    pub advertised: Vec<Advertised>,
    /// The digest realm.
    pub realm: Box<str>,
    /// The digest algorithms and their order in a challenge, RFC 8760 section 2.4.
    pub algorithms: Algorithms,
    /// Whether requests without a trunk behind them are challenged. False only in closed test networks.
    pub challenge: bool,
    /// The trunks by their source addresses: their requests are not challenged.
    pub trunks: Vec<TrunkSource>,
}

/// The address that peers on one transport see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The transport.
    pub transport: Transport,
    /// Host name or address; an IPv6 address in brackets.
    pub host: Box<str>,
    /// The port; none leaves it out.
    pub port: Option<u16>,
}

/// One source address of a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrunkSource {
    /// The trunk.
    pub trunk: TrunkId,
    /// The network part of the address.
    pub address: IpAddr,
    /// How many leading bits count: 32 or 128 for one host.
    pub prefix: u8,
}

impl TrunkSource {
    /// True when `address` is one of the trunk's. An IPv4 address in IPv6 form counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        fn bits(address: IpAddr) -> (u128, u8) {
            match address.to_canonical() {
                IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, 32),
                IpAddr::V6(v6) => (u128::from(v6), 128),
            }
        }
        let ((ours, width), (theirs, their_width)) = (bits(self.address), bits(address));
        let prefix = u32::from(self.prefix.min(width));
        width == their_width && (prefix == 0 || (ours ^ theirs) >> (128 - prefix) == 0)
    }
}

impl Config {
    /// The network of this number.
    pub fn network(&self, id: NetworkId) -> Option<&Network> {
        self.networks.iter().find(|network| network.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_is_known_by_its_prefix() {
        let source =
            |address: &str, prefix| TrunkSource { trunk: TrunkId(1), address: address.parse().unwrap(), prefix };
        assert!(source("192.0.2.0", 24).contains("192.0.2.77".parse().unwrap()));
        assert!(!source("192.0.2.0", 24).contains("192.0.3.1".parse().unwrap()));
        assert!(source("192.0.2.1", 32).contains("::ffff:192.0.2.1".parse().unwrap()));
        assert!(source("2001:db8::", 32).contains("2001:db8:1::1".parse().unwrap()));
        assert!(!source("2001:db8::", 32).contains("192.0.2.1".parse().unwrap()));
        assert!(source("0.0.0.0", 0).contains("198.51.100.9".parse().unwrap()));
        assert!(!source("192.0.2.1", 200).contains("192.0.2.2".parse().unwrap()));
    }
}
