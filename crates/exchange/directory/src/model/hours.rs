//! Hours of the week: when a route is open.

use ground::Utc;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A day of the week. The week begins on Monday (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Weekday {
    /// Monday.
    Monday = 0,
    /// Tuesday.
    Tuesday = 1,
    /// Wednesday.
    Wednesday = 2,
    /// Thursday.
    Thursday = 3,
    /// Friday.
    Friday = 4,
    /// Saturday.
    Saturday = 5,
    /// Sunday.
    Sunday = 6,
}

impl Weekday {
    /// All of them, in their order.
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// The day before.
    pub fn previous(self) -> Weekday {
        Weekday::after_monday(self as i64 + 6)
    }

    /// Three letters, `mon`.
    pub fn short(self) -> &'static str {
        match self {
            Weekday::Monday => "mon",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "wed",
            Weekday::Thursday => "thu",
            Weekday::Friday => "fri",
            Weekday::Saturday => "sat",
            Weekday::Sunday => "sun",
        }
    }

    /// So many days after a Monday.
    fn after_monday(days: i64) -> Weekday {
        match days.rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }
}

/// The weekday, and the minute of the day (0 to 1439), at a place whose clocks are `offset_minutes` ahead of UTC.
pub fn local_time(utc: Utc, offset_minutes: i16) -> (Weekday, u16) {
    let minutes = utc.as_seconds().div_euclid(60) + i64::from(offset_minutes);
    // 1970-01-01 was a Thursday.
    let day = Weekday::after_monday(minutes.div_euclid(i64::from(DAY)) + 3);
    (day, minutes.rem_euclid(i64::from(DAY)) as u16)
}

/// A set of weekdays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// True when the day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day as u8) != 0
    }

    /// True when no day is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<T: IntoIterator<Item = Weekday>>(days: T) -> Self {
        Weekdays(days.into_iter().fold(0, |set, day| set | 1 << day as u8))
    }
}

/// A window of the week in the site's local time: from a minute on, up to and without another, on some weekdays. When it ends
/// at or before the minute at which it begins, it ends on the next day.
///
/// As text, and so in JSON and TOML: `mon-fri 08:00-18:00`, `sat,sun 22:00-06:00`, `mon-sun 00:00-24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    days: Weekdays,
    from: u16,
    to: u16,
}

/// Why a text or its parts are no hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursError {
    /// It is not `DAYS HH:MM-HH:MM`.
    Form,
    /// No weekday, or something that is none.
    Days,
    /// A time that no clock shows. 24:00 can only be an end.
    Time,
    /// It ends when it begins: whole days are 00:00-24:00.
    Nothing,
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HoursError::Form => "hours are written like \"mon-fri 08:00-18:00\"",
            HoursError::Days => "weekdays are mon, tue, wed, thu, fri, sat and sun, as in \"mon-wed,fri\"",
            HoursError::Time => "times are 00:00 to 23:59, and 24:00 as an end",
            HoursError::Nothing => "the window ends when it begins; whole days are 00:00-24:00",
        })
    }
}

impl std::error::Error for HoursError {}

impl Hours {
    /// A window that begins at the minute `from` (0 to 1439) of each of the days, and ends before the minute `to` (0 to 1440).
    pub fn new(days: Weekdays, from: u16, to: u16) -> Result<Hours, HoursError> {
        if days.is_empty() {
            return Err(HoursError::Days);
        }
        if from >= DAY || to > DAY {
            return Err(HoursError::Time);
        }
        if from == to {
            return Err(HoursError::Nothing);
        }
        // Midnight as an end is the end of the same day.
        Ok(Hours { days, from, to: if to == 0 { DAY } else { to } })
    }

    /// The days on which the window begins.
    pub fn days(&self) -> Weekdays {
        self.days
    }

    /// The minute of the day at which it begins.
    pub fn from(&self) -> u16 {
        self.from
    }

    /// The minute of the day before which it ends, 1 to 1440; of the next day when it is not above the beginning.
    pub fn to(&self) -> u16 {
        self.to
    }

    /// True when the window is open at this local minute of this day.
    pub fn contains(&self, day: Weekday, minute: u16) -> bool {
        if self.from < self.to {
            return self.days.contains(day) && (self.from..self.to).contains(&minute);
        }
        let tonight = self.days.contains(day) && minute >= self.from;
        tonight || (self.days.contains(day.previous()) && minute < self.to)
    }
}

/// True when one of the windows is open, or when there is none: no hours are all hours.
pub fn is_open(hours: &[Hours], day: Weekday, minute: u16) -> bool {
    hours.is_empty() || hours.iter().any(|hours| hours.contains(day, minute))
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let (days, times) = text.trim().split_once(' ').ok_or(HoursError::Form)?;
        let (from, to) = times.trim().split_once('-').ok_or(HoursError::Form)?;
        Hours::new(read_days(days)?, read_minute(from)?, read_minute(to)?)
    }
}

fn read_day(text: &str) -> Result<Weekday, HoursError> {
    let found = Weekday::ALL.into_iter().find(|day| text.eq_ignore_ascii_case(day.short()));
    found.ok_or(HoursError::Days)
}

