//! Whatever comes in whatever order: nothing panics, the owner hears one end for each session, and every table empties
//! (RFC 3261 sections 12 to 17, driven by proptest).

mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use sip::Transport;
use sip::agent::{Command, Event, Input, Refer, ReferId, RequestId, SessionId};
use sip::dialog::Body;
use std::collections::BTreeMap;
use std::time::Duration;
use world::*;

const FAR: &str = "203.0.113.9:5060";

#[derive(Clone, Debug)]
enum Step {
    /// A request from outside: method, branch, step of the CSeq number, To tag (0 none, 1 unknown, else one of ours), with a body.
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
    /// The process ends and another one goes on.
    Restart,
}

/// Those that lead furthest stand there more than once.
const METHODS: [&str; 19] = [
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
    "REFER",
    "REFER",
    "REFER",
    "NOTIFY",
    "INVITE",
];
const STATUSES: [&str; 12] =
    ["100 a", "180 b", "183 c", "200 d", "202 e", "302 f", "401 g", "408 h", "481 i", "486 j", "491 k", "603 l"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..METHODS.len(), 0..4u8, 0..3u32, 0..5u8, any::<bool>())
            .prop_map(|(method, branch, number, tag, body)| Step::Request { method, branch, number, tag, body }),
        4 => (0..8usize, 0..STATUSES.len(), 0..3u8, any::<bool>())
            .prop_map(|(which, status, tag, contact)| Step::Answer { which, status, tag, contact }),
        5 => (0..13u8, 0..3u8, 100..700u16).prop_map(|(order, session, status)| Step::Order(order, session, status)),
        3 => prop_oneof![Just(10), Just(600), Just(5_000), Just(40_000)].prop_map(Step::Time),
        1 => "[ -~]{0,60}(\r\n)?[ -~]{0,60}".prop_map(Step::Broken),
        1 => any::<bool>().prop_map(Step::Closed),
        1 => Just(Step::Restart),
    ]
}

struct Run {
    world: World,
    /// Our tags with the Call-ID of each, and whether the INVITE was ours.
    tags: Vec<(String, String, bool)>,
    refers: Vec<(SessionId, ReferId)>,
    /// REFERs of ours that are open, by their number.
    open: BTreeMap<u64, usize>,
    number: u64,
    /// The CSeq numbers of the last request from outside and of its last INVITE.
    sequence: [u32; 2],
    starts: u8,
    incoming: Vec<SessionId>,
    alive: BTreeMap<SessionId, usize>,
}

impl Run {
    fn new() -> Run {
        let mut world = World::empty(7);
        world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
        Run {
            world,
            tags: Vec::new(),
            refers: Vec::new(),
            open: BTreeMap::new(),
            number: 100,
            sequence: [1, 1],
            starts: 1,
            incoming: Vec::new(),
            alive: BTreeMap::new(),
        }
    }

    fn hear(&mut self) {
        for event in std::mem::take(&mut self.world.nodes[0].events) {
            match event {
                Event::Invited(invited) => {
                    self.incoming.push(invited.session);
                    self.alive.insert(invited.session, 0);
                }
                Event::Ended { session, .. } => *self.alive.entry(session).or_default() += 1,
                Event::Referred(referred) => self.refers.push((referred.session, referred.refer)),
                Event::ReferProgress { request, done: true, .. } | Event::RequestDone { request, .. } => {
                    if let Some(outcomes) = self.open.get_mut(&request.0) {
                        *outcomes += 1;
                    }
                }
                _ => {}
            }
        }
        for message in &self.world.outside {
            let answers = message.text.starts_with("SIP/2.0");
            let ours = if answers { "To: " } else { "From: " };
            let call_id =
                message.text.split("\r\n").find_map(|line| line.strip_prefix("Call-ID: ")).unwrap_or_default();
            for line in message.text.split("\r\n") {
                if let Some((_, tag)) = line.strip_prefix(ours).and_then(|value| value.rsplit_once(";tag="))
                    && tag != "unknown"
                    && !self.tags.iter().any(|(known, ..)| known == tag)
                {
                    self.tags.push((tag.to_owned(), call_id.to_owned(), !answers));
                }
            }
        }
    }

