//! Orders, messages, losses and restarts in any order: each connection ends once and is never heard of again, and in the end every table is
//! empty.

mod support;
use support::*;

use exchange::{OfferTarget, Order, Party, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, DeviceId, Number, Presentation, Reason, TrunkId};
use media_plan::{MediaAnswer, MediaOffer};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Arrive,
    OfferToTrunk,
    OfferToTelephone,
    Order(usize, OrderKind),
    /// A response to one of the last requests of ours.
    Respond(usize, u8),
    /// A request inside the dialog of one of our INVITEs.
    Inside(usize, u8),
    /// What was received before comes again.
    Again(usize),
    Pass(u64),
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum OrderKind {
    Alert,
    Progress,
    Answer,
    AnswerWithOffer,
    MediaOffer,
    MediaAnswer,
    MediaRefuse,
    Party(u8),
    Transfer(u8),
    Refer(usize),
    Probe,
    Digit,
    Clear,
}

fn order() -> impl Strategy<Value = OrderKind> {
    use OrderKind::*;
    prop_oneof![
        Just(Alert),
        Just(Progress),
        Just(Answer),
        Just(Answer),
        Just(AnswerWithOffer),
        Just(MediaOffer),
        Just(MediaAnswer),
        Just(MediaRefuse),
        (0u8..4).prop_map(Party),
        (0u8..5).prop_map(Transfer),
        (0usize..4).prop_map(Refer),
        Just(Probe),
        Just(Digit),
        Just(Clear),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Arrive),
        2 => Just(Step::OfferToTrunk),
        2 => Just(Step::OfferToTelephone),
        10 => (0usize..4, order()).prop_map(|(at, kind)| Step::Order(at, kind)),
        10 => (0usize..4, 0u8..12).prop_map(|(at, kind)| Step::Respond(at, kind)),
        6 => (0usize..4, 0u8..12).prop_map(|(at, kind)| Step::Inside(at, kind)),
        1 => (0usize..4).prop_map(Step::Again),
        2 => prop_oneof![Just(1u64), Just(5), Just(40), Just(200)].prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ]
}

/// One line and a peer that does anything.
struct Play {
    world: World,
    known: Vec<ConnectionId>,
    over: BTreeSet<ConnectionId>,
    /// Requests of ours and where they went.
    asked: Vec<(String, String)>,
    invites: Vec<String>,
    received: Vec<(String, String)>,
    sequence: u32,
}

impl Play {
    fn new() -> Play {
        let mut site = site();
        for trunk in site.trunks.values_mut() {
            trunk.may_transfer = true;
        }
        let (known, asked, invites, received) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Play { world: World::over_site(site), known, over: BTreeSet::new(), asked, invites, received, sequence: 10 }
    }

    /// Looks at what came out; nothing follows the end of a connection.
    fn look(&mut self) {
        for (connection, report) in std::mem::take(&mut self.world.reports) {
            assert!(!self.over.contains(&connection), "{connection}: {report:?} after its end");
            match report {
                Report::Cleared(_) => {
                    self.over.insert(connection);
                    self.known.retain(|one| *one != connection);
                }
                _ if !self.known.contains(&connection) => self.known.push(connection),
                _ => {}
            }
        }
        for (to, text) in std::mem::take(&mut self.world.sent) {
            if text.starts_with("SIP/2.0 ") || text.starts_with("ACK ") {
                continue;
            }
            if text.starts_with("INVITE ") && !header(&text, "To").unwrap().contains("tag=") {
                self.invites.push(text.clone());
            }
            self.asked.push((to.to_string(), text));
        }
        let live: Vec<_> = self.world.line.connections().collect();
        assert!(live.iter().all(|one| !self.over.contains(one)), "{live:?}");
        for connection in self.world.dialogs.keys() {
            assert!(live.contains(connection), "{connection} is handed out and gone");
        }
        // Whoever dies now leaves behind what it has. What is about to end needs no exact numbers.
        for dialog in self.world.line.dialogs().filter(|dialog| dialog.is_answered() && !dialog.is_ending()) {
            assert_eq!(Some(&dialog), self.world.dialogs.get(&dialog.connection()));
        }
    }

