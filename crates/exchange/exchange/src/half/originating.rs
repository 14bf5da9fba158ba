//! The originating half: the caller's connection, its rights, number analysis and the choice of destinations.

use super::HalfId;
use super::connection::{Connection, cause_of};
use super::conversation::{Conversation, Negotiating, reason_of};
use super::input::{HalfInput, LegEvent, Timer};
use super::message::{Answered, Message, PeerMedia, Setup, Target};
use crate::call::record::OpenRecord;
use crate::facilities::Facilities;
use crate::feature::sound::{Hearing, Sound};
use crate::feature::treatment::treatment;
use crate::media::agreement::family_for;
use crate::route::decision::{Decision, Rights};
use crate::route::number_plan::{Choice, Destination, Dialling};
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::input::{Output, RefusalNote};
use crate::vocabulary::order::Order;
use crate::vocabulary::report::{CallingParty, MediaLocation, Party, Report, Seizure};
use directory::Outcome;
use ground::{AlarmCode, CallId, ConnectionId, DeviceId, Digits, Number, Reason, Screening};
use media_plan::{MediaAnswer, MediaOffer, MediaOrderKind, PlaySource};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The states of an originating half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginatingState {
    /// The caller dials (ECMA-269: initiated).
    Initiated,
    /// A destination was asked and has not rung yet.
    Offering,
    /// A destination rings or sends media; no other choice is tried any more.
    Delivered,
    /// The call failed; the caller hears why.
    Announcing(Reason),
    /// The parties talk.
    Connected,
    /// Cleared; the last word of the line is awaited.
    Clearing,
    /// Nothing is left.
    Finished,
}

/// An originating half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Originating {
    id: HalfId,
    state: OriginatingState,
    connection: Connection,
    caller: Caller,
    dialled: Number,
    overlap: bool,
    way: Way,
    record: OpenRecord,
    /// The leg whose media before the answer the caller hears, or has heard, and what it described.
    early: Option<(ConnectionId, MediaAnswer)>,
    conversation: Option<Conversation>,
}

/// The caller's side of the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Caller {
    rights: Rights,
    party: Party,
    offer: Option<MediaOffer>,
    location: MediaLocation,
    /// How many exchanges the call may still pass.
    hops: u8,
    /// The call counts among its trunk's.
    trunk_taken: bool,
}

