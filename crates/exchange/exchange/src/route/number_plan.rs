//! The number plan of one directory revision, and the one function that analyses a number with it.
//!
//! Order of the rules: emergency numbers, then the exact number of an extension or service, then the route with the longest
//! prefix. A number that begins with an emergency number *is* the emergency call: nobody in need is turned away for a digit
//! too many, and a caller who dials digit by digit would have been connected before that digit.

use super::explanation::{Rule, Step, Verdict};
use super::prefix_tree::PrefixTree;
use directory::{Directory, Route, ServiceKind};
use ground::{DeviceId, Digits, TrunkId};
use serde::{Deserialize, Serialize};

/// Whether more digits can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialling {
    /// The caller may dial more.
    Open,
    /// This is all.
    Ended,
}

/// Where a number leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// An extension.
    Extension {
        /// Its device.
        device: DeviceId,
        /// Its number.
        number: Digits,
        /// Its name.
        name: String,
    },
    /// A service inside the exchange.
    Service {
        /// Its device.
        device: DeviceId,
        /// Its number.
        number: Digits,
        /// What answers.
        kind: ServiceKind,
    },
    /// Out of the exchange.
    External {
        /// The route's name.
        route: String,
        /// The trunks to try, in order.
        choices: Vec<Choice>,
        /// An emergency number was dialled.
        emergency: bool,
    },
}

/// One trunk and the number to be sent over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The trunk.
    pub trunk: TrunkId,
    /// The number to send.
    pub number: Digits,
}

/// What a number means so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Analysis {
    /// More digits are needed, or could lead elsewhere.
    More,
    /// The number is complete.
    Complete(Destination),
    /// No more digits will come, and what there is only begins a number.
    Incomplete,
    /// No number is like this.
    Vacant,
}

/// The compiled number plan. Built from a directory revision, immutable.
#[derive(Clone, Debug, Default)]
pub struct NumberPlan {
    tree: PrefixTree<Rules>,
}

/// The rules that hang on one digit string.
#[derive(Clone, Debug, Default)]
struct Rules {
    emergency: Option<Emergency>,
    exact: Option<Destination>,
    /// Routes of this prefix in the order of their names; the first decides.
    routes: Vec<Route>,
}

#[derive(Clone, Debug)]
struct Emergency {
    number: Digits,
    route: String,
    choices: Vec<Choice>,
}

impl NumberPlan {
    /// Compiles the plan of a directory.
    pub fn compile(directory: &Directory) -> NumberPlan {
        let mut tree = PrefixTree::<Rules>::default();
        for emergency in directory.emergency.values() {
            let choices =
                directory.routes.get(&emergency.route).map(|route| route.choices.as_slice()).unwrap_or_default();
            // Digits are sent as dialled: a strip or prepend of the route is for its own numbers.
            let choices = choices.iter().map(|c| Choice { trunk: c.trunk, number: emergency.number }).collect();
            if let Some(rules) = tree.entry(&emergency.number, Rules::default) {
                rules.emergency = Some(Emergency { number: emergency.number, route: emergency.route.clone(), choices });
            }
        }
        for extension in directory.extensions.values() {
            if let Some(rules) = tree.entry(&extension.number, Rules::default) {
                let (device, number, name) = (extension.device, extension.number, extension.name.clone());
                rules.exact = Some(Destination::Extension { device, number, name });
            }
        }
        for service in directory.services.values() {
            if let Some(rules) = tree.entry(&service.number, Rules::default) {
                let (device, number, kind) = (service.device, service.number, service.kind.clone());
                rules.exact = Some(Destination::Service { device, number, kind });
            }
        }
        for route in directory.routes.values() {
            if let Some(rules) = tree.entry(&route.prefix, Rules::default) {
                rules.routes.push(route.clone());
            }
        }
        NumberPlan { tree }
    }

    /// What `digits` mean. Pure: the same digits give the same answer for as long as the revision stands.
    pub fn analyse(&self, digits: &Digits, dialling: Dialling) -> Analysis {
        self.decide(digits, dialling, &mut |_, _| {})
    }

    /// True when these digits reach an emergency service. Nothing is allocated.
    pub fn is_emergency(&self, digits: &Digits) -> bool {
        self.tree.walk(digits).any(|place| place.value.is_some_and(|rules| rules.emergency.is_some()))
    }

    /// What `digits` mean, and each rule that was looked at with what became of it: the very decision that calls get.
    pub fn explain(&self, digits: &Digits, dialling: Dialling) -> (Analysis, Vec<Step>) {
        let mut steps = Vec::new();
        let analysis = self.decide(digits, dialling, &mut |rule, verdict| steps.push(Step { rule: rule(), verdict }));
        (analysis, steps)
    }

