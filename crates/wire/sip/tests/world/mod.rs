//! A network in virtual time: agents joined by a pipe that loses, repeats and reorders datagrams by a seeded generator, and
//! addresses outside, whose messages a test writes by hand.

#![allow(dead_code, reason = "each scenario uses its part")]

use bytes::Bytes;
use ground::{FlowId, Machine, Moment, NetworkId, Now, Secret, TrunkId, Utc};
use sip::agent::{
    Accounts, Addressing, Advertised, Agent, Answer, ClientCredentials, Command, Config, DefaultPorts, Event, Input,
    Invite, Limits, Network, OutOfDialog, Output, RequestId, SendId, Series, SessionId, SessionState, StageState,
    TrunkSource, Trying, Waits,
};
use sip::dialog::{Body, ExtraHeader};
use sip::digest::{A1, Algorithm};
use sip::framing::{Datagram, read_datagram};
use sip::registrar::RegistrarConfig;
use sip::transaction::{Destination, Flow, Intervals};
use sip::{Message, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub const NETWORK: NetworkId = NetworkId(1);
pub const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
pub const ANSWER: &str =
    "v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n";

/// The accounts of every test: the name is the account, the password `secret-` and the name.
pub struct Everybody;

impl Accounts for Everybody {
    fn a1(&self, username: &str, realm: &str, algorithm: Algorithm) -> Option<A1> {
        let known = ["strowger", "bell", "erlang", "shannon", "meucci"].contains(&username);
        known.then(|| A1::of(algorithm, username, realm, &format!("secret-{username}")))
    }
}

/// What the pipe does to datagrams, in thousandths.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss: u64,
    pub repeat: u64,
    pub reorder: u64,
}

pub struct Node {
    pub agent: Agent,
    pub address: SocketAddr,
    pub events: Vec<Event>,
}

struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    transport: Transport,
    bytes: Bytes,
}

/// A message that went to an address where no agent is.
#[derive(Clone)]
pub struct Outside {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub at: Moment,
    pub transport: Transport,
    pub text: String,
}

pub struct World {
    pub now: Now,
    pub nodes: Vec<Node>,
    pub outside: Vec<Outside>,
    pub weather: Weather,
    /// Streams to these addresses cannot be opened.
    pub no_streams: bool,
    /// Every message on the wire: from, to, text.
    pub log: Vec<(SocketAddr, SocketAddr, String)>,
    /// Takes a packet away: from, to, text.
    #[allow(clippy::type_complexity, reason = "a test's filter")]
    pub filter: Option<Box<dyn FnMut(SocketAddr, SocketAddr, &str) -> bool>>,
    wire: BTreeMap<(Moment, u64), Packet>,
    failures: Vec<(usize, Destination, SendId)>,
    connections: BTreeMap<(SocketAddr, SocketAddr), FlowId>,
    random: u64,
    sequence: u64,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn config(seed: u8, address: SocketAddr) -> Config {
    let advertised = [Transport::Udp, Transport::Tcp].map(|transport| Advertised {
        transport,
        host: address.ip().to_string().into(),
        port: Some(address.port()),
    });
    Config {
        shard: 'A',
        seed: [seed; 32],
        start: ground::Utc::default(),
        intervals: Intervals::default(),
        trying: Trying::Immediately,
        limits: Limits { unauthenticated_rate: 50, unauthenticated_burst: 500, ..Limits::default() },
        waits: Waits::default(),
        default_ports: DefaultPorts { plain: 5060, secure: 5061 },
        networks: vec![Network {
            id: NETWORK,
            advertised: advertised.to_vec(),
            realm: "example.com".into(),
            algorithms: [Algorithm::Sha256, Algorithm::Md5].into_iter().collect(),
            challenge: false,
            trunks: Vec::new(),
        }],
        registrar: RegistrarConfig::default(),
        info_types: vec!["application/dtmf-relay".into()],
        trace: false,
    }
}

impl World {
    /// Two agents that challenge nobody, at 192.0.2.1 and 192.0.2.2.
    pub fn pair(seed: u64) -> World {
        let mut world = World::empty(seed);
        world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
        world.add(config(2, address("192.0.2.2:5060")), "192.0.2.2:5060");
        world
    }

    /// One exchange at 192.0.2.1 that challenges, with a trunk at 198.51.100.0/24.
    pub fn exchange(seed: u64) -> World {
        let mut world = World::empty(seed);
        let mut config = config(1, address("192.0.2.1:5060"));
        config.networks[0].challenge = true;
        config.networks[0].trunks =
            vec![TrunkSource { trunk: TrunkId(7), address: "198.51.100.0".parse().unwrap(), prefix: 24 }];
        world.add(config, "192.0.2.1:5060");
        world
    }

