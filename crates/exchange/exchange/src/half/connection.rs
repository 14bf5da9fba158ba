//! A connection of a half (ECMA-269 section 6.1.5): its line, its media leg and the way it ends.

use super::HalfId;
use super::farewell::Farewell;
use super::input::Timer;
use crate::facilities::Facilities;
use crate::media::agreement::Agreement;
use crate::route::decision::Rights;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::input::Output;
use crate::vocabulary::order::Order;
use crate::vocabulary::report::{LineKind, MediaLocation, Party};
use ground::{CallId, ConnectionId, DeviceId, Number, Reason, TrunkId};
use media_plan::{AddressFamily, MediaOrderKind};
use serde::{Deserialize, Serialize};

/// The relation of a call and a device, as its half keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connection {
    /// Its identifier, also that of its media leg.
    pub id: ConnectionId,
    /// The call.
    pub call: CallId,
    /// Its line.
    pub line: LineKind,
    /// The device, when it is known.
    pub device: Option<DeviceId>,
    /// The device's number.
    pub number: Number,
    /// What was agreed for its leg; none when the device has no media or nothing was begun.
    pub media: Option<Agreement>,
    /// Who it is, as others see it.
    pub shown: Party,
    /// What it may do; none for what cannot call.
    pub rights: Option<Rights>,
    /// The trunk of which it takes a line.
    pub trunk: Option<TrunkId>,
}

impl Connection {
    /// A connection that belongs to `half` from now on.
    pub(crate) fn new(
        f: &mut Facilities,
        half: HalfId,
        call: CallId,
        (id, line): (ConnectionId, LineKind),
        (device, shown, rights): (Option<DeviceId>, Party, Option<Rights>),
    ) -> Connection {
        f.owners.insert(id, half);
        let number = shown.number;
        Connection { id, call, line, device, number, media: None, shown, rights, trunk: None }
    }

    /// Orders something from the line.
    pub(crate) fn order(&self, f: &mut Facilities, order: Order) {
        f.outputs.push_back(Output::Order { line: self.line, connection: self.id, call: self.call, order });
    }

    /// Tells observers the state.
    pub(crate) fn state(&self, f: &mut Facilities, state: ConnectionState, cause: EventCause) {
        let party = (self.device, self.number);
        if let Some(event) = f.calls.change(self.call, self.id, party, state, cause) {
            f.outputs.push_back(Output::Event(event));
        }
    }

    /// Takes ports and opens the leg.
    pub(crate) fn open_leg(
        &mut self,
        f: &mut Facilities,
        location: MediaLocation,
        family: AddressFamily,
    ) -> Result<(), Reason> {
        if self.media.is_some() {
            return Ok(());
        }
        let local = f.open_leg(self.id, location.network, family).ok_or(Reason::NoMediaResource)?;
        self.media = Some(Agreement::new(local, location));
        Ok(())
    }

    /// Tells the engine what was agreed. `watched`: silence is reported.
    pub(crate) fn modify(&self, f: &mut Facilities, watched: bool) {
        let waits = f.config.waits;
        let silence = Some(waits.silence).filter(|_| watched);
        if let Some(setup) = self.media.as_ref().and_then(|media| media.setup(silence, waits.learning)) {
            f.media(self.id, MediaOrderKind::Modify(Box::new(setup)));
        }
    }

    /// Clears the connection: the line is told why, the leg is closed, and the last word is awaited among the farewells.
    pub(crate) fn clear(self, f: &mut Facilities, reason: Reason) {
        self.order(f, Order::Clear(reason));
        self.silence_timers(f);
        f.close_leg(self.id);
        f.after(Timer::Clear(self.id), f.config.waits.clear);
        f.owners.remove(&self.id);
        f.farewells.insert(self.id, Farewell::of(&self));
    }

    /// The last word came: nothing of the connection remains but a leg that is being closed.
    pub(crate) fn gone(self, f: &mut Facilities, reason: Reason) {
        self.silence_timers(f);
        f.close_leg(self.id);
        f.owners.remove(&self.id);
        Farewell::of(&self).over(f, self.id, reason);
    }

    /// Goes on as a connection of another call.
    pub(crate) fn move_to(&mut self, f: &mut Facilities, half: HalfId, call: CallId, cause: EventCause) {
        if call == self.call {
            return;
        }
        self.state(f, ConnectionState::Null, cause);
        f.calls.join(call, half, f.now);
        f.leave(self.call, half);
        self.call = call;
    }

    /// A line of a trunk, if it has one, is free again; used when the connection never reached its line.
    pub(crate) fn withdraw(self, f: &mut Facilities) {
        f.owners.remove(&self.id);
        f.close_leg(self.id);
        if let Some(trunk) = self.trunk {
            f.leave_trunk(trunk);
        }
    }

    /// The connection stays as it is, and observers hear of something else that happened to it.
    pub(crate) fn note(&self, f: &mut Facilities, cause: EventCause) {
        if let Some(event) = f.calls.note(self.call, self.id, (self.device, self.number), cause) {
            f.outputs.push_back(Output::Event(event));
        }
    }

    fn silence_timers(&self, f: &mut Facilities) {
        for timer in [Timer::Response, Timer::Negotiation, Timer::Silence, Timer::ProbeResponse] {
            f.timers.cancel(&timer(self.id));
        }
    }
}

/// The ECMA-269 cause (section 12.2.15) that stands for a reason.
pub fn cause_of(reason: Reason) -> EventCause {
    match reason {
        Reason::NormalClearing | Reason::ClearedByAdministrator | Reason::DurationExceeded => {
            EventCause::NormalClearing
        }
        Reason::Transferred => EventCause::Transfer,
        Reason::Replaced => EventCause::CallPickup,
        Reason::Redirected | Reason::RedirectionLimit => EventCause::Redirected,
        Reason::Abandoned => EventCause::CallCancelled,
        Reason::AnsweredElsewhere => EventCause::AnsweredElsewhere,
        Reason::UserBusy => EventCause::Busy,
        Reason::NoUserResponding | Reason::NoAnswer => EventCause::NoAnswer,
        Reason::CallRejected => EventCause::CallRejected,
        Reason::VacantNumber
        | Reason::IncompleteNumber
        | Reason::InvalidNumber
        | Reason::LoopDetected
        | Reason::NoSuchConnection => EventCause::DestinationNotObtainable,
        Reason::NoRouteAvailable | Reason::TrunkUnreachable | Reason::TransportFailure | Reason::Interrupted => {
            EventCause::NetworkNotObtainable
        }
        Reason::NotAuthorized | Reason::NotAuthenticated | Reason::Draining => EventCause::Blocked,
        Reason::Overload | Reason::NoMediaResource => EventCause::ResourcesNotAvailable,
        Reason::NoCommonCodec | Reason::MediaNotUnderstood | Reason::NotImplemented => {
            EventCause::IncompatibleDestination
        }
        Reason::SubscriberAbsent
        | Reason::DestinationOutOfOrder
        | Reason::TemporaryFailure
        | Reason::MediaLost
        | Reason::ProtocolTimeout
        | Reason::ProtocolError
        | Reason::InternalError => EventCause::DestinationOutOfOrder,
    }
}
