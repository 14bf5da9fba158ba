//! The originating half: the caller's connection, its rights, number analysis and the choice of destinations, until the answer.

mod announce;
mod answer;
mod choose;
mod early;
mod taking;

use super::connection::Connection;
use super::conversation::{Conversation, reason_of};
use super::input::{HalfInput, LegEvent, Timer};
use super::message::{Handover, Message};
use super::party::Party;
use super::placing::Placing;
use super::way::Way;
use super::{Half, HalfId};
use crate::call::record::OpenRecord;
use crate::facilities::Facilities;
use crate::route::decision::Rights;
use crate::route::number_plan::Dialling;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::input::Output;
use crate::vocabulary::order::{Order, TransferProgress};
use crate::vocabulary::report::{CallingParty, MediaLocation, Party as Shown, Report, Seizure};
use ground::{CallId, ConnectionId, DeviceId, Number, Reason, Screening};
use media_plan::{MediaAnswer, MediaOffer};
use serde::{Deserialize, Serialize};

/// The states of an originating half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginatingState {
    /// The caller dials (ECMA-269: initiated).
    Initiated,
    /// A destination was asked and has not rung yet.
    Offering,
    /// A destination rings or sends media; no other choice is tried any more.
    Delivered,
    /// The caller takes another connection's place.
    Taking,
    /// The call failed; the caller hears why.
    Announcing(Reason),
}

/// What becomes of the half.
enum Next {
    /// It goes on.
    Stay,
    /// The call ends: the caller is cleared.
    End(Reason),
    /// The call ends: the caller is gone.
    Gone(Reason),
    /// The parties talk.
    Talk(Box<Conversation>),
    /// The call goes on for another party.
    Place(HalfId, Box<Handover>),
}

/// An originating half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Originating {
    id: HalfId,
    state: OriginatingState,
    pub(super) connection: Connection,
    caller: Caller,
    dialled: Number,
    overlap: bool,
    way: Way,
    record: OpenRecord,
    /// The leg whose media before the answer the caller hears, or has heard, and what it described.
    early: Option<(ConnectionId, MediaAnswer)>,
}

/// The caller's side of the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Caller {
    rights: Rights,
    offer: Option<MediaOffer>,
    location: MediaLocation,
    /// How many exchanges the call may still pass.
    hops: u8,
}

impl Originating {
    /// A line seized the exchange: the call begins, its record is opened, the number is analysed. `unacceptable`: the line has
    /// found out already that the call cannot be taken.
    pub(crate) fn seize(
        f: &mut Facilities,
        id: HalfId,
        connection: ConnectionId,
        seizure: Seizure,
        unacceptable: Option<Reason>,
    ) -> Option<Half> {
        let call = f.identifiers.call();
        f.calls.begin(call, f.now, id);
        let (rights, shown, device) = identify(f, seizure.caller);
        let line = (connection, seizure.line);
        let mut record = OpenRecord::open(call, f.now, f.config.offsets.at(f.now.utc), shown.number, seizure.dialled);
        let connection = Connection::new(f, id, call, line, (device, shown, Some(rights)));
        if let Rights::Trunk { trunk, .. } = rights {
            record.came_over(trunk);
        }
        f.outputs.push_back(Output::RecordOpened(record.record().clone()));
        connection.state(f, ConnectionState::Initiated, EventCause::NewCall);
        let (offer, location, hops) = (seizure.media, seizure.location, seizure.hops);
        let mut half = Box::new(Originating {
            id,
            state: OriginatingState::Initiated,
            connection,
            caller: Caller { rights, offer, location, hops },
            dialled: seizure.dialled,
            overlap: seizure.overlap,
            way: Way::of(device.filter(|_| matches!(rights, Rights::Extension { .. }))),
            record,
            early: None,
        });
        let next = match unacceptable {
            Some(reason) => Next::End(reason),
            None => half.accept(f, seizure.replaces),
        };
        half.then(f, next)
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.connection.call
    }

    /// The half that is being tried.
    pub fn peer(&self) -> Option<HalfId> {
        self.way.peer
    }

