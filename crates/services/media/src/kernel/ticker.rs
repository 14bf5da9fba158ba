//! A timer on a fixed grid (timerfd_create(2)): it fires at whole multiples of its period of the monotonic clock, so that
//! lateness of one tick does not move the next.

use super::checked;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// The timer.
#[derive(Debug)]
pub(crate) struct Ticker {
    fd: OwnedFd,
    period: Duration,
    running: bool,
    tick: Option<u64>,
}

impl Ticker {
    /// A timer that does not run yet.
    #[allow(unsafe_code, reason = "timerfd_create takes no pointer; the descriptor it returns is ours alone")]
    pub(crate) fn new(period: Duration) -> io::Result<Ticker> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        let fd = checked(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })?;
        Ok(Ticker { fd: unsafe { OwnedFd::from_raw_fd(fd) }, period, running: false, tick: None })
    }

    /// Runs, or rests; no system call when it does so already.
    pub(crate) fn run(&mut self, running: bool) -> io::Result<()> {
        if self.running == running {
            return Ok(());
        }
        let period = if running { self.period } else { Duration::ZERO };
        self.set(period)?;
        self.running = running;
        self.tick = None;
        Ok(())
    }

    #[allow(unsafe_code, reason = "timerfd_settime reads one structure that lives during the call")]
    fn set(&self, period: Duration) -> io::Result<()> {
        let interval = timespec(period);
        // The first expiry is one grid step after a multiple of the period that lies in the past: the kernel fires at once
        // and then on the grid. A zero value would switch the timer off.
        let first = if period.is_zero() { timespec(Duration::ZERO) } else { timespec(self.period) };
        let value = libc::itimerspec { it_interval: interval, it_value: first };
        checked(unsafe {
            libc::timerfd_settime(self.fd.as_raw_fd(), libc::TFD_TIMER_ABSTIME, &value, std::ptr::null_mut())
        })?;
        Ok(())
    }

    /// Takes note that it fired: the number of the latest multiple of the period since the clock's origin, the same for all
    /// timers of a machine. None when it has not fired since the last time.
    pub(crate) fn fired(&mut self) -> Option<u64> {
        // Set to a moment in the past, the timer's first count is that of all multiples since the origin; later counts are
        // those since the count before.
        let count = Some(self.read()).filter(|count| *count > 0 && self.running)?;
        let tick = self.tick.map_or(count, |tick| tick + count);
        self.tick = Some(tick);
        Some(tick)
    }

    #[allow(unsafe_code, reason = "read writes at most eight bytes into an array of eight")]
    fn read(&self) -> u64 {
        let mut count = [0u8; 8];
        let length = unsafe { libc::read(self.fd.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
        if length == 8 { u64::from_ne_bytes(count) } else { 0 }
    }
}

impl AsRawFd for Ticker {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(duration.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(duration.subsec_nanos() as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Epoll, Ready};
    use std::time::Instant;

    #[test]
    fn it_fires_on_the_grid_until_it_rests() {
        let mut ticker = Ticker::new(Duration::from_millis(10)).unwrap();
        let epoll = Epoll::new().unwrap();
        epoll.add(&ticker, 7).unwrap();
        let mut ready = Ready::new();
        assert_eq!(ticker.fired(), None);
        ticker.run(true).unwrap();
        epoll.wait(&mut ready, 1000).unwrap();
        assert_eq!((ready.len(), ready.token(0)), (1, 7));
        let (start, first) = (Instant::now(), ticker.fired().unwrap());
        let mut latest = first;
        while latest < first + 10 {
            epoll.wait(&mut ready, 1000).unwrap();
            latest = ticker.fired().unwrap_or(latest);
        }
        assert!(start.elapsed() >= Duration::from_millis(85), "{:?}", start.elapsed());
        ticker.run(false).unwrap();
        epoll.wait(&mut ready, 30).unwrap();
        assert_eq!((ready.len(), ticker.fired()), (0, None));
        // Running again it counts from the same origin.
        ticker.run(true).unwrap();
        epoll.wait(&mut ready, 1000).unwrap();
        assert!(ticker.fired().unwrap() >= latest + 2);
    }
}
