//! What the scenarios share: calls, records, and a store whose disk can be stopped.
#![allow(dead_code, reason = "each scenario uses its part")]

use directory::store::{
    BindingName, Closed, ClosedRecord, FlowTransport, HistoryEntry, HistoryQuery, OpenRecord, RecordQuery,
    RegistrationKey, RegistrationWrite, StoredFlow, StoredRegistration, StoredRequest,
};
use directory::{CallRecord, ChangeSet, Directory, Outcome, RecordKey, Revision, Store, StoreError};
use ground::{CallId, NetworkId, Number, Reason, Utc};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use store::{Options, SqliteStore, StoreAlarm};

pub fn key(call: u64) -> RecordKey {
    RecordKey { call: CallId(call), segment: 0 }
}

pub fn record(call: u64) -> CallRecord {
    CallRecord {
        key: key(call),
        caller: Number::private("1001".parse().unwrap()),
        dialled: Number::private("1002".parse().unwrap()),
        connected: Some(Number::private("1002".parse().unwrap())),
        trunk_in: None,
        trunk_out: None,
        started: Utc::from_seconds(1_772_355_900 + call as i64),
        offset_minutes: 60,
        answered_after: Some(Duration::from_secs(3)),
        ended_after: Duration::from_secs(60),
        outcome: Outcome::Answered,
        reason: Reason::NormalClearing,
        transferred_by: None,
    }
}

pub fn open(call: u64) -> OpenRecord {
    let record = record(call);
    OpenRecord {
        key: record.key,
        caller: record.caller,
        dialled: record.dialled,
        connected: None,
        trunk_in: None,
        trunk_out: None,
        started: record.started,
        offset_minutes: record.offset_minutes,
        answered_after: None,
        transferred_by: None,
    }
}

pub fn registration(number: u32, version: u64) -> StoredRegistration {
    let contact = format!("sip:{number}@192.0.2.17:5062");
    StoredRegistration {
        key: RegistrationKey {
            number: number.to_string().parse().unwrap(),
            binding: BindingName::Instance { instance: format!("urn:uuid:{number:032}"), reg_id: 1 },
        },
        version,
        contact,
        q: 1000,
        path: vec![],
        expires_at: Utc::from_seconds(1_772_359_500),
        flow: StoredFlow {
            transport: FlowTransport::Udp,
            network: NetworkId(1),
            local: "192.0.2.1:5060".parse().unwrap(),
            peer: "192.0.2.17:5062".parse().unwrap(),
        },
        request: StoredRequest { call_id: format!("{number}-4c76e66710"), cseq: 1 },
        instance: None,
        reg_id: None,
        translated: false,
        user_agent: "Meucci teletrofono 1854".to_owned(),
    }
}

pub fn save(number: u32, version: u64) -> RegistrationWrite {
    RegistrationWrite::Save(registration(number, version))
}

pub fn sqlite(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, &Options::default()).unwrap()
}

/// Waits until `done`, at most ten seconds.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The next alarm, at most ten seconds from now.
pub fn next(alarms: &Receiver<StoreAlarm>) -> StoreAlarm {
    alarms.recv_timeout(Duration::from_secs(10)).expect("an alarm")
}

/// What happens to the calls of a store.
#[derive(Default)]
pub struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    shut: bool,
    fails: Option<StoreError>,
    inside: usize,
}

impl Gate {
    /// Calls that write hang until the gate is opened.
    pub fn shut(&self) {
        self.state.lock().unwrap().shut = true;
    }

    /// Calls that write fail so; none lets them pass.
    pub fn fail(&self, error: Option<StoreError>) {
        self.state.lock().unwrap().fails = error;
    }

    pub fn open(&self) {
        self.state.lock().unwrap().shut = false;
        self.changed.notify_all();
    }

    /// How many calls hang.
    pub fn inside(&self) -> usize {
        self.state.lock().unwrap().inside
    }

    fn pass(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap();
        state.inside += 1;
        state = self.changed.wait_while(state, |state| state.shut).unwrap();
        state.inside -= 1;
        state.fails.clone().map_or(Ok(()), Err)
    }
}

/// SQLite behind a gate.
pub struct Gated {
    pub store: SqliteStore,
    pub gate: Arc<Gate>,
}

impl Store for Gated {
    fn load(&mut self) -> Result<Directory, StoreError> {
        self.store.load()
    }
    fn head(&mut self) -> Result<Revision, StoreError> {
        self.store.head()
    }
    fn append(&mut self, set: &ChangeSet, resulting: &Directory) -> Result<Revision, StoreError> {
        self.gate.pass().and_then(|()| self.store.append(set, resulting))
    }
    fn history(&mut self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        self.store.history(query)
    }
    fn directory_at(&mut self, revision: Revision) -> Result<Directory, StoreError> {
        self.store.directory_at(revision)
    }
    fn save_registrations(&mut self, batch: &[RegistrationWrite]) -> Result<(), StoreError> {
        self.gate.pass().and_then(|()| self.store.save_registrations(batch))
    }
    fn load_registrations(&mut self) -> Result<Vec<StoredRegistration>, StoreError> {
        self.store.load_registrations()
    }
    fn open_records(&mut self, batch: &[OpenRecord]) -> Result<(), StoreError> {
        self.gate.pass().and_then(|()| self.store.open_records(batch))
    }
    fn close_records(&mut self, batch: &[CallRecord]) -> Result<Closed, StoreError> {
        self.gate.pass().and_then(|()| self.store.close_records(batch))
    }
    fn mark_alive(&mut self, now: Utc) -> Result<(), StoreError> {
        self.store.mark_alive(now)
    }
    fn close_interrupted(&mut self, now: Utc, except: &BTreeSet<RecordKey>) -> Result<Vec<CallRecord>, StoreError> {
        self.store.close_interrupted(now, except)
    }
    fn closed_after(&mut self, sequence: u64, limit: u32) -> Result<Vec<ClosedRecord>, StoreError> {
        self.store.closed_after(sequence, limit)
    }
    fn sequence_of(&mut self, key: RecordKey) -> Result<Option<u64>, StoreError> {
        self.store.sequence_of(key)
    }
    fn last_closed(&mut self) -> Result<u64, StoreError> {
        self.store.last_closed()
    }
    fn output_position(&mut self, output: &str) -> Result<Option<u64>, StoreError> {
        self.store.output_position(output)
    }
    fn set_output_position(&mut self, output: &str, sequence: u64) -> Result<(), StoreError> {
        self.store.set_output_position(output, sequence)
    }
    fn records(&mut self, query: &RecordQuery) -> Result<Vec<CallRecord>, StoreError> {
        self.store.records(query)
    }
    fn realm(&mut self) -> Result<Option<String>, StoreError> {
        self.store.realm()
    }
    fn set_realm_once(&mut self, realm: &str) -> Result<(), StoreError> {
        self.store.set_realm_once(realm)
    }
    fn backup(&mut self, path: &Path) -> Result<(), StoreError> {
        self.store.backup(path)
    }
}
