//! Media resources: the networks with their addresses, and pairs of ports.

use ground::NetworkId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl AddressFamily {
    /// The family of an address.
    pub fn of(address: IpAddr) -> AddressFamily {
        if address.is_ipv4() { AddressFamily::V4 } else { AddressFamily::V6 }
    }
}

/// The addresses that media uses towards one network: bound by the engine, advertised in descriptions. The two differ when
/// the server stands behind a translator of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaNetwork {
    /// The network.
    pub network: NetworkId,
    /// The IPv4 address to bind and the one to advertise.
    pub v4: Option<(IpAddr, IpAddr)>,
    /// The IPv6 address to bind and the one to advertise.
    pub v6: Option<(IpAddr, IpAddr)>,
}

impl MediaNetwork {
    /// The address to advertise in this family, if the network has one.
    pub fn advertised(&self, family: AddressFamily) -> Option<IpAddr> {
        let pair = match family {
            AddressFamily::V4 => self.v4,
            AddressFamily::V6 => self.v6,
        };
        pair.map(|(_, advertised)| advertised)
    }
}

/// A pair of neighbouring ports on one media address: RTP on the even one, RTCP on the odd one above (RFC 3550 section 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortPair {
    /// The network whose media address is bound.
    pub network: NetworkId,
    /// The family of that address.
    pub family: AddressFamily,
    /// The even port, for RTP.
    pub rtp_port: u16,
}

impl PortPair {
    /// The odd port above, for RTCP.
    pub fn rtcp_port(self) -> u16 {
        self.rtp_port | 1
    }
}
