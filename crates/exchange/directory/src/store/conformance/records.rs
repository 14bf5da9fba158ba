//! Call records.

use super::sample::{self, open, record};
use super::{Failure, Place, same};
use crate::store::{Closed, OpenRecord, RecordOrder, RecordQuery};
use crate::{CallRecord, Outcome};
use ground::{Number, NumberType, NumberingPlan, Presentation, Reason, Screening, TrunkId, Utc};
use std::time::Duration;

fn calls(records: &[CallRecord]) -> Vec<u64> {
    records.iter().map(|record| record.key.call.0).collect()
}

pub(super) fn one_record(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    store.open_records(&[open(1, 100), open(2, 101)])?;
    // Closed with and without having been opened, and in one batch.
    let closed = store.close_records(&[record(1, 100), record(2, 101), record(3, 102)])?;
    same("records are written", closed, Closed { written: 3, refused: vec![] })?;
    let closed = store.close_records(&[record(1, 100)])?;
    same("the same record again is taken as written", closed, Closed { written: 1, refused: vec![] })?;
    let mut other = record(2, 101);
    other.reason = Reason::UserBusy;
    let closed = store.close_records(&[record(4, 103), other, record(5, 104)])?;
    let wanted = Closed { written: 2, refused: vec![sample::key(2, 0)] };
    same("a different record of a segment is refused, and only that", closed, wanted)?;
    let mut second = record(1, 105);
    second.key.segment = 1;
    store.close_records(&[second.clone()])?;
    // A beginning that comes after the end.
    store.open_records(&[open(5, 104)])?;
    drop(store);
    let mut store = place.open()?;
    same("a segment with a record is not open", store.interrupted(Utc::from_seconds(9_999))?, vec![])?;
    let all = store.records(&RecordQuery::oldest(100))?;
    let wanted = vec![record(1, 100), record(2, 101), record(3, 102), record(4, 103), record(5, 104), second];
    same("each segment has its one record", all, wanted)
}

pub(super) fn interrupted(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    store.open_records(&[open(1, 100), open(2, 110), open(3, 120)])?;
    store.mark_alive(Utc::from_seconds(130))?;
    store.close_records(&[record(2, 110)])?;
    drop(store);
    let mut store = place.open()?;
    let closed = store.interrupted(Utc::from_seconds(5_000))?;
    let lasted = |call, second, seconds| CallRecord {
        connected: None,
        answered_after: None,
        ended_after: Duration::from_secs(seconds),
        outcome: Outcome::Interrupted,
        reason: Reason::Interrupted,
        ..record(call, second)
    };
    let wanted = vec![lasted(1, 100, 30), lasted(3, 120, 10)];
    same("an open segment ends when the process was last known alive", closed, wanted.clone())?;
    same("it is closed once", store.interrupted(Utc::from_seconds(5_001))?, vec![])?;
    // The end that comes after all is the second record of the segment.
    let closed = store.close_records(&[record(1, 100)])?;
    same("it has its record", closed.refused, vec![sample::key(1, 0)])?;
    drop(store);
    let mut store = place.open()?;
    same("it is closed once over restarts", store.interrupted(Utc::from_seconds(5_002))?, vec![])?;
    let query = RecordQuery { outcome: Some(Outcome::Interrupted), ..RecordQuery::oldest(10) };
    same("interrupted records are records", store.records(&query)?, wanted)
}

pub(super) fn reopened(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    store.open_records(&[open(1, 100)])?;
    let connected = Some(Number::private(sample::digits("1002")));
    let answered = OpenRecord { answered_after: Some(Duration::from_secs(7)), connected, ..open(1, 100) };
    store.open_records(&[answered])?;
    store.mark_alive(Utc::from_seconds(160))?;
    drop(store);
    let mut store = place.open()?;
    // The clock was set back by a minute: the segment does not end after the present.
    let closed = store.interrupted(Utc::from_seconds(120))?;
    let seen: Vec<_> = closed.iter().map(|r| (r.answered_after, r.connected.is_some(), r.ended_after)).collect();
    let wanted = vec![(Some(Duration::from_secs(7)), true, Duration::from_secs(20))];
    same("the last state counts, and no end is in the future", seen, wanted)
}