    /// Takes an input: what the half is afterwards.
    pub(crate) fn handle(mut self: Box<Self>, f: &mut Facilities, input: HalfInput) -> Option<Half> {
        let next = self.step(f, input);
        self.then(f, next)
    }

    fn step(&mut self, f: &mut Facilities, input: HalfInput) -> Next {
        use OriginatingState as S;
        match (self.state, input) {
            (_, HalfInput::Report(_, Report::Cleared(reason))) => return Next::Gone(reason),
            (_, HalfInput::ClearedByAdministrator) => return Next::End(Reason::ClearedByAdministrator),
            (_, HalfInput::Timer(Timer::Duration(_))) => return Next::End(Reason::DurationExceeded),
            (S::Initiated, HalfInput::Report(_, Report::MoreDigits(digits))) => return self.more_digits(f, digits),
            (S::Initiated, HalfInput::Timer(Timer::InterDigit(_))) => return self.analyse(f, Dialling::Ended),
            (S::Offering | S::Delivered, HalfInput::Message(from, Message::Join(join)))
                if self.way.peer.is_some_and(|peer| join.instead_of.contains(&peer)) =>
            {
                return self.picked_up(f, from, *join);
            }
            (S::Offering | S::Delivered, HalfInput::Message(from, Message::Transfer(handover))) => {
                return self.hand_over(f, from, handover);
            }
            (S::Offering | S::Delivered, HalfInput::Message(from, message)) if Some(from) == self.way.peer => {
                return self.before_answer(f, message);
            }
            (S::Taking, HalfInput::Message(from, message)) if Some(from) == self.way.peer => {
                return self.taking(f, message);
            }
            (S::Taking, HalfInput::Timer(Timer::Transfer(_))) => return Next::End(Reason::ProtocolTimeout),
            (S::Offering | S::Delivered | S::Taking, HalfInput::Media(_, LegEvent::Fault(_, fault))) => {
                return Next::End(reason_of(fault));
            }
            (S::Announcing(reason), HalfInput::Media(_, LegEvent::PlayEnded | LegEvent::Fault(..)))
            | (S::Announcing(reason), HalfInput::Timer(Timer::Announcement(_))) => return Next::End(reason),
            // The caller hears the other side already and may be asked for digits (a calling card, an access code).
            (S::Offering | S::Delivered, HalfInput::Report(_, Report::Digit { digit, duration })) => {
                self.early_digit(f, digit, duration);
            }
            // A change of media before the answer: the first agreement stands until then (RFC 6337 section 2.2).
            (_, HalfInput::Report(_, Report::MediaOffered(_) | Report::OfferRequested)) => {
                self.connection.order(f, Order::MediaRefuse(Reason::TemporaryFailure));
            }
            (_, HalfInput::Report(_, Report::TransferRequested(_))) => {
                let refused = TransferProgress::Failed(Reason::TemporaryFailure);
                self.connection.order(f, Order::Transfer(refused));
            }
            (_, HalfInput::Message(_, Message::Release(_))) => {}
            // A call that is dialled, or has failed, has no other party to be handed over.
            (_, HalfInput::Message(from, Message::Transfer(_))) => {
                f.send(self.id, from, Message::TransferRefused(Reason::TemporaryFailure));
            }
            (_, HalfInput::Message(from, Message::Replace(_))) => {
                f.send(self.id, from, Message::Release(Reason::NoSuchConnection));
            }
            (_, HalfInput::Message(from, Message::Refer(_))) => {
                f.send(self.id, from, Message::Referred(Err(Reason::TemporaryFailure)));
            }
            (_, HalfInput::Message(from, Message::Join(_))) => {
                f.send(self.id, from, Message::Release(Reason::NormalClearing));
            }
            _ => {}
        }
        Next::Stay
    }

