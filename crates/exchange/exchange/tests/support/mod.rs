//! A small world around the exchange in virtual time: a site, a line whose telephones do what a test says, and an engine that
//! carries out orders and knows what each leg hears.

#![allow(dead_code, reason = "each scenario uses a part")]

pub mod engine;
pub mod site;
pub mod two;

use directory::{CallRecord, Directory, Outcome};
use engine::Engine;
use exchange::{
    AnsweredMedia, CallEvent, CallingParty, Exchange, ExchangeConfig, Input, LineKind, MediaLocation, Order, Output,
    Party, Reachability, RefusalNote, Report, Seizure, Terminal, TerminalId,
};
use ground::{
    AlarmCode, Allocator, CallId, ConnectionId, DeviceId, Identifiers, Machine, NetworkId, Now, Number, Reason,
    TrunkId, Utc,
};
use media_plan::{
    AddressFamily, Codec, CodecName, Direction, MediaAnswer, MediaEvent, MediaKind, MediaNetwork, MediaOffer,
    StreamDescription, TransportProfile,
};
use std::sync::Arc;
use std::time::Duration;

/// The network of all telephones.
pub const NETWORK: NetworkId = NetworkId(1);

/// The world.
pub struct World {
    pub exchange: Exchange,
    pub now: Now,
    pub engine: Engine,
    /// Orders that no test has looked at yet.
    pub orders: Vec<(ConnectionId, Order)>,
    pub opened: Vec<CallRecord>,
    pub closed: Vec<CallRecord>,
    pub refused: Vec<RefusalNote>,
    pub events: Vec<CallEvent>,
    pub alarms: Vec<(AlarmCode, bool)>,
    /// Everything that came out, as text.
    pub transcript: Vec<String>,
    /// The line says nothing when it is told to clear.
    pub mute_clears: bool,
    /// How many exchanges a call that comes in may still pass.
    pub hops: u8,
    /// What the present process was told at its start.
    pub config: ExchangeConfig,
    /// The directory that was given last.
    pub directory: Arc<Directory>,
    /// Every connection that there ever was.
    pub seen: Vec<ConnectionId>,
    ids: Identifiers,
}

