//! Where a call goes: the destination's choices, the targets of redirections, and what became of them. Callers have one, and halves
//! that place a call for somebody else.

use super::HalfId;
use super::message::{Message, Redirection, Setup, Target};
use crate::facilities::Facilities;
use crate::route::decision::{Decision, Rights};
use crate::route::number_plan::{Choice, Destination, Dialling};
use ground::{DeviceId, Number, Reason};
use serde::{Deserialize, Serialize};

/// The most redirections that a call follows.
const MOST_REDIRECTIONS: u8 = 5;

/// The way of a call.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Way {
    /// The half that is being tried, or was answered.
    pub peer: Option<HalfId>,
    /// The choices that were not tried yet, the next one last.
    choices: Vec<Choice>,
    /// Why the last one failed.
    pub failure: Option<Reason>,
    /// An emergency number was dialled.
    pub emergency: bool,
    /// The call was redirected: where to is not its dialled number any more.
    pub redirected: bool,
    deflection: Option<Deflection>,
    /// The devices that were tried, which no redirection reaches again.
    tried: Vec<DeviceId>,
    redirections: u8,
}

/// The targets of a redirection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Deflection {
    /// Those that were not tried yet, the next one last.
    targets: Vec<Number>,
    rights: Rights,
}

impl Way {
    /// A way for a call of this device, to which it never comes back.
    pub fn of(device: Option<DeviceId>) -> Way {
        Way { tried: device.into_iter().collect(), ..Way::default() }
    }

    /// The first target of a destination.
    pub fn begin(&mut self, destination: Destination) -> Option<Target> {
        match destination {
            Destination::Extension { device, number, name } => {
                self.tried.push(device);
                Some(Target::Extension { device, number, name })
            }
            Destination::Service { device, number, kind } => {
                self.tried.push(device);
                Some(Target::Service { device, number, kind })
            }
            Destination::External { mut choices, emergency, .. } => {
                choices.reverse();
                self.choices = choices;
                self.emergency |= emergency;
                self.next_choice()
            }
        }
    }

    /// The next trunk of the destination.
    fn next_choice(&mut self) -> Option<Target> {
        self.choices.pop().map(|Choice { trunk, number }| Target::Trunk { trunk, number })
    }

    /// What is tried after a failure: the next choice when the way failed and nothing was heard yet, then the next target of a
    /// redirection.
    pub(crate) fn after_failure(&mut self, f: &Facilities, reason: Reason, heard: bool, hops: u8) -> Option<Target> {
        self.failure = Some(reason);
        let another = !heard && crate::feature::treatment::treatment(reason).next_choice;
        if let Some(target) = another.then(|| self.next_choice()).flatten() {
            return Some(target);
        }
        self.choices.clear();
        self.next_target(f, hops).ok().flatten()
    }

    /// The device that was tried wants the call to go elsewhere: what is tried next.
    pub(crate) fn redirect(&mut self, f: &Facilities, redirection: Redirection, hops: u8) -> Result<Target, Reason> {
        self.redirections += 1;
        if self.redirections > MOST_REDIRECTIONS {
            return Err(Reason::RedirectionLimit);
        }
        let Redirection { mut targets, rights } = redirection;
        targets.truncate(usize::from(MOST_REDIRECTIONS));
        targets.reverse();
        self.choices.clear();
        self.redirected = true;
        self.deflection = Some(Deflection { targets, rights });
        self.next_target(f, hops)?.ok_or(Reason::Redirected)
    }

    /// The next target that whoever redirects may reach and that was not tried yet.
    fn next_target(&mut self, f: &Facilities, hops: u8) -> Result<Option<Target>, Reason> {
        let mut again = false;
        while let Some((number, rights)) = self.deflection.as_mut().and_then(|d| Some((d.targets.pop()?, d.rights))) {
            let Decision::Go(destination) = f.decide(rights, &number, Dialling::Ended, hops) else { continue };
            match &destination {
                Destination::Extension { device, .. } | Destination::Service { device, .. }
                    if self.tried.contains(device) =>
                {
                    again = true;
                }
                _ => {
                    if let Some(target) = self.begin(destination) {
                        return Ok(Some(target));
                    }
                }
            }
        }
        if again { Err(Reason::RedirectionLimit) } else { Ok(None) }
    }

    /// Offers the call to a target, by a new half where its device lives.
    pub(crate) fn offer(&mut self, f: &mut Facilities, from: HalfId, setup: Setup) {
        let home = match &setup.target {
            Target::Extension { device, .. } => f.homes.get(device).copied(),
            Target::Trunk { .. } | Target::Service { .. } => None,
        };
        let peer = f.new_half_at(home.unwrap_or(f.config.server));
        self.peer = Some(peer);
        f.send(from, peer, Message::Setup(Box::new(setup)));
    }

    /// Gives up whoever is being tried.
    pub(crate) fn release(&mut self, f: &mut Facilities, from: HalfId, reason: Reason) {
        if let Some(peer) = self.peer.take() {
            f.send(from, peer, Message::Release(reason));
        }
    }
}
