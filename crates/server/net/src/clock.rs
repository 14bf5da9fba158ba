//! The one place that reads clocks.

use ground::{Moment, Now, Utc};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Both clocks of the process. Copies share their origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose monotonic origin is now.
    pub fn start() -> Self {
        Clock { origin: Instant::now() }
    }

    /// Reads both clocks.
    pub fn now(&self) -> Now {
        Now { moment: self.moment(), utc: self.utc() }
    }

    /// Reads the monotonic clock.
    pub fn moment(&self) -> Moment {
        Moment::from_micros(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// Reads the wall clock. A clock before 1970 counts as 1970.
    pub fn utc(&self) -> Utc {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Utc::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_begins_at_its_origin_and_never_goes_back() {
        let clock = Clock::start();
        let first = clock.now();
        let second = clock.now();
        assert!(first.moment.as_micros() < 1_000_000);
        assert!(second.moment >= first.moment);
        assert!(first.utc.as_seconds() > 1_700_000_000);
    }
}
