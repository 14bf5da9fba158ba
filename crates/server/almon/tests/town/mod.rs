//! A town in virtual time: the whole switchboard with its journal and its store, telephones and trunks that are user agents of our own, a
//! media engine that looks at every order, and a network that loses, repeats and reorders. Whatever people do is drawn from a
//! seed; what must be true is looked at all along.

#![allow(dead_code, reason = "the short form and the long one use their parts")]

mod books;
mod calls;
mod dice;
mod engine;
mod inspection;
mod network;
mod react;
mod restart;
mod site;
mod tally;
mod tape;
mod telephone;
mod transfers;
mod upkeep;

pub use tally::Tally;

use almon::switchboard::{Effect, Input, Switchboard};
use books::Books;
use bytes::Bytes;
use dice::Dice;
use directory::Directory;
use engine::Engine;
use ground::{Machine, Moment, Now, Utc};
use media_plan::MediaEvent;
use network::{Mishap, Network};
use site::{EXCHANGE, EXTENSIONS, FAR_ENDS, address, telephones_of};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use telephone::Telephone;

/// What the town is told: its seed, how many interactions, and what does not happen.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub interactions: u64,
    /// Keep the last messages, to be printed when something is wrong: it takes time.
    pub ladder: bool,
    /// Kinds of deeds that do not happen, to find out what a fault depends on.
    pub without: Vec<String>,
}

/// What was done last, for whoever looks for a fault.
struct Memoir {
    seed: u64,
    step: u64,
    wanted: bool,
    lines: VecDeque<(Moment, String)>,
}

impl Memoir {
    fn note(&mut self, now: Moment, line: String) {
        if self.lines.len() >= 400 {
            self.lines.pop_front();
        }
        self.lines.push_back((now, line));
    }
}

impl Drop for Memoir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (at, line) in &self.lines {
                eprintln!("{at:?} {line}");
            }
            eprintln!("seed {} step {}", self.seed, self.step);
        }
    }
}

pub struct Town {
    pub now: Now,
    pub board: Switchboard,
    pub tally: Tally,
    plan: Plan,
    people: Vec<Telephone>,
    at_address: BTreeMap<SocketAddr, usize>,
    network: Network,
    engine: Engine,
    books: Books,
    journal: tape::Memory,
    directory: Arc<Directory>,
    /// The site as it was built, to which administrators go back.
    first_site: Arc<Directory>,
    dice: Dice,
    memoir: Memoir,
    /// The server does not run: who sends there is not heard.
    down: bool,
    start_second: u32,
    restarted: Moment,
    next_port: u16,
}

