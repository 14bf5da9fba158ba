//! The one place that reads clocks.

use ground::{Moment, Now, Utc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Both clocks of the process. Copies share their origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    /// What the monotonic clock showed at the origin.
    before: Moment,
}

impl Clock {
    /// A clock whose monotonic origin is now.
    pub fn start() -> Self {
        Clock::going_on(Moment::ZERO)
    }

    /// A clock whose monotonic time is `now`: it goes on where that of another process ended.
    pub fn going_on(now: Moment) -> Self {
        Clock { origin: Instant::now(), before: now }
    }

    /// How long this clock has run in this process.
    pub fn uptime(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Reads both clocks.
    pub fn now(&self) -> Now {
        Now { moment: self.moment(), utc: self.utc() }
    }

    /// Reads the monotonic clock.
    pub fn moment(&self) -> Moment {
        self.before + self.origin.elapsed()
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

    #[test]
    fn a_clock_goes_on_where_another_one_ended() {
        let clock = Clock::going_on(Moment::from_millis(90_000));
        let since = clock.moment().since(Moment::from_millis(90_000));
        assert!(clock.moment() >= Moment::from_millis(90_000) && since.as_secs() < 10);
    }
}
