//! What the switchboard notes of calls beside the exchange: which call a connection belongs to, the segments that are open, the
//! alarms that stand. It follows from the exchange's outputs alone.

use crate::shard::live::LiveCalls;
use exchange::{ConnectionState, Order, Output};
use ground::{AlarmCode, CallId, ConnectionId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The desk. Its state is data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    calls: BTreeMap<ConnectionId, CallId>,
    live: LiveCalls,
    alarms: BTreeSet<AlarmCode>,
}

impl Desk {
    /// Notes an output of the exchange.
    pub fn note(&mut self, output: &Output) {
        match output {
            // An offer begins a connection; its end is told by an event.
            Output::Order { connection, call, order: Order::Offer(_), .. } => {
                self.calls.insert(*connection, *call);
            }
            Output::RecordOpened(record) => self.live.opened(record),
            Output::RecordClosed(record) => self.live.closed(record),
            Output::Event(event) => {
                if event.state == ConnectionState::Null {
                    self.calls.remove(&event.connection);
                } else {
                    self.calls.insert(event.connection, event.call);
                }
                self.live.event(event);
            }
            Output::Alarm { code, active: true } => {
                self.alarms.insert(*code);
            }
            Output::Alarm { code, active: false } => {
                self.alarms.remove(code);
            }
            _ => {}
        }
    }

    /// The call that a connection belongs to.
    pub fn call_of(&self, connection: ConnectionId) -> Option<CallId> {
        self.calls.get(&connection).copied()
    }

    /// The calls in progress.
    pub fn live(&self) -> &LiveCalls {
        &self.live
    }

    /// The alarms of the exchange that stand.
    pub fn alarms(&self) -> &BTreeSet<AlarmCode> {
        &self.alarms
    }

    /// True when nothing is left of any call.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.live.is_empty()
    }
}
