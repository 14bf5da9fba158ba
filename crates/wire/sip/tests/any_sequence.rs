//! Whatever comes in whatever order: nothing panics, the owner hears one end for each session, and every table empties
//! (RFC 3261 sections 12 to 17, driven by proptest).

mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use sip::Transport;
use sip::agent::{Command, Event, Input, RequestId, SessionId};
use sip::dialog::Body;
use std::collections::BTreeMap;
use std::time::Duration;
use world::*;

const FAR: &str = "203.0.113.9:5060";

#[derive(Clone, Debug)]
enum Step {
    /// A request from outside: method, branch, CSeq number, To tag (0 none, 1 unknown, else one of ours), with a body.
    Request {
        method: usize,
        branch: u8,
        number: u32,
        tag: u8,
        body: bool,
    },
    /// An answer to something that we sent: which, status, tag, with Contact.
    Answer {
        which: usize,
        status: usize,
        tag: u8,
        contact: bool,
    },
    Order(u8, u8, u16),
    Time(u64),
    Broken(String),
    Closed(bool),
}

const METHODS: [&str; 14] = [
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "INFO",
    "OPTIONS",
    "UPDATE",
    "PRACK",
    "NOTIFY",
    "REFER",
    "SUBSCRIBE",
    "REGISTER",
    "MESSAGE",
    "ODD",
];
const STATUSES: [&str; 12] =
    ["100 a", "180 b", "183 c", "200 d", "202 e", "302 f", "401 g", "408 h", "481 i", "486 j", "491 k", "603 l"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..METHODS.len(), 0..4u8, 1..6u32, 0..5u8, any::<bool>())
            .prop_map(|(method, branch, number, tag, body)| Step::Request { method, branch, number, tag, body }),
        4 => (0..8usize, 0..STATUSES.len(), 0..3u8, any::<bool>())
            .prop_map(|(which, status, tag, contact)| Step::Answer { which, status, tag, contact }),
        4 => (0..7u8, 0..3u8, 100..700u16).prop_map(|(order, session, status)| Step::Order(order, session, status)),
        3 => prop_oneof![Just(10), Just(600), Just(5_000), Just(40_000)].prop_map(Step::Time),
        1 => "[ -~]{0,60}(\r\n)?[ -~]{0,60}".prop_map(Step::Broken),
        1 => any::<bool>().prop_map(Step::Closed),
    ]
}

struct Run {
    world: World,
    tags: Vec<String>,
    incoming: Vec<SessionId>,
    alive: BTreeMap<SessionId, usize>,
}

impl Run {
    fn new() -> Run {
        let mut world = World::empty(7);
        world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
        Run { world, tags: Vec::new(), incoming: Vec::new(), alive: BTreeMap::new() }
    }

    fn hear(&mut self) {
        for event in std::mem::take(&mut self.world.nodes[0].events) {
            match event {
                Event::Invited(invited) => {
                    self.incoming.push(invited.session);
                    self.alive.insert(invited.session, 0);
                }
                Event::Ended { session, .. } => *self.alive.entry(session).or_default() += 1,
                _ => {}
            }
        }
        for message in &self.world.outside {
            for line in message.text.split("\r\n") {
                let ours = if message.text.starts_with("SIP/2.0") { "To: " } else { "From: " };
                if let Some((_, tag)) = line.strip_prefix(ours).and_then(|value| value.rsplit_once(";tag="))
                    && !self.tags.iter().any(|known| known == tag)
                {
                    self.tags.push(tag.to_owned());
                }
            }
        }
    }

    fn session(&self, which: u8) -> SessionId {
        match which {
            0 => SessionId(1),
            1 => SessionId(2),
            _ => self.incoming.last().copied().unwrap_or(SessionId(3)),
        }
    }

    fn order(&mut self, order: u8, which: u8, status: u16) {
        let session = self.session(which);
        let body = status.is_multiple_of(2).then(|| Body::sdp(OFFER));
        let command = match order {
            0 => {
                let id = u64::from(which) + 1;
                if self.alive.contains_key(&SessionId(id)) {
                    return;
                }
                self.alive.insert(SessionId(id), 0);
                invite(id, address(FAR), status.is_multiple_of(2).then_some(OFFER))
            }
            1 => respond(session, status, Some(ANSWER)),
            2 => Command::Acknowledge { session, body },
            3 => Command::Change { session, body, headers: Vec::new() },
            4 => Command::InDialog { session, request: RequestId(1), method: "INFO".into(), headers: Vec::new(), body },
            5 => Command::End { session, status, headers: Vec::new() },
            _ => register(9, "bell", "x", udp(address(FAR)), "<sip:bell@h>", None),
        };
        self.world.command(0, command);
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Request { method, branch, number, tag, body } => {
                let to = match tag {
                    0 => "<sip:bell@example.com>".to_owned(),
                    1 => "<sip:bell@example.com>;tag=unknown".to_owned(),
                    at => {
                        let known = self.tags.iter().rev().nth(usize::from(at) - 2);
                        format!("<sip:bell@example.com>;tag={}", known.map_or("none", String::as_str))
                    }
                };
                let text = Raw {
                    method: METHODS[method],
                    uri: "sip:bell@192.0.2.1",
                    via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{branch}"),
                    from: "<sip:shannon@example.com>;tag=f",
                    to: &to,
                    call_id: "c",
                    sequence: number,
                    extra: "Contact: <sip:shannon@203.0.113.9>\r\nContent-Type: application/sdp\r\n",
                    body: if body { OFFER } else { "" },
                }
                .text();
                self.world.inject(FAR, 0, Transport::Udp, &text);
                self.world.run_millis(20);
            }
            Step::Answer { which, status, tag, contact } => {
                let sent: Vec<_> = self.world.outside.iter().filter(|m| !m.text.starts_with("SIP/2.0")).collect();
                let Some(request) = sent.iter().rev().nth(which).map(|message| message.text.clone()) else { return };
                let extra = if contact { "Contact: <sip:bell@203.0.113.9>\r\n" } else { "" };
                let text = answer_text(&request, STATUSES[status], ["", "x", "y"][usize::from(tag)], extra);
                self.world.inject(FAR, 0, Transport::Udp, &text);
                self.world.run_millis(20);
            }
            Step::Order(order, which, status) => self.order(order, which, status),
            Step::Time(millis) => self.world.run_millis(millis),
            Step::Broken(text) => {
                self.world.inject(FAR, 0, Transport::Udp, &text);
                self.world.run_millis(20);
            }
            Step::Closed(stream) => {
                let peer = address(FAR);
                let flow = self.world.flow(0, peer, if stream { Transport::Tcp } else { Transport::Udp });
                if let Some(connection) = flow.connection {
                    self.world.input(0, Input::FlowClosed { connection });
                }
            }
        }
        self.hear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_every_table_empties(steps in vec(step(), 1..60)) {
        let mut run = Run::new();
        for step in steps {
            run.carry_out(step);
        }
        for session in run.alive.keys().copied().collect::<Vec<_>>() {
            run.world.command(0, end(session));
        }
        run.world.run(Duration::from_secs(200));
        run.hear();
        for (session, ends) in &run.alive {
            prop_assert_eq!(*ends, 1, "{:?}", session);
        }
        run.world.assert_empty();
    }
}
