//! `recvmmsg` and `sendmmsg`: many datagrams for one system call.
//!
//! A system call costs as much as parsing a message, so a burst of 32 datagrams is taken with one.

#![allow(
    unsafe_code,
    reason = "the two system calls take arrays of raw pointers; every pointer made here outlives its call"
)]

use bytes::Bytes;
use socket2::SockAddr;
use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// How many datagrams one system call moves at most.
pub(super) const BATCH: usize = 32;
/// The largest datagram that IP can carry.
pub(super) const LARGEST: usize = 65_535;

/// Room for one batch: allocated once a socket.
pub(super) struct ReceiveBuffers {
    bytes: Vec<u8>,
    names: Vec<libc::sockaddr_storage>,
}

impl ReceiveBuffers {
    pub(super) fn new() -> Self {
        // SAFETY: sockaddr_storage is plain data, and all zeroes is AF_UNSPEC.
        let name: libc::sockaddr_storage = unsafe { zeroed() };
        ReceiveBuffers { bytes: vec![0; BATCH * LARGEST], names: vec![name; BATCH] }
    }

    /// Receives up to a batch without waiting and gives each datagram to `take`; the count that arrived.
    pub(super) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        mut take: impl FnMut(SocketAddr, &[u8]),
    ) -> io::Result<usize> {
        // SAFETY: iovec and mmsghdr are plain data for which all zeroes is valid.
        let mut vectors: [libc::iovec; BATCH] = unsafe { zeroed() };
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        for (i, chunk) in self.bytes.chunks_exact_mut(LARGEST).enumerate() {
            vectors[i] = libc::iovec { iov_base: chunk.as_mut_ptr().cast(), iov_len: chunk.len() };
            headers[i].msg_hdr.msg_iov = &mut vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            headers[i].msg_hdr.msg_name = (&raw mut self.names[i]).cast();
            headers[i].msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        }
        // SAFETY: each header points to a vector, a name and a chunk that live until after the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (i, header) in headers.iter().enumerate().take(count) {
            // SAFETY: the kernel wrote a name of this length into the storage.
            let name = unsafe { SockAddr::new(into_storage(&self.names[i]), header.msg_hdr.msg_namelen) };
            let (Some(from), Some(chunk)) = (name.as_socket(), self.bytes.chunks_exact(LARGEST).nth(i)) else {
                continue;
            };
            take(from, &chunk[..(header.msg_len as usize).min(LARGEST)]);
        }
        Ok(count)
    }
}

fn into_storage(name: &libc::sockaddr_storage) -> socket2::SockAddrStorage {
    let mut storage = socket2::SockAddrStorage::zeroed();
    // SAFETY: SockAddrStorage is a transparent sockaddr_storage.
    unsafe {
        *storage.view_as::<libc::sockaddr_storage>() = *name;
    }
    storage
}

/// Sends the datagrams in order; how many the kernel took before it had no more room or refused one.
pub(super) fn send(socket: BorrowedFd<'_>, datagrams: &[(SocketAddr, Bytes)]) -> io::Result<usize> {
    let count = datagrams.len().min(BATCH);
    let names: [MaybeUninit<SockAddr>; BATCH] = std::array::from_fn(|i| {
        datagrams.get(i).map_or(MaybeUninit::uninit(), |d| MaybeUninit::new(SockAddr::from(d.0)))
    });
    // SAFETY: as in `receive`.
    let mut vectors: [libc::iovec; BATCH] = unsafe { zeroed() };
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
    for (i, (_, bytes)) in datagrams.iter().enumerate().take(count) {
        // SAFETY: the first `count` names were written above. A SockAddr needs no drop.
        let name = unsafe { names[i].assume_init_ref() };
        vectors[i] = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        headers[i].msg_hdr.msg_iov = &mut vectors[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_name = name.as_ptr().cast_mut().cast();
        headers[i].msg_hdr.msg_namelen = name.len();
    }
    // SAFETY: each header points to a vector, a name and bytes that live until after the call; the kernel only reads them.
    let sent = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            count as libc::c_uint,
            libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}
