//! The number plan of one directory revision, and the one function that analyses a number with it.
//!
//! Order of the rules: emergency numbers, then the exact number of an extension or service, then the route with the longest
//! prefix among those that work at this time. A number that begins with an emergency number *is* the emergency call: nobody in
//! need is turned away for a digit too many, and a caller who dials digit by digit would have been connected before that digit.
//! An international number is none, whatever its digits: emergency numbers belong to no country code, so that `+91 1...` is a number
//! in India also where 911 is the emergency number.

use super::listener::{Listener, Note, Rule, Verdict};
use super::local_time::LocalTime;
use super::prefix_tree::PrefixTree;
use directory::{Directory, Route, ServiceKind};
use ground::{DeviceId, Digits, Number, NumberType, TrunkId};
use serde::{Deserialize, Serialize};

/// Whether more digits can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Only routes take such numbers that do not work at this time.
    Closed,
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

    /// What `number` means at a time. Pure: the same number gives the same answer for as long as the revision stands.
    pub fn analyse<L: Listener>(
        &self,
        number: &Number,
        dialling: Dialling,
        time: LocalTime,
        listener: &mut L,
    ) -> Analysis {
        let digits = &number.digits;
        if let Some(found) = self.emergency(number) {
            self.tell_losers(digits, listener);
            listener.note(Note::Rule(Rule::Emergency { number: &found.number, route: &found.route }, Verdict::Won));
            let (route, choices) = (found.route.clone(), found.choices.clone());
            return Analysis::Complete(Destination::External { route, choices, emergency: true });
        }
        let found = self.search(digits, time, listener);
        let open = dialling == Dialling::Open;
        if let Some((rule, destination)) = found.exact {
            if let Some(route) = found.open {
                listener.note(Note::Rule(Rule::Route(route), Verdict::AfterExactNumber));
            }
            if open && found.deeper {
                listener.note(Note::Rule(rule, Verdict::Waits));
                return Analysis::More;
            }
            listener.note(Note::Rule(rule, Verdict::Won));
            return Analysis::Complete(destination.clone());
        }
        let now = found.open.map(|route| {
            let verdict = fit(route, digits, dialling, found.deeper);
            listener.note(Note::Rule(Rule::Route(route), verdict));
            outcome(verdict, open, found.deeper, || Analysis::Complete(leave(route, digits)))
        });
        match (now, found.closed) {
            // Not vacant, as long as the number can be called at another time.
            (None | Some(Analysis::Vacant), Some(route)) => {
                outcome(fit(route, digits, dialling, found.deeper), open, found.deeper, || Analysis::Closed)
            }
            (Some(analysis), _) => analysis,
            (None, None) if !found.deeper && !digits.is_empty() => Analysis::Vacant,
            (None, None) if open => Analysis::More,
            (None, None) => Analysis::Incomplete,
        }
    }

    /// True when this number reaches an emergency service. Nothing is allocated.
    pub fn is_emergency(&self, number: &Number) -> bool {
        self.emergency(number).is_some()
    }

    /// The emergency number with which this number begins.
    fn emergency(&self, number: &Number) -> Option<&Emergency> {
        if number.kind == NumberType::International {
            return None;
        }
        self.tree.walk(&number.digits).find_map(|place| place.value?.emergency.as_ref())
    }

    /// Walks along the digits: which rules fit them, and what becomes of those that lose on the way.
    fn search<'a, L: Listener>(&'a self, digits: &Digits, time: LocalTime, listener: &mut L) -> Found<'a> {
        let mut found = Found::default();
        let length = digits.len();
        for place in self.tree.walk(digits) {
            found.deeper = place.deeper && place.depth == length;
            let Some(rules) = place.value else { continue };
            if let Some((rule, destination)) = rules.exact_rule() {
                if place.depth == length {
                    found.exact = Some((rule, destination));
                } else {
                    listener.note(Note::Rule(rule, Verdict::MoreDialled));
                }
            }
            found.routes(&rules.routes, time, listener);
        }
        found
    }

    /// Tells of everything that would fit these digits if they did not begin with an emergency number.
    fn tell_losers<L: Listener>(&self, digits: &Digits, listener: &mut L) {
        if !L::HEARS {
            return;
        }
        for place in self.tree.walk(digits) {
            let Some(rules) = place.value else { continue };
            if let Some((rule, _)) = rules.exact_rule().filter(|_| place.depth == digits.len()) {
                listener.note(Note::Rule(rule, Verdict::AfterEmergency));
            }
            for route in &rules.routes {
                listener.note(Note::Rule(Rule::Route(route), Verdict::AfterEmergency));
            }
        }
    }
}

