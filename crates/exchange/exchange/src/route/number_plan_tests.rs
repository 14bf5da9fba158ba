use super::*;
use directory::{EmergencyNumber, Extension, RouteChoice, ServiceNumber};
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

fn complete(text: &str) -> Destination {
    match NumberPlan::compile(&site()).analyse(&d(text), Dialling::Ended) {
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
    assert!(plan.is_emergency(&d("112")));
    assert!(!plan.is_emergency(&d("11")));
}

#[test]
fn an_emergency_number_needs_no_time_out_in_overlap() {
    let plan = NumberPlan::compile(&site());
    assert_eq!(plan.analyse(&d("11"), Dialling::Open), Analysis::More);
    assert!(matches!(plan.analyse(&d("112"), Dialling::Open), Analysis::Complete(_)));
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
    assert_eq!(plan.analyse(&d("20"), Dialling::Open), Analysis::More);
    assert!(matches!(
        plan.analyse(&d("20"), Dialling::Ended),
        Analysis::Complete(Destination::Extension { device: DeviceId(3), .. })
    ));
    assert!(matches!(
        plan.analyse(&d("201"), Dialling::Open),
        Analysis::Complete(Destination::Extension { device: DeviceId(4), .. })
    ));
}

#[test]
fn numbers_that_end_early_or_lead_nowhere_are_told_apart() {
    let plan = NumberPlan::compile(&site());
    assert_eq!(plan.analyse(&d("100"), Dialling::Ended), Analysis::Incomplete);
    assert_eq!(plan.analyse(&d("100"), Dialling::Open), Analysis::More);
    assert_eq!(plan.analyse(&d("1003"), Dialling::Open), Analysis::Vacant);
    assert_eq!(plan.analyse(&d("999"), Dialling::Ended), Analysis::Vacant);
    assert_eq!(plan.analyse(&d("030"), Dialling::Ended), Analysis::Incomplete);
    assert_eq!(plan.analyse(&d("0301"), Dialling::Open), Analysis::More);
    assert_eq!(plan.analyse(&d("6123"), Dialling::Ended), Analysis::Vacant);
    assert_eq!(plan.analyse(&Digits::EMPTY, Dialling::Open), Analysis::More);
    assert_eq!(plan.analyse(&Digits::EMPTY, Dialling::Ended), Analysis::Incomplete);
}

#[test]
fn an_explanation_names_the_winner_and_each_loser() {
    let (analysis, steps) = NumberPlan::compile(&site()).explain(&d("0049301234"), Dialling::Ended);
    assert!(matches!(analysis, Analysis::Complete(_)));
    let text: Vec<_> = steps.iter().map(Step::to_string).collect();
    assert_eq!(
        text,
        [
            "route national for 0...: lost to a longer prefix",
            "route spare for 0...: lost to a longer prefix",
            "route international for 00...: won",
        ]
    );
    let (_, steps) = NumberPlan::compile(&site()).explain(&d("030"), Dialling::Ended);
    assert_eq!(steps.last().unwrap().to_string(), "route national for 0...: needs at least 4 digits");
    let (_, steps) = NumberPlan::compile(&site()).explain(&d("112"), Dialling::Ended);
    assert_eq!(steps.last().unwrap().to_string(), "emergency number 112 over route national: won");
}

proptest! {
    #[test]
    fn an_explanation_is_the_decision_that_calls_get(dialled in "[0-9*#]{0,14}", open in any::<bool>()) {
        let plan = NumberPlan::compile(&site());
        let dialling = if open { Dialling::Open } else { Dialling::Ended };
        let (explained, steps) = plan.explain(&d(&dialled), dialling);
        prop_assert_eq!(plan.analyse(&d(&dialled), dialling), explained.clone());
        let won = steps.iter().filter(|s| s.verdict == Verdict::Won).count();
        prop_assert_eq!(won, usize::from(matches!(explained, Analysis::Complete(_))));
    }

    #[test]
    fn only_open_dialling_asks_for_more_and_only_ended_dialling_is_incomplete(dialled in "[0-9*#]{0,14}") {
        let plan = NumberPlan::compile(&site());
        prop_assert_ne!(plan.analyse(&d(&dialled), Dialling::Ended), Analysis::More);
        prop_assert_ne!(plan.analyse(&d(&dialled), Dialling::Open), Analysis::Incomplete);
    }
}
