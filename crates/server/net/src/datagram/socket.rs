//! A bound datagram socket with its queue of what is to be sent.

use super::batch::{BATCH, ReceiveBuffers, send};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// The most datagrams that wait when the kernel's buffer is full; more are dropped and counted, as a network would.
const QUEUE: usize = 4096;

/// One datagram that arrived.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Where it came from.
    pub from: SocketAddr,
    /// Its content.
    pub bytes: Bytes,
}

/// A datagram socket that receives and sends in batches.
pub struct DatagramSocket {
    socket: UdpSocket,
    local: SocketAddr,
    buffers: ReceiveBuffers,
    queue: VecDeque<(SocketAddr, Bytes)>,
    dropped: u64,
    system_calls: u64,
}

impl DatagramSocket {
    /// Takes over a bound, non-blocking socket.
    pub(super) fn new(socket: UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        Ok(DatagramSocket {
            socket,
            local,
            buffers: ReceiveBuffers::new(),
            queue: VecDeque::new(),
            dropped: 0,
            system_calls: 0,
        })
    }

    /// The address that it is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Datagrams that could not be sent because the kernel had no room for long.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// System calls made so far.
    pub fn system_calls(&self) -> u64 {
        self.system_calls
    }

    /// Takes up to one batch of what arrived; true when more may wait.
    pub fn receive(&mut self, into: &mut Vec<Datagram>) -> io::Result<bool> {
        self.system_calls += 1;
        let taken = self.buffers.receive(self.socket.as_fd(), |from, bytes| {
            into.push(Datagram { from, bytes: Bytes::copy_from_slice(bytes) });
        });
        match taken {
            Ok(count) => Ok(count == BATCH),
            // A refused or unreachable peer of an earlier datagram is reported here; it says nothing about this socket.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable) => {
                Ok(true)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Queues a datagram; [`DatagramSocket::flush`] sends it.
    pub fn queue(&mut self, to: SocketAddr, bytes: Bytes) {
        if self.queue.len() >= QUEUE {
            self.dropped += 1;
            return;
        }
        self.queue.push_back((to, bytes));
    }

    /// Sends what is queued, in order, as far as the kernel takes it; true when nothing is left.
    ///
    /// A datagram that the kernel refuses (too large, no route) is dropped and counted: the transaction's own timer notices.
    pub fn flush(&mut self) -> bool {
        while !self.queue.is_empty() {
            self.system_calls += 1;
            let batch: &[_] = {
                let (front, _) = self.queue.as_slices();
                &front[..front.len().min(BATCH)]
            };
            match send(self.socket.as_fd(), batch) {
                Ok(sent) => {
                    self.queue.drain(..sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.queue.pop_front();
                    self.dropped += 1;
                }
            }
        }
        // A burst may have grown the queue; its memory goes back.
        if self.queue.capacity() > 1024 {
            self.queue.shrink_to(64);
        }
        true
    }
}

impl AsFd for DatagramSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
pub(crate) mod tests_support {
    use super::*;

    /// A socket on a free port of the loopback.
    pub(crate) fn loopback() -> DatagramSocket {
        DatagramSocket::new(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::loopback as socket;
    use super::*;

    #[test]
    fn a_burst_is_sent_in_order_and_received_with_few_system_calls() {
        let (mut a, mut b) = (socket(), socket());
        for i in 0..100_u8 {
            a.queue(b.local(), Bytes::copy_from_slice(&[i; 100]));
        }
        assert!(a.flush());
        assert_eq!(a.system_calls(), 4);
        let mut got = Vec::new();
        while b.receive(&mut got).unwrap() {}
        assert_eq!(got.len(), 100);
        assert!(got.iter().enumerate().all(|(i, d)| d.from == a.local() && d.bytes[..] == [i as u8; 100]));
    }

    #[test]
    fn a_datagram_that_cannot_be_sent_does_not_block_the_others() {
        let (mut a, mut b) = (socket(), socket());
        a.queue(b.local(), Bytes::from(vec![0; 70_000]));
        a.queue(b.local(), Bytes::from_static(b"after"));
        assert!(a.flush());
        assert_eq!(a.dropped(), 1);
        let mut got = Vec::new();
        while b.receive(&mut got).unwrap() {}
        assert_eq!(got.len(), 1);
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut a = socket();
        for _ in 0..QUEUE + 10 {
            a.queue(a.local(), Bytes::from_static(b"x"));
        }
        assert_eq!(a.dropped(), 10);
    }

    #[test]
    fn ipv6_peers_are_known_by_their_address() {
        let Ok(socket) = UdpSocket::bind("[::1]:0") else { return };
        let mut a = DatagramSocket::new(socket).unwrap();
        a.queue(a.local(), Bytes::from_static(b"six"));
        a.flush();
        let mut got = Vec::new();
        a.receive(&mut got).unwrap();
        assert_eq!(got[0].from, a.local());
    }
}
