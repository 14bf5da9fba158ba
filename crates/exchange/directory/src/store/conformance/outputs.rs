//! What outputs of records rely on: the order of closing, and their own position in it; and calls that go on after a restart.

use super::sample::{key, open, record};
use super::{Failure, Place, same};
use crate::CallRecord;
use crate::store::{Closed, RecordQuery, Store};
use ground::{Number, Utc};
use std::collections::BTreeSet;

fn segment(call: u64, segment: u16, second: i64) -> CallRecord {
    CallRecord { key: key(call, segment), ..record(call, second) }
}

/// The sequence numbers and keys behind `sequence`.
fn closed(store: &mut dyn Store, sequence: u64, limit: u32) -> Result<Vec<(u64, u64, u16)>, Failure> {
    let found = store.closed_after(sequence, limit)?;
    Ok(found.iter().map(|one| (one.sequence, one.record.key.call.0, one.record.key.segment)).collect())
}

pub(super) fn going_on(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let second = {
        let mut second = open(1, 130);
        second.key.segment = 1;
        second.transferred_by = Some(Number::private(super::sample::digits("1003")));
        second
    };
    store.open_records(&[open(1, 100), second.clone(), open(2, 110), open(3, 120)])?;
    store.mark_alive(Utc::from_seconds(140))?;
    drop(store);
    let mut store = place.open()?;
    let goes_on = BTreeSet::from([key(2, 0), key(77, 0)]);
    let ended = store.close_interrupted(Utc::from_seconds(200), &goes_on)?;
    let keys: Vec<_> = ended.iter().map(|record| (record.key.call.0, record.key.segment)).collect();
    same("all segments but those that go on are closed", keys, vec![(1, 0), (1, 1), (3, 0)])?;
    let by: Vec<_> = ended.iter().map(|record| record.transferred_by).collect();
    same("an interrupted segment knows who transferred", by, vec![None, second.transferred_by, None])?;
    let whole = store.close_records(&[record(2, 110)])?;
    same("what went on has its own end", whole, Closed { written: 1, refused: vec![] })?;
    drop(store);
    let mut store = place.open()?;
    same("nothing is open any more", store.interrupted(Utc::from_seconds(300))?, vec![])?;
    same("each segment has one record", store.records(&RecordQuery::oldest(10))?.len(), 4)
}

pub(super) fn sequence(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    same("a store without records has no last one", (store.last_closed()?, closed(&mut *store, 0, 9)?), (0, vec![]))?;
    // Closed in another order than they began in, and in that of neither key.
    store.close_records(&[record(5, 300), segment(5, 1, 310)])?;
    store.close_records(&[record(4, 100), record(9, 50)])?;
    // Once more the same, and a different one of the same segment.
    let mut other = record(9, 50);
    other.dialled = Number::default();
    store.close_records(&[record(5, 300), other, record(6, 10)])?;
    drop(store);
    let mut store = place.open()?;
    let all = vec![(1, 5, 0), (2, 5, 1), (3, 4, 0), (4, 9, 0), (5, 6, 0)];
    same("records come in the order of their closing, each once", closed(&mut *store, 0, 100)?, all.clone())?;
    let page = all.get(2..4).unwrap_or_default().to_vec();
    same("reading goes on behind a number, and a limit holds", closed(&mut *store, 2, 2)?, page)?;
    let last = store.last_closed()?;
    same("behind the last one is nothing", closed(&mut *store, last, 9)?, vec![])?;
    let known = (store.sequence_of(key(9, 0))?, store.sequence_of(key(5, 1))?, store.sequence_of(key(9, 1))?);
    same("a record's number is found by its key", known, (Some(4), Some(2), None))?;
    let first = store.closed_after(0, 1)?.pop().map(|one| one.record);
    same("the record is whole", first, Some(record(5, 300)))
}

pub(super) fn position(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    same("an output that never wrote has no position", store.output_position("csv")?, None)?;
    store.set_output_position("csv", 7)?;
    store.set_output_position("other", 9)?;
    store.set_output_position("csv", 8)?;
    drop(store);
    let mut store = place.open()?;
    let seen = (store.output_position("csv")?, store.output_position("other")?, store.output_position("third")?);
    same("each output has its position", seen, (Some(8), Some(9), None))
}
