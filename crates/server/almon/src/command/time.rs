//! Times on the command line, in the form of RFC 3339 section 5.6, with parts that can be left out.

use ground::Utc;
use std::fmt;

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeFault {
    /// It is written otherwise, or no calendar or clock shows it.
    Form,
}

impl fmt::Display for TimeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("times are like 2026-03-01, 2026-03-01T09:05Z or 2026-03-01T10:05:00+01:00")
    }
}

impl std::error::Error for TimeFault {}

/// `2026-03-01`, `2026-03-01T09:05`, `2026-03-01T09:05:00Z`, `2026-03-01 10:05+01:00`. Without an offset it is UTC.
pub(super) fn parse(text: &str) -> Result<Utc, TimeFault> {
    read(text).ok_or(TimeFault::Form)
}

fn read(text: &str) -> Option<Utc> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut date = date.split('-');
    let (year, month, day) = (digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?);
    let days = days_before(year, month, day)?;
    if rest.is_empty() {
        return Some(Utc::from_seconds(days * 86_400));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest, "Z"),
    };
    let mut parts = time.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = match offset.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        ("Z" | "z", _) => return None,
        (sign, offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    Some(Utc::from_seconds(days * 86_400 + hour * 3600 + (minute - offset) * 60 + second))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01 on; none for a date that is none.
fn days_before(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok()?;
    if !(1..=*months.get(index)?).contains(&day) {
        return None;
    }
    let before = months.iter().take(index).sum::<i64>();
    let years = year - 1;
    let days = years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    // 719,162 days lie before 1970-01-01.
    Some(days + before + day - 1 - 719_162)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_they_are_written() {
        for (text, wanted) in [
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2026-03-01T09:05", "2026-03-01T09:05:00.000Z"),
            ("2026-03-01T10:05:07+01:00", "2026-03-01T09:05:07.000Z"),
            ("2026-03-01 00:30-09:30", "2026-03-01T10:00:00.000Z"),
            ("2000-02-29T23:59:59z", "2000-02-29T23:59:59.000Z"),
            ("1969-12-31", "1969-12-31T00:00:00.000Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), wanted, "{text}");
        }
        for day in 0..80_000 {
            let utc = Utc::from_seconds(day * 86_400);
            assert_eq!(parse(&utc.to_string()[..10]), Ok(utc));
        }
        let dates = ["", "yesterday", "2026-02-29", "2026-13-01", "2026-00-01", "üüüüü"];
        let times = ["24:00", "1:00", "10:05+1", "10:05:00:00", "10:05Z+01:00", ""];
        for text in dates.map(str::to_owned).into_iter().chain(times.map(|time| format!("2026-03-01T{time}"))) {
            assert!(parse(&text).is_err(), "{text}");
        }
    }
}
