//! The calls in progress, as `almon calls` shows them.

use directory::CallRecord;
use exchange::{CallEvent, ConnectionState};
use ground::{CallId, ConnectionId, Number, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCall {
    /// The call.
    pub call: CallId,
    /// The caller.
    pub caller: Number,
    /// What was dialled.
    pub dialled: Number,
    /// Who answered.
    pub connected: Option<Number>,
    /// When it began.
    pub started: Utc,
    /// The states of its connections, for example `connected, alerting`.
    pub states: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    record: CallRecord,
    connections: BTreeMap<ConnectionId, ConnectionState>,
}

/// All calls in progress, from the exchange's own records and events.
#[derive(Debug, Default)]
pub struct LiveCalls {
    calls: BTreeMap<CallId, Entry>,
}

impl LiveCalls {
    /// A segment began, or more is known of it.
    pub fn opened(&mut self, record: &CallRecord) {
        let fresh = || Entry { record: record.clone(), connections: BTreeMap::new() };
        self.calls.entry(record.key.call).or_insert_with(fresh).record = record.clone();
    }

    /// A segment ended.
    pub fn closed(&mut self, record: &CallRecord) {
        self.calls.remove(&record.key.call);
    }

    /// A connection changed.
    pub fn event(&mut self, event: &CallEvent) {
        let Some(entry) = self.calls.get_mut(&event.call) else { return };
        if event.state == ConnectionState::Null {
            entry.connections.remove(&event.connection);
        } else {
            entry.connections.insert(event.connection, event.state);
        }
    }

    /// True while the call is in progress.
    pub fn contains(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls, oldest first.
    pub fn list(&self) -> Vec<LiveCall> {
        let one = |(call, entry): (&CallId, &Entry)| LiveCall {
            call: *call,
            caller: entry.record.caller,
            dialled: entry.record.dialled,
            connected: entry.record.connected,
            started: entry.record.started,
            states: entry.connections.values().map(|state| format!("{state:?}").to_lowercase()).collect(),
        };
        self.calls.iter().map(one).collect()
    }
}
