//! Explaining a call on the live state: the decision that calls get, with a listener, and what it would find at its destination.

use super::decision::{Decision, Rights};
use super::explanation::{Asked, Explanation, Inquiry, Mark, Node, Origin, Outcome, Unexplained};
use super::number_plan::{Choice, Destination};
use super::reach::{Limit, Lines, Presence};
use super::tree::{Tree, refusal};
use crate::facilities::Facilities;
use directory::{Extension, ServiceKind, Trunk};
use ground::{DeviceId, Digits, Reason, TrunkId, Utc};

/// The caller as the exchange knows it.
struct Caller<'a> {
    rights: Rights,
    extension: Option<&'a Extension>,
    trunk: Option<&'a Trunk>,
}

impl Facilities {
    /// What would become of a call now, or at the inquiry's time, and why. Nothing changes.
    pub(crate) fn explain(&self, now: Utc, inquiry: &Inquiry) -> Result<Explanation, Unexplained> {
        let caller = self.find_caller(&inquiry.origin)?;
        let time = inquiry.time.unwrap_or_else(|| self.site_time(now));
        let directory = &self.site.directory;
        let question = Asked {
            from: match &inquiry.origin {
                Origin::Extension(number) => number.to_string(),
                Origin::Trunk { caller, .. } => caller.clone(),
            },
            name: caller.extension.map(|extension| extension.name.clone()).unwrap_or_default(),
            via: caller.trunk.map(|trunk| trunk.name.clone()),
            dialled: inquiry.dialled.to_string(),
            time,
            revision: directory.revision,
        };
        let mut nodes = Vec::new();
        if let Some(trunk) = caller.trunk {
            let emergency = self.site.plan.is_emergency(&inquiry.dialled);
            let lines = self.lines(trunk.id);
            let taken = lines.take(emergency);
            let verdict = if taken { Mark::Passed } else { Mark::Failed };
            let mut why = describe(lines, emergency);
            if !taken {
                why = format!("{why}: {}", refusal(Reason::NoRouteAvailable));
            }
            nodes.push(Node::new(format!("incoming line of {}", trunk.name), verdict, why));
            if !taken {
                let outcome = Outcome::Refused { reason: Reason::NoRouteAvailable };
                return Ok(Explanation { question, nodes, outcome });
            }
        }
        // The call that is asked about would be one more.
        let calls = self.calls.len() + 1;
        let mut tree = Tree::new(directory, time);
        let asked = (caller.rights, &inquiry.dialled, inquiry.dialling, inquiry.hops);
        let decision = self.decide_at(time, asked, self.admission(calls), &mut tree);
        nodes.extend(tree.nodes((calls, self.config.max_calls)));
        let outcome = match decision {
            Decision::More => Outcome::MoreDigits,
            Decision::Refuse(reason) => Outcome::Refused { reason },
            Decision::Go(destination) => {
                let (node, outcome) = self.reach(destination, caller.trunk.map(|trunk| trunk.id));
                nodes.push(node);
                outcome
            }
        };
        Ok(Explanation { question, nodes, outcome })
    }

