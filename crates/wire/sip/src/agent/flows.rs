//! What stands on each connection: sessions, and accounts that proved themselves there.

use super::command::SessionId;
use crate::transaction::Flow;
use ground::FlowId;
use std::collections::{BTreeMap, BTreeSet};

/// The most accounts that one connection may prove: a gateway with many lines.
const ACCOUNTS: usize = 64;

/// The index by connection.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    sessions: BTreeMap<FlowId, BTreeSet<SessionId>>,
    proved: BTreeMap<FlowId, BTreeSet<Box<str>>>,
}

impl Flows {
    /// A session is on this connection.
    pub fn enter(&mut self, connection: Option<FlowId>, session: SessionId) {
        if let Some(connection) = connection {
            self.sessions.entry(connection).or_default().insert(session);
        }
    }

    /// A session left the connection.
    pub fn leave(&mut self, connection: Option<FlowId>, session: SessionId) {
        if let Some(connection) = connection
            && let Some(set) = self.sessions.get_mut(&connection)
        {
            set.remove(&session);
            if set.is_empty() {
                self.sessions.remove(&connection);
            }
        }
    }

    /// An account proved itself by digest on this connection.
    pub fn prove(&mut self, flow: &Flow, account: &str) {
        if let Some(connection) = flow.connection {
            let set = self.proved.entry(connection).or_default();
            if set.len() < ACCOUNTS {
                set.insert(account.into());
            }
        }
    }

    /// True when the account proved itself on the connection of this flow.
    pub fn is_proved(&self, flow: &Flow, account: &str) -> bool {
        flow.connection.and_then(|connection| self.proved.get(&connection)).is_some_and(|set| set.contains(account))
    }

    /// The connection is gone; its sessions.
    pub fn close(&mut self, connection: FlowId) -> Vec<SessionId> {
        self.proved.remove(&connection);
        self.sessions.remove(&connection).unwrap_or_default().into_iter().collect()
    }

    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    pub fn proved(&self) -> usize {
        self.proved.len()
    }
}
