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

/// All calls in progress. A call lasts until no half and no connection of it is left.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    calls: BTreeMap<CallId, Call>,
    /// The calls of each device, and how many connections it has in each. A busy trunk has many, so that counting them is no option.
    devices: BTreeMap<DeviceId, BTreeMap<CallId, u16>>,
}

impl Calls {
    /// A call begins with its originating half.
    pub fn begin(&mut self, id: CallId, started: Now, originating: HalfId) {
        let halves = BTreeSet::from([originating]);
        self.calls.insert(id, Call { started, originating, halves, connections: BTreeMap::new() });
    }

    /// Another half takes part; here, the call may begin with it when the others live on another server.
    pub fn join(&mut self, id: CallId, half: HalfId, now: Now) {
        match self.calls.get_mut(&id) {
            Some(call) => {
                call.halves.insert(half);
            }
            None => self.begin(id, now, half),
        }
    }

    /// A half takes part no more.
    pub fn leave(&mut self, id: CallId, half: HalfId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.halves.remove(&half);
        }
        self.settle(id);
    }

    /// Forgets a call of which nothing is left.
    pub fn settle(&mut self, id: CallId) {
        if self.calls.get(&id).is_some_and(|call| call.halves.is_empty() && call.connections.is_empty()) {
            self.calls.remove(&id);
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
        let connections = &mut self.calls.get_mut(&id)?.connections;
        let before = connections.get(&connection).map(|view| view.state).unwrap_or_default();
        if before == state {
            return None;
        }
        let taken_out = match state {
            ConnectionState::Null => connections.remove(&connection),
            _ => connections.insert(connection, ConnectionView { device, number, state }),
        };
        self.count(taken_out.and_then(|view| view.device), id, false);
        self.count(device.filter(|_| state != ConnectionState::Null), id, true);
        Some(CallEvent { call: id, connection, device, number, state, cause })
    }

    fn count(&mut self, device: Option<DeviceId>, call: CallId, more: bool) {
        let Some(device) = device else { return };
        let calls = self.devices.entry(device).or_default();
        let count = calls.entry(call).or_default();
        *count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
        if *count == 0 {
            calls.remove(&call);
        }
        if calls.is_empty() {
            self.devices.remove(&device);
        }
    }

    /// An event about a connection whose state stays as it is.
    pub fn note(
        &self,
        id: CallId,
        connection: ConnectionId,
        (device, number): (Option<DeviceId>, Number),
        cause: EventCause,
    ) -> Option<CallEvent> {
        let state = self.calls.get(&id)?.connections.get(&connection)?.state;
        Some(CallEvent { call: id, connection, device, number, state, cause })
    }

    /// In how many calls a device takes part, made and received.
    pub fn of_device(&self, device: DeviceId) -> usize {
        self.devices.get(&device).map_or(0, BTreeMap::len)
    }

    /// One call.
    pub fn get(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id)
    }

    /// All calls in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.iter().map(|(id, call)| (*id, call))
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(number: u64) -> HalfId {
        HalfId { number, ..HalfId::default() }
    }

    #[test]
    fn a_device_has_a_call_as_long_as_it_has_a_connection_in_it() {
        let mut calls = Calls::default();
        let device = DeviceId(7);
        let mut change = |call, connection, state| {
            calls.join(CallId(call), half(call), Now::default());
            let party = (Some(device), Number::default());
            calls.change(CallId(call), ConnectionId(connection), party, state, EventCause::NewCall);
            calls.of_device(device)
        };
        assert_eq!(change(1, 5, ConnectionState::Alerting), 1);
        assert_eq!(change(1, 6, ConnectionState::Alerting), 1);
        assert_eq!(change(1, 5, ConnectionState::Connected), 1);
        assert_eq!(change(2, 7, ConnectionState::Alerting), 2);
        assert_eq!(change(1, 5, ConnectionState::Null), 2);
        assert_eq!(change(1, 6, ConnectionState::Null), 1);
        assert_eq!(change(2, 7, ConnectionState::Null), 0);
        assert!(calls.devices.is_empty());
    }

    #[test]
    fn a_call_ends_with_its_last_half_and_tells_only_changes() {
        let (id, mut calls) = (CallId(1), Calls::default());
        calls.begin(id, Now::default(), half(1));
        calls.join(id, half(2), Now::default());
        let party = (None, Number::default());
        let change = |calls: &mut Calls, state| calls.change(id, ConnectionId(5), party, state, EventCause::NewCall);
        assert!(change(&mut calls, ConnectionState::Null).is_none());
        assert!(change(&mut calls, ConnectionState::Alerting).is_some());
        assert!(change(&mut calls, ConnectionState::Alerting).is_none());
        calls.leave(id, half(1));
        assert_eq!(calls.len(), 1);
        calls.leave(id, half(2));
        assert_eq!(calls.len(), 1, "a connection is left");
        assert!(change(&mut calls, ConnectionState::Null).is_some());
        calls.settle(id);
        assert!(calls.is_empty());
    }
}
