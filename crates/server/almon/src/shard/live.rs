//! The calls in progress, as `almon calls` shows them.

use directory::{CallRecord, RecordKey};
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

/// All calls in progress, from the exchange's own records and events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCalls {
    /// The segments that are open. A transfer closes one and opens the next: the call goes on.
    segments: BTreeMap<RecordKey, CallRecord>,
    connections: BTreeMap<(CallId, ConnectionId), ConnectionState>,
}

impl LiveCalls {
    /// A segment began, or more is known of it.
    pub fn opened(&mut self, record: &CallRecord) {
        self.segments.insert(record.key, record.clone());
    }

    /// A segment ended.
    pub fn closed(&mut self, record: &CallRecord) {
        self.segments.remove(&record.key);
    }

    /// A connection changed.
    pub fn event(&mut self, event: &CallEvent) {
        if event.state == ConnectionState::Null {
            self.connections.remove(&(event.call, event.connection));
        } else {
            self.connections.insert((event.call, event.connection), event.state);
        }
    }

    /// What is known of the segments that are open.
    pub fn segments(&self) -> impl Iterator<Item = &CallRecord> {
        self.segments.values()
    }

    /// True while the call is in progress.
    pub fn contains(&self, call: CallId) -> bool {
        self.segments.keys().any(|key| key.call == call)
    }

    /// How many segments are open: as many as there are calls.
    pub fn calls(&self) -> usize {
        self.segments.len()
    }

    /// True when nothing is left of any call.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.connections.is_empty()
    }

    /// The calls, oldest first.
    pub fn list(&self) -> Vec<LiveCall> {
        let one = |record: &CallRecord| {
            let call = record.key.call;
            let connections = self.connections.iter().filter(|((of, _), _)| *of == call);
            LiveCall {
                call,
                caller: record.caller,
                dialled: record.dialled,
                connected: record.connected,
                started: record.started,
                states: connections.map(|(_, state)| format!("{state:?}").to_lowercase()).collect(),
            }
        };
        self.segments.values().map(one).collect()
    }
}
