//! A whole exchange in virtual time: the switchboard, telephones that are user agents of our own, a media engine that carries out
//! every order, and a network between them that loses, repeats and reorders datagrams by a seeded generator.

#![allow(dead_code, reason = "each scenario uses its part")]

mod scene;
mod site;
mod tape;

#[allow(unused_imports, reason = "each scenario uses its part")]
pub use scene::{OTHER_CARRIER, described_at, q850, response};
#[allow(unused_imports, reason = "each scenario uses its part")]
pub use site::{CARRIER, EXCHANGE, NETWORK, address, configuration, extension as new_extension};

use almon::journal::gate::Gate;
use almon::shard::driver::not_taken;
use almon::shard::ladder::Ladder;
use almon::shard::live::LiveCalls;
use almon::switchboard::{Effect, Input, Switchboard};
use bytes::Bytes;
use directory::store::{RegistrationKey, RegistrationWrite, StoredRegistration};
use directory::{CallRecord, Directory};
use exchange::{CallEvent, RefusalNote};
use ground::{AlarmCode, ConnectionId, Machine, Moment, Now, Secret, Utc};
use media_plan::{
    AddressFamily, LegStatistics, MediaEvent, MediaOrder, MediaOrderKind, PlaySource, PortPair, StreamSetup,
};
use sip::agent::{
    Accounts, Addressing, Agent, Answer, ClientCredentials, Command, Event, Invite, OutOfDialog, Output, RequestId,
    SessionId,
};
use sip::dialog::{Body, ExtraHeader};
use sip::digest::{A1, Algorithm};
use sip::framing::{Datagram, read_datagram};
use sip::transaction::{Destination, Flow};
use sip::{Message, Transport};
use site::{site, telephone_config};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// What the network does to datagrams, in thousandths.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss: u64,
    pub repeat: u64,
    pub reorder: u64,
}

/// A telephone or a trunk's far end: a user agent and what it has seen.
pub struct Telephone {
    pub number: String,
    pub address: SocketAddr,
    pub agent: Agent,
    pub events: Vec<Event>,
    next_session: u64,
}

/// What the ladder may hold.
const LADDER_BYTES: usize = 200_000;

struct Nobody;

impl Accounts for Nobody {
    fn a1(&self, _: &str, _: &str, _: Algorithm) -> Option<A1> {
        None
    }
}

/// The call thread's part: the calls in progress, the last messages, and the way to the engine.
pub struct CallThread {
    pub live: LiveCalls,
    pub ladder: Ladder,
    /// The media engine takes no orders.
    pub engine_hangs: bool,
}

/// What is on its way.
#[derive(Default)]
struct OnTheWay {
    wire: BTreeMap<(Moment, u64), (SocketAddr, SocketAddr, Bytes)>,
    media: BTreeMap<(Moment, u64), MediaEvent>,
    sequence: u64,
    random: u64,
}

/// What a restart lives from, and what stands between the server and the world.
pub struct Kept {
    /// The registrations that the store has.
    pub registrations: BTreeMap<RegistrationKey, StoredRegistration>,
    /// What was journalled.
    pub journal: tape::Memory,
    /// What effects pass on their way out.
    pub gate: Gate,
    /// The server does not run: who sends there is not heard.
    down: bool,
    /// How often it was started anew.
    starts: u32,
}

impl Default for Kept {
    fn default() -> Kept {
        let (registrations, journal) = Default::default();
        Kept { registrations, journal, gate: Gate::open(), down: false, starts: 0 }
    }
}

pub struct World {
    pub now: Now,
    pub board: Switchboard,
    pub telephones: Vec<Telephone>,
    pub weather: Weather,
    pub records: Vec<CallRecord>,
    pub opened: BTreeSet<directory::RecordKey>,
    /// What each leg hears: the last thing that was played, or the leg it is connected with.
    pub hears: BTreeMap<ConnectionId, String>,
    pub log: Vec<(SocketAddr, SocketAddr, String)>,
    pub alarms: Vec<(AlarmCode, bool)>,
    pub refused: Vec<RefusalNote>,
    /// Why nobody could be told of a call: lines in the log.
    pub strangers: Vec<ground::Reason>,
    pub events: Vec<CallEvent>,
    /// What the call thread shows.
    pub thread: CallThread,
    /// What the engine was told last of each leg, and the digits that it was to send there.
    pub setups: BTreeMap<ConnectionId, StreamSetup>,
    pub digits: BTreeMap<ConnectionId, String>,
    /// What was sent from these addresses waits on the way.
    pub held: BTreeMap<SocketAddr, Vec<(SocketAddr, Bytes)>>,
    pub directory: Arc<Directory>,
    /// What a restart lives from.
    pub kept: Kept,
    /// An announcement lasts so long.
    pub announcement: Duration,
    pending: OnTheWay,
}

