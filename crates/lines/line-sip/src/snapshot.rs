//! What a connection needs to go on in another process: plain data, handed out when it changed.

use crate::leg::Leg;
use ground::ConnectionId;
use serde::{Deserialize, Serialize};
use sip::agent::SessionState;
use std::collections::BTreeMap;

/// One connection and its SIP session, from [`crate::Output::Dialog`] and for [`crate::Input::RestoreDialogs`]. It holds neither passwords
/// nor timers nor connections of the transport.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogSnapshot {
    pub(crate) leg: Leg,
    pub(crate) session: SessionState,
}

impl DialogSnapshot {
    /// The connection.
    pub fn connection(&self) -> ConnectionId {
        self.leg.connection
    }

    /// True when its call was answered: it goes on. Otherwise it is there to be ended.
    pub fn is_answered(&self) -> bool {
        self.leg.answered
    }

    /// True when its end was under way already: it is there to be ended once more.
    pub fn is_ending(&self) -> bool {
        self.leg.clearing.is_some() || self.session.ending.is_some()
    }
}

/// What was handed out last for each connection, as a mark, and what may have changed since.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    marks: BTreeMap<ConnectionId, u64>,
    /// The connections that were looked at in this call of the line, and whether their session changed for certain.
    touched: Vec<(ConnectionId, bool)>,
}

impl Snapshots {
    /// Notes that a connection was looked at.
    pub(crate) fn touch(&mut self, connection: ConnectionId, changed: bool) {
        match self.touched.iter_mut().find(|(known, _)| *known == connection) {
            Some((_, known)) => *known |= changed,
            None => self.touched.push((connection, changed)),
        }
    }

    /// What was looked at since the last time.
    pub(crate) fn take_touched(&mut self) -> Vec<(ConnectionId, bool)> {
        std::mem::take(&mut self.touched)
    }

    /// True when what was handed out for a connection has this mark.
    pub(crate) fn is_known(&self, connection: ConnectionId, mark: u64) -> bool {
        self.marks.get(&connection) == Some(&mark)
    }

    /// Notes what is handed out.
    pub(crate) fn hand_out(&mut self, connection: ConnectionId, mark: u64) {
        self.marks.insert(connection, mark);
    }

    /// Forgets a connection; true when something was handed out for it.
    pub(crate) fn forget(&mut self, connection: ConnectionId) -> bool {
        self.marks.remove(&connection).is_some()
    }

    /// How many connections go on after a restart.
    pub(crate) fn len(&self) -> usize {
        self.marks.len()
    }
}