/// Where the call goes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Way {
    /// The half that is being tried, or was answered.
    peer: Option<HalfId>,
    /// The choices that were not tried yet, the next one last.
    choices: Vec<Choice>,
    /// Why the last one failed.
    failure: Option<Reason>,
    emergency: bool,
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
    ) -> Originating {
        let call = f.identifiers.call();
        f.calls.begin(call, f.now, id);
        let (rights, party, device) = identify(f, seizure.caller);
        let line = (connection, seizure.line);
        let connection = Connection::new(f, id, call, line, (device, party.number));
        let mut record = OpenRecord::open(call, f.now, f.config.offset_minutes, party.number, seizure.dialled);
        if let Rights::Trunk { trunk, .. } = rights {
            record.came_over(trunk);
        }
        f.outputs.push_back(Output::RecordOpened(record.record().clone()));
        connection.state(f, ConnectionState::Initiated, EventCause::NewCall);
        let (offer, location, hops) = (seizure.media, seizure.location, seizure.hops);
        let caller = Caller { rights, party, offer, location, hops, trunk_taken: false };
        let mut half = Originating {
            id,
            state: OriginatingState::Initiated,
            connection,
            caller,
            dialled: seizure.dialled,
            overlap: seizure.overlap,
            way: Way::default(),
            record,
            early: None,
            conversation: None,
        };
        match unacceptable {
            Some(reason) => half.end(f, reason),
            None => half.accept(f),
        }
        half
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.connection.call
    }

    /// Nothing is left to wait for.
    pub fn is_finished(&self) -> bool {
        self.state == OriginatingState::Finished
    }

    /// Takes an input.
    pub(crate) fn handle(&mut self, f: &mut Facilities, input: HalfInput) {
        use OriginatingState as S;
        match (self.state, input) {
            (S::Finished, _) => {}
            (S::Clearing, HalfInput::Report(_, Report::Cleared(reason))) => self.gone(f, reason),
            (S::Clearing, HalfInput::Timer(Timer::Clear(_))) => self.gone(f, Reason::ProtocolTimeout),
            (S::Clearing, _) => {}
            (_, HalfInput::Report(_, Report::Cleared(reason))) => self.caller_left(f, reason),
            (_, HalfInput::ClearedByAdministrator) => self.end(f, Reason::ClearedByAdministrator),
            (_, HalfInput::Timer(Timer::Duration(_))) => self.end(f, Reason::DurationExceeded),
            (S::Initiated, HalfInput::Report(_, Report::MoreDigits(digits))) => self.more_digits(f, digits),
            (S::Initiated, HalfInput::Timer(Timer::InterDigit(_))) => self.analyse(f, Dialling::Ended),
            (S::Offering | S::Delivered, HalfInput::Message(from, message)) if Some(from) == self.way.peer => {
                self.before_answer(f, message);
            }
            (S::Offering | S::Delivered, HalfInput::Media(_, LegEvent::Fault(_, fault))) => {
                self.end(f, reason_of(fault));
            }
            (S::Announcing(reason), HalfInput::Media(_, LegEvent::PlayEnded | LegEvent::Fault(..)))
            | (S::Announcing(reason), HalfInput::Timer(Timer::Announcement(_))) => self.end(f, reason),
            (S::Connected, HalfInput::Message(from, Message::Release(reason))) if Some(from) == self.way.peer => {
                self.way.peer = None;
                self.end(f, reason);
            }
            (S::Connected, input) => {
                let talk = self.conversation.as_mut();
                if let Some(reason) = talk.and_then(|talk| talk.handle(&mut self.connection, f, input)) {
                    self.end(f, reason);
                }
            }
            // The caller hears the other side already and may be asked for digits (a calling card, an access code).
            (S::Offering | S::Delivered, HalfInput::Report(_, Report::Digit { digit, duration })) => {
                self.early_digit(f, digit, duration);
            }
            // A change of media before the answer: the first agreement stands until then (RFC 6337 section 2.2).
            (_, HalfInput::Report(_, Report::MediaOffered(_) | Report::OfferRequested)) => {
                self.connection.order(f, Order::MediaRefuse(Reason::TemporaryFailure));
            }
            _ => {}
        }
    }

    /// What holds for every call: an offer that can be used, a line of the trunk.
    fn accept(&mut self, f: &mut Facilities) {
        let emergency = f.site.plan.is_emergency(&self.dialled.digits);
        if let Rights::Trunk { trunk, .. } = self.caller.rights {
            self.caller.trunk_taken = f.take_trunk(trunk, emergency);
            if !self.caller.trunk_taken {
                return self.end(f, Reason::NoRouteAvailable);
            }
        }
        if self.caller.offer.as_ref().is_some_and(|offer| media_plan::audio_family(offer).is_none()) {
            return self.end(f, Reason::NoCommonCodec);
        }
        self.analyse(f, if self.overlap { Dialling::Open } else { Dialling::Ended });
    }

    fn more_digits(&mut self, f: &mut Facilities, digits: Digits) {
        for digit in digits.as_str().chars() {
            if self.dialled.digits.push(digit).is_err() {
                return self.end(f, Reason::InvalidNumber);
            }
        }
        self.record.dialled(self.dialled);
        self.analyse(f, Dialling::Open);
    }

    fn analyse(&mut self, f: &mut Facilities, dialling: Dialling) {
        f.timers.cancel(&Timer::InterDigit(self.id));
        match f.decide(self.caller.rights, &self.dialled.digits, dialling, self.caller.hops) {
            Decision::More => {
                let wait = match self.dialled.digits.is_empty() {
                    true => f.config.waits.first_digit,
                    false => Duration::from_secs(f.site.directory.settings.inter_digit_seconds.into()),
                };
                f.after(Timer::InterDigit(self.id), wait);
            }
            Decision::Go(destination) => self.go(f, destination),
            Decision::Refuse(reason) => {
                if reason == Reason::Overload {
                    f.alarm(AlarmCode::Overload, true);
                }
                self.fail(f, reason);
            }
        }
    }

    /// The number is complete and permitted.
    fn go(&mut self, f: &mut Facilities, destination: Destination) {
        self.connection.state(f, ConnectionState::Connected, EventCause::NewCall);
        f.after(Timer::Duration(self.id), f.config.waits.longest_call);
        match destination {
            Destination::Extension { device, number, name } => {
                self.try_target(f, Target::Extension { device, number, name });
            }
            Destination::Service { device, number, kind } => {
                self.try_target(f, Target::Service { device, number, kind });
            }
            Destination::External { mut choices, emergency, .. } => {
                choices.reverse();
                self.way.choices = choices;
                self.way.emergency = emergency;
                self.next_choice(f);
            }
        }
    }

    fn next_choice(&mut self, f: &mut Facilities) {
        match self.way.choices.pop() {
            Some(Choice { trunk, number }) => self.try_target(f, Target::Trunk { trunk, number }),
            None => {
                let reason = self.way.failure.unwrap_or(Reason::NoRouteAvailable);
                self.fail(f, reason);
            }
        }
    }

    fn try_target(&mut self, f: &mut Facilities, target: Target) {
        if let Err(reason) = self.prepare_leg(f) {
            return self.end(f, reason);
        }
        let (number, trunk) = match &target {
            Target::Extension { number, .. } | Target::Service { number, .. } => (*number, None),
            Target::Trunk { trunk, number } => (*number, Some(*trunk)),
        };
        self.record.offered(Number::private(number), trunk);
        self.state = OriginatingState::Offering;
        let peer = f.new_half();
        f.calls.join(self.call(), peer);
        self.way.peer = Some(peer);
        let setup = Setup {
            call: self.call(),
            target,
            caller: self.caller.party.clone(),
            leg: self.connection.id,
            media: self.caller.offer.clone(),
            emergency: self.way.emergency,
            hops: self.caller.hops.saturating_sub(1),
        };
        f.send(self.id, peer, Message::Setup(Box::new(setup)));
    }

    /// Opens the caller's leg and takes its offer.
    fn prepare_leg(&mut self, f: &mut Facilities) -> Result<(), Reason> {
        if self.connection.media.is_some() {
            return Ok(());
        }
        let family = family_for(self.caller.offer.as_ref(), &self.caller.location);
        self.connection.open_leg(f, self.caller.location, family)?;
        match (self.caller.offer.clone(), self.connection.media.as_mut()) {
            (Some(offer), Some(media)) => media.take_offer(offer).map_err(|error| error.reason()),
            _ => Ok(()),
        }
    }

    fn before_answer(&mut self, f: &mut Facilities, message: Message) {
        match message {
            Message::Alerting { connected } => {
                if self.state == OriginatingState::Offering && self.early.is_none() {
                    self.connection.order(f, Order::Alert { waiting: false });
                }
                self.state = OriginatingState::Delivered;
                self.record.offered(connected.number, self.record.record().trunk_out);
            }
            Message::Progress { media: Some((answer, leg)) } if self.early.is_none() => {
                self.early_media(f, &answer, leg)
            }
            Message::Progress { media: None } if self.state == OriginatingState::Offering => {
                self.connection.order(f, Order::Progress { media: None, reason: None });
            }
            Message::Answered(answered) => self.answered(f, *answered),
            Message::Release(reason) => {
                self.way.peer = None;
                self.way.failure = Some(reason);
                // Once the caller has heard of one destination, another one would only confuse it.
                let another = self.state == OriginatingState::Offering && treatment(reason).next_choice;
                if another && !self.way.choices.is_empty() { self.next_choice(f) } else { self.fail(f, reason) }
            }
            _ => {}
        }
    }

    /// The first media before the answer wins: it is connected through to the caller.
    fn early_media(&mut self, f: &mut Facilities, answered: &MediaAnswer, leg: ConnectionId) {
        let answer = match self.connection.media.as_mut().filter(|_| self.caller.offer.is_some()) {
            Some(media) => media.pass_answer(answered),
            None => return,
        };
        match answer {
            Ok(answer) => {
                self.state = OriginatingState::Delivered;
                self.early = Some((leg, answered.clone()));
                self.connection.modify(f, false);
                f.media(self.connection.id, MediaOrderKind::Connect { with: leg });
                self.connection.order(f, Order::Progress { media: Some(answer), reason: None });
            }
            Err(error) => self.end(f, error.reason()),
        }
    }

    /// A digit in signalling before the answer goes on in media, as far as there is any: SIP has no INFO towards a side that has
    /// not answered (RFC 6086 section 4.2.1 needs a dialog that both sides know). Without media nobody could ask for digits.
    fn early_digit(&self, f: &mut Facilities, digit: char, duration: Duration) {
        if let (Some(peer), Some(_)) = (self.way.peer, &self.early) {
            f.send(self.id, peer, Message::Digit { digit, duration, in_media: false });
        }
    }

    fn answered(&mut self, f: &mut Facilities, answered: Answered) {
        let Some(peer) = self.way.peer else { return };
        let mut hearing = Hearing { held: answered.holds, other: answered.leg, ..Hearing::default() };
        if let PeerMedia::Treatment(source, repeat) = &answered.media {
            hearing.treatment = Some((source.clone(), *repeat));
        }
        let leg = answered.leg;
        let made = match (answered.media, self.early.take()) {
            (PeerMedia::Answer(same), Some((early, heard))) if leg == Some(early) && same == heard => {
                // The relay is there already; who answers holding ends it.
                if answered.holds {
                    f.media(self.connection.id, MediaOrderKind::Disconnect);
                } else {
                    hearing.sound = Sound::Relay;
                }
                Ok(Opening::default())
            }
            (PeerMedia::Answer(other), Some(_)) => self.follow(f, &other),
            (media, _) => self.first_agreement(f, media),
        };
        let opening = match made {
            Ok(opening) => opening,
            Err(reason) => return self.end(f, reason),
        };
        // Not before: a caller that cannot be answered has no call to pay for.
        self.record.answered(f.now, answered.connected.number);
        f.outputs.push_back(Output::RecordOpened(self.record.record().clone()));
        self.state = OriginatingState::Connected;
        let mut talk = Conversation::new(peer, hearing, true, Negotiating::Idle);
        if opening.offer.is_some() {
            talk.wait(&self.connection, f, Negotiating::LineAsked { first: true });
        } else if opening.change.is_some() {
            talk.wait(&self.connection, f, Negotiating::Following);
        }
        talk.begin(&self.connection, f);
        self.conversation = Some(talk);
        let Opening { answer, offer, change } = opening;
        self.connection.order(f, Order::Answer { answer, offer, connected: answered.connected });
        if let Some(change) = change {
            self.connection.order(f, Order::MediaOffer(change));
        }
    }

    /// Another device answered than the one whose media the caller heard before. The caller has its one answer already; when
    /// the new one takes other codecs, the caller is offered a change.
    fn follow(&mut self, f: &mut Facilities, answered: &MediaAnswer) -> Result<Opening, Reason> {
        f.media(self.connection.id, MediaOrderKind::Disconnect);
        let media = self.connection.media.as_mut().ok_or(Reason::InternalError)?;
        let change = media.follow(answered).map_err(|error| error.reason())?;
        Ok(Opening { change, ..Opening::default() })
    }

    /// The answer to the caller's offer, or the offer to a caller who made none.
    fn first_agreement(&mut self, f: &mut Facilities, media: PeerMedia) -> Result<Opening, Reason> {
        let config = Arc::clone(&f.config);
        let offered = self.caller.offer.is_some();
        let agreement = self.connection.media.as_mut().ok_or(Reason::InternalError)?;
        let answer = |answer| Opening { answer: Some(answer), ..Opening::default() };
        let offer = |offer| Opening { offer: Some(offer), ..Opening::default() };
        let made = match media {
            PeerMedia::Answer(other) => agreement.pass_answer(&other).map(answer),
            PeerMedia::Offer(other) => agreement.pass_offer(&other).map(offer),
            PeerMedia::Treatment(source, _) if offered => {
                agreement.answer_alone(&config.own_codecs, source == PlaySource::Echo).map(answer)
            }
            PeerMedia::Treatment(..) => agreement.offer_own(&config.own_codecs).map(offer),
        };
        made.map_err(|error| error.reason())
    }

    /// The call cannot be completed: an announcement where the table has one, else the clear.
    fn fail(&mut self, f: &mut Facilities, reason: Reason) {
        let announcement = treatment(reason).announcement.filter(|_| f.site.directory.settings.announce_vacant);
        match announcement.map(|name| self.announce(f, name, reason)) {
            Some(true) => {}
            Some(false) | None => self.end(f, reason),
        }
    }

    /// Plays an announcement as progress before the answer; false when the caller cannot hear it.
    fn announce(&mut self, f: &mut Facilities, name: &str, reason: Reason) -> bool {
        if self.caller.offer.is_none() || self.early.is_some() || self.prepare_leg(f).is_err() {
            return false;
        }
        let config = Arc::clone(&f.config);
        let Some(Ok(answer)) =
            self.connection.media.as_mut().map(|media| media.answer_alone(&config.own_codecs, false))
        else {
            return false;
        };
        self.state = OriginatingState::Announcing(reason);
        self.connection.state(f, ConnectionState::Fail, cause_of(reason));
        self.connection.modify(f, false);
        let source = PlaySource::Announcement(name.to_owned());
        f.media(self.connection.id, MediaOrderKind::Play { source, repeat: false });
        self.connection.order(f, Order::Progress { media: Some(answer), reason: Some(reason) });
        f.after(Timer::Announcement(self.id), f.config.waits.announcement);
        true
    }

    /// Ends the call: the record is closed, the other half released, the caller cleared.
    fn end(&mut self, f: &mut Facilities, reason: Reason) {
        self.close_record(f, reason);
        self.release_peer(f, reason);
        self.cancel_timers(f);
        self.state = OriginatingState::Clearing;
        self.connection.clear(f, reason);
    }

    /// The caller is gone.
    fn caller_left(&mut self, f: &mut Facilities, reason: Reason) {
        let reason = match (self.state, reason) {
            (OriginatingState::Announcing(failure), _) => failure,
            (_, Reason::NormalClearing) if !self.record.is_answered() => Reason::Abandoned,
            (_, reason) => reason,
        };
        self.close_record(f, reason);
        self.release_peer(f, reason);
        self.cancel_timers(f);
        self.gone(f, reason);
    }

    fn gone(&mut self, f: &mut Facilities, reason: Reason) {
        self.connection.gone(f, reason);
        if let (Rights::Trunk { trunk, .. }, true) = (self.caller.rights, self.caller.trunk_taken) {
            f.leave_trunk(trunk);
        }
        self.state = OriginatingState::Finished;
    }

    fn release_peer(&mut self, f: &mut Facilities, reason: Reason) {
        if let Some(peer) = self.way.peer.take() {
            f.send(self.id, peer, Message::Release(reason));
        }
    }

    fn cancel_timers(&self, f: &mut Facilities) {
        for timer in [Timer::InterDigit, Timer::Announcement, Timer::Duration] {
            f.timers.cancel(&timer(self.id));
        }
    }

    fn close_record(&mut self, f: &mut Facilities, reason: Reason) {
        let Some(record) = self.record.close(f.now, reason) else { return };
        if record.outcome == Outcome::Refused {
            let (call, caller, dialled) = (self.call(), record.caller, record.dialled);
            f.outputs.push_back(Output::Refused(RefusalNote { call, caller, dialled, reason }));
        }
        f.outputs.push_back(Output::RecordClosed(record));
    }
}

/// What the caller is told of media with the answer.
#[derive(Default)]
struct Opening {
    /// The answer to its offer.
    answer: Option<MediaAnswer>,
    /// An offer, since it made none.
    offer: Option<MediaOffer>,
    /// A change of what it agreed to before.
    change: Option<MediaOffer>,
}

/// The caller's rights, what others see of it, and its device.
fn identify(f: &Facilities, caller: CallingParty) -> (Rights, Party, Option<DeviceId>) {
    match caller {
        CallingParty::Extension { device } => {
            let extension = f.site.extension(device);
            let digits = extension.map(|extension| extension.number).unwrap_or_default();
            // The exchange itself vouches for a caller that has authenticated.
            let number = Number { screening: Screening::NetworkProvided, ..Number::private(digits) };
            let name = extension.map(|extension| extension.name.clone()).unwrap_or_default();
            (Rights::of_extension(device, extension), Party { number, name }, Some(device))
        }
        CallingParty::Trunk { trunk, party } => {
            let known = f.site.directory.trunks.get(&trunk);
            (Rights::of_trunk(trunk, known), party, known.map(|known| known.device))
        }
    }
}
