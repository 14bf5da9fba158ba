//! Opening datagram sockets for rows of the port plan.

use super::socket::DatagramSocket;
use crate::error::BindError;
use ports::{Bind, ListenerRange};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Kernel buffer of a signalling socket in bytes: a burst of some 2,000 requests waits without loss.
const SIGNALLING_BUFFER: usize = 4 << 20;
/// Kernel buffer of a media socket in bytes: more than a second of G.711 with the kernel's overhead.
const MEDIA_BUFFER: usize = 64 << 10;

/// Opens a datagram listener of the plan; packets it sends carry `dscp` (RFC 2474).
pub fn bind_udp(bind: &Bind, dscp: u8) -> Result<DatagramSocket, BindError> {
    let address = bind.address();
    open(address, dscp, SIGNALLING_BUFFER)
        .and_then(DatagramSocket::new)
        .map_err(|error| BindError::new(bind.service().name(), address, error))
}

/// Opens the even port `rtp_port` of the plan's media range and the odd one above it.
///
/// # Errors
/// A port outside the planned range, or the operating system's answer.
pub fn bind_media_pair(range: &ListenerRange, rtp_port: u16, dscp: u8) -> Result<(UdpSocket, UdpSocket), BindError> {
    let service = range.service().name();
    let open_one = |port: u16| {
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "outside the planned media range");
        let address = SocketAddr::new(range.address(), port);
        let bind = range.bind(port).ok_or_else(outside).map_err(|error| BindError::new(service, address, error))?;
        open(bind.address(), dscp, MEDIA_BUFFER).map_err(|error| BindError::new(service, address, error))
    };
    // RTP takes the even port (RFC 3550 section 11).
    Ok((open_one(rtp_port & !1)?, open_one(rtp_port | 1)?))
}

fn open(address: SocketAddr, dscp: u8, buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    let class = u32::from(dscp) << 2;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
        socket.set_tclass_v6(class)?;
    } else {
        socket.set_tos_v4(class)?;
    }
    // The kernel caps these at its own limits; less is not an error.
    let _ = socket.set_recv_buffer_size(buffer);
    let _ = socket.set_send_buffer_size(buffer);
    socket.bind(&address.into())?;
    Ok(socket.into())
}
