//! Readiness of many sockets at once (epoll(7)), level-triggered: one datagram is received for each report, so that no
//! system call is spent on finding a socket empty.

use super::checked;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The most reports taken by one call.
const BATCH: usize = 128;

/// A set of watched file descriptors, each with a token.
#[derive(Debug)]
pub(crate) struct Epoll {
    fd: OwnedFd,
}

/// The reports of one wait.
pub(crate) struct Ready {
    events: [libc::epoll_event; BATCH],
    count: usize,
}

impl Ready {
    /// No reports.
    pub(crate) fn new() -> Self {
        Ready { events: [libc::epoll_event { events: 0, u64: 0 }; BATCH], count: 0 }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The token of a report.
    pub(crate) fn token(&self, index: usize) -> u64 {
        // The structure is packed on some processors: copied, never borrowed.
        self.events.get(index).map_or(u64::MAX, |event| event.u64)
    }
}

impl Epoll {
    /// An empty set.
    #[allow(unsafe_code, reason = "epoll_create1 takes no pointer; the descriptor it returns is ours alone")]
    pub(crate) fn new() -> io::Result<Epoll> {
        let fd = checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(Epoll { fd: unsafe { OwnedFd::from_raw_fd(fd) } })
    }

    /// Watches `fd` for something to read.
    pub(crate) fn add(&self, fd: &impl AsRawFd, token: u64) -> io::Result<()> {
        let event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
        self.control(libc::EPOLL_CTL_ADD, fd.as_raw_fd(), event)
    }

    /// Watches `fd` no more.
    pub(crate) fn remove(&self, fd: &impl AsRawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd.as_raw_fd(), libc::epoll_event { events: 0, u64: 0 })
    }

    #[allow(unsafe_code, reason = "epoll_ctl reads one event that lives during the call")]
    fn control(&self, operation: libc::c_int, fd: RawFd, mut event: libc::epoll_event) -> io::Result<()> {
        checked(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), operation, fd, &mut event) })?;
        Ok(())
    }

    /// Waits for reports, at most `timeout` milliseconds, for ever when negative. A signal ends the wait with none.
    #[allow(unsafe_code, reason = "epoll_wait writes at most BATCH events into an array of BATCH events")]
    pub(crate) fn wait(&self, ready: &mut Ready, timeout: i32) -> io::Result<()> {
        ready.count = 0;
        let most = BATCH as libc::c_int;
        let result = unsafe { libc::epoll_wait(self.fd.as_raw_fd(), ready.events.as_mut_ptr(), most, timeout) };
        match checked(result) {
            Ok(count) => ready.count = (count as usize).min(BATCH),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
