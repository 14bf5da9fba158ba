//! The suite against a store in memory: it passes a right one, and finds each of these wrong ones.
#![allow(
    clippy::disallowed_types,
    reason = "a store can be sent to another thread, so what it shares with its place is locked"
)]

use super::{CASES, Place};
use crate::store::{
    Closed, ClosedRecord, HistoryEntry, HistoryQuery, OpenRecord, RecordOrder, RecordPosition, RecordQuery,
    RegistrationKey, RegistrationWrite, Store, StoreError, StoredRegistration,
};
use crate::{CallRecord, ChangeSet, Directory, RecordKey, Revision};
use ground::Utc;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    ForgetsRecords,
    ForgetsConfiguration,
    AppendsToAnyBase,
    AppendsAnyResult,
    GivesHeadForEveryRevision,
    HistoryFromTheOldest,
    RealmChanges,
    BackupWithoutRegistrations,
    BackupOverwrites,
    IgnoresVersions,
    RemovesNewer,
    RemembersRemovedVersions,
    RemovesAllBindings,
    SecondRecordReplaces,
    OneRefusalRefusesAll,
    OpensClosedSegments,
    LeavesSegmentsOpen,
    EndsAtTheRestart,
    EndsInTheFuture,
    KeepsTheFirstState,
    IncludesUntil,
    FindsPartsOfNumbers,
    IgnoresOutcomes,
    PagesBeginAgain,
    IgnoresLimits,
    OrderBySegmentOnly,
    EndsWhatGoesOn,
    IncludesTheLastSeen,
    NumbersAgain,
    OnePositionForAll,
}

const ALL_WRONG: &[Wrong] = &[
    Wrong::ForgetsRecords,
    Wrong::ForgetsConfiguration,
    Wrong::AppendsToAnyBase,
    Wrong::AppendsAnyResult,
    Wrong::GivesHeadForEveryRevision,
    Wrong::HistoryFromTheOldest,
    Wrong::RealmChanges,
    Wrong::BackupWithoutRegistrations,
    Wrong::BackupOverwrites,
    Wrong::IgnoresVersions,
    Wrong::RemovesNewer,
    Wrong::RemembersRemovedVersions,
    Wrong::RemovesAllBindings,
    Wrong::SecondRecordReplaces,
    Wrong::OneRefusalRefusesAll,
    Wrong::OpensClosedSegments,
    Wrong::LeavesSegmentsOpen,
    Wrong::EndsAtTheRestart,
    Wrong::EndsInTheFuture,
    Wrong::KeepsTheFirstState,
    Wrong::IncludesUntil,
    Wrong::FindsPartsOfNumbers,
    Wrong::IgnoresOutcomes,
    Wrong::PagesBeginAgain,
    Wrong::IgnoresLimits,
    Wrong::OrderBySegmentOnly,
    Wrong::EndsWhatGoesOn,
    Wrong::IncludesTheLastSeen,
    Wrong::NumbersAgain,
    Wrong::OnePositionForAll,
];

#[derive(Clone, Default)]
struct Data {
    log: Vec<(ChangeSet, Directory)>,
    realm: Option<String>,
    registrations: BTreeMap<RegistrationKey, StoredRegistration>,
    removed: BTreeMap<RegistrationKey, u64>,
    open: BTreeMap<RecordKey, OpenRecord>,
    records: BTreeMap<RecordKey, CallRecord>,
    sequence: BTreeMap<u64, RecordKey>,
    positions: BTreeMap<String, u64>,
    alive: Option<Utc>,
}

/// Where the data of closed stores lies, and the backups.
#[derive(Default)]
struct Shelves {
    home: Data,
    backups: BTreeMap<PathBuf, Data>,
    opened: usize,
}

struct Memory {
    wrong: Wrong,
    data: Data,
    shelves: Arc<Mutex<Shelves>>,
    /// A store that was made from a backup does not go back to the shelf.
    copy: bool,
}

impl Drop for Memory {
    fn drop(&mut self) {
        if !self.copy {
            self.shelves.lock().unwrap().home = std::mem::take(&mut self.data);
        }
    }
}

impl Memory {
    fn is(&self, wrong: Wrong) -> bool {
        self.wrong == wrong
    }
}

struct Shelf {
    wrong: Wrong,
    shelves: Arc<Mutex<Shelves>>,
}

impl Shelf {
    fn store(&self, data: Data, copy: bool) -> Box<dyn Store> {
        Box::new(Memory { wrong: self.wrong, data, shelves: Arc::clone(&self.shelves), copy })
    }
}

impl Place for Shelf {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError> {
        let mut shelves = self.shelves.lock().unwrap();
        shelves.opened += 1;
        let mut data = shelves.home.clone();
        drop(shelves);
        match self.wrong {
            Wrong::ForgetsRecords => {
                data.records.clear();
                data.sequence.clear();
            }
            Wrong::ForgetsConfiguration => drop(data.log.pop()),
            _ => {}
        }
        Ok(self.store(data, false))
    }

    fn backup_path(&mut self) -> PathBuf {
        "backup".into()
    }

