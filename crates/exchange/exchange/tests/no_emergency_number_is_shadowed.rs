//! Whatever dial plan the change checks let through, whoever dials and whenever: an emergency number reaches its emergency
//! destination, and nothing else does.

use directory::change::{CallLimit, NewChoice, NewExtension, NewRoute, NewTrunk};
use directory::{Change, ChangeSet, Directory, ServiceKind, TrunkTransport, Weekday};
use exchange::route::decision::{Admission, Decision, Question, Rights};
use exchange::route::local_time::LocalTime;
use exchange::route::number_plan::{Destination, Dialling, NumberPlan};
use ground::{DeviceId, Digits, NetworkId, Number, NumberType, TrunkId, Utc};
use proptest::collection::vec;
use proptest::prelude::*;

/// Few digits, so that numbers meet.
fn number() -> impl Strategy<Value = Digits> {
    "[012]{1,5}".prop_map(|text| text.parse().unwrap())
}

fn route() -> impl Strategy<Value = Change> {
    let hours =
        vec(prop_oneof![Just("mon-fri 08:00-18:00"), Just("sat,sun 22:00-06:00"), Just("wed 00:00-24:00")], 0..2);
    let choices = vec((prop_oneof![Just("near"), Just("far")], 0_u8..2, "[0-9]{0,3}"), 1..3);
    ("[a-d]", number(), 1_u8..6, 0_u8..6, choices, hours).prop_map(|(name, prefix, least, more, choices, hours)| {
        let choice = |(trunk, strip, prepend): (&str, u8, String)| NewChoice {
            trunk: trunk.to_owned(),
            strip,
            prepend: prepend.parse().unwrap(),
        };
        Change::AddRoute(NewRoute {
            name,
            prefix,
            min_digits: least,
            max_digits: least + more,
            choices: choices.into_iter().map(choice).collect(),
            hours: hours.into_iter().map(|text| text.parse().unwrap()).collect(),
        })
    })
}

fn change() -> impl Strategy<Value = Change> {
    let extension = (number(), any::<bool>()).prop_map(|(number, external_calls)| {
        let (name, password) = (String::new(), Vec::new());
        let (call_waiting, max_calls, pickup_group) = (true, None, None);
        Change::AddExtension(NewExtension {
            number,
            name,
            max_terminals: 1,
            external_calls,
            call_waiting,
            max_calls,
            pickup_group,
            password,
        })
    });
    let emergency = (number(), "[a-d]").prop_map(|(number, route)| Change::AddEmergency { number, route });
    prop_oneof![
        4 => extension,
        2 => number().prop_map(|number| Change::AddService { number, kind: ServiceKind::Echo }),
        4 => route(),
        4 => emergency,
        1 => number().prop_map(|number| Change::RemoveEmergency { number }),
        1 => number().prop_map(|number| Change::RemoveExtension { number }),
    ]
}

fn trunk(name: &str, host: u8) -> Change {
    Change::AddTrunk(NewTrunk {
        name: name.to_owned(),
        address: ([192, 0, 2, host], 5060).into(),
        transport: TrunkTransport::Udp,
        network: NetworkId(1),
        sources: Vec::new(),
        transit: false,
        follow_redirects: false,
        may_transfer: false,
        transfers_itself: false,
        max_calls: CallLimit::AtMost(1),
    })
}

/// What remains of random changes when those that are refused are left out.
fn accepted(changes: Vec<Change>) -> Directory {
    let mut directory = Directory::default();
    for change in [trunk("near", 1), trunk("far", 2)].into_iter().chain(changes) {
        let at = Utc::from_seconds(1);
        let set = ChangeSet { base: directory.revision, author: "meucci".to_owned(), at, changes: vec![change] };
        if let Ok(next) = directory.apply(&set) {
            directory = next;
        }
    }
    directory
}

/// Anybody at any time in any state of the exchange.
#[derive(Clone, Copy, Debug)]
struct Circumstances {
    rights: Rights,
    time: LocalTime,
    hops: u8,
    admission: Admission,
}

fn circumstances() -> impl Strategy<Value = Circumstances> {
    let extension = (1_u32..9, any::<bool>())
        .prop_map(|(device, external)| Rights::Extension { device: DeviceId(device), external });
    let trunk = (1_u32..3, any::<bool>()).prop_map(|(trunk, transit)| Rights::Trunk { trunk: TrunkId(trunk), transit });
    let admission = prop_oneof![Just(Admission::Open), Just(Admission::Draining), Just(Admission::Overloaded)];
    (prop_oneof![extension, trunk], 0_usize..7, 0_u16..1440, 1_u8..=255, admission).prop_map(
        |(rights, day, minute, hops, admission)| Circumstances {
            rights,
            time: LocalTime { weekday: Weekday::ALL[day], minute },
            hops,
            admission,
        },
    )
}

fn decide(plan: &NumberPlan, around: Circumstances, digits: &Digits, dialling: Dialling) -> Decision {
    let Circumstances { rights, time, hops, admission } = around;
    let number = &Number::private(*digits);
    plan.decide(&Question { rights, number, dialling, time, hops, admission }, &mut ())
}

