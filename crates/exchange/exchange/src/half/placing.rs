//! The placing half: calls the target of a transfer for a party that is being transferred. It has no connection of its own.
//!
//! Whoever transfers stays with the party until somebody answers (then the party and the target are joined), until it hangs up (then
//! the party waits and hears ringing), or until the call fails (then the transferor is told why and still talks to the party).
//!
//! A party on a trunk that transfers itself, and that the number leads back to, is asked first to have its trunk do it: only when that
//! fails is the target called from here.

use super::input::HalfInput;
use super::message::{Handover, Message, OwnWay, Partner, Redirection, Setup, Target, Waiting};
use super::way::Way;
use super::{Half, HalfId};
use crate::facilities::Facilities;
use crate::media::agreement::own_offer;
use crate::route::decision::{Decision, Rights};
use crate::route::number_plan::{Choice, Destination, Dialling};
use crate::vocabulary::report::Party;
use ground::{CallId, Number, Reason};
use serde::{Deserialize, Serialize};

/// A placing half.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Placing {
    id: HalfId,
    /// Who transfers, as long as it is there.
    transferor: Option<HalfId>,
    /// The party for which the call is placed.
    partner: Partner,
    way: Way,
    hops: u8,
    /// Who is called, as far as it is known.
    called: Party,
    /// The target rings or has been heard.
    rings: bool,
    /// The party's own trunk was asked; where the call goes when that fails.
    otherwise: Option<Target>,
}

/// What a single-step transfer asks for.
pub(crate) struct Request {
    /// Who asks.
    pub transferor: HalfId,
    /// The party to be transferred.
    pub partner: Partner,
    /// With whose rights.
    pub rights: Rights,
    /// How many exchanges the call may still pass.
    pub hops: u8,
    /// Where to.
    pub number: Number,
    /// The party is played by the exchange and has no media.
    pub plays: bool,
}

impl Placing {
    /// Begins a call to the target of a single-step transfer; its name.
    pub(crate) fn begin(f: &mut Facilities, request: Request) -> Result<HalfId, Reason> {
        let Request { transferor, partner, rights, hops, number, plays } = request;
        let destination = match f.decide(rights, &number, Dialling::Ended, hops) {
            Decision::Go(destination) => destination,
            Decision::Refuse(reason) => return Err(reason),
            Decision::More => return Err(Reason::IncompleteNumber),
        };
        let own_way = own_way(f, &partner, &destination);
        let mut way = Way::of(None);
        let target = way.begin(destination).ok_or(Reason::NoRouteAvailable)?;
        match &target {
            Target::Extension { device, .. } if Some(*device) == partner.device => return Err(Reason::UserBusy),
            // Two that the exchange plays have nobody to hear them.
            Target::Service { .. } if plays => return Err(Reason::NoCommonCodec),
            _ => {}
        }
        let id = f.new_half();
        f.calls.join(partner.call, id, f.now);
        let called = Party { number, name: String::new() };
        let (transferor, rings, otherwise) = (Some(transferor), false, None);
        let mut half = Placing { id, transferor, partner, way, hops, called, rings, otherwise };
        match own_way {
            Some(number) => half.ask_its_trunk(f, number, target),
            None => half.offer(f, target),
        }
        f.placed.push(half);
        Ok(id)
    }

    /// Takes over a call that rings from the half of a party that transfers it: the other party becomes its caller.
    pub(crate) fn instead(
        f: &mut Facilities,
        id: HalfId,
        (way, hops, dialled): (Way, u8, Number),
        from: HalfId,
        handover: Handover,
        rings: bool,
    ) -> Placing {
        let called = Party { number: dialled, name: String::new() };
        let (transferor, partner, otherwise) = (None, handover.partner, None);
        let mut half = Placing { id, transferor, partner, way, hops, called, rings, otherwise };
        half.stand_in(f, from, None);
        half
    }

    /// Its name.
    pub fn id(&self) -> HalfId {
        self.id
    }

    /// The call that the half belongs to.
    pub fn call(&self) -> CallId {
        self.partner.call
    }

    /// The half that is being tried, or that is to have its trunk do it.
    pub fn peer(&self) -> Option<HalfId> {
        self.way.peer.or(self.otherwise.as_ref().map(|_| self.partner.half))
    }

    /// Takes an input: what the half is afterwards.
    pub(crate) fn handle(mut self: Box<Self>, f: &mut Facilities, input: HalfInput) -> Option<Half> {
        let goes_on = match input {
            HalfInput::Message(from, message) if Some(from) == self.way.peer => self.target_says(f, message),
            HalfInput::Message(from, Message::Referred(result)) if from == self.partner.half => {
                self.its_trunk_says(f, result)
            }
            HalfInput::Message(from, Message::TransferorLeft { segment }) if Some(from) == self.transferor => {
                self.stand_in(f, from, segment);
                true
            }
            HalfInput::Message(from, Message::Release(reason))
                if Some(from) == self.transferor || from == self.partner.half =>
            {
                self.way.release(f, self.id, reason);
                false
            }
            // Its conversation with the transferor has ended otherwise.
            HalfInput::Message(from, Message::Transfer(_)) => {
                f.send(self.id, from, Message::TransferRefused(Reason::TemporaryFailure));
                true
            }
            HalfInput::ClearedByAdministrator => {
                self.fail(f, Reason::ClearedByAdministrator);
                false
            }
            _ => true,
        };
        if goes_on {
            return Some(Half::Placing(self));
        }
        f.leave(self.partner.call, self.id);
        None
    }

