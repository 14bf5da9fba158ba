//! Waking a thread that waits in epoll (eventfd(2)).

use super::checked;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Wakes one thread. Waking it again before it woke costs no system call.
#[derive(Debug)]
pub(crate) struct Waker {
    fd: OwnedFd,
    rung: AtomicBool,
}

impl Waker {
    /// A waker that nobody used yet.
    #[allow(unsafe_code, reason = "eventfd takes no pointer; the descriptor it returns is ours alone")]
    pub(crate) fn new() -> io::Result<Waker> {
        let fd = checked(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
        Ok(Waker { fd: unsafe { OwnedFd::from_raw_fd(fd) }, rung: AtomicBool::new(false) })
    }

    /// Wakes the thread.
    #[allow(unsafe_code, reason = "write reads eight bytes from an array of eight")]
    pub(crate) fn wake(&self) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let one = 1u64.to_ne_bytes();
        // It can fail only when the counter is about to overflow, and then the thread is awake.
        let _ = unsafe { libc::write(self.fd.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Says that the thread is awake. Whatever is handed over after this call wakes it again.
    #[allow(unsafe_code, reason = "read writes at most eight bytes into an array of eight")]
    pub(crate) fn woken(&self) {
        let mut count = [0u8; 8];
        let _ = unsafe { libc::read(self.fd.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
        self.rung.store(false, Ordering::Release);
    }
}

impl AsRawFd for Waker {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Epoll, Ready};

    #[test]
    fn one_report_however_often_it_was_rung_and_again_afterwards() {
        let (waker, epoll, mut ready) = (Waker::new().unwrap(), Epoll::new().unwrap(), Ready::new());
        epoll.add(&waker, 1).unwrap();
        for _ in 0..2 {
            waker.wake();
            waker.wake();
            epoll.wait(&mut ready, 1000).unwrap();
            assert_eq!(ready.len(), 1);
            waker.woken();
            epoll.wait(&mut ready, 0).unwrap();
            assert_eq!(ready.len(), 0);
        }
    }
}