    fn open_backup(&mut self, path: &Path) -> Result<Box<dyn Store>, StoreError> {
        let mut data = self.shelves.lock().unwrap().backups[path].clone();
        if self.wrong == Wrong::BackupWithoutRegistrations {
            data.registrations.clear();
        }
        Ok(self.store(data, true))
    }
}

impl Store for Memory {
    fn load(&mut self) -> Result<Directory, StoreError> {
        Ok(self.data.log.last().map(|entry| entry.1.clone()).unwrap_or_default())
    }

    fn head(&mut self) -> Result<Revision, StoreError> {
        Ok(self.load()?.revision)
    }

    fn append(&mut self, set: &ChangeSet, resulting: &Directory) -> Result<Revision, StoreError> {
        let actual = self.head()?;
        let base = set.base == actual || self.is(Wrong::AppendsToAnyBase);
        let next = resulting.revision.0 == actual.0 + 1 || self.is(Wrong::AppendsAnyResult);
        if !(base && next) {
            return Err(StoreError::HeadMoved { expected: set.base, actual });
        }
        self.data.log.push((set.clone(), resulting.clone()));
        Ok(resulting.revision)
    }

    fn history(&mut self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        let entries = self
            .data
            .log
            .iter()
            .map(|(set, directory)| HistoryEntry { revision: directory.revision, set: set.clone() });
        let mut entries: Vec<_> =
            entries.filter(|entry| query.before.is_none_or(|before| entry.revision < before)).collect();
        if !self.is(Wrong::HistoryFromTheOldest) {
            entries.reverse();
        }
        entries.truncate(query.limit as usize);
        Ok(entries)
    }

    fn directory_at(&mut self, revision: Revision) -> Result<Directory, StoreError> {
        let head = self.head()?;
        if revision > head {
            return Err(StoreError::NoSuchRevision { revision, head });
        }
        if self.is(Wrong::GivesHeadForEveryRevision) {
            return self.load();
        }
        let found = self.data.log.iter().find(|entry| entry.1.revision == revision);
        Ok(found.map(|entry| entry.1.clone()).unwrap_or_default())
    }

