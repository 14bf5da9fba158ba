//! Trunks: lines to other exchanges and networks.

use ground::{DeviceId, NetworkId, TrunkId};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// A SIP trunk with a fixed address at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    /// The name by which commands and routes know it, unique.
    pub name: String,
    /// Its identifier; given once, never reused.
    pub id: TrunkId,
    /// Its logical device.
    pub device: DeviceId,
    /// Where requests are sent.
    pub address: SocketAddr,
    /// How.
    pub transport: TrunkTransport,
    /// Out of which of Almon's networks.
    pub network: NetworkId,
    /// From which addresses its calls come, besides `address`. Calls from these addresses need no password.
    pub sources: Vec<IpAddr>,
    /// Calls from the trunk may reach numbers that a route leads out again.
    pub transit: bool,
    /// A 3xx of the trunk is followed. Otherwise it is a failure, and the route's next choice is tried.
    #[serde(default)]
    pub follow_redirects: bool,
    /// The other end may transfer calls by REFER (RFC 3515). Otherwise its REFER is refused.
    #[serde(default)]
    pub may_transfer: bool,
    /// When both ends of a transferred call are on this trunk, or would be, it is sent a REFER and joins them itself.
    #[serde(default)]
    pub transfers_itself: bool,
    /// The most simultaneous calls, both directions together; none for no limit.
    pub max_calls: Option<u32>,
}

/// The transport towards a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrunkTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}
