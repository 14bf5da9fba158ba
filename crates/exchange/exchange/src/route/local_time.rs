//! The time of the week at the site, as far as routes depend on it.

use directory::Weekday;
use ground::Utc;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A minute of the week at the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LocalTime {
    /// The day.
    pub weekday: Weekday,
    /// Minutes since midnight, 0 to 1439.
    pub minute: u16,
}

impl LocalTime {
    /// The minute of the week at a site whose clocks are `offset_minutes` east of UTC.
    pub fn at(utc: Utc, offset_minutes: i16) -> LocalTime {
        let (weekday, minute) = directory::local_time(utc, offset_minutes);
        LocalTime { weekday, minute }
    }

    /// True when a route with these hours works at this time.
    pub fn is_within(self, hours: &[directory::Hours]) -> bool {
        directory::is_open(hours, self.weekday, self.minute)
    }
}

impl fmt::Display for LocalTime {
    /// For example `fri 18:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02}:{:02}", self.weekday.short(), self.minute / 60, self.minute % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_week_turns_at_the_sites_midnight() {
        // 2026-03-01 was a Sunday.
        let sunday = Utc::from_seconds(1_772_323_200);
        assert_eq!(sunday.to_string(), "2026-03-01T00:00:00.000Z");
        assert_eq!(LocalTime::at(sunday, 0).to_string(), "sun 00:00");
        assert_eq!(LocalTime::at(sunday, -1).to_string(), "sat 23:59");
        assert_eq!(LocalTime::at(sunday, 60).to_string(), "sun 01:00");
        let evening = Utc::from_seconds(1_772_323_200 + 23 * 3600 + 30 * 60 + 59);
        assert_eq!(LocalTime::at(evening, 60).to_string(), "mon 00:30");
        assert_eq!(LocalTime::at(Utc::from_seconds(-1), 0).to_string(), "wed 23:59");
    }
}
