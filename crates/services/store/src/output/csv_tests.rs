use super::super::field::tests::record;
use super::*;
use directory::{Outcome, RecordKey};
use ground::{CallId, Digits, Number, NumberType, NumberingPlan, Presentation, Reason, Screening, TrunkId, Utc};
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn the_top_has_seven_lines_and_the_last_names_the_columns() {
    let top = header("date: 2026-03-01");
    let lines: Vec<&str> = top.lines().collect();
    assert!(lines.len() == 7 && lines.iter().all(|line| line.starts_with("# ")), "{top}");
    assert_eq!(lines[1], "# version: 1");
    assert!(lines[6].starts_with("# call, segment, local_start, duration, condition_code, "), "{top}");
    assert_eq!(lines[6].split(", ").count(), COLUMNS.len());
}

#[test]
fn a_record_is_a_line() {
    let wanted = "123456789abcdef0,0,2026-03-01 10:05:00,0d00:00:56,8,1001,1002,1002,,,,answered,normal-clearing,\
                  2026-03-01 09:05:00.250000,60,3.000001,60.000000,5/9/0/0,5/9/0/0,5/9/0/0,\n";
    assert_eq!(line(&record()), wanted);
}

#[test]
fn what_ends_values_is_quoted() {
    let mut text = String::new();
    push(&mut text, "a\"b,c\r\nd");
    assert_eq!(text, "\"a\"\"b,c\r\nd\"");
    assert_eq!(fields("a,\"b\"\"c,\nd\",,e\n").unwrap(), ["a", "b\"c,\nd", "", "e"]);
    assert_eq!(fields("").unwrap(), [""]);
    assert!(fields("a\"b").is_none() && fields("\"a").is_none() && fields("\"a\"b").is_none());
}

/// Reads a line as another program would: by the names of the columns.
fn read(text: &str) -> CallRecord {
    let values = fields(text).unwrap();
    assert_eq!(values.len(), COLUMNS.len());
    let value = |name: &str| values[COLUMNS.iter().position(|column| *column == name).unwrap()].as_str();
    let number = |digits: &str, form: &str| {
        let form = value(form);
        (!form.is_empty()).then(|| read_number(value(digits), form))
    };
    let trunk = |name| (!value(name).is_empty()).then(|| TrunkId(value(name).parse().unwrap()));
    let duration = |text: &str| {
        let (seconds, micros) = text.split_once('.').unwrap();
        Duration::from_secs(seconds.parse().unwrap()) + Duration::from_micros(micros.parse().unwrap())
    };
    let outcome = match value("outcome") {
        "answered" => Outcome::Answered,
        "not-answered" => Outcome::NotAnswered,
        "refused" => Outcome::Refused,
        _ => Outcome::Interrupted,
    };
    CallRecord {
        key: RecordKey { call: value("call").parse().unwrap(), segment: value("segment").parse().unwrap() },
        caller: number("caller", "caller_form").unwrap(),
        dialled: number("dialled", "dialled_form").unwrap(),
        connected: number("connected", "connected_form"),
        transferred_by: number("transferred_by", "transferred_by_form"),
        trunk_in: trunk("trunk_in"),
        trunk_out: trunk("trunk_out"),
        started: read_time(value("utc_start")),
        offset_minutes: value("offset_minutes").parse().unwrap(),
        answered_after: Some(value("answered_after")).filter(|text| !text.is_empty()).map(duration),
        ended_after: duration(value("ended_after")),
        outcome,
        reason: Reason::from_code(value("reason")).unwrap(),
    }
}

fn read_number(digits: &str, form: &str) -> Number {
    let codes: Vec<u8> = form.split('/').map(|code| code.parse().unwrap()).collect();
    let kind = KINDS.into_iter().find(|kind| *kind as u8 == codes[0]).unwrap();
    let plan = match codes[1] {
        0 => NumberingPlan::Unknown,
        1 => NumberingPlan::Isdn,
        _ => NumberingPlan::Private,
    };
    let presentation =
        [Presentation::Allowed, Presentation::Restricted, Presentation::Unavailable][usize::from(codes[2])];
    let screening =
        [Screening::UserNotScreened, Screening::UserVerified, Screening::UserFailed, Screening::NetworkProvided]
            [usize::from(codes[3])];
    Number { digits: digits.parse().unwrap(), kind, plan, presentation, screening }
}

