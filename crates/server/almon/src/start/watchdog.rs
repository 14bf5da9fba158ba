//! Whether the call thread still runs. When it does not, nothing heals it: the process ends at once and without a word to anybody, so
//! that the service manager starts it anew and its calls go on from the journal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Counts looks at which nothing had moved. Looks, and not time: a machine that slept has not hung.
#[derive(Debug)]
struct Watch {
    last: Option<u64>,
    still: u32,
    bound: u32,
}

impl Watch {
    /// True when the call thread has stood still for too long.
    fn look(&mut self, pulse: u64) -> bool {
        self.still = if self.last == Some(pulse) { self.still + 1 } else { 0 };
        self.last = Some(pulse);
        self.still >= self.bound
    }
}

/// The thread that looks.
pub(super) struct Watchdog {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Looks at the pulse of the call thread, which counts at least twice a second, until [`Watchdog::stop`]. `bound` is in seconds; 0 for no
    /// watchdog.
    pub(super) fn start(pulse: Arc<AtomicU64>, bound: u16) -> io::Result<Option<Watchdog>> {
        if bound == 0 {
            return Ok(None);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let mut watch = Watch { last: None, still: 0, bound: u32::from(bound) };
        let work = move || {
            while !stopped.load(Relaxed) {
                if watch.look(pulse.load(Relaxed)) {
                    tracing::error!(
                        seconds = bound,
                        "the call thread does not answer: the process ends, to be started anew"
                    );
                    std::process::abort();
                }
                std::thread::park_timeout(LOOK);
            }
        };
        let thread = Builder::new().name("watchdog".to_owned()).spawn(work)?;
        Ok(Some(Watchdog { stop, thread }))
    }

    /// The call thread is about to end.
    pub(super) fn stop(self) {
        self.stop.store(true, Relaxed);
        self.thread.thread().unpark();
        // It does nothing that could fail.
        let _ = self.thread.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_that_stands_still_is_noticed_and_one_that_moves_is_not() {
        let mut watch = Watch { last: None, still: 0, bound: 3 };
        assert!((0..100).all(|pulse| !watch.look(pulse / 2)));
        let looks: Vec<bool> = (0..4).map(|_| watch.look(200)).collect();
        assert_eq!(looks, [false, false, false, true]);
        assert!(!watch.look(201));
    }

    #[test]
    fn without_a_bound_nobody_looks() {
        assert!(Watchdog::start(Arc::default(), 0).unwrap().is_none());
        let watchdog = Watchdog::start(Arc::default(), 60).unwrap().unwrap();
        watchdog.stop();
    }
}
