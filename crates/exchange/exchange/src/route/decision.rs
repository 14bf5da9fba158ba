//! The decision: what becomes of a dialled number, for this caller, at this time.
//!
//! One pure function, [`NumberPlan::decide`], is used by whoever has to know: the half of a caller, a redirection, a
//! transfer, and `almon explain`. In its order: what the number means (emergency numbers before any rule), whether the
//! exchange takes the call, whether this caller may make it.

use super::listener::{Condition, Listener, Note};
use super::local_time::LocalTime;
use super::number_plan::{Analysis, Destination, Dialling, NumberPlan};
use directory::{Extension, Trunk};
use ground::{DeviceId, Digits, Reason, TrunkId};
use serde::{Deserialize, Serialize};

/// Who asks to be connected, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rights {
    /// An extension.
    Extension {
        /// Its device.
        device: DeviceId,
        /// Its class permits calls outside.
        external: bool,
    },
    /// A trunk.
    Trunk {
        /// Which.
        trunk: TrunkId,
        /// Its calls may leave over a trunk again.
        transit: bool,
    },
}

impl Rights {
    /// The rights of an extension; of one that is gone meanwhile, none but to be connected inside.
    pub fn of_extension(device: DeviceId, extension: Option<&Extension>) -> Rights {
        Rights::Extension { device, external: extension.is_some_and(|extension| extension.external_calls) }
    }

    /// The rights of a trunk; of one that is gone meanwhile, none but to reach numbers inside.
    pub fn of_trunk(trunk: TrunkId, known: Option<&Trunk>) -> Rights {
        Rights::Trunk { trunk, transit: known.is_some_and(|known| known.transit) }
    }
}

/// Whether the exchange takes a call now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admission {
    /// It does.
    #[default]
    Open,
    /// It is being stopped.
    Draining,
    /// It has as many calls as it may.
    Overloaded,
}

impl Admission {
    /// Why a call that is no emergency call is refused.
    pub fn refusal(self) -> Option<Reason> {
        match self {
            Admission::Open => None,
            Admission::Draining => Some(Reason::Draining),
            Admission::Overloaded => Some(Reason::Overload),
        }
    }
}

/// Everything that a decision depends on besides the number plan.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Whose rights count.
    pub rights: Rights,
    /// What was dialled so far.
    pub digits: &'a Digits,
    /// Whether more can follow.
    pub dialling: Dialling,
    /// When, at the site.
    pub time: LocalTime,
    /// How many exchanges the call may still pass.
    pub hops: u8,
    /// Whether the exchange takes calls now.
    pub admission: Admission,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Wait for more digits.
    More,
    /// Connect the call.
    Go(Destination),
    /// Refuse it.
    Refuse(Reason),
}

impl NumberPlan {
    /// What becomes of a call. Pure: the same question gets the same answer for as long as the revision stands.
    ///
    /// `listener` hears of everything that was looked at; `&mut ()` costs nothing.
    pub fn decide<L: Listener>(&self, question: &Question<'_>, listener: &mut L) -> Decision {
        let analysis = self.analyse(question.digits, question.dialling, question.time, listener);
        if analysis == Analysis::More {
            return Decision::More;
        }
        let emergency = matches!(analysis, Analysis::Complete(Destination::External { emergency: true, .. }));
        if !emergency && let Err(reason) = condition(Condition::Admission, question.admission.refusal(), listener) {
            return Decision::Refuse(reason);
        }
        match analysis {
            Analysis::Complete(destination) => match permit(&destination, question, listener) {
                Ok(()) => Decision::Go(destination),
                Err(reason) => Decision::Refuse(reason),
            },
            Analysis::Incomplete => Decision::Refuse(Reason::IncompleteNumber),
            Analysis::Closed => Decision::Refuse(Reason::NoRouteAvailable),
            Analysis::Vacant | Analysis::More => Decision::Refuse(Reason::VacantNumber),
        }
    }
}

/// Tells of a condition, and passes on what it said.
fn condition<L: Listener>(about: Condition, refusal: Option<Reason>, listener: &mut L) -> Result<(), Reason> {
    let met = refusal.map_or(Ok(()), Err);
    listener.note(Note::Condition(about, met));
    met
}

/// Whether this caller may reach this destination.
fn permit<L: Listener>(destination: &Destination, question: &Question<'_>, listener: &mut L) -> Result<(), Reason> {
    let refused = |holds: bool, reason: Reason| (!holds).then_some(reason);
    if !matches!(destination, Destination::Service { .. }) {
        // RFC 7332 section 4: who ends one dialog and begins another counts as a hop; an emergency call loops as any other.
        condition(Condition::Hops(question.hops), refused(question.hops > 0, Reason::LoopDetected), listener)?;
    }
    match (destination, question.rights) {
        (Destination::External { emergency: true, .. }, _) => condition(Condition::Emergency, None, listener),
        (Destination::External { .. }, Rights::Extension { external, .. }) => {
            condition(Condition::ExternalCalls, refused(external, Reason::NotAuthorized), listener)
        }
        (Destination::External { .. }, Rights::Trunk { transit, .. }) => {
            condition(Condition::Transit, refused(transit, Reason::NotAuthorized), listener)
        }
        // Who calls the own number is busy with calling.
        (Destination::Extension { device, .. }, Rights::Extension { device: own, .. }) => {
            condition(Condition::AnotherNumber, refused(*device != own, Reason::UserBusy), listener)
        }
        (Destination::Extension { .. } | Destination::Service { .. }, _) => Ok(()),
    }
}
