//! The decision: what becomes of a dialled number, for this caller, at this time.
//!
//! One pure function, [`NumberPlan::decide`], is used by whoever has to know: the half of a caller, a redirection, a
//! transfer, and `almon explain`. In its order: what the number means (emergency numbers before any rule), whether the
//! exchange takes the call, whether this caller may make it.

use super::listener::{Condition, Listener, Note};
use super::local_time::LocalTime;
use super::number_plan::{Analysis, Destination, Dialling, NumberPlan};
use directory::{Extension, Trunk};
use ground::{DeviceId, Number, Reason, TrunkId};
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
    pub number: &'a Number,
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
        let analysis = self.analyse(question.number, question.dialling, question.time, listener);
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

#[cfg(test)]
mod tests {
    use super::*;
    use directory::{Directory, EmergencyNumber, Route, RouteChoice, ServiceKind, ServiceNumber, Weekday};
    use ground::Digits;

    fn d(text: &str) -> Digits {
        text.parse().unwrap()
    }

    fn plan() -> NumberPlan {
        let choices = vec![RouteChoice { trunk: TrunkId(1), strip: 0, prepend: Digits::EMPTY }];
        let hours = vec!["mon 08:00-18:00".parse().unwrap()];
        let route = Route { name: "out".into(), prefix: d("0"), min_digits: 3, max_digits: 6, choices, hours };
        let echo = ServiceNumber { number: d("600"), device: DeviceId(9), kind: ServiceKind::Echo };
        NumberPlan::compile(&Directory {
            services: [(echo.number, echo)].into(),
            routes: [(route.name.clone(), route)].into(),
            emergency: [(d("112"), EmergencyNumber { number: d("112"), route: "out".into() })].into(),
            ..Directory::default()
        })
    }

    const MONDAY: LocalTime = LocalTime { weekday: Weekday::Monday, minute: 600 };
    const SUNDAY: LocalTime = LocalTime { weekday: Weekday::Sunday, minute: 600 };

    /// Why an extension's call is refused; none when it goes.
    fn refused(dialled: &str, external: bool, time: LocalTime, hops: u8, admission: Admission) -> Option<Reason> {
        let rights = Rights::Extension { device: DeviceId(1), external };
        let number = dialled.parse().unwrap();
        let question = Question { rights, number: &number, dialling: Dialling::Ended, time, hops, admission };
        match plan().decide(&question, &mut ()) {
            Decision::Refuse(reason) => Some(reason),
            Decision::Go(_) => None,
            Decision::More => panic!("everything was dialled"),
        }
    }

    #[test]
    fn whether_calls_are_taken_counts_before_what_was_dialled_and_who_did() {
        use Admission::{Draining, Open, Overloaded};
        assert_eq!(refused("0123", false, MONDAY, 0, Draining), Some(Reason::Draining));
        assert_eq!(refused("77", true, MONDAY, 70, Overloaded), Some(Reason::Overload));
        assert_eq!(refused("0123", false, MONDAY, 0, Open), Some(Reason::LoopDetected));
        assert_eq!(refused("0123", false, MONDAY, 1, Open), Some(Reason::NotAuthorized));
        assert_eq!(refused("0123", true, MONDAY, 1, Open), None);
        assert_eq!(refused("0123", true, SUNDAY, 1, Open), Some(Reason::NoRouteAvailable));
    }

    #[test]
    fn an_emergency_call_is_ended_by_a_loop_alone_and_a_service_needs_no_hop() {
        for admission in [Admission::Open, Admission::Draining, Admission::Overloaded] {
            assert_eq!(refused("112", false, SUNDAY, 1, admission), None);
            assert_eq!(refused("112", false, SUNDAY, 0, admission), Some(Reason::LoopDetected));
        }
        // A country code may begin with the same digits: nobody would call it so.
        assert_eq!(refused("+1125550100", true, MONDAY, 1, Admission::Open), Some(Reason::VacantNumber));
        assert_eq!(refused("600", false, SUNDAY, 0, Admission::Open), None);
    }

    #[test]
    fn a_trunk_calls_outside_when_its_calls_may_transit() {
        let number = Number::private(d("0123"));
        for (transit, goes) in [(true, true), (false, false)] {
            let rights = Rights::Trunk { trunk: TrunkId(1), transit };
            let dialling = Dialling::Ended;
            let admission = Admission::Open;
            let question = Question { rights, number: &number, dialling, time: MONDAY, hops: 9, admission };
            assert_eq!(matches!(plan().decide(&question, &mut ()), Decision::Go(_)), goes);
        }
    }
}