    fn find_caller(&self, origin: &Origin) -> Result<Caller<'_>, Unexplained> {
        let directory = &self.site.directory;
        match origin {
            Origin::Extension(number) => {
                let extension = directory.extensions.get(number).ok_or(Unexplained::UnknownExtension(*number))?;
                let rights = Rights::of_extension(extension.device, Some(extension));
                Ok(Caller { rights, extension: Some(extension), trunk: None })
            }
            Origin::Trunk { name, .. } => {
                let trunk = directory.trunks.values().find(|trunk| trunk.name == *name);
                let trunk = trunk.ok_or_else(|| Unexplained::UnknownTrunk(name.clone()))?;
                Ok(Caller { rights: Rights::of_trunk(trunk.id, Some(trunk)), extension: None, trunk: Some(trunk) })
            }
        }
    }

    /// What the call finds at its destination. It holds a line of the trunk over which it came in itself.
    fn reach(&self, destination: Destination, incoming: Option<TrunkId>) -> (Node, Outcome) {
        match destination {
            Destination::Extension { device, number, name } => self.reach_extension(device, number, name),
            Destination::Service { number, kind, .. } => {
                let why = match &kind {
                    ServiceKind::Echo => "answers and says back what it hears".to_owned(),
                    ServiceKind::Music => "answers and plays music".to_owned(),
                    ServiceKind::Announcement(name) => format!("answers and plays the announcement {name}"),
                };
                (Node::new(format!("service {number}"), Mark::Won, why), Outcome::Service { number, kind })
            }
            Destination::External { route, choices, emergency } => {
                self.reach_trunks((route, &choices, emergency), incoming)
            }
        }
    }

    fn reach_extension(&self, device: DeviceId, number: Digits, name: String) -> (Node, Outcome) {
        let terminals = self.reachability.get(&device).map(Vec::as_slice).unwrap_or_default();
        let presence = self.presence(device);
        let telephone = |(index, terminal): (usize, &crate::Terminal)| {
            let place = terminal.location.signalling.map(|address| format!(" at {address}")).unwrap_or_default();
            let behind = if terminal.location.translated { ", behind NAT" } else { "" };
            let verdict = match presence {
                Presence::Idle | Presence::Waits { .. } => Mark::Passed,
                Presence::Absent | Presence::Busy { .. } => Mark::Lost,
            };
            Node::new(format!("telephone {}", index + 1), verdict, format!("registered{place}{behind}"))
        };
        let count = match terminals.len() {
            1 => "1 telephone".to_owned(),
            count => format!("{count} telephones"),
        };
        let telephones = terminals.len();
        let refused = |reason| (Mark::Failed, refusal(reason), Outcome::Refused { reason });
        let (verdict, why, outcome) = match presence {
            Presence::Absent => refused(Reason::SubscriberAbsent),
            Presence::Idle => (
                Mark::Won,
                format!("{count} rings").replace("s rings", "s ring"),
                Outcome::Extension { number, name, telephones, waits: false },
            ),
            Presence::Waits { calls } => {
                let why = format!("has {calls} call(s); call waiting at {count}");
                (Mark::Won, why, Outcome::Extension { number, name, telephones, waits: true })
            }
            Presence::Busy { calls, limit } => {
                let (mark, text, outcome) = refused(Reason::UserBusy);
                let limit = match limit {
                    Limit::NoCallWaiting => "call waiting is off".to_owned(),
                    Limit::Calls(most) => format!("at most {most}"),
                };
                (mark, format!("has {calls} call(s), {limit}: {text}"), outcome)
            }
        };
        let node = Node::new(format!("extension {number}"), verdict, why);
        (node.with(terminals.iter().enumerate().map(telephone).collect()), outcome)
    }

    fn reach_trunks(
        &self,
        (route, choices, emergency): (String, &[Choice], bool),
        incoming: Option<TrunkId>,
    ) -> (Node, Outcome) {
        let mut first: Option<(String, Digits)> = None;
        let mut nodes = Vec::new();
        for choice in choices {
            let own = u32::from(incoming == Some(choice.trunk));
            let lines = self.lines_beside(choice.trunk, own);
            let name = self.trunk_name(choice.trunk);
            let verdict = match (lines.take(emergency), &first) {
                (false, _) => Mark::Lost,
                (true, Some(_)) => Mark::Next,
                (true, None) => {
                    first = Some((name.clone(), choice.number));
                    Mark::Won
                }
            };
            let why = format!("is sent {}; {}", choice.number, describe(lines, emergency));
            nodes.push(Node::new(format!("trunk {name}"), verdict, why));
        }
        let (verdict, why, outcome) = match first {
            Some((trunk, number)) => {
                let why = if nodes.len() > 1 { "in this order" } else { "" };
                (Mark::Won, why.to_owned(), Outcome::Trunk { route: route.clone(), trunk, number, emergency })
            }
            None => {
                let reason = Reason::NoRouteAvailable;
                (Mark::Failed, refusal(reason), Outcome::Refused { reason })
            }
        };
        (Node::new(format!("trunks of route {route}"), verdict, why).with(nodes), outcome)
    }

    fn trunk_name(&self, trunk: TrunkId) -> String {
        let known = self.site.directory.trunks.get(&trunk);
        known.map_or_else(|| format!("number {}", trunk.0), |known| known.name.clone())
    }
}

fn describe(lines: Lines, emergency: bool) -> String {
    match lines {
        Lines::Free { taken, most: Some(most) } => format!("{taken} of {most} lines taken"),
        Lines::Free { taken, most: None } => format!("{taken} lines taken, no limit"),
        Lines::Full { taken, most } if emergency => format!("{taken} of {most} lines taken, but it is an emergency"),
        Lines::Full { taken, most } => format!("full: {taken} of {most} lines taken"),
        Lines::NoAddress => "its network has no address of the trunk's family".to_owned(),
        Lines::Unknown => "there is no such trunk".to_owned(),
    }
}