    fn receive(&mut self, from: &str, text: String) {
        self.world.receive(from, &text);
        self.received.push((from.to_owned(), text));
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Arrive => {
                self.sequence += 1;
                let call = format!("in{}", self.sequence);
                let invite = request("INVITE", "sip:1001@192.0.2.1", TRUNK, &call, 1, "", &sdp(4000, "8", ""));
                self.receive(TRUNK, invite);
            }
            Step::OfferToTrunk => self.offer(OfferTarget::Trunk(TrunkId(1))),
            Step::OfferToTelephone => {
                let reachable = self.world.reachable.last().and_then(|known| known.terminals.first()).map(|one| one.id);
                let terminal = reachable.or_else(|| self.world.register("sip:1001@192.0.2.7", 100_000)).unwrap();
                self.offer(OfferTarget::Terminal { device: DeviceId(1), terminal });
            }
            Step::Order(at, kind) => {
                if let Some(connection) = pick(&self.known, *at).copied() {
                    let order = self.made(*kind);
                    self.world.order(connection, order);
                }
            }
            Step::Respond(at, kind) => self.respond(*at, *kind),
            Step::Inside(at, kind) => self.inside(*at, *kind),
            Step::Again(at) => {
                if let Some((from, text)) = pick(&self.received, *at).cloned() {
                    self.world.receive(&from, &text);
                }
            }
            Step::Pass(seconds) => self.world.pass(*seconds),
            Step::Restart => self.world.restart(),
        }
        self.look();
    }

    fn offer(&mut self, target: OfferTarget) {
        let media = (!self.sequence.is_multiple_of(5)).then(|| sdp(20_000, "8", ""));
        self.sequence += 1;
        let connection = self.world.offer_to(target, Party::default(), media.as_deref());
        self.known.push(connection);
    }

    fn made(&mut self, kind: OrderKind) -> Order {
        let ours = |extra: &str| streams(&sdp(20_000, "8", extra));
        match kind {
            OrderKind::Alert => Order::Alert { waiting: true },
            OrderKind::Progress => Order::Progress { media: Some(MediaAnswer { streams: ours("") }), reason: None },
            OrderKind::Answer => {
                let answer = Some(MediaAnswer { streams: ours("") });
                Order::Answer { answer, offer: None, connected: party(1) }
            }
            OrderKind::AnswerWithOffer => {
                let offer = Some(MediaOffer { streams: ours("") });
                Order::Answer { answer: None, offer, connected: party(1) }
            }
            OrderKind::MediaOffer => Order::MediaOffer(MediaOffer { streams: ours("a=sendonly\r\n") }),
            OrderKind::MediaAnswer => Order::MediaAnswer(MediaAnswer { streams: ours("a=recvonly\r\n") }),
            OrderKind::MediaRefuse => Order::MediaRefuse(Reason::NoCommonCodec),
            OrderKind::Party(at) => Order::UpdateParty(party(at)),
            OrderKind::Transfer(0) => Order::Transfer(TransferProgress::Trying),
            OrderKind::Transfer(1) => Order::Transfer(TransferProgress::Ringing),
            OrderKind::Transfer(2) => Order::Transfer(TransferProgress::Done),
            OrderKind::Transfer(3) => Order::Transfer(TransferProgress::Failed(Reason::NotAuthorized)),
            OrderKind::Transfer(_) => Order::Transfer(TransferProgress::Failed(Reason::UserBusy)),
            OrderKind::Refer(at) => match pick(&self.known, at) {
                Some(other) => refer(TransferTarget::Connection(*other)),
                None => refer(TransferTarget::Number("4711".parse().unwrap())),
            },
            OrderKind::Probe => Order::Probe,
            OrderKind::Digit => Order::SendDigit { digit: '5', duration: Duration::from_millis(100) },
            OrderKind::Clear => Order::Clear(Reason::NormalClearing),
        }
    }

    fn respond(&mut self, at: usize, kind: u8) {
        let Some((to, text)) = pick(&self.asked, at).cloned() else { return };
        let described = sdp(4000, "8", "");
        let (status, body) = match kind {
            0 => ("180 Ringing", ""),
            1 => ("183 Session Progress", &*described),
            2..=5 if text.starts_with("INVITE ") => ("200 OK", &*described),
            2..=5 if text.starts_with("REFER ") => ("202 Accepted", ""),
            2..=5 => ("200 OK", ""),
            6 => ("302 Moved Temporarily", ""),
            7 => ("486 Busy Here", ""),
            8 => ("491 Request Pending", ""),
            9 => ("481 Call/Transaction Does Not Exist", ""),
            10 => ("487 Request Terminated", ""),
            _ => ("200 OK", ""),
        };
        let tag = if header(&text, "To").unwrap().contains("tag=") { "" } else { "tp" };
        let allow = if kind.is_multiple_of(2) {
            "Allow: INVITE, UPDATE\r\nSupported: from-change\r\nContact:"
        } else {
            "Contact:"
        };
        self.receive(&to, response(&text, status, tag, body).replace(TRUNK, &to).replace("Contact:", allow));
    }

    fn inside(&mut self, at: usize, kind: u8) {
        let Some(invite) = pick(&self.invites, at).cloned() else { return };
        let from = if invite.starts_with("INVITE sip:4711@198.51.100.9") { TRUNK } else { PHONE };
        self.sequence += 1;
        let other = pick(&self.invites, at + 1).cloned().unwrap_or(invite.clone());
        let described = sdp(4000, "8", "a=sendonly\r\n");
        let attended = || format!("Refer-To: <sip:1003@192.0.2.1?{}>\r\n", replaces(&other, "tp"));
        let (method, lines, body) = match kind {
            0 => ("BYE", String::new(), ""),
            1 | 2 => ("INVITE", String::new(), &*described),
            3 => ("INVITE", String::new(), ""),
            4 => ("UPDATE", String::new(), &*described),
            5 => ("UPDATE", String::new(), ""),
            6 => ("REFER", "Refer-To: <sip:1003@192.0.2.1>\r\n".to_owned(), ""),
            7 => ("REFER", attended(), ""),
            8 => ("REFER", "Refer-To: <sip:1003@203.0.113.9>\r\n".to_owned(), ""),
            9 => ("NOTIFY", "Event: refer\r\nSubscription-State: terminated\r\n".to_owned(), ""),
            10 => ("ACK", String::new(), &*described),
            _ => ("OPTIONS", String::new(), ""),
        };
        let text = inside(&invite, "tp", method, self.sequence, &lines, body);
        self.receive(from, text);
    }

    fn end(mut self) {
        for connection in self.world.line.connections().collect::<Vec<_>>() {
            self.world.order(connection, Order::Clear(Reason::NormalClearing));
        }
        self.world.pass(5000);
        self.look();
        assert!(self.known.iter().all(|one| !self.world.line.connections().any(|live| live == *one)));
        self.world.over();
    }
}

fn pick<T>(all: &[T], back: usize) -> Option<&T> {
    all.iter().rev().nth(back)
}

fn refer(target: TransferTarget) -> Order {
    Order::Refer { target, by: "1001".parse().unwrap() }
}

fn party(at: u8) -> Party {
    let mut number = Number::parse(["1003", "1004", "1005", "1006"][usize::from(at % 4)]).unwrap();
    if at == 3 {
        number.presentation = Presentation::Restricted;
    }
    Party { number, name: "Gray".to_owned() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_connection_ends_once_and_every_table_empties(steps in proptest::collection::vec(step(), 0..80)) {
        let mut play = Play::new();
        for step in &steps {
            play.step(step);
        }
        play.end();
    }
}
