use super::*;
use crate::route::local_time::LocalTime;
use directory::{EmergencyNumber, Extension, RouteChoice, ServiceNumber, Weekday};
use proptest::prelude::*;

fn d(text: &str) -> Digits {
    text.parse().unwrap()
}

fn extension(number: &str, device: u32) -> (Digits, Extension) {
    let extension = Extension {
        number: d(number),
        device: DeviceId(device),
        name: String::new(),
        max_terminals: 1,
        external_calls: true,
        password: Vec::new(),
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    };
    (d(number), extension)
}

fn route(name: &str, prefix: &str, digits: (u8, u8), choices: &[(u32, u8, &str)]) -> (String, Route) {
    let choices =
        choices.iter().map(|(t, s, p)| RouteChoice { trunk: TrunkId(*t), strip: *s, prepend: d(p) }).collect();
    let (min_digits, max_digits) = digits;
    (
        name.to_owned(),
        Route { name: name.to_owned(), prefix: d(prefix), min_digits, max_digits, choices, hours: Vec::new() },
    )
}

fn site() -> Directory {
    Directory {
        extensions: [extension("1001", 1), extension("1002", 2), extension("20", 3), extension("201", 4)].into(),
        services: [(d("*1"), ServiceNumber { number: d("*1"), device: DeviceId(9), kind: ServiceKind::Echo })].into(),
        routes: [
            route("national", "0", (4, 12), &[(1, 1, ""), (2, 1, "00")]),
            route("international", "00", (6, 20), &[(2, 2, "")]),
            route("spare", "0", (4, 12), &[(3, 0, "")]),
            route("short", "6", (2, 3), &[(1, 0, "")]),
        ]
        .into(),
        emergency: [(d("112"), EmergencyNumber { number: d("112"), route: "national".into() })].into(),
        ..Directory::default()
    }
}

/// A Wednesday afternoon.
const NOON: LocalTime = LocalTime { weekday: Weekday::Wednesday, minute: 15 * 60 };
/// A Sunday night.
const NIGHT: LocalTime = LocalTime { weekday: Weekday::Sunday, minute: 60 };

/// The site with international calls in office hours only, and another such route of the same prefix at weekends.
fn office_site() -> Directory {
    let mut site = site();
    let weekend = route("weekend", "00", (6, 20), &[(3, 2, "")]);
    site.routes.extend([weekend]);
    for (name, hours) in [("international", "mon-fri 08:00-18:00"), ("weekend", "sat,sun 06:00-22:00")] {
        site.routes.get_mut(name).unwrap().hours = vec![hours.parse().unwrap()];
    }
    site
}

/// Keeps every note as text: the rule, and what became of it.
#[derive(Default)]
struct Notes(Vec<String>);

impl Listener for Notes {
    fn note(&mut self, note: Note<'_>) {
        if let Note::Rule(rule, verdict) = note {
            let rule = match rule {
                Rule::Emergency { number, route } => format!("emergency {number} over {route}"),
                Rule::Extension { number } => format!("extension {number}"),
                Rule::Service { number } => format!("service {number}"),
                Rule::Route(route) => format!("route {}", route.name),
            };
            self.0.push(format!("{rule}: {verdict:?}"));
        }
    }
}

fn n(text: &str) -> Number {
    text.parse().unwrap()
}

fn analyse(plan: &NumberPlan, text: &str, dialling: Dialling) -> Analysis {
    plan.analyse(&n(text), dialling, NOON, &mut ())
}

fn notes(directory: &Directory, text: &str, time: LocalTime) -> (Analysis, Vec<String>) {
    let mut notes = Notes::default();
    let analysis = NumberPlan::compile(directory).analyse(&n(text), Dialling::Ended, time, &mut notes);
    (analysis, notes.0)
}