    /// What holds for every call: an offer that can be used, a line of the trunk.
    fn accept(&mut self, f: &mut Facilities, replaces: Option<ConnectionId>) -> Next {
        let emergency = f.site.plan.is_emergency(&self.dialled);
        if let Rights::Trunk { trunk, .. } = self.caller.rights {
            if !f.take_trunk(trunk, emergency) {
                return Next::End(Reason::NoRouteAvailable);
            }
            self.connection.trunk = Some(trunk);
        }
        if self.caller.offer.as_ref().is_some_and(|offer| media_plan::audio_family(offer).is_none()) {
            return Next::End(Reason::NoCommonCodec);
        }
        if let Some(replaced) = replaces {
            return self.replace(f, replaced);
        }
        self.analyse(f, if self.overlap { Dialling::Open } else { Dialling::Ended })
    }

    /// Another half of the device wants the target to ring for its own other party.
    fn hand_over(&mut self, f: &mut Facilities, from: HalfId, handover: Box<Handover>) -> Next {
        if handover.device.is_none() || handover.device != self.connection.device {
            f.send(self.id, from, Message::TransferRefused(Reason::NotAuthorized));
            return Next::Stay;
        }
        Next::Place(from, handover)
    }

    fn then(self: Box<Self>, f: &mut Facilities, next: Next) -> Option<Half> {
        match next {
            Next::Stay => Some(Half::Originating(self)),
            Next::End(reason) => {
                self.end(f, reason);
                None
            }
            Next::Gone(reason) => {
                self.caller_left(f, reason);
                None
            }
            Next::Talk(talk) => {
                let Originating { id, connection, caller, record, .. } = *self;
                f.timers.cancel(&Timer::Transfer(id));
                let record = Some(record).filter(|record| !record.is_closed());
                Some(Half::Party(Box::new(Party::new(id, connection, *talk, record, caller.hops))))
            }
            Next::Place(from, handover) => {
                let mut half = *self;
                half.cancel_timers(f);
                half.record.end(f, Reason::Transferred);
                let Originating { id, connection, way, caller, dialled, state, .. } = half;
                f.calls.join(handover.partner.call, id, f.now);
                f.leave(connection.call, id);
                connection.clear(f, Reason::Transferred);
                let rings = state == OriginatingState::Delivered;
                let placing = Placing::instead(f, id, (way, caller.hops, dialled), from, *handover, rings);
                Some(Half::Placing(Box::new(placing)))
            }
        }
    }

    /// Ends the call: the record is closed, the other half released, the caller cleared.
    fn end(mut self: Box<Self>, f: &mut Facilities, reason: Reason) {
        self.record.end(f, reason);
        self.way.release(f, self.id, reason);
        self.cancel_timers(f);
        f.leave(self.connection.call, self.id);
        self.connection.clear(f, reason);
    }

    /// The caller is gone.
    fn caller_left(mut self: Box<Self>, f: &mut Facilities, reason: Reason) {
        let reason = match (self.state, reason) {
            (OriginatingState::Announcing(failure), _) => failure,
            (_, Reason::NormalClearing) => Reason::Abandoned,
            (_, reason) => reason,
        };
        self.record.end(f, reason);
        self.way.release(f, self.id, reason);
        self.cancel_timers(f);
        f.leave(self.connection.call, self.id);
        self.connection.gone(f, reason);
    }

    fn cancel_timers(&self, f: &mut Facilities) {
        for timer in [Timer::InterDigit, Timer::Announcement, Timer::Duration, Timer::Transfer] {
            f.timers.cancel(&timer(self.id));
        }
    }
}

/// The caller's rights, what others see of it, and its device.
fn identify(f: &Facilities, caller: CallingParty) -> (Rights, Shown, Option<DeviceId>) {
    match caller {
        CallingParty::Extension { device } => {
            let extension = f.site.extension(device);
            let digits = extension.map(|extension| extension.number).unwrap_or_default();
            // The exchange itself vouches for a caller that has authenticated.
            let number = Number { screening: Screening::NetworkProvided, ..Number::private(digits) };
            let name = extension.map(|extension| extension.name.clone()).unwrap_or_default();
            (Rights::of_extension(device, extension), Shown { number, name }, Some(device))
        }
        CallingParty::Trunk { trunk, party } => {
            let known = f.site.directory.trunks.get(&trunk);
            (Rights::of_trunk(trunk, known), party, known.map(|known| known.device))
        }
    }
}
