//! What the store holds: registrations, and one record for each call segment.

use almon::journal::restore::Records;
use directory::store::{RegistrationKey, RegistrationWrite, StoredRegistration};
use directory::{CallRecord, Outcome, RecordKey};
use ground::{Reason, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Default)]
pub struct Books {
    pub registrations: BTreeMap<RegistrationKey, StoredRegistration>,
    open: BTreeMap<RecordKey, CallRecord>,
    closed: BTreeMap<RecordKey, CallRecord>,
    /// Every key that was ever opened.
    opened: u64,
    /// Segments that were open when a process died: what ended them may have been that.
    at_risk: BTreeSet<RecordKey>,
    /// Segments whose end was in the part of a journal that was lost: the process after it ends them once more, and the store refuses
    /// the second record.
    ended_unheard: BTreeSet<RecordKey>,
    /// Second records that the store refused for that reason.
    pub refused: u64,
    restarted: Utc,
}

/// What was being set up when a process died is over by then (64*T1, RFC 3261 section 9.1); somebody may have been transferred to it
/// in between.
const AFTERMATH: Duration = Duration::from_secs(40);

impl Books {
    pub fn opened(&mut self, record: CallRecord) {
        let key = record.key;
        if self.closed.contains_key(&key) {
            assert!(self.ended_unheard.contains(&key), "{key:?} is closed and opened again");
            return;
        }
        if self.open.insert(key, record).is_none() {
            self.opened += 1;
        }
    }

    pub fn closed(&mut self, record: CallRecord) {
        let key = record.key;
        if let Some(before) = self.closed.get(&key) {
            assert!(self.ended_unheard.contains(&key), "two records: {before:?} and {record:?}");
            self.refused += 1;
            return;
        }
        let interrupted = record.outcome == Outcome::Interrupted || record.reason == Reason::Interrupted;
        let end = Utc::from_micros(record.started.as_micros() + record.ended_after.as_micros() as i64);
        let lately = end.as_micros() <= self.restarted.as_micros() + AFTERMATH.as_micros() as i64;
        assert!(!interrupted || self.at_risk.contains(&key) || lately, "interrupted by nothing: {record:?}");
        assert!(record.reason != Reason::InternalError, "{record:?}");
        if self.open.remove(&key).is_none() {
            self.opened += 1;
        }
        self.closed.insert(key, record);
    }

    pub fn write(&mut self, write: RegistrationWrite) {
        match write {
            RegistrationWrite::Save(stored) => {
                self.registrations.insert(stored.key.clone(), stored);
            }
            RegistrationWrite::Remove { key, .. } => {
                self.registrations.remove(&key);
            }
        }
    }

    /// A process goes on from these records. When its journal is whole they are what the store has.
    pub fn restart(&mut self, records: &Records, whole: bool, back: Utc) {
        self.restarted = back;
        let going_on = records.keys();
        self.at_risk.extend(self.open.keys());
        if whole {
            let known: BTreeSet<_> = going_on.difference(&self.ended_unheard).copied().collect();
            assert_eq!(known, self.open.keys().copied().collect(), "the journal knows every open segment");
        } else {
            self.ended_unheard.extend(going_on.iter().filter(|key| self.closed.contains_key(key)));
        }
        for record in records.closed.iter().filter(|record| !self.ended_unheard.contains(&record.key)) {
            assert_eq!(self.closed.get(&record.key), Some(record), "a closed segment is told as it was");
        }
        // What the store closes at a start, see `Store::close_interrupted`.
        let lost: Vec<RecordKey> = self.open.keys().filter(|key| !going_on.contains(key)).copied().collect();
        for key in lost {
            if let Some(mut record) = self.open.remove(&key) {
                record.outcome = Outcome::Interrupted;
                self.closed.insert(key, record);
            }
        }
        self.at_risk.extend(going_on);
    }

    /// Answered segments that are open.
    pub fn answered(&self) -> BTreeSet<RecordKey> {
        self.open.values().filter(|record| record.answered_after.is_some()).map(|record| record.key).collect()
    }

    pub fn open_keys(&self) -> Vec<RecordKey> {
        self.open.keys().copied().collect()
    }

    pub fn record(&self, key: RecordKey) -> Option<&CallRecord> {
        self.closed.get(&key)
    }

    /// How many segments there were; every one has its record.
    pub fn assert_closed(&self) -> u64 {
        assert!(self.open.is_empty(), "open for ever: {:?}", self.open);
        assert_eq!(self.closed.len() as u64, self.opened);
        self.opened
    }
}