    pub fn empty(seed: u64) -> World {
        World {
            now: Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(1_700_000_000) },
            nodes: Vec::new(),
            outside: Vec::new(),
            weather: Weather::default(),
            no_streams: false,
            log: Vec::new(),
            filter: None,
            wire: BTreeMap::new(),
            failures: Vec::new(),
            connections: BTreeMap::new(),
            random: seed,
            sequence: 0,
        }
    }

    pub fn add(&mut self, config: Config, at: &str) -> usize {
        let agent = Agent::new(config, Box::new(Everybody));
        self.nodes.push(Node { agent, address: address(at), events: Vec::new() });
        self.nodes.len() - 1
    }

    /// Ends the process of a node and starts another one with what the first exported, as a journal would keep it.
    pub fn restart(&mut self, node: usize, seed: u8) {
        let (now, address) = (self.now, self.nodes[node].address);
        let old = &self.nodes[node].agent;
        let states: Vec<_> = old.sessions().into_iter().filter_map(|id| old.export(id)).collect();
        let mut config = config(seed, address);
        config.start = now.utc;
        let mut agent = Agent::new(config, Box::new(Everybody));
        for state in states {
            let bytes = postcard::to_allocvec(&state).unwrap();
            let read: SessionState = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(read, state);
            let session = state.session;
            assert!(agent.import(now, read, None));
            // What goes out at once takes a number.
            let at_rest = state.ending.is_none() && state.referrals.iter().all(|referral| !referral.done);
            if at_rest {
                assert_eq!(agent.export(session).unwrap(), settled(state), "what was imported is exported again");
            }
        }
        self.nodes[node].agent = agent;
        self.collect(node);
    }

    pub fn number(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, thousandths: u64) -> bool {
        thousandths > 0 && self.number() % 1000 < thousandths
    }

    pub fn connection(&mut self, local: SocketAddr, peer: SocketAddr) -> FlowId {
        let next = FlowId(self.connections.len() as u64 + 1);
        *self.connections.entry((local, peer)).or_insert(next)
    }

    pub fn command(&mut self, node: usize, command: Command) {
        let now = self.now;
        self.nodes[node].agent.handle(now, Input::Command(command));
        self.collect(node);
    }

    pub fn input(&mut self, node: usize, input: Input) {
        let now = self.now;
        self.nodes[node].agent.handle(now, input);
        self.collect(node);
    }

    fn collect(&mut self, node: usize) {
        while let Some(output) = self.nodes[node].agent.poll() {
            match output {
                Output::Event(event) => self.nodes[node].events.push(event),
                Output::Trace(_) | Output::SessionChanged { .. } => {}
                Output::Send { to, bytes, send } => self.send(node, to, bytes, send),
            }
        }
    }

    fn send(&mut self, node: usize, to: Destination, bytes: Bytes, send: SendId) {
        let (from, peer, transport) = (self.nodes[node].address, to.peer(), to.transport());
        if transport.is_reliable() && self.no_streams && to.connection().is_none() {
            self.failures.push((node, to, send));
            return;
        }
        self.put(Packet { from, to: peer, transport, bytes });
    }

    fn put(&mut self, packet: Packet) {
        let text = String::from_utf8_lossy(&packet.bytes).into_owned();
        self.log.push((packet.from, packet.to, text.clone()));
        if let Some(filter) = &mut self.filter
            && filter(packet.from, packet.to, &text)
        {
            return;
        }
        let datagram = packet.transport == Transport::Udp;
        if datagram && self.chance(self.weather.loss) {
            return;
        }
        let copies = if datagram && self.chance(self.weather.repeat) { 2 } else { 1 };
        for _ in 0..copies {
            let late = if datagram && self.chance(self.weather.reorder) { self.number() % 300 } else { 0 };
            let at = self.now.moment + Duration::from_millis(10 + late);
            self.sequence += 1;
            let bytes = packet.bytes.clone();
            self.wire.insert((at, self.sequence), Packet { bytes, ..packet });
        }
    }

    /// Sends text from outside to a node.
    pub fn inject(&mut self, from: &str, node: usize, transport: Transport, text: &str) {
        let to = self.nodes[node].address;
        self.put(Packet { from: address(from), to, transport, bytes: Bytes::from(text.to_owned()) });
    }

    pub fn flow(&mut self, node: usize, peer: SocketAddr, transport: Transport) -> Flow {
        let local = self.nodes[node].address;
        let connection = transport.is_reliable().then(|| self.connection(local, peer));
        Flow { transport, listener: 0, local: Some(local), peer, connection, network: NETWORK }
    }

