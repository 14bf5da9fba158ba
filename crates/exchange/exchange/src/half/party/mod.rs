//! A party: one connection in a conversation, whoever called whom. At one of the two parties of a pair the record is kept.

mod handover;
mod meet;
mod replace;
mod single_step;

use super::connection::Connection;
use super::conversation::{Conversation, Ending};
use super::input::{HalfInput, LegEvent, Timer};
use super::message::{Message, Partner, View, Why};
use super::{Half, HalfId};
use crate::call::record::OpenRecord;
use crate::facilities::Facilities;
use crate::vocabulary::order::{Order, TransferProgress};
use crate::vocabulary::report::Report;
use ground::{CallId, Reason};
use serde::{Deserialize, Serialize};

/// The states of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyState {
    /// It talks to the other party.
    Talking,
    /// Its other party has transferred it: the half that it talks to calls somebody for it.
    Waiting,
    /// Nobody could be reached for it, and it hears why.
    Announcing(Reason),
    /// Its other party is gone, and somebody else is about to take its place.
    Orphaned,
    /// Somebody else has taken its place: its telephone may hang up, and is cleared soon.
    Leaving(Reason),
}

/// A transfer that a party asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Asked {
    /// The other half of the device was asked to hand its other party over.
    Attended(HalfId),
    /// This half calls the target.
    Placing(HalfId),
    /// The target that was called has answered and takes this party's place.
    Answered,
}

/// A REFER that this party's trunk was sent and has not reported on.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Referring {
    /// It is to join this party with the other one, which is on it too, by itself.
    With(Box<View>),
    /// It is to send this party to a number; the half that calls it otherwise.
    To(HalfId),
}

/// What becomes of the half.
enum Next {
    /// It goes on.
    Stay,
    /// The conversation ends: both parties are cleared.
    End(Reason),
    /// The same, and this party is gone already.
    Gone(Reason),
}

/// A party.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Party {
    id: HalfId,
    state: PartyState,
    pub(super) connection: Connection,
    pub(super) talk: Conversation,
    record: Option<OpenRecord>,
    hops: u8,
    /// The transfer that it asked for.
    asked: Option<Asked>,
    /// The half of the device that asked this one to hand its other party over.
    asked_by: Option<HalfId>,
    /// Its trunk was asked to transfer it by itself.
    referring: Option<Referring>,
}

impl Party {
    /// A half whose call was answered.
    pub(crate) fn new(
        id: HalfId,
        connection: Connection,
        talk: Conversation,
        record: Option<OpenRecord>,
        hops: u8,
    ) -> Party {
        let (state, asked, asked_by, referring) = (PartyState::Talking, None, None, None);
        Party { id, state, connection, talk, record, hops, asked, asked_by, referring }
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.connection.call
    }

    /// The other party's half.
    pub fn peer(&self) -> HalfId {
        self.talk.peer
    }

    /// Takes an input: what the half is afterwards.
    pub(crate) fn handle(mut self: Box<Self>, f: &mut Facilities, input: HalfInput) -> Option<Half> {
        let next = match self.state {
            PartyState::Leaving(reason) => self.leaving(f, input, reason),
            _ => self.step(f, input),
        };
        match next {
            Next::Stay => return Some(Half::Party(self)),
            Next::End(reason) => {
                self.part(f, reason, false);
                self.connection.clear(f, reason);
            }
            Next::Gone(reason) => {
                self.part(f, reason, true);
                self.connection.gone(f, reason);
            }
        }
        None
    }