impl Town {
    pub fn new(plan: Plan) -> Town {
        let now = Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(i64::from(site::FIRST_SECOND)) };
        let directory = site::site();
        let (seed, wanted) = (plan.seed, plan.ladder);
        let mut town = Town {
            now,
            board: site::board(seed, now, &directory),
            tally: Tally::default(),
            plan,
            people: Vec::new(),
            at_address: BTreeMap::new(),
            network: Network::new(seed),
            engine: Engine::default(),
            books: Books::default(),
            journal: tape::Memory::default(),
            directory: directory.clone(),
            first_site: directory,
            dice: Dice::new(seed),
            memoir: Memoir { seed, step: 0, wanted, lines: VecDeque::new() },
            down: false,
            start_second: site::FIRST_SECOND,
            restarted: Moment::ZERO,
            next_port: 4000,
        };
        town.board.record_to(now, town.journal.recorder());
        town.give(Input::Media(MediaEvent::PortsBound { pairs: site::port_pairs() }));
        for number in EXTENSIONS {
            (0..telephones_of(number)).for_each(|_| town.settle_in(number.to_string(), None));
        }
        for (name, at) in FAR_ENDS {
            town.settle_in(name.to_owned(), Some(address(at)));
        }
        town
    }

    fn settle_in(&mut self, number: String, far_end: Option<SocketAddr>) {
        let count = self.people.len();
        let at = far_end.unwrap_or_else(|| SocketAddr::from(([192, 0, 2, 10 + count as u8], 5060)));
        let seed = self.plan.seed.wrapping_mul(1000) + count as u64 + 1;
        self.at_address.insert(at, count);
        self.people.push(Telephone::new(seed, number, at, far_end.is_some()));
    }

    /// The whole day: interactions, inspections on the way, and a day without any at the end.
    pub fn live(mut self) -> Tally {
        self.run(Duration::from_millis(10));
        self.everybody_registers();
        while self.tally.interactions() < self.plan.interactions {
            self.memoir.step += 1;
            self.upkeep();
            self.act();
            let pause = self.pause();
            self.run(pause);
            if self.memoir.step.is_multiple_of(300) {
                self.inspect();
            }
        }
        self.evening();
        self.tally
    }

    fn pause(&mut self) -> Duration {
        let longest = if self.dice.once_in(3000) { 5_000_000 } else { 100_000 };
        let pauses =
            [(20, 0), (20, 5), (15, 6), (15, 11), (15, 40), (15, 300), (8, 1500), (3, 9000), (1, 40_000), (1, longest)];
        Duration::from_millis(self.dice.weighed(&pauses))
    }

    fn give(&mut self, input: Input) {
        self.journal.clock(self.now.moment);
        self.board.handle(self.now, input);
        self.effects();
    }

    fn effects(&mut self) {
        while let Some(effect) = self.board.poll() {
            match effect {
                Effect::Send { to, bytes, .. } => self.put(address(EXCHANGE), to.peer(), bytes),
                Effect::Media(order) => self.engine.order(self.now.moment, order),
                Effect::RecordOpened(record) => self.books.opened(record),
                Effect::RecordClosed(record) => self.books.closed(record),
                Effect::Registration(write) => self.books.write(write),
                Effect::Alarm { code, active: true } => self.tally.see(format!("alarm {code:?}")),
                Effect::Unknown { reason, .. } => self.tally.see(format!("a stranger is refused: {reason:?}")),
                Effect::Alarm { .. } | Effect::Message { .. } | Effect::Refused(_) | Effect::Event(_) => {}
            }
        }
    }

    fn put(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        self.tally.messages += 1;
        let mishap = self.network.put(self.now.moment, from, to, &bytes);
        if self.memoir.wanted {
            let mark = mishap.map(|mishap| format!("{mishap:?} ")).unwrap_or_default();
            self.memoir.note(self.now.moment, format!("{mark}{from} > {to} {}", ladder(&bytes)));
        }
        match mishap {
            Some(Mishap::Lost) => self.miss(from, to),
            Some(_) => {
                for at in [from, to] {
                    if let Some(&person) = self.at_address.get(&at) {
                        self.people[person].late_at = Some(self.now.moment);
                    }
                }
            }
            None => {}
        }
    }

    /// A datagram between a telephone and the exchange did not arrive: what depends on it is no fault.
    fn miss(&mut self, from: SocketAddr, to: SocketAddr) {
        for at in [from, to] {
            if let Some(&person) = self.at_address.get(&at) {
                self.people[person].lost_at = Some(self.now.moment);
                self.people[person].talks.values_mut().for_each(|talk| talk.excused = true);
            }
        }
    }

    fn order(&mut self, person: usize, command: sip::agent::Command) {
        let mut sent = Vec::new();
        self.people[person].command(self.now, command, &mut sent);
        self.send_all(person, sent);
    }

    fn send_all(&mut self, person: usize, sent: Vec<(SocketAddr, Bytes)>) {
        let from = self.people[person].address;
        for (to, bytes) in sent {
            self.put(from, to, bytes);
        }
        self.react(person);
    }

    fn deliver(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        let Some((flow, message)) = network::read(from, to, bytes) else { return };
        let input = sip::agent::Input::Received { flow, message };
        if to == address(EXCHANGE) {
            if self.down {
                return self.miss(from, to);
            }
            self.give(Input::Sip(line_sip::Input::Wire(input)));
        } else if let Some(&person) = self.at_address.get(&to) {
            if self.people[person].gone_until.is_some() {
                return;
            }
            let mut sent = Vec::new();
            self.people[person].agent.handle(self.now, input);
            self.people[person].collect(&mut sent);
            self.send_all(person, sent);
        }
    }

    fn step(&mut self, end: Moment) -> bool {
        let wire = self.network.next();
        let media = self.engine.events.keys().next().map(|key| key.0);
        let board = self.board.next_timeout().filter(|_| !self.down);
        let telephones = self.people.iter().filter(|one| one.gone_until.is_none()).filter_map(|one| one.due).min();
        let next = [wire, media, board, telephones].into_iter().flatten().min();
        let Some(next) = next.filter(|&next| next <= end) else { return false };
        self.now = self.now.plus(next.since(self.now.moment));
        if wire == Some(next) {
            if let Some((from, to, bytes)) = self.network.take() {
                self.deliver(from, to, bytes);
            }
        } else if media == Some(next) {
            if let Some((_, event)) = self.engine.events.pop_first() {
                self.give(Input::Media(event));
            }
        } else if board == Some(next) {
            self.journal.clock(self.now.moment);
            self.board.handle_timeout(self.now);
            self.effects();
        } else {
            self.ring_alarms();
        }
        true
    }

    /// The telephones whose timers are due.
    fn ring_alarms(&mut self) {
        for person in 0..self.people.len() {
            let one = &mut self.people[person];
            if one.gone_until.is_none() && one.due.is_some_and(|due| due <= self.now.moment) {
                let mut sent = Vec::new();
                one.agent.handle_timeout(self.now);
                one.collect(&mut sent);
                self.send_all(person, sent);
            }
        }
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now.moment + time;
        let mut steps = 0_u64;
        while self.step(end) {
            steps += 1;
            assert!(steps < 5_000_000, "it never comes to rest");
        }
        self.now = self.now.plus(end.since(self.now.moment));
    }
}

/// A message as one line of a ladder.
fn ladder(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let head = text.lines().next().unwrap_or_default().to_owned();
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let media = line("m=audio");
    let direction = text.lines().find(|line| line.starts_with("a=send") || line.starts_with("a=inact")).unwrap_or("");
    format!("{head} | {} {} {} {} {media} {direction}", line("Call-ID"), line("CSeq"), line("Re"), line("Reason"))
}
