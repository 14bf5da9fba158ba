//! Farewells: connections that were cleared and belong to no half any more. Their last word is awaited for a bounded time; until
//! then they take their trunk's line and stand in their call.

use super::connection::{Connection, cause_of};
use super::input::Timer;
use crate::facilities::Facilities;
use crate::vocabulary::event::ConnectionState;
use crate::vocabulary::input::Output;
use crate::vocabulary::report::LineKind;
use ground::{CallId, ConnectionId, DeviceId, Number, Reason, TrunkId};
use serde::{Deserialize, Serialize};

/// What is left of a connection that was cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// The call that it belongs to.
    pub call: CallId,
    /// Its line.
    pub line: LineKind,
    device: Option<DeviceId>,
    number: Number,
    trunk: Option<TrunkId>,
}

impl Farewell {
    /// What is left of this connection.
    pub(crate) fn of(connection: &Connection) -> Farewell {
        let Connection { call, line, device, number, trunk, .. } = *connection;
        Farewell { call, line, device, number, trunk }
    }

    /// The last word came: the trunk's line is free, observers hear that the connection is no more.
    pub(crate) fn over(self, f: &mut Facilities, id: ConnectionId, reason: Reason) {
        let party = (self.device, self.number);
        if let Some(event) = f.calls.change(self.call, id, party, ConnectionState::Null, cause_of(reason)) {
            f.outputs.push_back(Output::Event(event));
        }
        if let Some(trunk) = self.trunk {
            f.leave_trunk(trunk);
        }
        f.settle(self.call);
    }
}

/// The last word on a connection that was cleared, or the end of the wait for it. False when there is no such farewell.
pub(crate) fn last_word(f: &mut Facilities, id: ConnectionId, reason: Reason) -> bool {
    let Some(farewell) = f.farewells.remove(&id) else { return false };
    f.timers.cancel(&Timer::Clear(id));
    farewell.over(f, id, reason);
    true
}
