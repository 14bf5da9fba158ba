//! The conversation of two parties as one half conducts it: changes of media, hold and retrieve, digits, and whether the
//! telephone is still there. Both halves use the same machine; each has its own.
//!
//! Negotiation runs beside the call's states: one change at a time on each connection. A line's offer is answered at once when it
//! concerns that leg alone, and is otherwise asked of the other half. Whoever comes second is refused and may try again
//! (RFC 3261 section 14.1).

mod change;
mod meeting;
mod presence;

use super::HalfId;
use super::connection::Connection;
use super::input::{HalfInput, LegEvent, Timer};
use super::message::Message;
use crate::facilities::Facilities;
use crate::feature::sound::{Hearing, Sound};
use crate::media::legs::Ordered;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::Order;
use crate::vocabulary::report::{Party, Report};
use ground::{DeviceId, Reason};
use media_plan::{MediaFault, MediaOrderKind, PlaySource};
use meeting::Meeting;
use serde::{Deserialize, Serialize};

/// The change of media that is under way on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Negotiating {
    /// None.
    #[default]
    Idle,
    /// This line offered; the other half was asked.
    OtherAsked {
        /// It is the call's first agreement: without it there is no call.
        first: bool,
    },
    /// This line was offered something.
    LineAsked {
        /// It is the call's first agreement.
        first: bool,
    },
    /// This line asked for an offer and got what is agreed already.
    Renewing,
    /// This line was offered the codecs of another terminal than the one whose early media it agreed to.
    Following,
    /// This party was introduced to another one, and waits to hear what that one speaks.
    Introduced,
    /// This line was offered what the new other party speaks, and that one waits.
    Accommodating,
    /// This line was offered what the new other party speaks, which could not change itself.
    Adapting,
}

impl Negotiating {
    /// The line was offered something and has not answered yet.
    fn line_owes(self) -> bool {
        use Negotiating as N;
        matches!(self, N::LineAsked { .. } | N::Following | N::Renewing | N::Accommodating | N::Adapting)
    }

    /// What the party is to hear is not known yet, or cannot be sent yet.
    fn is_silent(self) -> bool {
        use Negotiating as N;
        matches!(self, N::Following | N::OtherAsked { first: true } | N::Introduced | N::Accommodating | N::Adapting)
    }
}

/// A conversation with the other half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conversation {
    /// The other half.
    pub peer: HalfId,
    /// What this party hears.
    pub hearing: Hearing,
    /// The change of media under way.
    pub negotiating: Negotiating,
    /// This half orders the relay of both legs.
    pub connects: bool,
    /// Who the other party is, and its device.
    pub other: (Party, Option<DeviceId>),
    /// What the exchange plays to the other party instead of this one's media.
    pub plays: Option<(PlaySource, bool)>,
    /// A new other party, with which nothing could be agreed yet because the line owes an answer.
    meeting: Option<Box<Meeting>>,
    /// Packets are expected from the party, so that their absence is reported.
    expects_media: bool,
    /// The telephone was asked whether it is there.
    probed: bool,
}

/// How a conversation ends: both parties are cleared with this reason.
pub type Ending = Option<Reason>;

impl Conversation {
    /// A conversation that begins. `connects`: this half orders the relay.
    pub fn new(peer: HalfId, hearing: Hearing, connects: bool, negotiating: Negotiating) -> Conversation {
        let (other, plays, meeting) = ((Party::default(), None), None, None);
        Conversation { peer, hearing, negotiating, connects, other, plays, meeting, expects_media: true, probed: false }
    }

    /// The same with this other party.
    pub fn with(mut self, other: Party, device: Option<DeviceId>) -> Conversation {
        self.other = (other, device);
        self
    }

    /// Both sides are agreed: the party hears what it should, and is watched.
    pub(crate) fn begin(&mut self, c: &Connection, f: &mut Facilities) {
        c.state(f, ConnectionState::Connected, EventCause::NormalClearing);
        if c.media.as_ref().is_some_and(|media| media.is_agreed()) {
            c.modify(f, true);
            self.watch(c, f);
            self.notice_hold(c, f);
            self.hear(c, f, self.connects);
        }
    }