/// `mon-wed,sat`; a range may go over the end of the week.
fn read_days(text: &str) -> Result<Weekdays, HoursError> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (read_day(first)?, read_day(last)?);
        let count = (last as i64 - first as i64).rem_euclid(7);
        days.extend((0..=count).map(|behind| Weekday::after_monday(first as i64 + behind)));
    }
    Ok(days.into_iter().collect())
}

/// `08:00`, two digits each.
fn read_minute(text: &str) -> Result<u16, HoursError> {
    let two = |text: &str| match text.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => Ok(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
        _ => Err(HoursError::Time),
    };
    let (hour, minute) = text.split_once(':').ok_or(HoursError::Time)?;
    let (hour, minute) = (two(hour)?, two(minute)?);
    if minute > 59 || hour > 24 || (hour == 24 && minute > 0) {
        return Err(HoursError::Time);
    }
    Ok(hour * 60 + minute)
}

impl fmt::Display for Weekdays {
    /// `mon-wed,sat`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut days = Weekday::ALL.into_iter().filter(|day| self.contains(*day)).peekable();
        let mut comma = "";
        while let Some(first) = days.next() {
            let mut last = first;
            while let Some(next) = days.next_if(|next| *next as u8 == last as u8 + 1) {
                last = next;
            }
            write!(f, "{comma}{}", first.short())?;
            if last != first {
                write!(f, "-{}", last.short())?;
            }
            comma = ",";
        }
        Ok(())
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{} {:02}:{:02}-{:02}:{:02}", self.days, from / 60, from % 60, to / 60, to % 60)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_reads_and_prints() {
        for text in ["mon-fri 08:00-18:00", "mon,wed,fri-sun 00:00-24:00", "sun 22:30-06:00", "mon-sun 12:00-12:01"] {
            assert_eq!(hours(text).to_string(), text);
        }
        assert_eq!(hours("FRI-mon  08:00-00:00").to_string(), "mon,fri-sun 08:00-24:00");
        for (text, error) in [
            ("", HoursError::Form),
            ("mon", HoursError::Form),
            ("mon 08:00", HoursError::Form),
            ("day 08:00-09:00", HoursError::Days),
            ("mon-x 08:00-09:00", HoursError::Days),
            (",mon 08:00-09:00", HoursError::Days),
            ("mon 8:00-09:00", HoursError::Time),
            ("mon 08:60-09:00", HoursError::Time),
            ("mon 24:00-09:00", HoursError::Time),
            ("mon 08:00-24:01", HoursError::Time),
            ("mon +8:00-09:00", HoursError::Time),
            ("mon 08:00-08:00", HoursError::Nothing),
        ] {
            assert_eq!(text.parse::<Hours>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = hours("fri 22:00-06:00");
        assert!(night.contains(Weekday::Friday, 22 * 60) && night.contains(Weekday::Saturday, 5 * 60 + 59));
        assert!(!night.contains(Weekday::Friday, 5 * 60) && !night.contains(Weekday::Saturday, 6 * 60));
        assert!(hours("sun 23:00-01:00").contains(Weekday::Monday, 0));
        assert!(is_open(&[], Weekday::Monday, 0) && !is_open(&[night], Weekday::Monday, 0));
    }

    #[test]
    fn local_time_is_utc_and_the_offset() {
        assert_eq!(local_time(Utc::from_seconds(0), 0), (Weekday::Thursday, 0));
        // 2026-03-01 was a Sunday.
        let sunday = Utc::from_seconds(1_772_355_900);
        assert_eq!(local_time(sunday, 60), (Weekday::Sunday, 10 * 60 + 5));
        assert_eq!(local_time(sunday, -570), (Weekday::Saturday, 23 * 60 + 35));
        assert_eq!(local_time(Utc::from_micros(-1), 0), (Weekday::Wednesday, 1439));
    }

    fn any_hours() -> impl Strategy<Value = Hours> {
        (1_u8..128, 0_u16..1440, 0_u16..=1440)
            .prop_filter_map("no window", |(days, from, to)| Hours::new(Weekdays(days), from, to).ok())
    }

    proptest! {
        #[test]
        fn a_window_is_the_minutes_that_can_be_counted_from_its_beginning(hours in any_hours(), at in 0_u32..10_080) {
            let length = u32::from((hours.to + 1440 - hours.from - 1) % 1440 + 1);
            let day = |index: u32| Weekday::after_monday(i64::from(index));
            let begins = |index: u32| index * 1440 + u32::from(hours.from);
            let counted = (0..7)
                .filter(|index| hours.days.contains(day(*index)))
                .any(|index| (at + 10_080 - begins(index)) % 10_080 < length);
            prop_assert_eq!(hours.contains(day(at / 1440), (at % 1440) as u16), counted);
        }

        #[test]
        fn every_window_reads_back(hours in any_hours()) {
            prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            let json = serde_json::to_string(&hours).unwrap();
            prop_assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), hours);
        }

        #[test]
        fn any_text_is_a_window_that_reads_back_or_is_refused(text in "([a-z,-]{0,12} )?[0-9:-]{0,12}|.{0,30}") {
            if let Ok(hours) = text.parse::<Hours>() {
                prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            }
        }
    }
}
