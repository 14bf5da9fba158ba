//! The terminating half: one destination that is tried. All telephones of an extension are rung at once, each with a connection
//! and a media leg of its own; the first answer wins and the others are cleared as answered elsewhere.
//!
//! A telephone that refuses or is busy does not silence the others: the attempt fails when the last one has failed.

use super::HalfId;
use super::connection::Connection;
use super::conversation::{Conversation, Negotiating, reason_of};
use super::input::{HalfInput, LegEvent, Timer};
use super::message::{Answered, Message, PeerMedia, Setup, Target};
use crate::facilities::Facilities;
use crate::feature::sound::Hearing;
use crate::feature::treatment::more_telling;
use crate::media::agreement::Agreement;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::{OfferTarget, OfferedCall, Order};
use crate::vocabulary::report::{AnsweredMedia, LineKind, MediaLocation, Party, Report};
use ground::{CallId, ConnectionId, DeviceId, Number, Reason, TrunkId};
use media_plan::{AddressFamily, MediaAnswer, MediaOrderKind};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The states of a terminating half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TerminatingState {
    /// The call is offered.
    Offering,
    /// A telephone rings.
    Delivered,
    /// One answered.
    Connected,
    /// Nothing goes on; the last words of lines are awaited.
    Clearing,
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
    trunk_taken: Option<TrunkId>,
    conversation: Option<Conversation>,
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
    pub(crate) fn setup(f: &mut Facilities, id: HalfId, peer: HalfId, setup: Setup) -> Terminating {
        let mut half = Terminating {
            id,
            peer,
            state: TerminatingState::Offering,
            setup,
            branches: Vec::new(),
            early: None,
            failure: None,
            trunk_taken: None,
            conversation: None,
        };
        half.offer_all(f);
        if half.branches.iter().all(|branch| branch.connection.clearing) {
            half.failed(f);
        }
        half
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.setup.call
    }

    /// Nothing is left to wait for.
    pub fn is_finished(&self) -> bool {
        self.state == TerminatingState::Clearing && self.branches.is_empty()
    }

    /// Takes an input.
    pub(crate) fn handle(&mut self, f: &mut Facilities, input: HalfInput) {
        use TerminatingState as S;
        match (self.state, input) {
            (_, HalfInput::Report(at, Report::Cleared(reason))) => self.branch_gone(f, at, reason),
            (_, HalfInput::Timer(Timer::Clear(at))) => self.branch_gone(f, at, Reason::ProtocolTimeout),
            (S::Clearing, _) => {}
            (_, HalfInput::Message(from, Message::Release(reason))) if from == self.peer => self.clear_all(f, reason),
            (S::Offering | S::Delivered, HalfInput::Report(at, report)) if self.is_live(at) => {
                self.before_answer(f, at, report);
            }
            (S::Offering | S::Delivered, HalfInput::Message(from, Message::Digit { digit, duration, .. }))
                if from == self.peer =>
            {
                self.early_digit(f, digit, duration);
            }
            (S::Offering | S::Delivered, HalfInput::Timer(Timer::Response(at))) => {
                let reason = match self.setup.target {
                    Target::Trunk { .. } => Reason::TrunkUnreachable,
                    _ => Reason::NoUserResponding,
                };
                self.branch_fails(f, at, reason);
            }
            (S::Offering | S::Delivered, HalfInput::Timer(Timer::NoAnswer(_))) => self.give_up(f, Reason::NoAnswer),
            (S::Offering | S::Delivered, HalfInput::Media(at, LegEvent::Fault(_, fault))) => {
                self.branch_fails(f, at, reason_of(fault));
            }
            (S::Connected, input) => self.talk(f, input),
            _ => {}
        }
    }

    fn offer_all(&mut self, f: &mut Facilities) {
        match self.setup.target.clone() {
            Target::Extension { device, number, .. } => {
                let terminals = f.reachability.get(&device).cloned().unwrap_or_default();
                self.failure = Some(Reason::SubscriberAbsent).filter(|_| terminals.is_empty());
                for terminal in terminals {
                    let target = OfferTarget::Terminal { device, terminal: terminal.id };
                    let place = (terminal.line, Some(terminal.location));
                    self.offer(f, place, target, (Some(device), Number::private(number)));
                }
            }
            Target::Trunk { trunk, number } => {
                let known = f.site.directory.trunks.get(&trunk);
                let place = known.map(|known| (known.device, known.network, known.address.ip()));
                let Some((device, network, address)) = place.filter(|_| f.take_trunk(trunk, self.setup.emergency))
                else {
                    self.failure = Some(Reason::NoRouteAvailable);
                    return;
                };
                self.trunk_taken = Some(trunk);
                let family = AddressFamily::of(address);
                let location = MediaLocation { network, family, signalling: Some(address), translated: false };
                let party = (Some(device), Number::private(number));
                self.offer(f, (LineKind::Sip, Some(location)), OfferTarget::Trunk(trunk), party);
            }
            Target::Service { device, number, kind } => {
                let party = (Some(device), Number::private(number));
                self.offer(f, (LineKind::Voice, None), OfferTarget::Service(kind), party);
            }
        }
    }

    /// Offers the call to one telephone, trunk or service. Without a location it has no media of its own.
    fn offer(
        &mut self,
        f: &mut Facilities,
        (line, location): (LineKind, Option<MediaLocation>),
        target: OfferTarget,
        party: (Option<DeviceId>, Number),
    ) {
        let id = f.identifiers.connection();
        let mut connection = Connection::new(f, self.id, self.setup.call, (id, line), party);
        let mut media = None;
        if let Some(location) = location {
            match self.open(f, &mut connection, location) {
                Ok(offer) => media = offer,
                Err(reason) => {
                    self.failure = Some(self.failure.map_or(reason, |before| more_telling(before, reason)));
                    f.owners.remove(&id);
                    f.close_leg(id);
                    return;
                }
            }
        }
        connection.state(f, ConnectionState::Offered, EventCause::NewCall);
        let offered = OfferedCall {
            target,
            caller: self.setup.caller.clone(),
            called: party.1,
            media,
            emergency: self.setup.emergency,
            hops: self.setup.hops,
            waiting: false,
        };
        connection.order(f, Order::Offer(Box::new(offered)));
        f.after(Timer::Response(id), f.config.waits.offer_response);
        self.branches.push(Branch { connection, answer: None, offered: None });
    }

    /// Opens the leg and makes the offer for it: what the caller offered, or none when the called side has to offer.
    fn open(
        &self,
        f: &mut Facilities,
        connection: &mut Connection,
        location: MediaLocation,
    ) -> Result<Option<media_plan::MediaOffer>, Reason> {
        connection.open_leg(f, location, location.family)?;
        match (&self.setup.media, connection.media.as_mut()) {
            (Some(offer), Some(media)) => media.pass_offer(offer).map(Some).map_err(|error| error.reason()),
            _ => Ok(None),
        }
    }

    fn before_answer(&mut self, f: &mut Facilities, at: ConnectionId, report: Report) {
        match report {
            // Only as long as nothing more was heard: a word that comes late takes nothing back.
            Report::Offered if f.timers.when(&Timer::Response(at)).is_some() => {
                f.after(Timer::Response(at), f.config.waits.alerting);
            }
            Report::Alerting => self.alerting(f, at),
            Report::Progress { media } => self.progress(f, at, media),
            Report::Answered { media, connected } => self.answered(f, at, media, connected),
            Report::MediaOffered(_) | Report::OfferRequested => {
                let refused = Order::MediaRefuse(Reason::TemporaryFailure);
                if let Some(branch) = self.branch(at) {
                    branch.connection.order(f, refused);
                }
            }
            _ => {}
        }
    }

    fn alerting(&mut self, f: &mut Facilities, at: ConnectionId) {
        f.timers.cancel(&Timer::Response(at));
        if let Some(branch) = self.branch(at) {
            branch.connection.state(f, ConnectionState::Alerting, EventCause::NewCall);
        }
        self.expect_answer(f);
        if self.state == TerminatingState::Offering {
            self.state = TerminatingState::Delivered;
            let connected = self.called_party();
            f.send(self.id, self.peer, Message::Alerting { connected });
        }
    }

    /// Something is under way: from now on the answer is awaited, the first time this happens.
    fn expect_answer(&self, f: &mut Facilities) {
        if f.timers.when(&Timer::NoAnswer(self.id)).is_none() {
            let wait = match self.setup.target {
                Target::Trunk { .. } => f.config.waits.trunk_answer,
                _ => Duration::from_secs(f.site.directory.settings.no_answer_seconds.into()),
            };
            f.after(Timer::NoAnswer(self.id), wait);
        }
    }

    /// The first media before the answer goes to the caller; that of other telephones is kept for the case that they answer.
    fn progress(&mut self, f: &mut Facilities, at: ConnectionId, media: Option<MediaAnswer>) {
        f.timers.cancel(&Timer::Response(at));
        self.expect_answer(f);
        let mut told = None;
        if let Some(answer) = media {
            match self.take_answer(at, answer) {
                Ok(true) => {}
                Ok(false) => return,
                Err(reason) => return self.branch_fails(f, at, reason),
            }
            let Some(branch) = self.branch(at) else { return };
            branch.connection.modify(f, false);
            let answer = branch.answer.clone();
            if self.early.is_some() {
                return;
            }
            self.early = Some(at);
            told = answer.map(|answer| (answer, at));
        }
        f.send(self.id, self.peer, Message::Progress { media: told });
    }

    /// The caller's digit before the answer, to the branch that it hears, in media.
    fn early_digit(&self, f: &mut Facilities, digit: char, duration: Duration) {
        let heard = self.branches.iter().find(|branch| Some(branch.connection.id) == self.early);
        let takes =
            |branch: &&Branch| branch.connection.media.as_ref().is_some_and(|media| media.has_telephone_event());
        if let Some(branch) = heard.filter(takes) {
            f.media(branch.connection.id, MediaOrderKind::SendDigit { digit, duration });
        }
    }

    /// Takes a telephone's answer to our offer; false when it has given one already: before the answer of the call only the first
    /// counts (RFC 3261 section 13.2.1).
    fn take_answer(&mut self, at: ConnectionId, answer: MediaAnswer) -> Result<bool, Reason> {
        let Some(branch) = self.branch(at).filter(|branch| branch.answer.is_none()) else { return Ok(false) };
        let media = branch.connection.media.as_mut().ok_or(Reason::ProtocolError)?;
        let offered = Box::new(media.clone());
        media.take_answer(answer.clone()).map_err(|error| error.reason())?;
        branch.answer = Some(answer);
        branch.offered = Some(offered);
        Ok(true)
    }

    /// Takes the answer that comes with the answer of the call. It counts also when another one came before.
    fn take_final_answer(&mut self, at: ConnectionId, answer: MediaAnswer) -> Result<PeerMedia, Reason> {
        let branch = self.branch(at).ok_or(Reason::InternalError)?;
        if branch.answer.as_ref().is_some_and(|before| *before != answer) {
            branch.answer = None;
            branch.connection.media = branch.offered.take().map(|offered| *offered);
        }
        self.take_answer(at, answer)?;
        self.agreed_answer(at)
    }

    fn answered(&mut self, f: &mut Facilities, at: ConnectionId, media: AnsweredMedia, connected: Option<Party>) {
        let made = match media {
            AnsweredMedia::Answer(answer) => self.take_final_answer(at, answer),
            AnsweredMedia::AsAgreed => self.agreed_answer(at),
            AnsweredMedia::Offer(offer) => self.take_offer(at, offer),
            AnsweredMedia::Treatment { source, repeat } => {
                match self.branch(at).map(|b| b.connection.media.is_some()) {
                    Some(false) => Ok(PeerMedia::Treatment(source, repeat)),
                    _ => Err(Reason::ProtocolError),
                }
            }
        };
        let media = match made {
            Ok(media) => media,
            Err(reason) => return self.branch_fails(f, at, reason),
        };
        f.timers.cancel(&Timer::NoAnswer(self.id));
        f.timers.cancel(&Timer::Response(at));
        self.state = TerminatingState::Connected;
        let connected = connected.unwrap_or_else(|| self.called_party());
        let peer = self.peer;
        let first = matches!(media, PeerMedia::Offer(_));
        let other = Some(self.setup.leg).filter(|_| !matches!(media, PeerMedia::Treatment(..)));
        let hearing = Hearing { other, ..Hearing::default() };
        let mut talk = Conversation::new(peer, hearing, false, Negotiating::Idle);
        let Some(branch) = self.branch(at) else { return };
        let leg = branch.connection.media.as_ref().map(|_| at);
        let holds = branch.connection.media.as_ref().is_some_and(|media| !media.party_listens());
        let answered = Answered { media, leg, connected, holds };
        f.send(self.id, peer, Message::Answered(Box::new(answered)));
        let Some(branch) = self.branch(at) else { return };
        if first {
            talk.wait(&branch.connection, f, Negotiating::OtherAsked { first: true });
        }
        talk.begin(&branch.connection, f);
        self.conversation = Some(talk);
        for other in self.branches.iter_mut().filter(|branch| branch.connection.id != at) {
            other.connection.clear(f, Reason::AnsweredElsewhere);
        }
    }

    /// The answer that a telephone has given to our offer, now or before.
    fn agreed_answer(&mut self, at: ConnectionId) -> Result<PeerMedia, Reason> {
        let answer = self.branch(at).and_then(|branch| branch.answer.clone());
        answer.map(PeerMedia::Answer).ok_or(Reason::ProtocolError)
    }

    /// The telephone's own offer, which it owes when we made none.
    fn take_offer(&mut self, at: ConnectionId, offer: media_plan::MediaOffer) -> Result<PeerMedia, Reason> {
        let asked = self.setup.media.is_none();
        let media = self.branch(at).and_then(|branch| branch.connection.media.as_mut());
        let media = media.filter(|_| asked).ok_or(Reason::ProtocolError)?;
        media.take_offer(offer.clone()).map_err(|error| error.reason())?;
        Ok(PeerMedia::Offer(offer))
    }

    fn talk(&mut self, f: &mut Facilities, input: HalfInput) {
        let Some(talk) = self.conversation.as_mut() else { return };
        let Some(winner) = self.branches.iter_mut().find(|branch| !branch.connection.clearing) else { return };
        let about = match &input {
            HalfInput::Report(at, _) | HalfInput::Media(at, _) => Some(*at),
            _ => None,
        };
        if about.is_some_and(|at| at != winner.connection.id) {
            return;
        }
        if let Some(reason) = talk.handle(&mut winner.connection, f, input) {
            self.give_up(f, reason);
        }
    }

    /// One telephone drops out.
    fn branch_fails(&mut self, f: &mut Facilities, at: ConnectionId, reason: Reason) {
        let Some(branch) = self.branch(at).filter(|branch| !branch.connection.clearing) else { return };
        branch.connection.clear(f, reason);
        self.dropped_out(f, at, reason);
    }

    /// The last word of a telephone.
    fn branch_gone(&mut self, f: &mut Facilities, at: ConnectionId, reason: Reason) {
        let Some(index) = self.branches.iter().position(|branch| branch.connection.id == at) else { return };
        let mut branch = self.branches.remove(index);
        let expected = branch.connection.clearing;
        branch.connection.gone(f, reason);
        match self.state {
            TerminatingState::Connected if !expected => self.give_up(f, reason),
            _ if !expected => self.dropped_out(f, at, reason),
            _ => {}
        }
        self.leave_trunk(f);
    }

    fn dropped_out(&mut self, f: &mut Facilities, at: ConnectionId, reason: Reason) {
        if self.early == Some(at) {
            self.early = None;
        }
        self.failure = Some(self.failure.map_or(reason, |before| more_telling(before, reason)));
        if self.branches.iter().all(|branch| branch.connection.clearing) {
            self.failed(f);
        }
    }

    /// No telephone is left: the attempt has failed.
    fn failed(&mut self, f: &mut Facilities) {
        let reason = self.failure.unwrap_or(Reason::SubscriberAbsent);
        self.give_up(f, reason);
    }

    /// Tells the other half that it is over, and clears what is left.
    fn give_up(&mut self, f: &mut Facilities, reason: Reason) {
        f.send(self.id, self.peer, Message::Release(reason));
        self.clear_all(f, reason);
    }

    fn clear_all(&mut self, f: &mut Facilities, reason: Reason) {
        self.state = TerminatingState::Clearing;
        f.timers.cancel(&Timer::NoAnswer(self.id));
        for branch in &mut self.branches {
            branch.connection.clear(f, reason);
        }
        self.leave_trunk(f);
    }

    /// The trunk's line is free when its connection is gone.
    fn leave_trunk(&mut self, f: &mut Facilities) {
        if self.branches.is_empty()
            && let Some(trunk) = self.trunk_taken.take()
        {
            f.leave_trunk(trunk);
        }
    }

    fn branch(&mut self, at: ConnectionId) -> Option<&mut Branch> {
        self.branches.iter_mut().find(|branch| branch.connection.id == at)
    }

    fn is_live(&self, at: ConnectionId) -> bool {
        self.branches.iter().any(|branch| branch.connection.id == at && !branch.connection.clearing)
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