    fn step(&mut self, f: &mut Facilities, input: HalfInput) -> Next {
        match input {
            HalfInput::Report(_, Report::Cleared(reason)) => match self.state {
                PartyState::Announcing(failure) => Next::Gone(failure),
                PartyState::Waiting if reason == Reason::NormalClearing => Next::Gone(Reason::Abandoned),
                _ => Next::Gone(reason),
            },
            HalfInput::Report(_, Report::TransferRequested(target)) => {
                self.transfer_requested(f, target);
                Next::Stay
            }
            HalfInput::Report(_, Report::Transferred(result)) => self.referred(f, result),
            HalfInput::ClearedByAdministrator => Next::End(Reason::ClearedByAdministrator),
            HalfInput::Timer(Timer::Duration(_)) => Next::End(Reason::DurationExceeded),
            HalfInput::Timer(Timer::Transfer(_)) => self.transfer_timeout(f),
            HalfInput::Timer(Timer::Announcement(_)) => match self.state {
                PartyState::Announcing(reason) => Next::End(reason),
                _ => Next::Stay,
            },
            HalfInput::Media(at, LegEvent::PlayEnded) => match self.state {
                PartyState::Announcing(reason) => Next::End(reason),
                _ => self.converse(f, HalfInput::Media(at, LegEvent::PlayEnded)),
            },
            HalfInput::Media(at, LegEvent::Fault(about, fault)) => match self.state {
                PartyState::Announcing(reason) => Next::End(reason),
                _ => self.converse(f, HalfInput::Media(at, LegEvent::Fault(about, fault))),
            },
            HalfInput::Message(from, message) => self.message(f, from, message),
            input => self.converse(f, input),
        }
    }

    fn converse(&mut self, f: &mut Facilities, input: HalfInput) -> Next {
        let ending = self.talk.handle(&mut self.connection, f, input);
        ended(ending)
    }

    fn message(&mut self, f: &mut Facilities, from: HalfId, message: Message) -> Next {
        match message {
            Message::Release(reason) if from == self.talk.peer => Next::End(reason),
            Message::Release(_) => {
                self.helper_gone(f, from, Reason::NoSuchConnection);
                Next::Stay
            }
            Message::Transfer(handover) => {
                self.hand_over(f, from, *handover);
                Next::Stay
            }
            Message::TransferRefused(reason) => {
                self.helper_gone(f, from, reason);
                Next::Stay
            }
            Message::TransferRinging => {
                if self.asked == Some(Asked::Placing(from)) {
                    self.connection.order(f, Order::Transfer(TransferProgress::Ringing));
                }
                Next::Stay
            }
            Message::TransferAnswered => {
                if self.asked == Some(Asked::Placing(from)) {
                    self.asked = Some(Asked::Answered);
                }
                Next::Stay
            }
            Message::NewPeer(partner) if from == self.talk.peer => self.new_peer(f, *partner),
            Message::Join(join) if join.instead_of.contains(&self.talk.peer) => self.join(f, from, *join),
            Message::Waiting(waiting) if waiting.instead_of == self.talk.peer => self.wait_for(f, from, *waiting),
            Message::Failed(reason) if from == self.talk.peer => self.nobody_reached(f, reason),
            Message::Left if from == self.talk.peer => {
                self.left(f);
                Next::Stay
            }
            Message::Leaving if from == self.talk.peer => {
                self.state = PartyState::Orphaned;
                // Its leg is gone with it: nothing that happens here may connect with it again.
                self.talk.turn_to(&mut self.connection, f, from);
                f.after(Timer::Transfer(self.id), f.config.waits.negotiation);
                Next::Stay
            }
            Message::Refer(way) => {
                self.go_its_own_way(f, from, *way);
                Next::Stay
            }
            Message::Replace(newcomer) => self.replaced(f, from, *newcomer),
            message if from == self.talk.peer => self.converse(f, HalfInput::Message(from, message)),
            _ => {
                f.send(self.id, from, Message::Release(Reason::NormalClearing));
                Next::Stay
            }
        }
    }