pub(super) fn query(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let mut busy = record(2, 200);
    busy.outcome = Outcome::Refused;
    busy.reason = Reason::UserBusy;
    busy.connected = None;
    busy.dialled = Number::private(sample::digits("1009"));
    let mut abroad = record(3, 300);
    abroad.caller = Number::private(sample::digits("1005"));
    abroad.connected = Some(Number::private(sample::digits("1009")));
    store.close_records(&[abroad, record(4, 400), record(1, 100), busy])?;
    drop(store);
    let mut store = place.open()?;
    let newest = RecordQuery::newest(100);
    same("the newest come first", calls(&store.records(&newest)?), vec![4, 3, 2, 1])?;
    same("the oldest come first", calls(&store.records(&RecordQuery::oldest(2))?), vec![1, 2])?;
    let between =
        RecordQuery { from: Some(Utc::from_seconds(200)), until: Some(Utc::from_seconds(400)), ..newest.clone() };
    same("from is included, until is not", calls(&store.records(&between)?), vec![3, 2])?;
    let number = |text: &str| RecordQuery { number: Some(sample::digits(text)), ..newest.clone() };
    same("a number is found as dialled or connected", calls(&store.records(&number("1009"))?), vec![3, 2])?;
    same("a number is found as caller", calls(&store.records(&number("1005"))?), vec![3])?;
    same("part of a number is not the number", calls(&store.records(&number("100"))?), vec![])?;
    let refused = RecordQuery { outcome: Some(Outcome::Refused), ..number("1009") };
    same("conditions are joined", calls(&store.records(&refused)?), vec![2])?;
    same("a limit of 0 gives nothing", calls(&store.records(&RecordQuery::newest(0))?), vec![])
}

pub(super) fn pages(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    // Many begin at the same time; identifiers use their upper half, too.
    let all: Vec<_> =
        (0..50_u64).map(|n| record(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), 100 + (n as i64) / 10)).collect();
    store.close_records(&all)?;
    drop(store);
    let mut store = place.open()?;
    for order in [RecordOrder::OldestFirst, RecordOrder::NewestFirst] {
        let mut wanted = all.clone();
        wanted.sort_by_key(CallRecord::position);
        if order == RecordOrder::NewestFirst {
            wanted.reverse();
        }
        let mut seen: Vec<CallRecord> = Vec::new();
        for _ in 0..all.len() {
            let after = seen.last().map(CallRecord::position);
            let page = store.records(&RecordQuery { after, order, ..RecordQuery::newest(7) })?;
            if page.is_empty() {
                break;
            }
            same("a page is not longer than asked for", page.len() <= 7, true)?;
            seen.extend(page);
        }
        same("pages give every record once and in order", calls(&seen), calls(&wanted))?;
    }
    Ok(())
}

pub(super) fn every_value(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let mut written = Vec::new();
    let outcomes = [Outcome::Answered, Outcome::NotAnswered, Outcome::Refused, Outcome::Interrupted];
    for (index, (&reason, outcome)) in Reason::ALL.iter().zip(outcomes.into_iter().cycle()).enumerate() {
        let mut one = record(u64::MAX - index as u64, -1 - index as i64);
        one.reason = reason;
        one.outcome = outcome;
        written.push(one);
    }
    if let Some(first) = written.first_mut() {
        first.caller = Number {
            digits: sample::digits("4420794601234567890123456789012"),
            kind: NumberType::International,
            plan: NumberingPlan::Isdn,
            presentation: Presentation::Restricted,
            screening: Screening::NetworkProvided,
        };
        first.dialled = Number { kind: NumberType::RegionalPrivate, ..Number::private(sample::digits("*21#A")) };
        first.transferred_by = Some(Number { plan: NumberingPlan::Unknown, ..Number::private(sample::digits("1003")) });
        first.connected = Some(Number { presentation: Presentation::Unavailable, ..Number::default() });
        first.trunk_in = Some(TrunkId(u32::MAX));
        first.trunk_out = None;
        first.offset_minutes = -570;
        first.answered_after = Some(Duration::ZERO);
        first.ended_after = Duration::from_secs(400 * 24 * 3600);
        first.key.segment = u16::MAX;
    }
    store.close_records(&written)?;
    drop(store);
    let mut store = place.open()?;
    let seen = store.records(&RecordQuery::newest(1_000))?;
    same("every value reads back", seen, written)
}