/// What a walk along dialled digits found.
#[derive(Default)]
struct Found<'a> {
    /// The number that is exactly the one dialled.
    exact: Option<(Rule<'a>, &'a Destination)>,
    /// The route of the longest prefix among those that work now.
    open: Option<&'a Route>,
    /// The route of the longest prefix among those that do not.
    closed: Option<&'a Route>,
    /// The plan holds numbers or prefixes that go on behind all digits.
    deeper: bool,
}

impl<'a> Found<'a> {
    /// Takes in the routes of one prefix, which is longer than all before.
    fn routes<L: Listener>(&mut self, routes: &'a [Route], time: LocalTime, listener: &mut L) {
        let mut best: Option<&'a Route> = None;
        for route in routes {
            if !time.is_within(&route.hours) {
                self.closed = Some(route);
                listener.note(Note::Rule(Rule::Route(route), Verdict::OutsideHours));
            } else if best.is_none() {
                best = Some(route);
            } else {
                listener.note(Note::Rule(Rule::Route(route), Verdict::SamePrefix));
            }
        }
        if best.is_some()
            && let Some(shorter) = std::mem::replace(&mut self.open, best)
        {
            listener.note(Note::Rule(Rule::Route(shorter), Verdict::ShorterPrefix));
        }
    }
}

/// How a number fits a route whose prefix it has.
fn fit(route: &Route, digits: &Digits, dialling: Dialling, deeper: bool) -> Verdict {
    let (length, least, most) = (digits.len(), usize::from(route.min_digits), usize::from(route.max_digits));
    if length > most {
        Verdict::TooLong
    } else if length < least {
        Verdict::TooShort
    } else if dialling == Dialling::Open && (length < most || deeper) {
        Verdict::Waits
    } else {
        Verdict::Won
    }
}

/// What follows from how a number fits its route. `open`: more digits can come; `deeper`: with more digits it could be a number
/// of the plan, an emergency number among them, so that what is too long for the route is not vacant yet.
fn outcome(verdict: Verdict, open: bool, deeper: bool, complete: impl FnOnce() -> Analysis) -> Analysis {
    match verdict {
        Verdict::TooLong if open && deeper => Analysis::More,
        Verdict::TooLong => Analysis::Vacant,
        Verdict::TooShort if !open => Analysis::Incomplete,
        Verdict::TooShort | Verdict::Waits => Analysis::More,
        _ => complete(),
    }
}

/// Out over a route: each of its trunks with the number that it is sent.
fn leave(route: &Route, digits: &Digits) -> Destination {
    let choices = route.choices.iter().map(|choice| {
        let number = converted(digits, choice.strip, &choice.prepend);
        Choice { trunk: choice.trunk, number }
    });
    Destination::External { route: route.name.clone(), choices: choices.collect(), emergency: false }
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

impl Rules {
    /// The number that ends here, as a rule and as a destination.
    fn exact_rule(&self) -> Option<(Rule<'_>, &Destination)> {
        let destination = self.exact.as_ref()?;
        let rule = match destination {
            Destination::Extension { number, .. } => Rule::Extension { number },
            Destination::Service { number, .. } => Rule::Service { number },
            Destination::External { .. } => return None,
        };
        Some((rule, destination))
    }
}

#[cfg(test)]
#[path = "number_plan_tests.rs"]
mod tests;
