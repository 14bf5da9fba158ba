//! Time as data: every input of a pure machine carries both clocks, so that no machine reads one.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Monotonic time in microseconds since an origin that the process chose at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    /// The origin.
    pub const ZERO: Moment = Moment(0);

    /// `micros` microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Moment(micros)
    }

    /// `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Moment(millis * 1000)
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time that passed since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    /// Saturates at the end of time, so that a hostile interval cannot wrap a timer into the past.
    fn add(self, rhs: Duration) -> Moment {
        let micros = u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX);
        Moment(self.0.saturating_add(micros))
    }
}

/// Wall-clock time in microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Utc(i64);

impl Utc {
    /// `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Utc(micros)
    }

    /// `seconds` seconds after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Utc(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Year, month (1-12), day (1-31), hour, minute, second in UTC (proleptic Gregorian calendar).
    pub fn civil(self) -> (i64, u32, u32, u32, u32, u32) {
        let seconds = self.as_seconds();
        let days = seconds.div_euclid(86_400);
        let rest = seconds.rem_euclid(86_400) as u32;
        // Days are counted from 0000-03-01 in eras of 400 years, so that the leap day is the last of its year.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        let year = yoe + era * 400 + i64::from(month <= 2);
        (year, month, day, rest / 3600, rest / 60 % 60, rest % 60)
    }
}

impl Add<Duration> for Utc {
    type Output = Utc;

    fn add(self, rhs: Duration) -> Utc {
        let micros = i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX);
        Utc(self.0.saturating_add(micros))
    }
}

impl fmt::Display for Utc {
    /// RFC 3339 with milliseconds, for example `2026-03-01T09:05:00.250Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.civil();
        let millis = self.0.rem_euclid(1_000_000) / 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// Both clocks at one instant: durations come from `moment`, records and schedules from `utc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Monotonic time.
    pub moment: Moment,
    /// Wall-clock time.
    pub utc: Utc,
}

impl Now {
    /// Both clocks `by` later.
    pub fn plus(self, by: Duration) -> Now {
        Now { moment: self.moment + by, utc: self.utc + by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_is_printed_as_rfc_3339_across_leap_days_and_before_the_epoch() {
        assert_eq!(Utc::from_seconds(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Utc::from_seconds(951_782_400).to_string(), "2000-02-29T00:00:00.000Z");
        assert_eq!(Utc::from_micros(1_772_355_900_250_000).to_string(), "2026-03-01T09:05:00.250Z");
        assert_eq!(Utc::from_micros(-1_000).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_moment_never_wraps() {
        assert_eq!(Moment::from_micros(u64::MAX) + Duration::from_secs(1), Moment::from_micros(u64::MAX));
        assert_eq!(Moment::ZERO.since(Moment::from_millis(5)), Duration::ZERO);
    }
}