pub fn config() -> ExchangeConfig {
    let address = "198.51.100.1".parse().unwrap();
    ExchangeConfig {
        start_second: 1_800_000_000,
        media_networks: vec![MediaNetwork { network: NETWORK, v4: Some((address, address)), v6: None }],
        offsets: ground::SiteOffsets::fixed(60),
        max_calls: 100,
        ..ExchangeConfig::default()
    }
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn location() -> MediaLocation {
    MediaLocation { network: NETWORK, family: AddressFamily::V4, signalling: None, translated: false }
}

pub fn codec(name: &str, payload_type: u8) -> Codec {
    let clock_rate = if name == "opus" { 48_000 } else { 8000 };
    let channels = if name == "opus" { 2 } else { 1 };
    Codec { payload_type, name: CodecName::parse(name), clock_rate, channels, parameters: None }
}

/// An audio stream at a port of a telephone.
pub fn stream(port: u16, direction: Direction, codecs: &[(&str, u8)]) -> StreamDescription {
    StreamDescription {
        kind: MediaKind::Audio,
        transport: TransportProfile::RtpAvp,
        rtp: Some(std::net::SocketAddr::new("192.0.2.7".parse().unwrap(), port)),
        rtcp: None,
        direction,
        codecs: codecs.iter().map(|(name, number)| codec(name, *number)).collect(),
        packet_time: Some(20),
        max_packet_time: None,
    }
}

pub const G711: &[(&str, u8)] = &[("PCMA", 8), ("PCMU", 0), ("telephone-event", 101)];

pub fn offer(direction: Direction, codecs: &[(&str, u8)]) -> MediaOffer {
    MediaOffer { streams: vec![stream(4000, direction, codecs)] }
}

pub fn answer(direction: Direction, codecs: &[(&str, u8)]) -> MediaAnswer {
    MediaAnswer { streams: vec![stream(5000, direction, codecs)] }
}

pub fn talk() -> MediaOffer {
    offer(Direction::SendReceive, G711)
}

pub fn yes() -> MediaAnswer {
    answer(Direction::SendReceive, G711)
}

pub fn answered(answer: MediaAnswer) -> Report {
    Report::Answered { media: AnsweredMedia::Answer(answer), connected: None }
}

impl World {
    /// The standard site with one telephone at each of 1001 to 1004 and eight pairs of ports.
    pub fn new() -> World {
        World::with(site::site(), config())
    }

    pub fn with(directory: Directory, config: ExchangeConfig) -> World {
        let mut world = World {
            exchange: Exchange::new(config.clone()),
            config,
            directory: Arc::default(),
            now: Now { utc: Utc::from_seconds(1_800_000_000), ..Now::default() },
            engine: Engine::new(NETWORK, 8),
            orders: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            refused: Vec::new(),
            events: Vec::new(),
            alarms: Vec::new(),
            transcript: Vec::new(),
            mute_clears: false,
            hops: 70,
            seen: Vec::new(),
            ids: Identifiers::new(Allocator::SipLine, 1_800_000_000),
        };
        let pairs = world.engine.pairs.clone();
        world.input(Input::Directory(Arc::new(directory)));
        world.input(Input::Media(MediaEvent::PortsBound { pairs }));
        for device in 1..=4 {
            world.terminals(device, &[u64::from(device) * 10]);
        }
        world
    }

    pub fn terminals(&mut self, device: u32, ids: &[u64]) {
        let terminal = |id: &u64| Terminal { id: TerminalId(*id), line: LineKind::Sip, location: location() };
        let terminals = ids.iter().map(terminal).collect();
        self.input(Input::Reachability(Reachability { device: DeviceId(device), terminals }));
    }

    /// Gives an input and lets line and engine react until everything is quiet.
    pub fn input(&mut self, input: Input) {
        if let Input::Directory(directory) = &input {
            self.directory = directory.clone();
        }
        self.exchange.handle(self.now, input);
        self.settle();
    }

    /// Lets time pass; every timer fires at its moment.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now.plus(time);
        while let Some(due) = self.exchange.next_timeout().filter(|due| *due <= end.moment) {
            self.now = self.now.plus(due.since(self.now.moment));
            self.exchange.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.exchange.handle_timeout(self.now);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(output) = self.exchange.poll() {
            self.transcript.push(format!("{:?} {output:?}", self.now.moment));
            match output {
                Output::Order { connection, order, .. } => {
                    if matches!(order, Order::Offer(_)) {
                        self.seen.push(connection);
                    }
                    let clear = match &order {
                        Order::Clear(reason) if !self.mute_clears => Some(*reason),
                        _ => None,
                    };
                    self.orders.push((connection, order));
                    if let Some(reason) = clear {
                        let report = Report::Cleared(reason);
                        self.exchange.handle(self.now, Input::Report { connection, report });
                    }
                }
                Output::Media(order) => {
                    for event in self.engine.order(order) {
                        self.exchange.handle(self.now, Input::Media(event));
                    }
                }
                Output::RecordOpened(record) => self.opened.push(record),
                Output::RecordClosed(record) => self.closed.push(record),
                Output::Refused(note) => self.refused.push(note),
                Output::Event(event) => self.events.push(event),
                Output::Alarm { code, active } => self.alarms.push((code, active)),
                Output::Mail { server, envelope } => panic!("mail to {server:?} in a site of one server: {envelope:?}"),
            }
        }
    }

    /// The process ends and another one goes on from a snapshot, with an engine that knows nothing; what the legs hear is as before.
    pub fn restart(&mut self, directory: Arc<Directory>) {
        let bytes = postcard::to_allocvec(&self.exchange).unwrap();
        let mut restored: Exchange = postcard::from_bytes(&bytes).unwrap();
        // Another process starts in another second.
        self.config.start_second += 1;
        restored.resume(self.config.clone(), directory);
        self.exchange = restored;
        let heard = self.engine.heard();
        let faulty = self.engine.faulty || self.engine.played_nothing || self.engine.misfits();
        self.engine.restart();
        self.exchange.restored(self.now);
        self.settle();
        let out = self.engine.ports_in_use();
        let pairs: Vec<_> = self.engine.pairs.iter().filter(|pair| !out.contains(pair)).copied().collect();
        self.input(Input::Media(MediaEvent::PortsBound { pairs }));
        // Whatever had ended by itself is heard again; nothing else differs.
        let now = self.engine.heard();
        let differ = |(leg, was): (&ConnectionId, &_)| (now.get(leg) != Some(was)).then_some(*leg);
        let changed: Vec<_> = heard.iter().filter_map(differ).map(|leg| (leg, &heard[&leg], now.get(&leg))).collect();
        assert!(faulty || (changed.is_empty() && now.len() == heard.len()), "what is heard goes on: {changed:?}");
    }

    pub fn report(&mut self, connection: ConnectionId, report: Report) {
        self.input(Input::Report { connection, report });
    }

    pub fn media(&mut self, event: MediaEvent) {
        self.input(Input::Media(event));
    }

    /// An extension dials a whole number.
    pub fn dial(&mut self, device: u32, number: &str) -> ConnectionId {
        self.dial_with(device, number, Some(talk()), false)
    }

    pub fn dial_with(&mut self, device: u32, number: &str, media: Option<MediaOffer>, overlap: bool) -> ConnectionId {
        let caller = CallingParty::Extension { device: DeviceId(device) };
        self.seize(caller, number, media, overlap)
    }

    /// A call arrives over a trunk.
    pub fn arrive(&mut self, trunk: u32, number: &str) -> ConnectionId {
        let party = Party { number: Number::parse("+4930123").unwrap(), name: String::new() };
        self.seize(CallingParty::Trunk { trunk: TrunkId(trunk), party }, number, Some(talk()), false)
    }

    /// An extension dials, in the place of another connection.
    pub fn replace(&mut self, device: u32, replaces: ConnectionId) -> ConnectionId {
        let caller = CallingParty::Extension { device: DeviceId(device) };
        self.seize_for(caller, "", Some(talk()), false, Some(replaces))
    }

    pub fn seize(
        &mut self,
        caller: CallingParty,
        number: &str,
        media: Option<MediaOffer>,
        overlap: bool,
    ) -> ConnectionId {
        self.seize_for(caller, number, media, overlap, None)
    }

    pub fn seize_for(
        &mut self,
        caller: CallingParty,
        number: &str,
        media: Option<MediaOffer>,
        overlap: bool,
        replaces: Option<ConnectionId>,
    ) -> ConnectionId {
        let connection = self.ids.connection();
        self.seen.push(connection);
        let dialled = Number::parse(number).unwrap();
        let seizure = Seizure {
            line: LineKind::Sip,
            caller,
            dialled,
            overlap,
            media,
            location: location(),
            hops: self.hops,
            replaces,
        };
        self.report(connection, Report::Seized(Box::new(seizure)));
        connection
    }

    /// Takes the orders that came since the last look.
    pub fn take(&mut self) -> Vec<(ConnectionId, Order)> {
        std::mem::take(&mut self.orders)
    }

    /// Takes the offers among the orders that came since the last look: to which connection, and the offer.
    pub fn offers(&mut self) -> Vec<(ConnectionId, exchange::OfferedCall)> {
        let (offers, rest) = self.take().into_iter().partition(|(_, order)| matches!(order, Order::Offer(_)));
        self.orders = rest;
        let offers: Vec<(ConnectionId, Order)> = offers;
        let offer = |(connection, order)| match order {
            Order::Offer(offer) => Some((connection, *offer)),
            _ => None,
        };
        offers.into_iter().filter_map(offer).collect()
    }

    /// The one connection that was offered a call since the last look.
    pub fn offered(&mut self) -> ConnectionId {
        let offers = self.offers();
        assert_eq!(offers.len(), 1, "one offer: {offers:?}");
        offers[0].0
    }

    /// 1001 calls 1002, who answers; the orders so far are taken.
    pub fn connected(&mut self) -> (ConnectionId, ConnectionId) {
        let caller = self.dial(1, "1002");
        let called = self.offered();
        self.report(called, Report::Alerting);
        self.report(called, answered(yes()));
        self.take();
        assert_eq!(self.engine.relayed(caller), Some(called));
        (caller, called)
    }

    /// One extension calls another, which answers; the orders so far are taken.
    pub fn pair(&mut self, caller: u32, called: u32) -> (ConnectionId, ConnectionId) {
        let from = self.dial(caller, &format!("100{called}"));
        let to = self.offered();
        self.report(to, answered(yes()));
        self.take();
        assert_eq!(self.engine.relayed(from), Some(to));
        (from, to)
    }

    /// The orders to one connection since the last look.
    pub fn orders_to(&mut self, connection: ConnectionId) -> Vec<Order> {
        let (mine, rest) = self.take().into_iter().partition(|(to, _)| *to == connection);
        self.orders = rest;
        let mine: Vec<(ConnectionId, Order)> = mine;
        mine.into_iter().map(|(_, order)| order).collect()
    }

    pub fn cleared(&mut self, connection: ConnectionId, reason: Reason) {
        let orders = self.orders_to(connection);
        assert!(orders.contains(&Order::Clear(reason)), "cleared with {reason}: {orders:?}");
    }

    pub fn hang_up(&mut self, connection: ConnectionId) {
        self.report(connection, Report::Cleared(Reason::NormalClearing));
    }

    pub fn clear_call(&mut self, call: CallId) {
        self.input(Input::ClearCall { call });
    }

    /// Everything ended: no table holds anything, all ports are back, each call has left one record with this outcome.
    pub fn over(&mut self, outcome: Outcome, reason: Reason) {
        self.nothing_left();
        let last = self.closed.last().expect("a record");
        assert_eq!((last.outcome, last.reason), (outcome, reason));
    }

    pub fn nothing_left(&mut self) {
        assert!(self.exchange.is_empty(), "{:?}", self.exchange.tables());
        assert!(self.engine.is_empty());
        let mut opened: Vec<_> = self.opened.iter().map(|record| record.key).collect();
        let mut closed: Vec<_> = self.closed.iter().map(|record| record.key).collect();
        opened.sort();
        // Told again when somebody answers.
        opened.dedup();
        closed.sort();
        assert_eq!(opened, closed, "one record a call");
        let refusals = self.closed.iter().filter(|record| record.outcome == Outcome::Refused).count();
        assert_eq!(self.refused.len(), refusals, "one note a refused call");
    }
}