fn complete(text: &str) -> Destination {
    match analyse(&NumberPlan::compile(&site()), text, Dialling::Ended) {
        Analysis::Complete(destination) => destination,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn an_emergency_number_comes_before_any_rule_and_is_sent_as_dialled() {
    for dialled in ["112", "1125"] {
        let Destination::External { route, choices, emergency } = complete(dialled) else { panic!("not external") };
        assert!(emergency);
        assert_eq!(route, "national");
        assert_eq!(
            choices,
            [Choice { trunk: TrunkId(1), number: d("112") }, Choice { trunk: TrunkId(2), number: d("112") }]
        );
    }
    let plan = NumberPlan::compile(&site());
    assert!(plan.is_emergency(&n("112")));
    assert!(!plan.is_emergency(&n("11")));
    // India's numbers begin so, where 112 is the emergency number of the site and somebody dialled a country code.
    assert!(!plan.is_emergency(&n("+1125550100")));
    assert!(matches!(analyse(&plan, "+1125550100", Dialling::Ended), Analysis::Vacant | Analysis::Incomplete));
}

#[test]
fn an_emergency_number_needs_no_time_out_in_overlap() {
    let plan = NumberPlan::compile(&site());
    assert_eq!(analyse(&plan, "11", Dialling::Open), Analysis::More);
    assert!(matches!(analyse(&plan, "112", Dialling::Open), Analysis::Complete(_)));
}

#[test]
fn the_longest_prefix_wins_and_its_choices_convert_the_number() {
    let Destination::External { route, choices, .. } = complete("0049301234") else { panic!("not external") };
    assert_eq!(route, "international");
    assert_eq!(choices, [Choice { trunk: TrunkId(2), number: d("49301234") }]);
    let Destination::External { route, choices, .. } = complete("030123") else { panic!("not external") };
    assert_eq!(route, "national");
    let numbers: Vec<_> = choices.iter().map(|c| c.number.to_string()).collect();
    assert_eq!(numbers, ["30123", "0030123"]);
}

#[test]
fn an_exact_number_with_longer_neighbours_waits_while_digits_may_follow() {
    let plan = NumberPlan::compile(&site());
    assert_eq!(analyse(&plan, "20", Dialling::Open), Analysis::More);
    assert!(matches!(
        analyse(&plan, "20", Dialling::Ended),
        Analysis::Complete(Destination::Extension { device: DeviceId(3), .. })
    ));
    assert!(matches!(
        analyse(&plan, "201", Dialling::Open),
        Analysis::Complete(Destination::Extension { device: DeviceId(4), .. })
    ));
}

#[test]
fn numbers_that_end_early_or_lead_nowhere_are_told_apart() {
    let plan = NumberPlan::compile(&site());
    assert_eq!(analyse(&plan, "100", Dialling::Ended), Analysis::Incomplete);
    assert_eq!(analyse(&plan, "100", Dialling::Open), Analysis::More);
    assert_eq!(analyse(&plan, "1003", Dialling::Open), Analysis::Vacant);
    assert_eq!(analyse(&plan, "999", Dialling::Ended), Analysis::Vacant);
    assert_eq!(analyse(&plan, "030", Dialling::Ended), Analysis::Incomplete);
    assert_eq!(analyse(&plan, "0301", Dialling::Open), Analysis::More);
    assert_eq!(analyse(&plan, "6123", Dialling::Ended), Analysis::Vacant);
    assert_eq!(analyse(&plan, "", Dialling::Open), Analysis::More);
    assert_eq!(analyse(&plan, "", Dialling::Ended), Analysis::Incomplete);
}

#[test]
fn the_winner_and_each_loser_are_told() {
    let (analysis, told) = notes(&site(), "0049301234", NOON);
    assert!(matches!(analysis, Analysis::Complete(_)));
    assert_eq!(told, ["route spare: SamePrefix", "route national: ShorterPrefix", "route international: Won"]);
    assert_eq!(notes(&site(), "030", NOON).1, ["route spare: SamePrefix", "route national: TooShort"]);
    assert_eq!(notes(&site(), "112", NOON).1, ["emergency 112 over national: Won"]);
    assert_eq!(notes(&site(), "2011", NOON).1, ["extension 20: MoreDialled", "extension 201: MoreDialled"]);
}

#[test]
fn a_route_outside_its_hours_loses() {
    let site = office_site();
    let route_at = |time| match notes(&site, "0049301234", time) {
        (Analysis::Complete(Destination::External { route, .. }), told) => (route, told),
        other => panic!("{other:?}"),
    };
    let (won, told) = route_at(NOON);
    assert_eq!(won, "international");
    assert!(told.contains(&"route weekend: OutsideHours".to_owned()), "{told:?}");
    let (won, told) = route_at(LocalTime { weekday: Weekday::Saturday, minute: 12 * 60 });
    assert_eq!(won, "weekend");
    assert!(told.contains(&"route international: OutsideHours".to_owned()), "{told:?}");
    // Neither works: the shorter prefix takes the number.
    assert_eq!(route_at(NIGHT).0, "national");
}

#[test]
fn a_number_of_closed_routes_is_not_vacant_but_cannot_be_reached_now() {
    let mut site = office_site();
    site.routes.retain(|_, route| route.name == "international" || route.name == "short");
    assert_eq!(notes(&site, "0049301234", NIGHT).0, Analysis::Closed);
    assert_eq!(notes(&site, "00493", NIGHT).0, Analysis::Incomplete);
    assert_eq!(notes(&site, &"0".repeat(21), NIGHT).0, Analysis::Vacant);
    assert_eq!(notes(&site, "0349301234", NIGHT).0, Analysis::Vacant);
    // Nor when a shorter prefix works now and takes no number as long as this.
    let long = "004930123456789";
    assert_eq!(notes(&office_site(), long, NIGHT).0, Analysis::Closed);
    assert!(matches!(notes(&office_site(), long, NOON).0, Analysis::Complete(_)));
}

#[test]
fn an_emergency_number_leaves_over_a_route_outside_its_hours() {
    let mut site = site();
    site.routes.get_mut("national").unwrap().hours = vec!["mon 08:00-09:00".parse().unwrap()];
    let (analysis, told) = notes(&site, "112", NIGHT);
    assert!(matches!(analysis, Analysis::Complete(Destination::External { emergency: true, .. })));
    assert_eq!(told, ["emergency 112 over national: Won"]);
}

fn any_time() -> impl Strategy<Value = LocalTime> {
    (0_usize..7, 0_u16..1440).prop_map(|(day, minute)| LocalTime { weekday: Weekday::ALL[day], minute })
}

#[test]
fn a_number_too_long_for_its_route_waits_while_it_could_become_another() {
    let mut site = site();
    site.routes.insert("short".to_owned(), route("short", "1", (1, 1), &[(1, 0, "")]).1);
    let plan = NumberPlan::compile(&site);
    for begun in ["1", "11", "10", "100"] {
        assert_eq!(analyse(&plan, begun, Dialling::Open), Analysis::More, "{begun}");
    }
    assert!(matches!(analyse(&plan, "112", Dialling::Open), Analysis::Complete(_)));
    assert!(matches!(analyse(&plan, "1001", Dialling::Open), Analysis::Complete(_)));
    assert_eq!(analyse(&plan, "12", Dialling::Open), Analysis::Vacant);
    assert_eq!(analyse(&plan, "11", Dialling::Ended), Analysis::Vacant);
}

proptest! {
    #[test]
    fn listening_changes_nothing_and_hears_of_one_winner_at_most(
        dialled in "[0-9*#]{0,14}", open in any::<bool>(), time in any_time(),
    ) {
        let plan = NumberPlan::compile(&office_site());
        let dialling = if open { Dialling::Open } else { Dialling::Ended };
        let mut notes = Notes::default();
        let heard = plan.analyse(&n(&dialled), dialling, time, &mut notes);
        prop_assert_eq!(&plan.analyse(&n(&dialled), dialling, time, &mut ()), &heard);
        let won = notes.0.iter().filter(|note| note.ends_with(": Won")).count();
        prop_assert_eq!(won, usize::from(matches!(heard, Analysis::Complete(_))));
        let all = notes.0.len();
        notes.0.sort();
        notes.0.dedup();
        prop_assert_eq!(notes.0.len(), all, "each rule is told of once");
    }

    #[test]
    fn only_open_dialling_asks_for_more_and_only_ended_dialling_is_incomplete(
        dialled in "[0-9*#]{0,14}", time in any_time(),
    ) {
        let plan = NumberPlan::compile(&office_site());
        prop_assert_ne!(plan.analyse(&n(&dialled), Dialling::Ended, time, &mut ()), Analysis::More);
        prop_assert_ne!(plan.analyse(&n(&dialled), Dialling::Open, time, &mut ()), Analysis::Incomplete);
    }
}