    /// Takes an input. The connection's end and the other half's release are the half's own matters.
    pub(crate) fn handle(&mut self, c: &mut Connection, f: &mut Facilities, input: HalfInput) -> Ending {
        let ending = match input {
            HalfInput::Report(_, report) => self.report(c, f, report),
            HalfInput::Message(from, message) if from == self.peer => self.message(c, f, message),
            HalfInput::Media(_, event) => self.leg_event(c, f, event),
            HalfInput::Timer(timer) => self.timer(c, f, timer),
            HalfInput::Message(..) | HalfInput::ClearedByAdministrator => None,
        };
        ending.or_else(|| self.go_on_meeting(c, f))
    }

    fn report(&mut self, c: &mut Connection, f: &mut Facilities, report: Report) -> Ending {
        match (self.negotiating, report) {
            (Negotiating::Idle, Report::MediaOffered(offer)) => self.line_offers(c, f, offer),
            (Negotiating::Idle, Report::OfferRequested) => self.renew(c, f),
            (_, Report::MediaOffered(_) | Report::OfferRequested) => {
                c.order(f, Order::MediaRefuse(Reason::TemporaryFailure));
            }
            (Negotiating::OtherAsked { first: false }, Report::MediaWithdrawn) => self.withdraw(c, f),
            (state, Report::MediaAnswered(answer)) if state.line_owes() => return self.line_answers(c, f, answer),
            (state, Report::MediaRefused(reason)) if state.line_owes() => return self.line_refuses(c, f, reason),
            (_, Report::Digit { digit, duration }) => {
                f.send(self.half(c, f), self.peer, Message::Digit { digit, duration, in_media: false });
            }
            (_, Report::Probed) => self.telephone_is_there(c, f),
            _ => {}
        }
        None
    }

    fn message(&mut self, c: &mut Connection, f: &mut Facilities, message: Message) -> Ending {
        match (self.negotiating, message) {
            (Negotiating::Idle, Message::MediaOffer(offer)) => self.other_offers(c, f, &offer),
            (_, Message::MediaOffer(_)) => self.tell(c, f, Message::MediaRefuse(Reason::TemporaryFailure)),
            (Negotiating::OtherAsked { first }, Message::MediaAnswer(answer)) => {
                return self.other_answers(c, f, &answer, first);
            }
            (Negotiating::Idle, Message::MediaAnswer(answer)) => return self.other_changed(c, f, &answer),
            (Negotiating::OtherAsked { first: true }, Message::MediaRefuse(reason)) => return Some(reason),
            (Negotiating::OtherAsked { first: false }, Message::MediaRefuse(reason)) => self.refuse(c, f, reason),
            (_, Message::Joined(view)) => return self.joined(c, f, *view),
            (_, Message::Held) => {
                self.hearing.held = true;
                self.hear(c, f, self.connects);
            }
            (_, Message::Retrieved) => {
                self.hearing.held = false;
                self.hear(c, f, self.connects);
            }
            (_, Message::Digit { digit, duration, in_media }) => {
                let takes_events = c.media.as_ref().is_some_and(|media| media.has_telephone_event());
                match (takes_events, in_media) {
                    (true, true) => {} // The relay has brought it.
                    (true, false) => f.media(c.id, MediaOrderKind::SendDigit { digit, duration }),
                    (false, _) => c.order(f, Order::SendDigit { digit, duration }),
                }
            }
            _ => {}
        }
        None
    }

    fn leg_event(&mut self, c: &mut Connection, f: &mut Facilities, event: LegEvent) -> Ending {
        let once = matches!(self.hearing.treatment, Some((_, false))) && self.hearing.sound == Sound::Treatment;
        match event {
            LegEvent::Fault(Ordered::Path, fault) => return Some(reason_of(fault)),
            LegEvent::Fault(Ordered::Sound, _) if self.hearing.sound == Sound::Treatment && !self.hears_tone() => {
                return Some(Reason::DestinationOutOfOrder);
            }
            LegEvent::PlayEnded if once => return Some(Reason::NormalClearing),
            LegEvent::Digit(digit, duration) => {
                self.tell(c, f, Message::Digit { digit, duration, in_media: true });
            }
            LegEvent::Silent if self.expects_media && !self.probed => self.probe(c, f),
            LegEvent::Receiving if self.expects_media => {
                self.probed = false;
                f.timers.cancel(&Timer::Silence(c.id));
                f.timers.cancel(&Timer::ProbeResponse(c.id));
            }
            LegEvent::Fault(..) | LegEvent::PlayEnded | LegEvent::Silent | LegEvent::Receiving => {}
        }
        None
    }