    fn deliver(&mut self, packet: Packet) {
        let Some(node) = self.nodes.iter().position(|node| node.address == packet.to) else {
            let text = String::from_utf8_lossy(&packet.bytes).into_owned();
            let (from, to, at, transport) = (packet.from, packet.to, self.now.moment, packet.transport);
            self.outside.push(Outside { from, to, at, transport, text });
            return;
        };
        let flow = self.flow(node, packet.from, packet.transport);
        let input = match read_datagram(packet.bytes, &sip::Limits::default()) {
            Datagram::Message(message) => Input::Received { flow, message },
            Datagram::Refused { error, salvaged } => Input::Malformed { flow, error, salvaged },
            _ => Input::Ping { flow },
        };
        self.input(node, input);
    }

    /// One step of the world: true when something happened before `end`.
    fn step(&mut self, end: Moment) -> bool {
        if let Some((node, to, send)) = self.failures.pop() {
            self.input(node, Input::TransportFailed { to, send });
            return true;
        }
        let packet = self.wire.keys().next().map(|key| key.0);
        let timer = self.nodes.iter().filter_map(|node| node.agent.next_timeout()).min();
        let Some(next) = packet.into_iter().chain(timer).min().filter(|&next| next <= end) else { return false };
        self.now = self.now.plus(next.since(self.now.moment));
        if packet == Some(next) {
            if let Some((_, packet)) = self.wire.pop_first() {
                self.deliver(packet);
            }
            return true;
        }
        for node in 0..self.nodes.len() {
            if self.nodes[node].agent.next_timeout().is_some_and(|at| at <= next) {
                let now = self.now;
                self.nodes[node].agent.handle_timeout(now);
                self.collect(node);
            }
        }
        true
    }

    pub fn run(&mut self, time: Duration) {
        let end = self.now.moment + time;
        while self.step(end) {}
        self.now = self.now.plus(end.since(self.now.moment));
    }

    pub fn run_millis(&mut self, millis: u64) {
        self.run(Duration::from_millis(millis));
    }

    /// Runs until an event of the node fits; takes it and everything before it.
    pub fn expect<T>(&mut self, node: usize, what: &str, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        let end = self.now.moment + Duration::from_secs(120);
        loop {
            while !self.nodes[node].events.is_empty() {
                let event = self.nodes[node].events.remove(0);
                if let Some(found) = fits(&event) {
                    return found;
                }
            }
            if !self.step(end) {
                let tail: Vec<_> = self.log.iter().rev().take(6).rev().collect();
                panic!("{what} did not come; the last on the wire: {tail:#?}");
            }
        }
    }

    pub fn expect_invited(&mut self, node: usize) -> (SessionId, Message) {
        self.expect(node, "Invited", |event| match event {
            Event::Invited(invited) => Some((invited.session, invited.request.clone())),
            _ => None,
        })
    }

    pub fn expect_answered(&mut self, node: usize) -> Message {
        self.expect(node, "Answered", |event| match event {
            Event::Answered { response, .. } => Some(response.clone()),
            _ => None,
        })
    }

    pub fn expect_acknowledged(&mut self, node: usize) -> Message {
        self.expect(node, "Acknowledged", |event| match event {
            Event::Acknowledged { ack, .. } => Some(ack.clone()),
            _ => None,
        })
    }

    pub fn expect_ended(&mut self, node: usize) -> sip::agent::EndCause {
        self.expect(node, "Ended", |event| match event {
            Event::Ended { cause, .. } => Some(*cause),
            _ => None,
        })
    }

    /// The first message to this outside address whose text begins so, taken out.
    pub fn take_outside(&mut self, to: &str, begins: &str) -> String {
        let to = address(to);
        let end = self.now.moment + Duration::from_secs(120);
        loop {
            let found = self.outside.iter().position(|m| m.to == to && m.text.starts_with(begins));
            if let Some(at) = found {
                return self.outside.remove(at).text;
            }
            if !self.step(end) {
                let all: Vec<_> = self.outside.iter().map(|m| (m.to, m.text.lines().next().unwrap_or(""))).collect();
                panic!("nothing beginning with {begins:?} came to {to}; there is {all:?}");
            }
        }
    }

    pub fn count_on_wire(&self, begins: &str) -> usize {
        self.log.iter().filter(|(_, _, text)| text.starts_with(begins)).count()
    }

    /// Runs until every wait has passed and asserts that every table is empty.
    pub fn assert_empty(&mut self) {
        self.filter = None;
        self.run(Duration::from_secs(8000));
        for (at, node) in self.nodes.iter().enumerate() {
            assert!(node.agent.is_empty(), "node {at}: {:?}", node.agent);
        }
    }

    /// A call from node 0 to node 1, up to the ACK. Gives both sessions.
    pub fn connect(&mut self) -> (SessionId, SessionId) {
        let to = self.nodes[1].address;
        self.command(0, invite(1, to, Some(OFFER)));
        let (called, _) = self.expect_invited(1);
        self.command(1, respond(called, 180, None));
        self.command(1, respond(called, 200, Some(ANSWER)));
        self.expect_answered(0);
        self.expect_acknowledged(1);
        (SessionId(1), called)
    }
}