    /// The party's own trunk is to do it.
    fn ask_its_trunk(&mut self, f: &mut Facilities, number: Number, otherwise: Target) {
        self.otherwise = Some(otherwise);
        let (instead_of, by) = (self.partner.instead_of.clone(), self.partner.by);
        f.send(self.id, self.partner.half, Message::Refer(Box::new(OwnWay { instead_of, number, by })));
    }

    /// What became of that; false when this half has nothing more to do.
    fn its_trunk_says(&mut self, f: &mut Facilities, result: Result<(), Reason>) -> bool {
        match (self.otherwise.take(), result) {
            (None, _) => true,
            // The party takes leave of the transferor itself.
            (Some(_), Ok(())) => false,
            // The target has spoken: it is not called a second time.
            (Some(_), Err(Reason::UserBusy)) => {
                self.fail(f, Reason::UserBusy);
                false
            }
            (Some(target), Err(_)) => {
                self.offer(f, target);
                true
            }
        }
    }

    /// The transferor is gone: the party waits here from now on.
    fn stand_in(&mut self, f: &mut Facilities, transferor: HalfId, segment: Option<u16>) {
        self.transferor = None;
        self.partner.segment = segment.or(self.partner.segment);
        self.partner.instead_of = vec![self.id];
        let (called, segment, by) = (self.called.clone(), self.partner.segment, self.partner.by);
        let waiting = Waiting { instead_of: transferor, called, segment, by };
        f.send(self.id, self.partner.half, Message::Waiting(Box::new(waiting)));
    }

    /// The target's half speaks; false when this half has nothing more to do.
    fn target_says(&mut self, f: &mut Facilities, message: Message) -> bool {
        match message {
            Message::Alerting { connected, .. } => {
                self.called = connected;
                self.rings = true;
                if let Some(transferor) = self.transferor {
                    f.send(self.id, transferor, Message::TransferRinging);
                }
                true
            }
            Message::Answered(_) => {
                let Some(target) = self.way.peer.take() else { return false };
                if let Some(transferor) = self.transferor {
                    f.send(self.id, transferor, Message::TransferAnswered);
                }
                f.send(self.id, target, Message::NewPeer(Box::new(self.partner.clone())));
                false
            }
            Message::Redirected(redirection) => self.redirected(f, *redirection),
            Message::Release(reason) => {
                self.way.peer = None;
                match self.way.after_failure(f, reason, self.rings, self.hops) {
                    Some(target) => self.offer(f, target),
                    None => {
                        self.fail(f, reason);
                        return false;
                    }
                }
                true
            }
            _ => true,
        }
    }

    fn redirected(&mut self, f: &mut Facilities, redirection: Redirection) -> bool {
        self.way.peer = None;
        match self.way.redirect(f, redirection, self.hops) {
            Ok(target) => {
                self.offer(f, target);
                true
            }
            Err(reason) => {
                self.fail(f, reason);
                false
            }
        }
    }

    fn offer(&mut self, f: &mut Facilities, target: Target) {
        // A party that is played by the exchange is spoken for in the exchange's own codecs.
        let media = self.partner.media.clone().or_else(|| own_offer(&f.config.own_codecs));
        let setup = Setup {
            call: self.partner.call,
            target,
            caller: self.partner.shown.clone(),
            device: self.partner.device,
            leg: self.partner.leg.unwrap_or_default(),
            media,
            emergency: self.way.emergency,
            hops: self.hops.saturating_sub(1),
            referred_by: Some(Party { number: self.partner.by, name: String::new() }),
        };
        self.way.offer(f, self.id, setup);
    }

    /// Nobody could be reached: whoever transfers is told, or the party that waits.
    fn fail(&mut self, f: &mut Facilities, reason: Reason) {
        self.way.release(f, self.id, reason);
        match self.transferor {
            Some(transferor) => f.send(self.id, transferor, Message::TransferRefused(reason)),
            None => f.send(self.id, self.partner.half, Message::Failed(reason)),
        }
    }
}

/// The number that the party's own trunk is sent, when that trunk transfers itself and is the first choice that can take the call. It needs
/// no further line for that. An emergency call always goes through the exchange.
fn own_way(f: &Facilities, partner: &Partner, destination: &Destination) -> Option<Number> {
    let Destination::External { choices, emergency: false, .. } = destination else { return None };
    let own = f.site.directory.trunks.values().find(|trunk| Some(trunk.device) == partner.device)?;
    let usable = |choice: &&Choice| choice.trunk == own.id || f.lines(choice.trunk).take(false);
    let first = choices.iter().find(usable)?;
    (own.transfers_itself && first.trunk == own.id).then(|| Number::private(first.number))
}