fn is_emergency(decision: &Decision) -> bool {
    matches!(decision, Decision::Go(Destination::External { emergency: true, .. }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_emergency_number_reaches_its_destination(
        changes in vec(change(), 1..60), around in circumstances(), more in "[0-9*#]{0,20}",
    ) {
        let directory = accepted(changes);
        let plan = NumberPlan::compile(&directory);
        for emergency in directory.emergency.values() {
            let number = emergency.number;
            let trunks: Vec<TrunkId> = directory.routes[&emergency.route].choices.iter().map(|one| one.trunk).collect();
            let whole: Digits = format!("{number}{more}").parse().unwrap();
            prop_assert!([number, whole].iter().all(|digits| plan.is_emergency(&Number::private(*digits))));
            // En bloc and digit by digit, with and without further digits: the same trunks, and the number as it stands.
            for (dialled, dialling) in
                [(number, Dialling::Ended), (number, Dialling::Open), (whole, Dialling::Ended), (whole, Dialling::Open)]
            {
                let decision = decide(&plan, around, &dialled, dialling);
                let Decision::Go(Destination::External { route, choices, emergency: true }) = &decision else {
                    return Err(TestCaseError::fail(format!("{dialled} {dialling:?}: {decision:?}")));
                };
                prop_assert_eq!(route, &emergency.route);
                prop_assert_eq!(choices.iter().map(|choice| choice.trunk).collect::<Vec<_>>(), trunks.clone());
                prop_assert!(choices.iter().all(|choice| choice.number == number));
            }
            // Whoever dials it digit by digit is not refused, and led nowhere else, before its last digit.
            for length in 0..number.len() {
                let begun: Digits = number.as_str()[..length].parse().unwrap();
                prop_assert_eq!(decide(&plan, around, &begun, Dialling::Open), Decision::More, "{} of {}", begun, number);
            }
        }
    }

    #[test]
    fn nothing_else_is_an_emergency_call(
        changes in vec(change(), 1..60), around in circumstances(), dialled in prop_oneof!["[012]{0,7}", "[0-9*#A-D]{0,31}"], open in any::<bool>(),
    ) {
        let directory = accepted(changes);
        let plan = NumberPlan::compile(&directory);
        let digits: Digits = dialled.parse().unwrap();
        let begins = directory.emergency.keys().any(|number| digits.starts_with(number));
        let dialling = if open { Dialling::Open } else { Dialling::Ended };
        prop_assert_eq!(is_emergency(&decide(&plan, around, &digits, dialling)), begins);
        prop_assert_eq!(plan.is_emergency(&Number::private(digits)), begins);
        // So nothing that the site calls its own is one.
        let numbers = directory.extensions.keys().chain(directory.services.keys());
        for number in numbers.chain(directory.routes.values().map(|route| &route.prefix)) {
            prop_assert!(!plan.is_emergency(&Number::private(*number)), "{}", number);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_international_number_is_an_emergency_call_and_every_other_kind_is(
        changes in vec(change(), 1..60), around in circumstances(), more in "[0-9]{0,12}", open in any::<bool>(),
    ) {
        use NumberType::*;
        let directory = accepted(changes);
        let plan = NumberPlan::compile(&directory);
        let dialling = if open { Dialling::Open } else { Dialling::Ended };
        let Circumstances { rights, time, hops, admission } = around;
        for emergency in directory.emergency.keys() {
            // Its digits begin a country code, as those of 911 begin that of India.
            let digits: Digits = format!("{emergency}{more}").parse().unwrap();
            for kind in [
                UnknownPublic, International, National, NetworkSpecific, LocalPublic, UnknownPrivate, LocalPrivate,
                RegionalPrivate,
            ] {
                let number = &Number { kind, ..Number::private(digits) };
                let decision = plan.decide(&Question { rights, number, dialling, time, hops, admission }, &mut ());
                prop_assert_eq!(is_emergency(&decision), kind != International, "{} {:?}", number, kind);
                prop_assert_eq!(plan.is_emergency(number), kind != International, "{} {:?}", number, kind);
            }
        }
    }
}

#[test]
fn the_random_plans_hold_what_could_shadow() {
    // Without emergency numbers and rules around them the properties would say nothing.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut emergency, mut routes, mut close) = (0, 0, 0);
    for _ in 0..200 {
        let changes = proptest::strategy::Strategy::new_tree(&vec(change(), 1..60), &mut runner).unwrap();
        let directory = accepted(proptest::strategy::ValueTree::current(&changes));
        emergency += directory.emergency.len();
        routes += directory.routes.len();
        let first = |number: &Digits| number.as_str().chars().next();
        close += directory
            .emergency
            .keys()
            .filter(|number| directory.extensions.keys().any(|other| first(other) == first(number)))
            .count();
    }
    assert!(emergency > 200 && routes > 300 && close > 50, "{emergency} {routes} {close}");
}
