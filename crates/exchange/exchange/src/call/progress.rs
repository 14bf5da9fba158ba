//! The calls in progress, as observers see them (ECMA-269 sections 6.1.4 and 6.1.5).

use crate::half::HalfId;
use crate::vocabulary::event::{CallEvent, ConnectionState, EventCause};
use ground::{CallId, ConnectionId, DeviceId, Now, Number};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One connection of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// The device, when it is known.
    pub device: Option<DeviceId>,
    /// Its number.
    pub number: Number,
    /// Its state.
    pub state: ConnectionState,
}

/// A call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it began.
    pub started: Now,
    /// The caller's half.
    pub originating: HalfId,
    /// All halves that are not finished.
    pub halves: BTreeSet<HalfId>,
    /// Its connections.
    pub connections: BTreeMap<ConnectionId, ConnectionView>,
}

/// All calls in progress.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calls(BTreeMap<CallId, Call>);

impl Calls {
    /// A call begins with its originating half.
    pub fn begin(&mut self, id: CallId, started: Now, originating: HalfId) {
        let halves = BTreeSet::from([originating]);
        self.0.insert(id, Call { started, originating, halves, connections: BTreeMap::new() });
    }

    /// Another half takes part.
    pub fn join(&mut self, id: CallId, half: HalfId) {
        if let Some(call) = self.0.get_mut(&id) {
            call.halves.insert(half);
        }
    }

    /// A half is finished; the call ends with its last one.
    pub fn leave(&mut self, id: CallId, half: HalfId) {
        if let Some(call) = self.0.get_mut(&id) {
            call.halves.remove(&half);
            if call.halves.is_empty() {
                self.0.remove(&id);
            }
        }
    }

    /// Puts a connection into a state; the event, when that is a change. Null takes the connection out.
    pub fn change(
        &mut self,
        id: CallId,
        connection: ConnectionId,
        (device, number): (Option<DeviceId>, Number),
        state: ConnectionState,
        cause: EventCause,
    ) -> Option<CallEvent> {
        let connections = &mut self.0.get_mut(&id)?.connections;
        let before = connections.get(&connection).map(|view| view.state).unwrap_or_default();
        if before == state {
            return None;
        }
        if state == ConnectionState::Null {
            connections.remove(&connection);
        } else {
            connections.insert(connection, ConnectionView { device, number, state });
        }
        Some(CallEvent { call: id, connection, device, number, state, cause })
    }

    /// One call.
    pub fn get(&self, id: CallId) -> Option<&Call> {
        self.0.get(&id)
    }

    /// All calls in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.0.iter().map(|(id, call)| (*id, call))
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_with_its_last_half_and_tells_only_changes() {
        let (id, mut calls) = (CallId(1), Calls::default());
        calls.begin(id, Now::default(), HalfId(1));
        calls.join(id, HalfId(2));
        let party = (None, Number::default());
        let change = |calls: &mut Calls, state| calls.change(id, ConnectionId(5), party, state, EventCause::NewCall);
        assert!(change(&mut calls, ConnectionState::Null).is_none());
        assert!(change(&mut calls, ConnectionState::Alerting).is_some());
        assert!(change(&mut calls, ConnectionState::Alerting).is_none());
        calls.leave(id, HalfId(1));
        assert_eq!(calls.len(), 1);
        assert!(change(&mut calls, ConnectionState::Null).is_some());
        calls.leave(id, HalfId(2));
        assert!(calls.is_empty());
    }
}
