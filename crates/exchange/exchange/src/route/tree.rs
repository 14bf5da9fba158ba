//! The listener that makes a tree of what a decision looked at.

use super::explanation::{Mark, Node};
use super::listener::{Condition, Listener, Note, Rule, Verdict};
use super::local_time::LocalTime;
use directory::{Directory, Route};
use ground::Reason;

/// Gathers notes by subject.
pub(crate) struct Tree<'a> {
    directory: &'a Directory,
    time: LocalTime,
    emergency: Vec<Node>,
    exact: Vec<Node>,
    routes: Vec<Node>,
    admission: Option<Result<(), Reason>>,
    permission: Vec<Node>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(directory: &'a Directory, time: LocalTime) -> Tree<'a> {
        let (emergency, exact, routes, permission) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Tree { directory, time, emergency, exact, routes, admission: None, permission }
    }

    /// The tree, in the order in which the decision was made. `calls`: how many there would be, and the most.
    pub(crate) fn nodes(self, (calls, most): (usize, usize)) -> Vec<Node> {
        let emergency = self.emergency.iter().any(|node| node.verdict == Mark::Won);
        let known: Vec<&str> = self.directory.emergency.keys().map(ground::Digits::as_str).collect();
        let none = match known.as_slice() {
            [] => "there are none at this site".to_owned(),
            [one] => format!("the number does not begin with {one}"),
            few if few.len() <= 8 => format!("the number begins with none of {}", few.join(", ")),
            many => format!("the number begins with none of the {} of this site", many.len()),
        };
        let mut nodes = vec![
            group("emergency numbers", self.emergency, &none),
            group("exact numbers", self.exact, "no extension or service has this number"),
            group("routes", self.routes, "no route's prefix fits"),
        ];
        let bound = if most == 0 { String::new() } else { format!(" of at most {most}") };
        match self.admission {
            Some(Ok(())) => {
                nodes.push(Node::new("admission", Mark::Passed, format!("it would be call {calls}{bound}")));
            }
            Some(Err(reason)) => nodes.push(Node::new("admission", Mark::Failed, refusal(reason))),
            None if emergency => {
                nodes.push(Node::new("admission", Mark::Passed, "emergency calls pass drain and overload"));
            }
            None => {}
        }
        if !self.permission.is_empty() {
            nodes.push(group("permission", self.permission, ""));
        }
        nodes
    }

    fn route(&self, route: &Route, verdict: Verdict) -> Node {
        let what = format!("route {} for {}…", route.name, route.prefix);
        let (least, most) = (route.min_digits, route.max_digits);
        let why = match verdict {
            Verdict::TooShort => format!("too short: {least} to {most} digits are needed"),
            Verdict::TooLong => format!("too long: {least} to {most} digits are possible"),
            Verdict::OutsideHours => {
                let hours: Vec<String> = route.hours.iter().map(ToString::to_string).collect();
                format!("outside its hours ({}): it is {}", hours.join("; "), self.time)
            }
            Verdict::Won if route.hours.is_empty() => "the longest prefix".to_owned(),
            Verdict::Won => "the longest prefix, within its hours".to_owned(),
            other => words(other).to_owned(),
        };
        Node::new(what, mark(verdict), why)
    }
}

impl Listener for Tree<'_> {
    fn note(&mut self, note: Note<'_>) {
        match note {
            Note::Rule(Rule::Emergency { number, route }, verdict) => {
                let why = format!("before any rule, over the trunks of route {route}");
                self.emergency.push(Node::new(format!("emergency number {number}"), mark(verdict), why));
            }
            Note::Rule(Rule::Extension { number }, verdict) => {
                let name = self.directory.extensions.get(number).map(|extension| extension.name.as_str());
                let name = name.filter(|name| !name.is_empty()).map(|name| format!(" ({name})")).unwrap_or_default();
                self.exact.push(Node::new(format!("extension {number}{name}"), mark(verdict), words(verdict)));
            }
            Note::Rule(Rule::Service { number }, verdict) => {
                self.exact.push(Node::new(format!("service {number}"), mark(verdict), words(verdict)));
            }
            Note::Rule(Rule::Route(route), verdict) => {
                let node = self.route(route, verdict);
                self.routes.push(node);
            }
            Note::Condition(Condition::Admission, met) => self.admission = Some(met),
            Note::Condition(condition, met) => self.permission.push(permission(condition, met)),
        }
    }
}

/// The verdict of several: that of the one that says most.
fn group(what: &str, children: Vec<Node>, none: &str) -> Node {
    let any = |mark: Mark| children.iter().any(|node| node.verdict == mark);
    let verdict = [Mark::Failed, Mark::Won, Mark::Waits].into_iter().find(|mark| any(*mark));
    let why = if children.is_empty() { none } else { "" };
    let verdict = verdict.unwrap_or(if children.iter().any(|node| node.verdict == Mark::Passed) {
        Mark::Passed
    } else {
        Mark::Lost
    });
    Node::new(what, verdict, why).with(children)
}

fn mark(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Won => Mark::Won,
        Verdict::Waits => Mark::Waits,
        _ => Mark::Lost,
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Won => "exactly this number",
        Verdict::Waits => "fits, and more digits could lead elsewhere",
        Verdict::AfterEmergency => "an emergency number comes before any rule",
        Verdict::AfterExactNumber => "an exact number comes before any route",
        Verdict::ShorterPrefix => "a longer prefix fits",
        Verdict::SamePrefix => "a route of the same prefix comes before it by name",
        Verdict::OutsideHours => "outside its hours",
        Verdict::TooShort => "the number is too short",
        Verdict::TooLong => "the number is too long",
        Verdict::MoreDialled => "more was dialled than this number",
    }
}

/// A reason with its code and its words.
pub(crate) fn refusal(reason: Reason) -> String {
    format!("{} ({})", reason.text(), reason.code())
}

fn permission(condition: Condition, met: Result<(), Reason>) -> Node {
    let (what, yes, no) = match condition {
        Condition::Admission => ("admission", String::new(), ""),
        Condition::Hops(left) => ("hops", format!("{left} left"), "none left, so it may have come round in a loop"),
        Condition::ExternalCalls => {
            ("external calls", "the extension may call outside".to_owned(), "the extension may not call outside")
        }
        Condition::Transit => {
            ("transit", "the trunk's calls may leave again".to_owned(), "the trunk's calls may not leave again")
        }
        Condition::AnotherNumber => {
            ("another number", "not the caller's own".to_owned(), "the caller's own number is busy with calling")
        }
        Condition::Emergency => ("emergency", "everybody may call it".to_owned(), ""),
    };
    match met {
        Ok(()) => Node::new(what, Mark::Passed, yes),
        Err(reason) => Node::new(what, Mark::Failed, format!("{no}: {}", refusal(reason))),
    }
}
