//! A connection of a half (ECMA-269 section 6.1.5): its line, its media leg and the way it ends.

use super::HalfId;
use super::input::Timer;
use crate::facilities::Facilities;
use crate::media::agreement::Agreement;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::input::Output;
use crate::vocabulary::order::Order;
use crate::vocabulary::report::{LineKind, MediaLocation};
use ground::{CallId, ConnectionId, DeviceId, Number, Reason};
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
    /// It was cleared; only its last word is awaited.
    pub clearing: bool,
}

impl Connection {
    /// A connection that belongs to `half` from now on.
    pub(crate) fn new(
        f: &mut Facilities,
        half: HalfId,
        call: CallId,
        (id, line): (ConnectionId, LineKind),
        (device, number): (Option<DeviceId>, Number),
    ) -> Connection {
        f.owners.insert(id, half);
        Connection { id, call, line, device, number, media: None, clearing: false }
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

    /// Clears the connection: the line is told why, the leg is closed, and its last word is awaited for a bounded time.
    pub(crate) fn clear(&mut self, f: &mut Facilities, reason: Reason) {
        if self.clearing {
            return;
        }
        self.clearing = true;
        self.order(f, Order::Clear(reason));
        self.silence_timers(f);
        f.close_leg(self.id);
        f.after(Timer::Clear(self.id), f.config.waits.clear);
    }

    /// The last word came, or its time is over: nothing of the connection remains but a leg that is being closed.
    pub(crate) fn gone(&mut self, f: &mut Facilities, reason: Reason) {
        self.silence_timers(f);
        f.timers.cancel(&Timer::Clear(self.id));
        f.close_leg(self.id);
        f.owners.remove(&self.id);
        self.state(f, ConnectionState::Null, cause_of(reason));
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
