//! The halves of a call: an originating one for the caller, a terminating one for each destination that is tried. They exchange
//! messages only.

pub mod connection;
pub mod conversation;
pub mod input;
pub mod message;
pub mod originating;
pub mod terminating;

use crate::facilities::Facilities;
use input::HalfInput;
use serde::{Deserialize, Serialize};

/// Names a half; never reused within a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HalfId(pub u64);

/// A half of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Half {
    /// The caller's.
    Originating(Box<originating::Originating>),
    /// A called side's.
    Terminating(Box<terminating::Terminating>),
}

impl Half {
    /// Takes an input.
    pub(crate) fn handle(&mut self, facilities: &mut Facilities, input: HalfInput) {
        match self {
            Half::Originating(half) => half.handle(facilities, input),
            Half::Terminating(half) => half.handle(facilities, input),
        }
    }

    /// The call that it belongs to.
    pub fn call(&self) -> ground::CallId {
        match self {
            Half::Originating(half) => half.call(),
            Half::Terminating(half) => half.call(),
        }
    }

    /// Nothing is left to wait for.
    pub fn is_finished(&self) -> bool {
        match self {
            Half::Originating(half) => half.is_finished(),
            Half::Terminating(half) => half.is_finished(),
        }
    }
}