    /// Somebody else has taken this party's place: only its end is awaited.
    fn leaving(&mut self, f: &mut Facilities, input: HalfInput, why: Reason) -> Next {
        match input {
            HalfInput::Report(_, Report::Cleared(reason)) => Next::Gone(reason),
            HalfInput::Timer(Timer::Transfer(_)) => Next::End(why),
            HalfInput::ClearedByAdministrator => Next::End(Reason::ClearedByAdministrator),
            HalfInput::Report(_, Report::MediaOffered(_) | Report::OfferRequested) => {
                self.connection.order(f, Order::MediaRefuse(Reason::TemporaryFailure));
                Next::Stay
            }
            HalfInput::Report(_, Report::TransferRequested(_)) => {
                self.connection.order(f, Order::Transfer(TransferProgress::Failed(Reason::NoSuchConnection)));
                Next::Stay
            }
            // The other party is gone before it heard of its new one.
            HalfInput::Message(_, Message::Release(_)) => {
                if let Some(asked_by) = self.asked_by.take() {
                    f.send(self.id, asked_by, Message::TransferRefused(Reason::NoSuchConnection));
                }
                Next::Stay
            }
            HalfInput::Message(from, Message::Transfer(_)) => {
                f.send(self.id, from, Message::TransferRefused(Reason::NoSuchConnection));
                Next::Stay
            }
            HalfInput::Message(from, Message::Refer(_)) => {
                f.send(self.id, from, Message::Referred(Err(Reason::NoSuchConnection)));
                Next::Stay
            }
            HalfInput::Message(from, Message::Join(_) | Message::Waiting(_) | Message::Replace(_)) => {
                f.send(self.id, from, Message::Release(Reason::NoSuchConnection));
                Next::Stay
            }
            _ => Next::Stay,
        }
    }

    /// From now on only the end of the connection is awaited.
    fn leave(&mut self, f: &mut Facilities, why: Reason) {
        self.end_record(f, why);
        self.talk.fall_silent(&mut self.connection, f);
        self.state = PartyState::Leaving(why);
        self.asked = None;
        self.referring = None;
        f.after(Timer::Transfer(self.id), f.config.waits.transfer_grace);
    }

    /// The half ends: the record is closed, the other party hears of it, nothing runs any more. `itself`: its own telephone ended.
    fn part(&mut self, f: &mut Facilities, reason: Reason, itself: bool) {
        let leaving = matches!(self.state, PartyState::Leaving(_));
        match self.asked.take() {
            // The other party goes on with whom it was transferred to.
            Some(Asked::Placing(half)) if itself => {
                let segment = self.record.as_ref().map(|record| record.record().key.segment);
                self.end_record(f, Reason::Transferred);
                f.send(self.id, half, Message::TransferorLeft { segment });
            }
            Some(asked @ (Asked::Attended(_) | Asked::Answered)) if itself => {
                if asked == Asked::Answered {
                    self.end_record(f, Reason::Transferred);
                }
                f.send(self.id, self.talk.peer, Message::Leaving);
            }
            asked => {
                if let Some(Asked::Placing(half)) = asked {
                    f.send(self.id, half, Message::Release(reason));
                }
                if !leaving {
                    f.send(self.id, self.talk.peer, Message::Release(reason));
                }
            }
        }
        self.end_record(f, reason);
        for timer in [Timer::Duration, Timer::Transfer, Timer::Announcement] {
            f.timers.cancel(&timer(self.id));
        }
        f.leave(self.connection.call, self.id);
    }

    fn end_record(&mut self, f: &mut Facilities, reason: Reason) {
        if let Some(mut record) = self.record.take() {
            record.end(f, reason);
            f.timers.cancel(&Timer::Duration(self.id));
        }
    }

    /// The other party as this half knows it, to be handed on.
    fn partner(&self, why: Why, by: ground::Number) -> Partner {
        let (shown, device) = self.talk.other.clone();
        Partner {
            half: self.talk.peer,
            instead_of: vec![self.id],
            call: self.connection.call,
            shown,
            device,
            leg: self.talk.hearing.other,
            media: self.connection.media.as_ref().and_then(|media| media.spoken_by_other()),
            segment: self.record.as_ref().map(|record| record.record().key.segment),
            by,
            why,
        }
    }
}

fn ended(ending: Ending) -> Next {
    ending.map_or(Next::Stay, Next::End)
}
