//! The terminating half: one destination that is tried. All telephones of an extension are rung at once, each with a connection
//! and a media leg of its own; the first answer wins and the others are cleared as answered elsewhere.
//!
//! A telephone that refuses or is busy does not silence the others: the attempt fails when the last one has failed.

mod answer;
mod offer;
mod pickup;
mod ring;

use super::connection::Connection;
use super::conversation::{Conversation, reason_of};
use super::input::{HalfInput, LegEvent, Timer};
use super::message::{Message, Setup, Target};
use super::{Half, HalfId, party};
use crate::facilities::Facilities;
use crate::media::agreement::Agreement;
use crate::vocabulary::report::{Party, Report};
use ground::{CallId, ConnectionId, Number, Reason};
use media_plan::MediaAnswer;
use serde::{Deserialize, Serialize};

/// The states of a terminating half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TerminatingState {
    /// The call is offered.
    Offering,
    /// A telephone rings.
    Delivered,
}

/// What becomes of the half.
enum Next {
    /// It goes on.
    Stay,
    /// The attempt has failed: the other half is told.
    GiveUp(Reason),
    /// The other half knows: what is left is cleared.
    Over(Reason),
    /// The parties talk.
    Talk(Box<Connection>, Box<Conversation>),
}

/// A terminating half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terminating {
    id: HalfId,
    peer: HalfId,
    state: TerminatingState,
    setup: Setup,
    branches: Vec<Branch>,
    /// The branch whose media before the answer goes to the caller.
    early: Option<ConnectionId>,
    failure: Option<Reason>,
    /// The device is in a call already.
    waiting: bool,
}

/// One telephone that is offered the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Branch {
    connection: Connection,
    /// Its answer to our offer, once it gave one.
    answer: Option<MediaAnswer>,
    /// How its agreement stood before that answer: what answers the call may be another device behind the same line, with an
    /// answer of its own (RFC 3261 section 12.1, one dialog for each).
    offered: Option<Box<Agreement>>,
}

impl Terminating {
    /// Takes a call and offers it.
    pub(crate) fn setup(f: &mut Facilities, id: HalfId, peer: HalfId, setup: Setup) -> Option<Half> {
        f.calls.join(setup.call, id, f.now);
        let mut half = Box::new(Terminating {
            id,
            peer,
            state: TerminatingState::Offering,
            setup,
            branches: Vec::new(),
            early: None,
            failure: None,
            waiting: false,
        });
        half.offer_all(f);
        let next = if half.branches.is_empty() { half.failed() } else { Next::Stay };
        half.then(f, next)
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.setup.call
    }

    /// The caller's half.
    pub fn peer(&self) -> HalfId {
        self.peer
    }

    /// Takes an input: what the half is afterwards.
    pub(crate) fn handle(mut self: Box<Self>, f: &mut Facilities, input: HalfInput) -> Option<Half> {
        let next = self.step(f, input);
        self.then(f, next)
    }

    fn step(&mut self, f: &mut Facilities, input: HalfInput) -> Next {
        match input {
            HalfInput::Report(at, Report::Cleared(reason)) => self.branch_gone(f, at, reason),
            HalfInput::Report(at, report) => self.before_answer(f, at, report),
            HalfInput::Message(from, Message::Release(reason)) if from == self.peer => Next::Over(reason),
            HalfInput::Message(from, Message::Digit { digit, duration, .. }) if from == self.peer => {
                self.early_digit(f, digit, duration);
                Next::Stay
            }
            HalfInput::Message(from, Message::Replace(newcomer)) => self.replace(f, from, *newcomer),
            HalfInput::Message(from, Message::Transfer(_)) => {
                f.send(self.id, from, Message::TransferRefused(Reason::TemporaryFailure));
                Next::Stay
            }
            HalfInput::Timer(Timer::Response(at)) => {
                let reason = match self.setup.target {
                    Target::Trunk { .. } => Reason::TrunkUnreachable,
                    _ => Reason::NoUserResponding,
                };
                self.branch_fails(f, at, reason)
            }
            HalfInput::Timer(Timer::NoAnswer(_)) => Next::GiveUp(Reason::NoAnswer),
            HalfInput::Media(at, LegEvent::Fault(_, fault)) => self.branch_fails(f, at, reason_of(fault)),
            HalfInput::ClearedByAdministrator => Next::GiveUp(Reason::ClearedByAdministrator),
            HalfInput::Message(..) | HalfInput::Timer(_) | HalfInput::Media(..) => Next::Stay,
        }
    }

    fn then(mut self: Box<Self>, f: &mut Facilities, next: Next) -> Option<Half> {
        match next {
            Next::Stay => Some(Half::Terminating(self)),
            Next::Talk(connection, talk) => {
                let half = party::Party::new(self.id, *connection, *talk, None, self.setup.hops);
                Some(Half::Party(Box::new(half)))
            }
            Next::GiveUp(reason) => {
                f.send(self.id, self.peer, Message::Release(reason));
                self.clear_all(f, reason);
                None
            }
            Next::Over(reason) => {
                self.clear_all(f, reason);
                None
            }
        }
    }

    /// No telephone is left: the attempt has failed.
    fn failed(&self) -> Next {
        Next::GiveUp(self.failure.unwrap_or(Reason::SubscriberAbsent))
    }

    fn clear_all(&mut self, f: &mut Facilities, reason: Reason) {
        f.timers.cancel(&Timer::NoAnswer(self.id));
        for branch in std::mem::take(&mut self.branches) {
            branch.connection.clear(f, reason);
        }
        f.leave(self.setup.call, self.id);
    }

    /// The connections to all telephones that ring.
    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.branches.iter().map(|branch| &branch.connection)
    }

    fn branch(&mut self, at: ConnectionId) -> Option<&mut Branch> {
        self.branches.iter_mut().find(|branch| branch.connection.id == at)
    }

    fn take_branch(&mut self, at: ConnectionId) -> Option<Branch> {
        let index = self.branches.iter().position(|branch| branch.connection.id == at)?;
        Some(self.branches.remove(index))
    }

    /// The called side as the caller may see it.
    fn called_party(&self) -> Party {
        match &self.setup.target {
            Target::Extension { number, name, .. } => Party { number: Number::private(*number), name: name.clone() },
            Target::Trunk { number, .. } | Target::Service { number, .. } => {
                Party { number: Number::private(*number), name: String::new() }
            }
        }
    }
}