    fn decide(&self, digits: &Digits, dialling: Dialling, note: &mut Note<'_>) -> Analysis {
        let length = digits.len();
        let mut emergency = None;
        let mut last = None;
        let mut longest: Option<(usize, &Rules)> = None;
        for place in self.tree.walk(digits) {
            if let Some(rules) = place.value {
                emergency = emergency.or(rules.emergency.as_ref());
                if place.depth < length && rules.exact.is_some() {
                    note(&|| exact_rule(rules), Verdict::MoreDialled);
                }
                if !rules.routes.is_empty() {
                    if let Some((_, shorter)) = longest {
                        lose_all(shorter, Verdict::ShorterPrefix, note);
                    }
                    longest = Some((place.depth, rules));
                }
            }
            last = Some(place);
        }
        let end = last.filter(|place| place.depth == length);
        let deeper = end.as_ref().is_some_and(|place| place.deeper);
        let exact = end.and_then(|place| place.value).filter(|rules| rules.exact.is_some());
        if let Some(found) = emergency {
            return decide_emergency(found, exact, longest.map(|(_, rules)| rules), note);
        }
        if let Some((rules, destination)) = exact.and_then(|rules| Some((rules, rules.exact.as_ref()?))) {
            if let Some((_, routes)) = longest {
                lose_all(routes, Verdict::AfterExactNumber, note);
            }
            if dialling == Dialling::Open && deeper {
                note(&|| exact_rule(rules), Verdict::Waits);
                return Analysis::More;
            }
            note(&|| exact_rule(rules), Verdict::Won);
            return Analysis::Complete(destination.clone());
        }
        match longest {
            Some((_, rules)) => decide_route(rules, digits, dialling, deeper, note),
            None if dialling == Dialling::Open && (deeper || length == 0) => Analysis::More,
            None if deeper || length == 0 => Analysis::Incomplete,
            None => Analysis::Vacant,
        }
    }
}

/// Hears of each rule and its verdict. The rule is only built for whoever asks.
type Note<'a> = dyn FnMut(&dyn Fn() -> Rule, Verdict) + 'a;

fn decide_emergency(found: &Emergency, exact: Option<&Rules>, routes: Option<&Rules>, note: &mut Note<'_>) -> Analysis {
    if let Some(rules) = exact {
        note(&|| exact_rule(rules), Verdict::AfterEmergency);
    }
    if let Some(rules) = routes {
        lose_all(rules, Verdict::AfterEmergency, note);
    }
    note(&|| Rule::Emergency { number: found.number, route: found.route.clone() }, Verdict::Won);
    let (route, choices) = (found.route.clone(), found.choices.clone());
    Analysis::Complete(Destination::External { route, choices, emergency: true })
}

fn decide_route(rules: &Rules, digits: &Digits, dialling: Dialling, deeper: bool, note: &mut Note<'_>) -> Analysis {
    for loser in rules.routes.iter().skip(1) {
        note(&|| route_rule(loser), Verdict::SamePrefix);
    }
    let Some(route) = rules.routes.first() else { return Analysis::Vacant };
    let (length, least, most) = (digits.len(), usize::from(route.min_digits), usize::from(route.max_digits));
    let open = dialling == Dialling::Open;
    if length > most {
        note(&|| route_rule(route), Verdict::TooLong { most: route.max_digits });
        Analysis::Vacant
    } else if length < least {
        note(&|| route_rule(route), Verdict::TooShort { least: route.min_digits });
        if open { Analysis::More } else { Analysis::Incomplete }
    } else if open && (length < most || deeper) {
        note(&|| route_rule(route), Verdict::Waits);
        Analysis::More
    } else {
        note(&|| route_rule(route), Verdict::Won);
        let choices = route.choices.iter().map(|choice| {
            let number = converted(digits, choice.strip, &choice.prepend);
            Choice { trunk: choice.trunk, number }
        });
        let (route, choices) = (route.name.clone(), choices.collect());
        Analysis::Complete(Destination::External { route, choices, emergency: false })
    }
}

/// The number that is sent: `strip` digits taken off the front, then `prepend` put there. Digits beyond the longest number
/// that can be dialled are lost, as they would be on any line.
fn converted(digits: &Digits, strip: u8, prepend: &Digits) -> Digits {
    let mut number = *prepend;
    for digit in digits.skip(usize::from(strip)).as_str().chars() {
        if number.push(digit).is_err() {
            break;
        }
    }
    number
}

fn lose_all(rules: &Rules, verdict: Verdict, note: &mut Note<'_>) {
    for route in &rules.routes {
        note(&|| route_rule(route), verdict);
    }
}

fn route_rule(route: &Route) -> Rule {
    Rule::Route { name: route.name.clone(), prefix: route.prefix }
}

fn exact_rule(rules: &Rules) -> Rule {
    match &rules.exact {
        Some(Destination::Service { number, .. }) => Rule::Service { number: *number },
        Some(Destination::Extension { number, .. }) => Rule::Extension { number: *number },
        Some(Destination::External { route, .. }) => Rule::Route { name: route.clone(), prefix: Digits::EMPTY },
        None => Rule::Extension { number: Digits::EMPTY },
    }
}

#[cfg(test)]
#[path = "number_plan_tests.rs"]
mod tests;
