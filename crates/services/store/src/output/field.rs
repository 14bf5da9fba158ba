//! The values of a record as texts, the same in every form.

use directory::{CallRecord, Outcome, local_time};
use ground::{Number, NumberingPlan, Presentation, Screening, Utc};
use std::fmt;
use std::time::Duration;

const MICROS_A_MINUTE: i64 = 60_000_000;

/// The time that the site's clocks showed.
pub(super) fn local(utc: Utc, offset_minutes: i16) -> Utc {
    Utc::from_micros(utc.as_micros().saturating_add(i64::from(offset_minutes) * MICROS_A_MINUTE))
}

/// `2026-03-01 10:05:00`.
pub(super) fn date_time(time: Utc) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The same with microseconds, `2026-03-01 09:05:00.250000`.
pub(super) fn exact_time(time: Utc) -> String {
    format!("{}.{:06}", date_time(time), time.as_micros().rem_euclid(1_000_000))
}

/// Days, hours, minutes and whole seconds: `0d00:01:03`.
pub(super) fn days(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}d{:02}:{:02}:{:02}", seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Seconds with microseconds, `63.000001`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{}.{:06}", duration.as_secs(), duration.subsec_micros())
}

/// How long the two talked; nothing when nobody answered.
pub(super) fn talked(record: &CallRecord) -> Duration {
    record.answered_after.map(|answered| record.ended_after.saturating_sub(answered)).unwrap_or_default()
}

/// What a number is besides its digits: type 0 to 7, then plan, presentation and screening with the codes of Q.931 sections
/// 4.5.8 and 4.5.10 (plan 0 unknown, 1 E.164, 9 private; presentation 0 allowed, 1 restricted, 2 not available).
pub(super) fn form(number: &Number) -> String {
    let plan = match number.plan {
        NumberingPlan::Unknown => 0,
        NumberingPlan::Isdn => 1,
        NumberingPlan::Private => 9,
    };
    let presentation = match number.presentation {
        Presentation::Allowed => 0,
        Presentation::Restricted => 1,
        Presentation::Unavailable => 2,
    };
    let screening = match number.screening {
        Screening::UserNotScreened => 0,
        Screening::UserVerified => 1,
        Screening::UserFailed => 2,
        Screening::NetworkProvided => 3,
    };
    format!("{}/{plan}/{presentation}/{screening}", number.kind as u8)
}

/// How it ended.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::NotAnswered => "not-answered",
        Outcome::Refused => "refused",
        Outcome::Interrupted => "interrupted",
    }
}

/// A day at the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDate {
    year: i64,
    month: u32,
    day: u32,
    /// 0 is Sunday.
    weekday: u8,
}

impl LocalDate {
    /// The day on which a record's segment ended, by the site's clocks.
    pub fn of_end(record: &CallRecord) -> LocalDate {
        LocalDate::at(record.started + record.ended_after, record.offset_minutes)
    }

    /// The day at a moment.
    pub fn at(utc: Utc, offset_minutes: i16) -> LocalDate {
        let (year, month, day, ..) = local(utc, offset_minutes).civil();
        let (weekday, _) = local_time(utc, offset_minutes);
        LocalDate { year, month, day, weekday: (weekday as u8 + 1) % 7 }
    }

    /// 0 (Sunday) to 6.
    pub fn weekday(self) -> u8 {
        self.weekday
    }
}

impl fmt::Display for LocalDate {
    /// `2026-03-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use directory::RecordKey;
    use ground::{CallId, Reason};

    /// An internal call of 57 seconds, answered as dialled.
    pub(in super::super) fn record() -> CallRecord {
        CallRecord {
            key: RecordKey { call: CallId(0x1234_5678_9abc_def0), segment: 0 },
            caller: Number::private("1001".parse().unwrap()),
            dialled: Number::private("1002".parse().unwrap()),
            connected: Some(Number::private("1002".parse().unwrap())),
            transferred_by: None,
            trunk_in: None,
            trunk_out: None,
            started: Utc::from_micros(1_772_355_900_250_000),
            offset_minutes: 60,
            answered_after: Some(Duration::from_micros(3_000_001)),
            ended_after: Duration::from_secs(60),
            outcome: Outcome::Answered,
            reason: Reason::NormalClearing,
        }
    }

    #[test]
    fn times_are_local_exact_and_long() {
        let record = record();
        assert_eq!(date_time(local(record.started, 60)), "2026-03-01 10:05:00");
        assert_eq!(exact_time(record.started), "2026-03-01 09:05:00.250000");
        assert_eq!(days(Duration::from_secs(2 * 86_400 + 3_723)), "2d01:02:03");
        assert_eq!((days(talked(&record)), seconds(talked(&record))), ("0d00:00:56".into(), "56.999999".into()));
        let missed = CallRecord { answered_after: None, ..record };
        assert_eq!(days(talked(&missed)), "0d00:00:00");
    }

    #[test]
    fn a_call_over_midnight_belongs_to_the_day_on_which_it_ends() {
        let late = CallRecord { started: Utc::from_seconds(1_772_405_990), offset_minutes: 0, ..record() };
        let date = LocalDate::of_end(&late);
        // 2026-03-01 was a Sunday; the minute after 23:59:50 is Monday's.
        assert_eq!((date.to_string().as_str(), date.weekday()), ("2026-03-01", 0));
        let late = CallRecord { started: Utc::from_seconds(1_772_409_590), ..late };
        let date = LocalDate::of_end(&late);
        assert_eq!((date.to_string().as_str(), date.weekday()), ("2026-03-02", 1));
        assert!(LocalDate::at(Utc::from_seconds(0), 0) < date);
    }

    #[test]
    fn a_number_is_told_in_the_codes_of_q_931() {
        assert_eq!(form(&Number::private("1001".parse().unwrap())), "5/9/0/0");
    }
}
