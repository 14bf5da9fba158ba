//! Date (RFC 3261 section 20.17): RFC 1123 dates, always in GMT.

use super::{HeaderError, HeaderName};
use crate::grammar::decimal;
use ground::Utc;
use std::fmt;

/// The moment a message was first sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub Utc);

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS_OF_MONTH: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Date {
    /// Reads a header value, such as `Sat, 13 Nov 2010 23:29:00 GMT`; another zone is refused (RFC 4475 section 3.1.2.12).
    ///
    /// # Errors
    /// When it breaks the grammar or is no date.
    pub fn parse(value: &[u8]) -> Result<Self, HeaderError> {
        Date::read(value).ok_or(HeaderError::malformed(HeaderName::Date))
    }

    fn read(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let mut words = text.split(' ');
        let weekday = words.next()?.strip_suffix(',')?;
        DAYS.iter().find(|day| day.eq_ignore_ascii_case(weekday))?;
        let day = digits(words.next()?, 2)?;
        let name = words.next()?;
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        let year = digits(words.next()?, 4)?;
        let mut clock = words.next()?.split(':');
        let (hour, minute, second) = (digits(clock.next()?, 2)?, digits(clock.next()?, 2)?, digits(clock.next()?, 2)?);
        let gmt = words.next()?.eq_ignore_ascii_case("GMT");
        let legal = gmt && (1..=*DAYS_OF_MONTH.get(month)?).contains(&day) && hour < 24 && minute < 60 && second <= 60;
        if !legal || clock.next().is_some() || words.next().is_some() {
            return None;
        }
        let days =
            days_since_epoch(i64::try_from(year).ok()?, i64::try_from(month).ok()? + 1, i64::try_from(day).ok()?);
        let seconds = i64::try_from(hour * 3600 + minute * 60 + second).ok()?;
        Some(Date(Utc::from_seconds(days * 86_400 + seconds)))
    }
}

fn digits(text: &str, count: usize) -> Option<u64> {
    if text.len() == count { decimal(text.as_bytes(), count) } else { None }
}

/// Days from 1970-01-01 in the Gregorian calendar; years are counted from March, so that the leap day ends them.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.0.civil();
        let weekday = (self.0.as_seconds().div_euclid(86_400) + 3).rem_euclid(7);
        let name = |names: &[&'static str], at: i64| {
            usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
        };
        let (weekday, month) = (name(&DAYS, weekday), name(&MONTHS, i64::from(month) - 1));
        write!(f, "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip() {
        for text in ["Sat, 13 Nov 2010 23:29:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 29 Feb 2024 12:00:01 GMT"]
        {
            assert_eq!(Date::parse(text.as_bytes()).unwrap().to_string(), text);
        }
        assert_eq!(Date::parse(b"Tue, 29 Feb 2000 00:00:00 GMT").unwrap().0, Utc::from_seconds(951_782_400));
    }

    #[test]
    fn only_gmt_and_real_dates_are_read() {
        for bad in [
            "Fri, 01 Jan 2010 16:00:00 EST",
            "Fri 01 Jan 2010 16:00:00 GMT",
            "Fri, 1 Jan 2010 16:00:00 GMT",
            "Fri, 32 Jan 2010 16:00:00 GMT",
            "Fri, 01 Jan 2010 24:00:00 GMT",
            "Fri, 01 Jan 10 16:00:00 GMT",
            "Xyz, 01 Jan 2010 16:00:00 GMT",
            "Fri, 01 Jan 2010 16:00 GMT",
            "Fri, 01 Jan 2010 16:00:00 GMT x",
            "",
        ] {
            assert!(Date::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
