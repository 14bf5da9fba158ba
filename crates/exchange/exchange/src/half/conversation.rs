//! The conversation of two parties as one half conducts it: changes of media, hold and retrieve, digits, and whether the
//! telephone is still there. Both halves use the same machine; each has its own.
//!
//! Negotiation runs beside the call's states: one change at a time on each connection. A line's offer is answered at once when it
//! concerns that leg alone, and is otherwise asked of the other half. Whoever comes second is refused and may try again
//! (RFC 3261 section 14.1).

use super::HalfId;
use super::connection::Connection;
use super::input::{HalfInput, LegEvent, Timer};
use super::message::Message;
use crate::facilities::Facilities;
use crate::feature::sound::{Hearing, Sound};
use crate::media::agreement::OfferVerdict;
use crate::media::legs::Ordered;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::Order;
use crate::vocabulary::report::Report;
use ground::Reason;
use media_plan::{MediaAnswer, MediaFault, MediaOffer, MediaOrderKind, PlaySource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
}

impl Negotiating {
    /// The line was offered something and has not answered yet.
    fn line_owes(self) -> bool {
        matches!(self, Negotiating::LineAsked { .. } | Negotiating::Following | Negotiating::Renewing)
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
        Conversation { peer, hearing, negotiating, connects, expects_media: true, probed: false }
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
        match input {
            HalfInput::Report(_, report) => self.report(c, f, report),
            HalfInput::Message(from, message) if from == self.peer => self.message(c, f, message),
            HalfInput::Media(_, event) => self.leg_event(c, f, event),
            HalfInput::Timer(timer) => self.timer(c, f, timer),
            HalfInput::Message(..) | HalfInput::ClearedByAdministrator => None,
        }
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
            LegEvent::Fault(Ordered::Sound, _) if self.hearing.sound == Sound::Treatment => {
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
            (Timer::Negotiation(_), state) if state.line_owes() => {
                return self.line_refuses(c, f, Reason::ProtocolTimeout);
            }
            _ => {}
        }
        None
    }

    /// The line offers a change.
    fn line_offers(&mut self, c: &mut Connection, f: &mut Facilities, offer: MediaOffer) {
        let treatment = self.hearing.treatment.as_ref().map(|(source, _)| *source == PlaySource::Echo);
        let config = Arc::clone(&f.config);
        let Some(media) = c.media.as_mut() else {
            return c.order(f, Order::MediaRefuse(Reason::NotImplemented));
        };
        let verdict = match treatment {
            // What the exchange plays itself needs nobody else's consent.
            Some(returns) => media
                .take_offer(offer)
                .and_then(|()| media.answer_alone(&config.own_codecs, returns))
                .map(OfferVerdict::Answered),
            None => media.take_change(offer),
        };
        match verdict {
            Ok(OfferVerdict::Answered(answer)) => {
                c.order(f, Order::MediaAnswer(answer));
                self.agreed(c, f);
            }
            Ok(OfferVerdict::Ask(offer)) => {
                self.tell(c, f, Message::MediaOffer(offer));
                self.wait(c, f, Negotiating::OtherAsked { first: false });
            }
            Err(error) => self.refuse(c, f, error.reason()),
        }
    }

    /// The line wants an offer (RFC 3261 section 14.2): it gets what its leg has agreed, which concerns nobody else.
    fn renew(&mut self, c: &mut Connection, f: &mut Facilities) {
        match c.media.as_mut().map(|media| media.renew().map_err(|error| error.reason())) {
            Some(Ok(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Renewing);
            }
            Some(Err(reason)) => c.order(f, Order::MediaRefuse(reason)),
            None => c.order(f, Order::MediaRefuse(Reason::NotImplemented)),
        }
    }