/// A description that a telephone at this address gives.
pub fn description(at: SocketAddr, extra: &str) -> Bytes {
    let ip = at.ip();
    let family = if ip.is_ipv4() { 4 } else { 6 };
    format!(
        "v=0\r\no=- 1 1 IN IP{family} {ip}\r\ns=-\r\nc=IN IP{family} {ip}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\n{extra}"
    )
    .into_bytes()
    .into()
}

impl World {
    pub fn new(seed: u64) -> World {
        World::configured(seed, |_, _| {})
    }

    /// A world whose exchange is configured otherwise.
    pub fn configured(seed: u64, change: impl FnOnce(&mut line_sip::Config, &mut exchange::ExchangeConfig)) -> World {
        World::configured_with_ports(seed, 200, change)
    }

    /// The same with so many pairs of media ports.
    pub fn configured_with_ports(
        seed: u64,
        ports: u16,
        change: impl FnOnce(&mut line_sip::Config, &mut exchange::ExchangeConfig),
    ) -> World {
        let mut world = World::unjournalled(seed, change);
        world.board.record_to(world.now, world.kept.journal.recorder());
        world.bind_ports(ports);
        world
    }

    /// The same without a journal and without ports.
    pub fn unjournalled(seed: u64, change: impl FnOnce(&mut line_sip::Config, &mut exchange::ExchangeConfig)) -> World {
        let now = Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(1_700_000_000) };
        let directory = site();
        let (mut sip, mut exchange) = configuration();
        change(&mut sip, &mut exchange);
        World {
            now,
            board: Switchboard::new(now, sip, exchange, directory.clone()),
            telephones: Vec::new(),
            weather: Weather::default(),
            records: Vec::new(),
            opened: BTreeSet::new(),
            hears: BTreeMap::new(),
            log: Vec::new(),
            alarms: Vec::new(),
            refused: Vec::new(),
            strangers: Vec::new(),
            events: Vec::new(),
            thread: CallThread { live: LiveCalls::default(), ladder: Ladder::new(LADDER_BYTES), engine_hangs: false },
            setups: BTreeMap::new(),
            digits: BTreeMap::new(),
            held: BTreeMap::new(),
            directory,
            kept: Kept::default(),
            announcement: Duration::from_secs(5),
            pending: OnTheWay { random: seed, ..OnTheWay::default() },
        }
    }

    pub fn bind_ports(&mut self, count: u16) {
        let pair = |i| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 20_000 + 2 * i };
        let pairs = (0..count).map(pair).collect();
        self.board.handle(self.now, Input::Media(MediaEvent::PortsBound { pairs }));
        self.effects();
    }

    /// A telephone of an extension, registered when `register` is called.
    pub fn telephone(&mut self, number: &str, at: &str) -> usize {
        self.telephone_with(number, at, |_| {})
    }

    /// The same with another configuration.
    pub fn telephone_with(&mut self, number: &str, at: &str, change: impl FnOnce(&mut sip::agent::Config)) -> usize {
        let at = address(at);
        let mut config = telephone_config(self.telephones.len() as u8 + 1, at);
        change(&mut config);
        let agent = Agent::new(config, Box::new(Nobody));
        let (number, events) = (number.to_owned(), Vec::new());
        self.telephones.push(Telephone { number, address: at, agent, events, next_session: 0 });
        self.telephones.len() - 1
    }

    /// Telephones of 1001 and 1002, registered.
    pub fn with_two_telephones(seed: u64) -> World {
        let mut world = World::new(seed);
        for (number, at) in [("1001", "192.0.2.11:5060"), ("1002", "192.0.2.12:5060")] {
            let telephone = world.telephone(number, at);
            world.register(telephone, 3600);
        }
        world
    }

    fn number(&mut self) -> u64 {
        self.pending.random =
            self.pending.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.pending.random >> 33
    }

    fn chance(&mut self, thousandths: u64) -> bool {
        thousandths > 0 && self.number() % 1000 < thousandths
    }

    fn later(&mut self, wait: Duration) -> (Moment, u64) {
        self.pending.sequence += 1;
        (self.now.moment + wait, self.pending.sequence)
    }

    fn put(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        self.log.push((from, to, String::from_utf8_lossy(&bytes).into_owned()));
        if let Some(held) = self.held.get_mut(&from) {
            held.push((to, bytes));
            return;
        }
        if self.chance(self.weather.loss) {
            return;
        }
        let copies = if self.chance(self.weather.repeat) { 2 } else { 1 };
        for _ in 0..copies {
            let late = if self.chance(self.weather.reorder) { self.number() % 400 } else { 0 };
            let slot = self.later(Duration::from_millis(5 + late));
            self.pending.wire.insert(slot, (from, to, bytes.clone()));
        }
    }

    /// Sends hand-written text to the exchange.
    pub fn inject(&mut self, from: &str, text: &str) {
        self.put(address(from), address(EXCHANGE), Bytes::from(text.to_owned()));
    }

    pub fn command(&mut self, telephone: usize, command: Command) {
        let now = self.now;
        self.telephones[telephone].agent.handle(now, sip::agent::Input::Command(command));
        self.collect(telephone);
    }

    fn collect(&mut self, telephone: usize) {
        while let Some(output) = self.telephones[telephone].agent.poll() {
            match output {
                Output::Event(event) => self.telephones[telephone].events.push(event),
                Output::Send { to, bytes, .. } => {
                    let from = self.telephones[telephone].address;
                    self.put(from, to.peer(), bytes);
                }
                Output::Trace(_) | Output::SessionChanged { .. } => {}
            }
        }
    }

    /// Carries out what the gate lets pass.
    pub fn effects(&mut self) {
        while let Some(effect) = self.board.poll() {
            let mut passed = self.kept.gate.pass(self.board.position(), effect);
            while let Some(effect) = passed {
                self.carry_out(effect);
                passed = self.kept.gate.released();
            }
        }
        while let Some(effect) = self.kept.gate.released() {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send { to, bytes, .. } => self.put(address(EXCHANGE), to.peer(), bytes),
            Effect::Media(order) => self.media(order),
            Effect::RecordOpened(record) => {
                self.thread.live.opened(&record);
                self.opened.insert(record.key);
            }
            Effect::RecordClosed(record) => {
                self.thread.live.closed(&record);
                self.records.push(record);
            }
            Effect::Message { trace, call } => {
                self.thread.ladder.message(self.now, trace.direction, trace.peer.peer(), trace.bytes, call);
            }
            Effect::Refused(note) => self.refused.push(note),
            Effect::Unknown { reason, .. } => self.strangers.push(reason),
            Effect::Event(event) => {
                self.thread.live.event(&event);
                self.thread.ladder.event(self.now, event.clone());
                self.events.push(event);
            }
            Effect::Alarm { code, active } => self.alarms.push((code, active)),
            Effect::Registration(RegistrationWrite::Save(stored)) => {
                self.kept.registrations.insert(stored.key.clone(), stored);
            }
            Effect::Registration(RegistrationWrite::Remove { key, .. }) => {
                self.kept.registrations.remove(&key);
            }
        }
    }

    /// The engine carries out every order, a moment later.
    fn media(&mut self, order: MediaOrder) {
        let leg = order.leg;
        if self.thread.engine_hangs {
            if let Some(event) = not_taken(&order) {
                self.board.handle(self.now, Input::Media(event));
            }
            return;
        }
        match &order.kind {
            MediaOrderKind::Play { source, repeat } => {
                self.hears.insert(leg, format!("{source:?}"));
                if !repeat && matches!(source, PlaySource::Announcement(_)) {
                    let slot = self.later(self.announcement);
                    self.pending.media.insert(slot, MediaEvent::PlayEnded { leg });
                }
            }
            MediaOrderKind::Connect { with } => {
                self.hears.insert(leg, with.to_string());
                self.hears.insert(*with, leg.to_string());
            }
            MediaOrderKind::Stop | MediaOrderKind::Disconnect => {
                self.hears.remove(&leg);
            }
            MediaOrderKind::Modify(setup) => {
                self.setups.insert(leg, (**setup).clone());
            }
            MediaOrderKind::SendDigit { digit, .. } => self.digits.entry(leg).or_default().push(*digit),
            _ => {}
        }
        let outcome = MediaEvent::Outcome { order: order.id, leg, result: Ok(()) };
        let slot = self.later(Duration::from_millis(1));
        self.pending.media.insert(slot, outcome);
        if order.kind == MediaOrderKind::Close {
            self.hears.remove(&leg);
            self.setups.remove(&leg);
            let slot = self.later(Duration::from_millis(1));
            self.pending.media.insert(slot, MediaEvent::Closed { leg, statistics: LegStatistics::default() });
        }
    }

    fn deliver(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        let now = self.now;
        let flow = Flow {
            transport: Transport::Udp,
            listener: 0,
            local: Some(to),
            peer: from,
            connection: None,
            network: NETWORK,
        };
        let Datagram::Message(message) = read_datagram(bytes, &sip::Limits::default()) else { return };
        if to == address(EXCHANGE) && self.kept.down {
            return;
        }
        if to == address(EXCHANGE) {
            let input = sip::agent::Input::Received { flow, message };
            self.board.handle(now, Input::Sip(line_sip::Input::Wire(input)));
            self.effects();
        } else if let Some(telephone) = self.telephones.iter().position(|telephone| telephone.address == to) {
            self.telephones[telephone].agent.handle(now, sip::agent::Input::Received { flow, message });
            self.collect(telephone);
        }
    }

    fn step(&mut self, end: Moment) -> bool {
        let wire = self.pending.wire.keys().next().map(|key| key.0);
        let media = self.pending.media.keys().next().map(|key| key.0);
        let timers = self.telephones.iter().filter_map(|telephone| telephone.agent.next_timeout());
        let board = self.board.next_timeout().filter(|_| !self.kept.down);
        let timer = timers.chain(board).min();
        let Some(next) = [wire, media, timer].into_iter().flatten().min().filter(|&next| next <= end) else {
            return false;
        };
        self.now = self.now.plus(next.since(self.now.moment));
        let now = self.now;
        if wire == Some(next) {
            if let Some((_, (from, to, bytes))) = self.pending.wire.pop_first() {
                self.deliver(from, to, bytes);
            }
        } else if media == Some(next) {
            if let Some((_, event)) = self.pending.media.pop_first() {
                self.board.handle(now, Input::Media(event));
                self.effects();
            }
        } else {
            if !self.kept.down {
                self.board.handle_timeout(now);
                self.effects();
            }
            for telephone in 0..self.telephones.len() {
                self.telephones[telephone].agent.handle_timeout(now);
                self.collect(telephone);
            }
        }
        true
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now.moment + time;
        while self.step(end) {}
        self.now = self.now.plus(end.since(self.now.moment));
    }

    pub fn run_seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// Runs until an event of a telephone fits; takes it and everything before it.
    pub fn expect<T>(&mut self, telephone: usize, what: &str, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        let end = self.now.moment + Duration::from_secs(200);
        loop {
            while !self.telephones[telephone].events.is_empty() {
                let event = self.telephones[telephone].events.remove(0);
                if let Some(found) = fits(&event) {
                    return found;
                }
            }
            if !self.step(end) {
                let tail: Vec<_> = self.log.iter().rev().take(8).rev().collect();
                panic!("{what} did not come to telephone {telephone}; the last on the wire: {tail:#?}");
            }
        }
    }

    pub fn register(&mut self, telephone: usize, expires: u32) -> u16 {
        let number = self.telephones[telephone].number.clone();
        let at = self.telephones[telephone].address;
        let request = RequestId(self.telephones[telephone].next_session + 1000);
        self.telephones[telephone].next_session += 1;
        let order = OutOfDialog {
            request,
            method: "REGISTER".into(),
            to: exchange(),
            address: Addressing {
                target: "sip:192.0.2.1".into(),
                routes: Vec::new(),
                from: format!("<sip:{number}@192.0.2.1>").into(),
                to: format!("<sip:{number}@192.0.2.1>").into(),
                contact_user: "".into(),
            },
            series: None,
            headers: vec![
                ExtraHeader::new("Contact", format!("<sip:{number}@{at}>")),
                ExtraHeader::new("Expires", expires.to_string()),
            ],
            body: None,
            credentials: Some(credentials(&number)),
        };
        self.command(telephone, Command::Request(Box::new(order)));
        self.expect(telephone, "the answer to REGISTER", |event| match event {
            Event::RequestDone { request: done, status, .. } if *done == request => Some(*status),
            _ => None,
        })
    }

    /// Calls a number with the usual offer.
    pub fn call(&mut self, telephone: usize, dialled: &str) -> SessionId {
        let body = description(self.telephones[telephone].address, "");
        self.call_with(telephone, dialled, Some(Body::sdp(body)))
    }

    pub fn call_with(&mut self, telephone: usize, dialled: &str, body: Option<Body>) -> SessionId {
        let caller = &mut self.telephones[telephone];
        caller.next_session += 1;
        let session = SessionId(caller.next_session);
        let number = caller.number.clone();
        let invite = Invite {
            session,
            to: exchange(),
            address: Addressing {
                target: format!("sip:{dialled}@192.0.2.1").into(),
                routes: Vec::new(),
                from: format!("<sip:{number}@192.0.2.1>").into(),
                to: format!("<sip:{dialled}@192.0.2.1>").into(),
                contact_user: number.as_str().into(),
            },
            headers: Vec::new(),
            body,
            credentials: Some(credentials(&number)),
            binding: None,
            pinned: false,
        };
        self.command(telephone, Command::Invite(Box::new(invite)));
        session
    }

    pub fn expect_ringing(&mut self, telephone: usize) -> (SessionId, Message) {
        self.expect(telephone, "an INVITE", |event| match event {
            Event::Invited(invited) => Some((invited.session, invited.request.clone())),
            _ => None,
        })
    }

    pub fn respond(&mut self, telephone: usize, session: SessionId, status: u16) {
        let body = (status / 100 == 2 || status == 183)
            .then(|| Body::sdp(description(self.telephones[telephone].address, "")));
        let answer = Answer { body, ..Answer::status(status) };
        self.command(telephone, Command::Respond { session, answer });
    }

    pub fn change(&mut self, telephone: usize, session: SessionId, direction: &str) -> Message {
        let body = description(self.telephones[telephone].address, &format!("a={direction}\r\n"));
        self.command(telephone, Command::Change { session, body: Some(Body::sdp(body)), headers: Vec::new() });
        self.expect(telephone, "the answer to a re-INVITE", |event| match event {
            Event::Changed { response, .. } => Some(response.clone()),
            _ => None,
        })
    }

    pub fn expect_answered(&mut self, telephone: usize) -> Message {
        self.expect(telephone, "a 2xx", |event| match event {
            Event::Answered { response, .. } => Some(response.clone()),
            _ => None,
        })
    }

    pub fn expect_provisional(&mut self, telephone: usize) -> u16 {
        self.expect(telephone, "a provisional response", |event| match event {
            Event::Provisional { response, .. } => response.status().map(|status| status.0),
            _ => None,
        })
    }

    pub fn expect_ended(&mut self, telephone: usize) -> (sip::agent::EndCause, Option<Message>) {
        self.expect(telephone, "the end", |event| match event {
            Event::Ended { cause, message, .. } => Some((*cause, message.clone())),
            _ => None,
        })
    }

    pub fn hang_up(&mut self, telephone: usize, session: SessionId) {
        self.command(telephone, Command::End { session, status: 486, headers: Vec::new() });
    }

    /// 1001 and 1002 talk; both sessions.
    pub fn connect(&mut self) -> (SessionId, SessionId) {
        let calling = self.call(0, "1002");
        let (called, _) = self.expect_ringing(1);
        self.respond(1, called, 180);
        self.respond(1, called, 200);
        self.expect_answered(0);
        self.run_seconds(1);
        (calling, called)
    }

    /// Lets every wait pass and asserts that nothing is left anywhere and that every call has its one record.
    pub fn assert_empty(&mut self) {
        self.weather = Weather::default();
        self.run_seconds(20_000);
        assert!(self.board.is_idle(), "{:?} {:?}", self.board.sip().agent(), self.board.exchange().tables());
        assert!(self.board.sip().agent().is_empty(), "{:?}", self.board.sip().agent());
        assert!(self.hears.is_empty(), "{:?}", self.hears);
        assert!(self.thread.live.is_empty(), "{:?}", self.thread.live);
        assert!(self.thread.ladder.bytes() <= LADDER_BYTES);
        let keys: BTreeSet<_> = self.records.iter().map(|record| record.key).collect();
        assert_eq!(keys.len(), self.records.len(), "one record a call");
        assert_eq!(keys, self.opened, "every call that began has its record");
        self.assert_journal();
    }
}

fn credentials(number: &str) -> ClientCredentials {
    ClientCredentials { username: number.into(), password: Secret::new(format!("password-{number}")) }
}

fn exchange() -> Destination {
    Destination::Address { transport: Transport::Udp, network: NETWORK, address: address(EXCHANGE) }
}