    /// Begins with a call that is up: one that came in (1), one of ours (2) or both (3).
    fn begin(&mut self, up: u8) {
        if up & 1 == 1 {
            self.carry_out(Step::Request { method: 0, branch: 0, number: 1, tag: 0, body: true });
            self.carry_out(Step::Order(1, 2, 200));
            self.carry_out(Step::Time(20));
            self.carry_out(Step::Request { method: 1, branch: 1, number: 1, tag: 2, body: false });
        }
        if up & 2 == 2 {
            self.carry_out(Step::Order(0, 0, 200));
            self.carry_out(Step::Time(20));
            self.carry_out(Step::Answer { which: 0, status: 3, tag: 1, contact: true });
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
            6 => Command::Update { session, request: RequestId(2), headers: Vec::new() },
            7 => Command::Identify { session, local: "<sip:201@example.com>".into() },
            8 => {
                self.number += 1;
                let number = self.number;
                self.open.insert(number, 0);
                let replaces = status.is_multiple_of(3).then(|| self.session(which ^ 1));
                let refer_to = status.is_multiple_of(2).then(|| "sip:erlang@example.com".into());
                let (request, headers) = (RequestId(number), Vec::new());
                Command::Refer(Box::new(Refer { session, request, refer_to, replaces, headers }))
            }
            9..=11 => {
                let Some(&(session, refer)) = self.refers.iter().rev().nth(usize::from(which)) else { return };
                match order {
                    9 => Command::AcceptRefer { session, refer },
                    10 => Command::RefuseRefer { session, refer, status, headers: Vec::new() },
                    _ => Command::NotifyRefer { session, refer, status, done: status.is_multiple_of(2) },
                }
            }
            _ => register(9, "bell", "x", udp(address(FAR)), "<sip:bell@h>", None),
        };
        self.world.command(0, command);
    }

    fn lines_for(&self, method: &str, branch: u8, body: bool) -> String {
        let named = self.tags.iter().rev().nth(usize::from(branch));
        let replaces = match named {
            Some((tag, call_id, true)) => format!("{call_id};to-tag={tag};from-tag=x"),
            Some((tag, ..)) => format!("c;to-tag={tag};from-tag=f"),
            None => "c;to-tag=a;from-tag=b".to_owned(),
        };
        let more = match (method, branch) {
            ("INVITE", 1..) if body => format!("Replaces: {replaces}\r\n"),
            ("REFER", 0) => "Refer-To: <sip:erlang@example.com>\r\n".to_owned(),
            ("REFER", 1) => "Refer-To: tel:+4132\r\nRefer-Sub: false\r\n".to_owned(),
            ("REFER", 2) => {
                format!("Refer-To: <sip:a@h?Replaces={}>\r\n", sip::uri::escape(&replaces, sip::uri::EscapeSet::Header))
            }
            ("REFER", _) => "Refer-To: nobody\r\n".to_owned(),
            ("NOTIFY", 0) => "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n".to_owned(),
            ("NOTIFY", id) => format!("Event: refer;id={id}\r\nSubscription-State: active;expires=9\r\n"),
            ("SUBSCRIBE", expires) => format!("Event: refer\r\nExpires: {expires}\r\n"),
            _ => String::new(),
        };
        let kind = if method == "NOTIFY" { "message/sipfrag" } else { "application/sdp" };
        format!(
            "Contact: <sip:shannon@203.0.113.9>\r\nAllow: INVITE, UPDATE\r\nSupported: from-change\r\nContent-Type: {kind}\r\n{more}"
        )
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Request { method, branch, number, tag, body } => {
                let known = usize::from(tag).checked_sub(2).and_then(|at| self.tags.iter().rev().nth(at));
                let to = match (tag, known) {
                    (0, _) => "<sip:bell@example.com>".to_owned(),
                    (1, _) | (_, None) => "<sip:bell@example.com>;tag=unknown".to_owned(),
                    (_, Some((tag, ..))) => format!("<sip:bell@example.com>;tag={tag}"),
                };
                let number = match METHODS[method] {
                    "ACK" | "CANCEL" => self.sequence[1],
                    name => {
                        self.sequence[0] += number;
                        if name == "INVITE" {
                            self.sequence[1] = self.sequence[0];
                        }
                        self.sequence[0]
                    }
                };
                let (call_id, from) = match known {
                    Some((_, call_id, true)) => (call_id.as_str(), ["x", "y"][usize::from(branch & 1)]),
                    _ => ("c", "f"),
                };
                let text = Raw {
                    method: METHODS[method],
                    uri: "sip:bell@192.0.2.1",
                    via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{branch}{number}"),
                    from: &format!("<sip:shannon@example.com>;tag={from}"),
                    to: &to,
                    call_id,
                    sequence: number,
                    extra: &self.lines_for(METHODS[method], branch, body),
                    body: match (body, METHODS[method]) {
                        (false, _) => "",
                        (true, "NOTIFY") => ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK\r\n", "?"][usize::from(branch % 3)],
                        (true, _) => OFFER,
                    },
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
            Step::Restart => {
                self.hear();
                self.starts += 1;
                self.world.restart(0, self.starts);
                // What its owner was owed by the earlier process is lost, and so are calls that were being made.
                self.open.clear();
                let kept = self.world.nodes[0].agent.sessions();
                self.alive.retain(|session, ends| *ends > 0 || kept.contains(session));
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
    fn nothing_panics_and_every_table_empties(up in 0..4u8, steps in vec(step(), 1..60)) {
        let mut run = Run::new();
        run.begin(up);
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
        for (request, outcomes) in &run.open {
            prop_assert_eq!(*outcomes, 1, "REFER {}", request);
        }
        run.world.assert_empty();
    }
}