    fn timer(&mut self, c: &mut Connection, f: &mut Facilities, timer: Timer) -> Ending {
        match (timer, self.negotiating) {
            (Timer::Silence(_), _) if !self.probed => self.probe(c, f),
            (Timer::ProbeResponse(_), _) if self.probed => return Some(Reason::MediaLost),
            (Timer::Negotiation(_), Negotiating::OtherAsked { first: true }) => return Some(Reason::ProtocolTimeout),
            (Timer::Negotiation(_), Negotiating::OtherAsked { first: false }) => {
                self.refuse(c, f, Reason::ProtocolTimeout);
            }
            (Timer::Negotiation(_), Negotiating::Introduced) => return Some(Reason::ProtocolTimeout),
            (Timer::Negotiation(_), state) if state.line_owes() => {
                return self.line_refuses(c, f, Reason::ProtocolTimeout);
            }
            _ => {}
        }
        None
    }

    /// Something new was agreed: the engine learns it, hold is noticed.
    pub(super) fn agreed(&mut self, c: &Connection, f: &mut Facilities) {
        c.modify(f, true);
        self.watch(c, f);
        self.notice_hold(c, f);
        self.hear(c, f, self.connects);
    }

    /// The party holds when it does not want to hear (RFC 3264 section 8.4).
    pub(super) fn notice_hold(&mut self, c: &Connection, f: &mut Facilities) {
        let holds = c.media.as_ref().is_some_and(|media| !media.party_listens());
        if holds == self.hearing.holds {
            return;
        }
        self.hearing.holds = holds;
        self.hear(c, f, self.connects);
        let (state, message) = match holds {
            true => (ConnectionState::Hold, Message::Held),
            false => (ConnectionState::Connected, Message::Retrieved),
        };
        c.state(f, state, EventCause::Hold);
        self.tell(c, f, message);
    }

    /// Orders again what the party hears, after a restart.
    pub(crate) fn hear_again(&self, c: &Connection, f: &mut Facilities) {
        // The other side's leg may be gone, and the word that it is gone on its way.
        let possible = |order: &MediaOrderKind| match order {
            MediaOrderKind::Connect { with } => f.legs.is_open(*with),
            _ => true,
        };
        if let Some(order) = self.hearing.again(self.connects).filter(possible) {
            f.media(c.id, order);
        }
    }

    pub(super) fn hear(&mut self, c: &Connection, f: &mut Facilities, connects: bool) {
        // Nothing can be heard before the first agreement, and not yet while another codec is being asked for.
        if self.negotiating.is_silent() {
            return;
        }
        let relayed = self.hearing.sound == Sound::Relay;
        if let Some(order) = self.hearing.change(connects) {
            // Who holds has ended the relay, unless it did so before this half, on another server, had ordered it.
            if relayed && connects && self.peer.home != f.config.server && order != MediaOrderKind::Disconnect {
                f.media(c.id, MediaOrderKind::Disconnect);
            }
            f.media(c.id, order);
        }
    }

    /// Begins a wait for an answer.
    pub(crate) fn wait(&mut self, c: &Connection, f: &mut Facilities, negotiating: Negotiating) {
        self.negotiating = negotiating;
        f.after(Timer::Negotiation(c.id), f.config.waits.negotiation);
    }

    pub(super) fn done(&mut self, c: &Connection, f: &mut Facilities) -> Negotiating {
        f.timers.cancel(&Timer::Negotiation(c.id));
        std::mem::take(&mut self.negotiating)
    }

    pub(super) fn tell(&self, c: &Connection, f: &mut Facilities, message: Message) {
        f.send(self.half(c, f), self.peer, message);
    }

    pub(super) fn half(&self, c: &Connection, f: &Facilities) -> HalfId {
        f.owners.get(&c.id).copied().unwrap_or_default()
    }
}

/// What a fault of the engine means for the call.
pub fn reason_of(fault: MediaFault) -> Reason {
    match fault {
        MediaFault::PortsUnavailable => Reason::NoMediaResource,
        MediaFault::NoCommonCodec => Reason::NoCommonCodec,
        MediaFault::NotCapable => Reason::NotImplemented,
        MediaFault::UnknownLeg | MediaFault::AlreadyOpen | MediaFault::UnknownAnnouncement => Reason::InternalError,
    }
}