pub fn addressing(from: &str, to: &str, target: SocketAddr) -> Addressing {
    Addressing {
        target: format!("sip:{to}@{target}").into(),
        routes: Vec::new(),
        from: format!("<sip:{from}@example.com>").into(),
        to: format!("<sip:{to}@example.com>").into(),
        contact_user: from.into(),
    }
}

pub fn udp(to: SocketAddr) -> Destination {
    Destination::Address { transport: Transport::Udp, network: NETWORK, address: to }
}

pub fn invite_order(session: u64, to: SocketAddr, body: Option<&'static str>) -> Invite {
    Invite {
        session: SessionId(session),
        to: udp(to),
        address: addressing("strowger", "bell", to),
        headers: Vec::new(),
        body: body.map(Body::sdp),
        credentials: None,
        binding: None,
        pinned: false,
    }
}

pub fn invite(session: u64, to: SocketAddr, body: Option<&'static str>) -> Command {
    Command::Invite(Box::new(invite_order(session, to, body)))
}

pub fn respond(session: SessionId, status: u16, body: Option<&'static str>) -> Command {
    let answer = Answer { body: body.map(Body::sdp), ..Answer::status(status) };
    Command::Respond { session, answer }
}

pub fn end(session: SessionId) -> Command {
    Command::End { session, status: 486, headers: vec![ExtraHeader::reason_q850(16, "hung up")] }
}

pub fn change(session: SessionId) -> Command {
    Command::Change { session, body: Some(Body::sdp(OFFER)), headers: Vec::new() }
}

pub fn credentials(user: &str, password: &str) -> ClientCredentials {
    ClientCredentials { username: user.into(), password: Secret::new(password) }
}

/// A REGISTER of `user` as a command.
pub fn register(
    request: u64,
    user: &str,
    password: &str,
    to: Destination,
    contact: &str,
    series: Option<(&str, u32)>,
) -> Command {
    Command::Request(Box::new(OutOfDialog {
        request: RequestId(request),
        method: "REGISTER".into(),
        to,
        address: Addressing {
            target: "sip:example.com".into(),
            routes: Vec::new(),
            from: format!("<sip:{user}@example.com>").into(),
            to: format!("<sip:{user}@example.com>").into(),
            contact_user: user.into(),
        },
        series: series.map(|(call_id, sequence)| Series { call_id: call_id.into(), sequence }),
        headers: vec![ExtraHeader::new("Contact", contact), ExtraHeader::new("Expires", "600")],
        body: None,
        credentials: Some(credentials(user, password)),
    }))
}

/// The value of the first header line of this name in a message's text.
pub fn header(text: &str, name: &str) -> String {
    let prefix = format!("{name}: ");
    let line = text.split("\r\n").find(|line| line.starts_with(&prefix));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))[prefix.len()..].to_owned()
}

/// A response to a request that was read from the wire, as a stranger would write it.
pub fn answer_text(request: &str, status: &str, tag: &str, extra: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.split("\r\n").take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        match name {
            "Via" | "From" | "Call-ID" | "CSeq" => text.push_str(&format!("{line}\r\n")),
            "To" if line.contains(";tag=") || tag.is_empty() => text.push_str(&format!("{line}\r\n")),
            "To" => text.push_str(&format!("{line};tag={tag}\r\n")),
            _ => {}
        }
    }
    format!("{text}{extra}Content-Length: 0\r\n\r\n")
}

/// A request as a stranger would write it.
pub struct Raw<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub via: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub call_id: &'a str,
    pub sequence: u32,
    pub extra: &'a str,
    pub body: &'a str,
}

impl Raw<'_> {
    pub fn text(&self) -> String {
        let Raw { method, uri, via, from, to, call_id, sequence, extra, body } = self;
        let length = body.len();
        format!(
            "{method} {uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {sequence} {method}\r\n{extra}Content-Length: {length}\r\n\r\n{body}"
        )
    }
}

/// A state as it stands after its import: connections are addresses.
fn settled(mut state: SessionState) -> SessionState {
    let flows = [state.unacknowledged.as_mut().map(|state| &mut state.invite.flow)];
    for flow in flows.into_iter().flatten() {
        flow.connection = None;
    }
    if let Destination::Flow(Flow { transport, network, peer: address, connection: Some(_), .. }) = state.way.to {
        state.way.to = Destination::Address { transport, network, address };
    }
    // What the earlier process sent last may be known to nobody.
    if let StageState::Confirmed(dialog) = &mut state.stage {
        dialog.local_sequence += 16;
    }
    state
}