    fn save_registrations(&mut self, batch: &[RegistrationWrite]) -> Result<(), StoreError> {
        for write in batch {
            let key = write.key();
            let stored = self.data.registrations.get(key).map(|registration| registration.version);
            match write {
                RegistrationWrite::Save(registration) => {
                    let before = stored.max(self.data.removed.get(key).copied());
                    if self.is(Wrong::IgnoresVersions) || before.is_none_or(|before| registration.version > before) {
                        self.data.registrations.insert(key.clone(), registration.clone());
                    }
                }
                RegistrationWrite::Remove { version, .. } => {
                    if self.is(Wrong::RemovesNewer) || stored.is_some_and(|stored| stored <= *version) {
                        self.data.registrations.remove(key);
                        if self.is(Wrong::RemembersRemovedVersions) {
                            self.data.removed.insert(key.clone(), *version);
                        }
                        if self.is(Wrong::RemovesAllBindings) {
                            self.data.registrations.retain(|other, _| other.number != key.number);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn load_registrations(&mut self) -> Result<Vec<StoredRegistration>, StoreError> {
        Ok(self.data.registrations.values().cloned().collect())
    }

    fn open_records(&mut self, batch: &[OpenRecord]) -> Result<(), StoreError> {
        for open in batch {
            let closed = self.data.records.contains_key(&open.key) && !self.is(Wrong::OpensClosedSegments);
            let kept = self.data.open.contains_key(&open.key) && self.is(Wrong::KeepsTheFirstState);
            if !closed && !kept {
                self.data.open.insert(open.key, open.clone());
            }
        }
        Ok(())
    }

    fn close_records(&mut self, batch: &[CallRecord]) -> Result<Closed, StoreError> {
        let mut closed = Closed::default();
        let differs =
            |data: &Data, record: &CallRecord| data.records.get(&record.key).is_some_and(|there| there != record);
        if self.is(Wrong::OneRefusalRefusesAll) && batch.iter().any(|record| differs(&self.data, record)) {
            closed.refused = batch.iter().map(|record| record.key).collect();
            return Ok(closed);
        }
        for record in batch {
            if differs(&self.data, record) && !self.is(Wrong::SecondRecordReplaces) {
                closed.refused.push(record.key);
            } else {
                let there = self.data.records.insert(record.key, record.clone()).is_some();
                if !there || self.is(Wrong::NumbersAgain) {
                    let next = self.data.sequence.last_key_value().map_or(1, |(sequence, _)| sequence + 1);
                    self.data.sequence.insert(next, record.key);
                }
                closed.written += 1;
            }
            self.data.open.remove(&record.key);
        }
        Ok(closed)
    }

    fn mark_alive(&mut self, now: Utc) -> Result<(), StoreError> {
        self.data.alive = Some(now);
        Ok(())
    }

    fn close_interrupted(&mut self, now: Utc, except: &BTreeSet<RecordKey>) -> Result<Vec<CallRecord>, StoreError> {
        let alive = self.data.alive.unwrap_or_default();
        let alive = match self.wrong {
            Wrong::EndsAtTheRestart => now,
            Wrong::EndsInTheFuture => alive,
            _ => alive.min(now),
        };
        let ends = |key: &RecordKey| !except.contains(key) || self.is(Wrong::EndsWhatGoesOn);
        let ended = self.data.open.values().filter(|open| ends(&open.key));
        let closed: Vec<_> = ended.map(|open| open.interrupted(alive)).collect();
        if !self.is(Wrong::LeavesSegmentsOpen) {
            self.close_records(&closed)?;
        }
        Ok(closed)
    }

    fn closed_after(&mut self, sequence: u64, limit: u32) -> Result<Vec<ClosedRecord>, StoreError> {
        let from = if self.is(Wrong::IncludesTheLastSeen) { sequence } else { sequence + 1 };
        let found = self.data.sequence.range(from..).take(limit as usize);
        Ok(found.map(|(n, key)| ClosedRecord { sequence: *n, record: self.data.records[key].clone() }).collect())
    }

    fn sequence_of(&mut self, key: RecordKey) -> Result<Option<u64>, StoreError> {
        Ok(self.data.sequence.iter().find(|(_, there)| **there == key).map(|(sequence, _)| *sequence))
    }

    fn last_closed(&mut self) -> Result<u64, StoreError> {
        Ok(self.data.sequence.last_key_value().map_or(0, |(sequence, _)| *sequence))
    }

    fn output_position(&mut self, output: &str) -> Result<Option<u64>, StoreError> {
        let name = if self.is(Wrong::OnePositionForAll) { "" } else { output };
        Ok(self.data.positions.get(name).copied())
    }

    fn set_output_position(&mut self, output: &str, sequence: u64) -> Result<(), StoreError> {
        let name = if self.is(Wrong::OnePositionForAll) { "" } else { output };
        self.data.positions.insert(name.to_owned(), sequence);
        Ok(())
    }

    fn records(&mut self, query: &RecordQuery) -> Result<Vec<CallRecord>, StoreError> {
        let part = self.is(Wrong::FindsPartsOfNumbers);
        let wanted = |record: &CallRecord| {
            let until = query.until.is_none_or(|until| record.started < until)
                || (self.is(Wrong::IncludesUntil) && query.until == Some(record.started));
            let number = query.number.is_none_or(|number| {
                let numbers = [Some(record.caller), Some(record.dialled), record.connected];
                numbers.iter().flatten().any(|n| n.digits == number || (part && n.digits.starts_with(&number)))
            });
            let outcome = query.outcome.is_none_or(|outcome| record.outcome == outcome);
            let behind = |after: RecordPosition| match query.order {
                RecordOrder::NewestFirst => record.position() < after,
                RecordOrder::OldestFirst => record.position() > after,
            };
            query.from.is_none_or(|from| record.started >= from)
                && until
                && number
                && (outcome || self.is(Wrong::IgnoresOutcomes))
                && (query.after.is_none_or(behind) || self.is(Wrong::PagesBeginAgain))
        };
        let mut found: Vec<_> = self.data.records.values().filter(|record| wanted(record)).cloned().collect();
        if !self.is(Wrong::OrderBySegmentOnly) {
            found.sort_by_key(CallRecord::position);
        }
        if query.order == RecordOrder::NewestFirst {
            found.reverse();
        }
        if !self.is(Wrong::IgnoresLimits) {
            found.truncate(query.limit as usize);
        }
        Ok(found)
    }

    fn realm(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.data.realm.clone())
    }

    fn set_realm_once(&mut self, realm: &str) -> Result<(), StoreError> {
        if let Some(fixed) = self.data.realm.clone().filter(|fixed| fixed != realm)
            && !self.is(Wrong::RealmChanges)
        {
            return Err(StoreError::RealmFixed { realm: fixed });
        }
        self.data.realm = Some(realm.to_owned());
        Ok(())
    }

    fn backup(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut shelves = self.shelves.lock().unwrap();
        if shelves.backups.contains_key(path) && self.wrong != Wrong::BackupOverwrites {
            return Err(StoreError::File { path: path.to_owned(), kind: std::io::ErrorKind::AlreadyExists });
        }
        shelves.backups.insert(path.to_owned(), self.data.clone());
        Ok(())
    }
}

/// The names of the cases that a store fails.
fn failed(wrong: Wrong) -> Vec<String> {
    let mut failed = Vec::new();
    for (name, case) in CASES {
        let mut shelf = Shelf { wrong, shelves: Arc::default() };
        if let Err(failure) = case(&mut shelf) {
            failed.push(format!("{name}: {failure}"));
        } else {
            assert!(shelf.shelves.lock().unwrap().opened > 0, "{name} opens nothing");
        }
    }
    failed
}

#[test]
fn a_right_store_passes() {
    assert_eq!(failed(Wrong::Nothing), Vec::<String>::new());
}

#[test]
fn every_wrong_store_is_found() {
    let missed: Vec<_> = ALL_WRONG.iter().filter(|wrong| failed(**wrong).is_empty()).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
