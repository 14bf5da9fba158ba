//! The halves of a call: an originating one for the caller, a terminating one for each destination that is tried; after the answer
//! both are parties. A placing half calls on behalf of a party that is being transferred. They exchange messages only.

pub mod connection;
pub mod conversation;
pub mod farewell;
pub mod input;
pub mod message;
pub mod originating;
pub mod party;
pub mod placing;
pub mod terminating;
pub mod way;

use crate::facilities::Facilities;
use crate::vocabulary::report::LineKind;
use connection::Connection;
use ground::ConnectionId;
use input::HalfInput;
use serde::{Deserialize, Serialize};

/// A server of the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerId(pub u16);

/// Names a half: where it lives and who gave the name. Never reused within a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HalfId {
    /// The server on which it lives.
    pub home: ServerId,
    /// The server that named it.
    pub by: ServerId,
    /// Its number among those that this server has named.
    pub number: u64,
}

/// A half of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Half {
    /// The caller's, until the answer.
    Originating(Box<originating::Originating>),
    /// A called side's, until the answer.
    Terminating(Box<terminating::Terminating>),
    /// Who talks.
    Party(Box<party::Party>),
    /// Who calls for somebody else.
    Placing(Box<placing::Placing>),
}

impl Half {
    /// Takes an input: what the half is afterwards, if anything is left of it.
    pub(crate) fn handle(self, facilities: &mut Facilities, input: HalfInput) -> Option<Half> {
        match self {
            Half::Originating(half) => half.handle(facilities, input),
            Half::Terminating(half) => half.handle(facilities, input),
            Half::Party(half) => half.handle(facilities, input),
            Half::Placing(half) => half.handle(facilities, input),
        }
    }

    /// The call that it belongs to.
    pub fn call(&self) -> ground::CallId {
        match self {
            Half::Originating(half) => half.call(),
            Half::Terminating(half) => half.call(),
            Half::Party(half) => half.call(),
            Half::Placing(half) => half.call(),
        }
    }

    /// Waits for a message of, or talks to, a half on this server.
    pub(crate) fn depends_on(&self, server: ServerId) -> Option<HalfId> {
        let peer = match self {
            Half::Originating(half) => half.peer(),
            Half::Terminating(half) => Some(half.peer()),
            Half::Party(half) => Some(half.peer()),
            Half::Placing(half) => half.peer(),
        };
        peer.filter(|peer| peer.home == server)
    }

    /// Tells a new engine what was negotiated.
    pub(crate) fn describe_legs(&self, f: &mut Facilities) {
        match self {
            Half::Originating(half) => half.connection.modify(f, false),
            Half::Terminating(half) => half.connections().for_each(|connection| connection.modify(f, false)),
            Half::Party(half) => half.connection.modify(f, true),
            Half::Placing(_) => {}
        }
    }

    /// Orders from a new engine what is to be heard.
    pub(crate) fn hear_again(&self, f: &mut Facilities) {
        match self {
            Half::Originating(half) => half.hear_again(f),
            Half::Party(half) => half.talk.hear_again(&half.connection, f),
            Half::Terminating(_) | Half::Placing(_) => {}
        }
    }

    /// Its connections and their lines.
    pub(crate) fn connections(&self) -> Vec<(ConnectionId, LineKind)> {
        let named = |connection: &Connection| (connection.id, connection.line);
        match self {
            Half::Originating(half) => vec![named(&half.connection)],
            Half::Party(half) => vec![named(&half.connection)],
            Half::Terminating(half) => half.connections().map(named).collect(),
            Half::Placing(_) => Vec::new(),
        }
    }
}
