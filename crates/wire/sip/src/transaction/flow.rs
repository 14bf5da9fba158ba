//! Where a message came from and where one goes, RFC 3261 section 18 and RFC 5626 section 3.

use crate::message::Transport;
use ground::{FlowId, NetworkId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// One flow: a connection, or a local socket and the address of the peer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// Which local socket of the configuration: the listener's number.
    pub listener: u16,
    /// The local address, where the socket knows it.
    pub local: Option<SocketAddr>,
    /// The peer's address as the packets show it.
    pub peer: SocketAddr,
    /// The connection, on connection-oriented transports; its number means nothing after a restart.
    pub connection: Option<FlowId>,
    /// The network to which the listener belongs.
    pub network: NetworkId,
}

/// Where bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Destination {
    /// On this flow and no other.
    Flow(Flow),
    /// To this address; a connection is opened when there is none (RFC 3261 section 18.1.1).
    Address {
        /// The transport.
        transport: Transport,
        /// The network from which it is sent.
        network: NetworkId,
        /// The address.
        address: SocketAddr,
    },
}

impl Destination {
    /// The transport.
    pub fn transport(&self) -> Transport {
        match self {
            Destination::Flow(flow) => flow.transport,
            Destination::Address { transport, .. } => *transport,
        }
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        match self {
            Destination::Flow(flow) => flow.network,
            Destination::Address { network, .. } => *network,
        }
    }

    /// The peer's address.
    pub fn peer(&self) -> SocketAddr {
        match self {
            Destination::Flow(flow) => flow.peer,
            Destination::Address { address, .. } => *address,
        }
    }

    /// The connection that it needs, if it needs a certain one.
    pub fn connection(&self) -> Option<FlowId> {
        match self {
            Destination::Flow(flow) => flow.connection,
            Destination::Address { .. } => None,
        }
    }
}

/// The value of the URI parameter `transport`, RFC 3261 section 19.1.1; none for UDP, which is what a URI without it means.
pub fn uri_parameter(transport: Transport) -> Option<&'static str> {
    match transport {
        Transport::Udp => None,
        Transport::Tcp => Some("tcp"),
        Transport::Tls => Some("tls"),
        Transport::Ws | Transport::Wss => Some("ws"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_and_an_address_tell_the_same_about_the_way() {
        let peer: SocketAddr = "192.0.2.7:40000".parse().unwrap();
        let network = NetworkId(3);
        let connection = Some(FlowId(9));
        let flow = Flow { transport: Transport::Tls, listener: 1, local: None, peer, connection, network };
        let address = Destination::Address { transport: Transport::Tls, network, address: peer };
        for to in [Destination::Flow(flow), address] {
            assert_eq!((to.transport(), to.network(), to.peer()), (Transport::Tls, network, peer));
        }
        assert_eq!((Destination::Flow(flow).connection(), address.connection()), (connection, None));
        assert_eq!(uri_parameter(Transport::Wss), Some("ws"));
    }
}