/// Counts the days from 1970 on, the slow way.
fn read_time(text: &str) -> Utc {
    let parts: Vec<i64> = text.split(['-', ' ', ':', '.']).map(|part| part.parse().unwrap()).collect();
    let leap = |year: i64| i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let mut days: i64 = (1970..parts[0]).map(|year| 365 + leap(year)).sum();
    let months = [31, 28 + leap(parts[0]), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += months.iter().take(parts[1] as usize - 1).sum::<i64>() + parts[2] - 1;
    Utc::from_micros((((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]) * 1_000_000 + parts[6])
}

const KINDS: [NumberType; 8] = [
    NumberType::UnknownPublic,
    NumberType::International,
    NumberType::National,
    NumberType::NetworkSpecific,
    NumberType::LocalPublic,
    NumberType::UnknownPrivate,
    NumberType::LocalPrivate,
    NumberType::RegionalPrivate,
];

fn number() -> impl Strategy<Value = Number> {
    let plan = prop_oneof![Just(NumberingPlan::Unknown), Just(NumberingPlan::Isdn), Just(NumberingPlan::Private)];
    let presentation =
        prop_oneof![Just(Presentation::Allowed), Just(Presentation::Restricted), Just(Presentation::Unavailable)];
    let screening = prop_oneof![
        Just(Screening::UserNotScreened),
        Just(Screening::UserVerified),
        Just(Screening::UserFailed),
        Just(Screening::NetworkProvided)
    ];
    ("[0-9*#A-D]{0,31}", 0..8_usize, plan, presentation, screening).prop_map(
        |(digits, kind, plan, presentation, screening)| Number {
            digits: digits.parse::<Digits>().unwrap(),
            kind: KINDS[kind],
            plan,
            presentation,
            screening,
        },
    )
}

prop_compose! {
    /// Any record, between 1970 and 2200.
    fn any_record()(
        key in (any::<u64>(), any::<u16>()),
        numbers in (number(), number(), option::of(number()), option::of(number())),
        trunks in (option::of(any::<u32>()), option::of(any::<u32>())),
        started in 0..7_258_118_400_000_000_i64,
        offset_minutes in -840..841_i16,
        answered in option::of(0..10_000_000_000_u64),
        ended in 0..100_000_000_000_000_u64,
        outcome in 0..4_usize,
        reason in 0..Reason::ALL.len(),
    ) -> CallRecord {
        CallRecord {
            key: RecordKey { call: CallId(key.0), segment: key.1 },
            caller: numbers.0,
            dialled: numbers.1,
            connected: numbers.2,
            transferred_by: numbers.3,
            trunk_in: trunks.0.map(TrunkId),
            trunk_out: trunks.1.map(TrunkId),
            started: Utc::from_micros(started),
            offset_minutes,
            answered_after: answered.map(Duration::from_micros),
            ended_after: Duration::from_micros(ended),
            outcome: [Outcome::Answered, Outcome::NotAnswered, Outcome::Refused, Outcome::Interrupted][outcome],
            reason: Reason::ALL[reason],
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_reads_back_from_its_line(record in any_record()) {
        let text = line(&record);
        prop_assert!(text.ends_with('\n') && !text.starts_with('#'));
        prop_assert_eq!(read(&text), record);
    }

    #[test]
    fn any_values_read_back(values in prop::collection::vec(".{0,10}|[\",\r\n ]{0,6}", 1..6)) {
        let mut text = String::new();
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            push(&mut text, value);
        }
        text.push('\n');
        prop_assert_eq!(fields(&text).unwrap(), values);
    }

    #[test]
    fn any_line_is_read_or_refused(text in "[a,\"\n]{0,20}|.{0,40}") {
        fields(&text);
    }
}