    /// The other half's line offers a change.
    fn other_offers(&mut self, c: &mut Connection, f: &mut Facilities, offer: &MediaOffer) {
        let made = match c.media.as_mut() {
            Some(media) => media.pass_offer(offer).map_err(|error| error.reason()),
            None => Err(Reason::NotImplemented),
        };
        match made {
            Ok(offer) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::LineAsked { first: false });
            }
            Err(reason) => self.tell(c, f, Message::MediaRefuse(reason)),
        }
    }

    /// The line answers what it was offered.
    fn line_answers(&mut self, c: &mut Connection, f: &mut Facilities, answer: MediaAnswer) -> Ending {
        let before = self.done(c, f);
        let result = match c.media.as_mut() {
            Some(media) => media.take_answer(answer.clone()).map_err(|error| error.reason()),
            None => Err(Reason::InternalError),
        };
        match (before, result) {
            (Negotiating::LineAsked { first }, Ok(())) => {
                // The other half relays after the first agreement: its leg is the last to be set up.
                self.connects = self.connects && !(first && self.hearing.treatment.is_none());
                self.agreed(c, f);
                self.connects |= first;
                // After hold, if there is any: the other half then knows what its party is to hear.
                if self.hearing.treatment.is_none() {
                    self.tell(c, f, Message::MediaAnswer(answer));
                }
                None
            }
            (_, Ok(())) => {
                self.agreed(c, f);
                None
            }
            (Negotiating::LineAsked { first: false }, Err(reason)) => {
                self.tell(c, f, Message::MediaRefuse(reason));
                None
            }
            // What was agreed before goes on.
            (Negotiating::Renewing, Err(_)) => None,
            (_, Err(reason)) => Some(reason),
        }
    }

    /// The line refuses what it was offered, or says nothing.
    fn line_refuses(&mut self, c: &mut Connection, f: &mut Facilities, reason: Reason) -> Ending {
        let before = self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.offer_refused();
        }
        match before {
            Negotiating::LineAsked { first: false } => {
                self.tell(c, f, Message::MediaRefuse(reason));
                None
            }
            Negotiating::LineAsked { first: true } => Some(reason),
            Negotiating::Renewing => None,
            // The other line has changed already: without this one there is no sound.
            _ if matches!(reason, Reason::NoUserResponding | Reason::ProtocolTimeout) => Some(reason),
            _ => Some(Reason::NoCommonCodec),
        }
    }

    /// The other line answers what this one offered.
    fn other_answers(&mut self, c: &mut Connection, f: &mut Facilities, answer: &MediaAnswer, first: bool) -> Ending {
        self.done(c, f);
        let made = match c.media.as_mut() {
            Some(media) => media.pass_answer(answer).map_err(|error| error.reason()),
            None => Err(Reason::InternalError),
        };
        match made {
            Ok(answer) => {
                c.order(f, Order::MediaAnswer(answer));
                self.connects |= first;
                self.agreed(c, f);
                self.connects &= !first;
                None
            }
            Err(reason) if first => Some(reason),
            Err(reason) => {
                self.refuse(c, f, reason);
                None
            }
        }
    }

    /// This line's offer is refused; what was agreed goes on.
    fn refuse(&mut self, c: &mut Connection, f: &mut Facilities, reason: Reason) {
        self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.refuse_offer();
        }
        c.order(f, Order::MediaRefuse(reason));
    }

    /// This line takes its offer back; what was agreed goes on.
    fn withdraw(&mut self, c: &mut Connection, f: &mut Facilities) {
        self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.refuse_offer();
        }
    }

    /// The other line agreed to a change that this line offered and has taken back, or for which it did not wait: this line is
    /// asked to follow, unless what it uses is still possible.
    fn other_changed(&mut self, c: &mut Connection, f: &mut Facilities, answer: &MediaAnswer) -> Ending {
        match c.media.as_mut()?.follow(answer) {
            Ok(None) => self.agreed(c, f),
            Ok(Some(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Following);
            }
            Err(error) => return Some(error.reason()),
        }
        None
    }

    /// Something new was agreed: the engine learns it, hold is noticed.
    fn agreed(&mut self, c: &Connection, f: &mut Facilities) {
        c.modify(f, true);
        self.watch(c, f);
        self.notice_hold(c, f);
        self.hear(c, f, self.connects);
    }

    /// The party holds when it does not want to hear (RFC 3264 section 8.4).
    fn notice_hold(&mut self, c: &Connection, f: &mut Facilities) {
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

    fn hear(&mut self, c: &Connection, f: &mut Facilities, connects: bool) {
        // Nothing can be heard before the first agreement, and not yet while another codec is being asked for.
        let first = Negotiating::OtherAsked { first: true };
        if self.negotiating == Negotiating::Following || self.negotiating == first {
            return;
        }
        if let Some(order) = self.hearing.change(connects) {
            f.media(c.id, order);
        }
    }

    /// A leg that sends is watched by the engine, any other is asked at intervals.
    fn watch(&mut self, c: &Connection, f: &mut Facilities) {
        let waits = f.config.waits;
        let setup = c.media.as_ref().and_then(|media| media.setup(Some(waits.silence), waits.learning));
        let expects = setup.is_some_and(|setup| setup.silence_after.is_some());
        match (self.expects_media, expects) {
            (true, false) if !self.probed => f.after(Timer::Silence(c.id), waits.silence),
            (false, true) => {
                f.timers.cancel(&Timer::Silence(c.id));
            }
            _ => {}
        }
        self.expects_media = expects;
    }

    fn probe(&mut self, c: &Connection, f: &mut Facilities) {
        self.probed = true;
        c.order(f, Order::Probe);
        f.timers.cancel(&Timer::Silence(c.id));
        f.after(Timer::ProbeResponse(c.id), f.config.waits.probe_response);
    }

    fn telephone_is_there(&mut self, c: &Connection, f: &mut Facilities) {
        if self.probed {
            self.probed = false;
            f.timers.cancel(&Timer::ProbeResponse(c.id));
            f.after(Timer::Silence(c.id), f.config.waits.silence);
        }
    }

    /// Begins a wait for an answer.
    pub(crate) fn wait(&mut self, c: &Connection, f: &mut Facilities, negotiating: Negotiating) {
        self.negotiating = negotiating;
        f.after(Timer::Negotiation(c.id), f.config.waits.negotiation);
    }

    fn done(&mut self, c: &Connection, f: &mut Facilities) -> Negotiating {
        f.timers.cancel(&Timer::Negotiation(c.id));
        std::mem::take(&mut self.negotiating)
    }

    fn tell(&self, c: &Connection, f: &mut Facilities, message: Message) {
        f.send(self.half(c, f), self.peer, message);
    }

    fn half(&self, c: &Connection, f: &Facilities) -> HalfId {
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
