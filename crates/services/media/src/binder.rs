//! Who binds: not the engine. It is handed sockets.

use media_plan::PortPair;
use std::io;
use std::net::UdpSocket;

/// Binds a pair of ports at the media address of its network and family.
///
/// The sockets are non-blocking, marked for expedited forwarding (DSCP 46, RFC 3246), and have receive buffers of some tens of
/// packets only: what arrives at a port that nobody uses stays unread there until the kernel drops the rest.
pub trait PortBinder {
    /// The sockets of the RTP and of the RTCP port.
    fn bind(&self, pair: PortPair) -> io::Result<(UdpSocket, UdpSocket)>;
}

impl<F: Fn(PortPair) -> io::Result<(UdpSocket, UdpSocket)>> PortBinder for F {
    fn bind(&self, pair: PortPair) -> io::Result<(UdpSocket, UdpSocket)> {
        self(pair)
    }
}
