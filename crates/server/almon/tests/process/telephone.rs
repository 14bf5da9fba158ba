//! A telephone on the loopback: a user agent of our own with real sockets, and speech as a row of packets.

use bytes::Bytes;
use ground::Machine;
use ground::{Moment, NetworkId, Now, Secret, Utc};
use sip::agent::{
    Accounts, Addressing, Advertised, Agent, Answer, ClientCredentials, Command, Config, DefaultPorts, Event, Input,
    Invite, Network, OutOfDialog, Output, RequestId, SessionId, Trying,
};
use sip::dialog::{Body, ExtraHeader};
use sip::digest::{A1, Algorithm};
use sip::framing::{Datagram, read_datagram};
use sip::transaction::{Destination, Flow};
use sip::{Message, Transport};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const NETWORK: NetworkId = NetworkId(0);

struct Nobody;

impl Accounts for Nobody {
    fn a1(&self, _: &str, _: &str, _: Algorithm) -> Option<A1> {
        None
    }
}

pub struct Telephone {
    number: String,
    password: String,
    server: SocketAddr,
    local: SocketAddr,
    socket: UdpSocket,
    speech: UdpSocket,
    agent: Agent,
    started: Instant,
    sequence: u16,
    pub events: Vec<Event>,
    next: u64,
}

impl Telephone {
    pub fn new(number: &str, password: &str, server: u16, seed: u8) -> Telephone {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let speech = UdpSocket::bind("127.0.0.1:0").unwrap();
        speech.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let local = socket.local_addr().unwrap();
        let network = Network {
            id: NETWORK,
            advertised: vec![Advertised {
                transport: Transport::Udp,
                host: local.ip().to_string().into(),
                port: Some(local.port()),
            }],
            realm: "telephone".into(),
            algorithms: [Algorithm::Sha256].into_iter().collect(),
            challenge: false,
            trunks: Vec::new(),
        };
        let config = Config {
            shard: 'T',
            start: Utc::default(),
            seed: [seed; 32],
            intervals: Default::default(),
            trying: Trying::Immediately,
            limits: Default::default(),
            waits: Default::default(),
            default_ports: DefaultPorts { plain: 5060, secure: 5061 },
            networks: vec![network],
            registrar: Default::default(),
            info_types: Vec::new(),
            trace: false,
        };
        Telephone {
            number: number.to_owned(),
            password: password.to_owned(),
            server: SocketAddr::from(([127, 0, 0, 1], server)),
            local,
            socket,
            speech,
            agent: Agent::new(config, Box::new(Nobody)),
            started: Instant::now(),
            sequence: 0,
            events: Vec::new(),
            next: 0,
        }
    }

    fn now(&self) -> Now {
        let passed = Duration::from_secs(1) + self.started.elapsed();
        Now { moment: Moment::ZERO + passed, utc: Utc::from_seconds(1_700_000_000) + passed }
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Event(event) => self.events.push(event),
                // A port that nobody listens on answers with an error, as a network does.
                Output::Send { to, bytes, .. } => drop(self.socket.send_to(&bytes, to.peer())),
                Output::Trace(_) | Output::SessionChanged { .. } => {}
            }
        }
    }

    /// Takes in what comes for a moment.
    pub fn turn(&mut self) {
        let mut buffer = [0; 9000];
        if let Ok((length, peer)) = self.socket.recv_from(&mut buffer) {
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            let Datagram::Message(message) = read_datagram(bytes, &sip::Limits::default()) else { return };
            let (transport, local) = (Transport::Udp, Some(self.local));
            let flow = Flow { transport, listener: 0, local, peer, connection: None, network: NETWORK };
            let now = self.now();
            self.agent.handle(now, Input::Received { flow, message });
        }
        let now = self.now();
        if self.agent.next_timeout().is_some_and(|at| at <= now.moment) {
            self.agent.handle_timeout(now);
        }
        self.drain();
    }

    pub fn command(&mut self, command: Command) {
        let now = self.now();
        self.agent.handle(now, Input::Command(command));
        self.drain();
    }

    fn to_server(&self) -> Destination {
        Destination::Address { transport: Transport::Udp, network: NETWORK, address: self.server }
    }

    fn credentials(&self) -> Option<ClientCredentials> {
        let (username, password) = (self.number.as_str().into(), Secret::new(self.password.clone()));
        Some(ClientCredentials { username, password })
    }

    fn addressing(&self, dialled: &str) -> Addressing {
        Addressing {
            target: format!("sip:{dialled}@127.0.0.1").into(),
            routes: Vec::new(),
            from: format!("<sip:{}@127.0.0.1>", self.number).into(),
            to: format!("<sip:{dialled}@127.0.0.1>").into(),
            contact_user: self.number.as_str().into(),
        }
    }

    fn described(&self, direction: &str) -> Body {
        let port = self.speech.local_addr().unwrap().port();
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\na={direction}\r\n"
        );
        Body::sdp(Bytes::from(text))
    }

    pub fn register(&mut self) {
        self.next += 1;
        let mut address = self.addressing(&self.number);
        address.target = "sip:127.0.0.1".into();
        let order = OutOfDialog {
            request: RequestId(self.next),
            method: "REGISTER".into(),
            to: self.to_server(),
            address,
            series: None,
            headers: vec![
                ExtraHeader::new("Contact", format!("<sip:{}@{}>", self.number, self.local)),
                ExtraHeader::new("Expires", "600"),
            ],
            body: None,
            credentials: self.credentials(),
        };
        self.command(Command::Request(Box::new(order)));
        let status = self.expect("the answer to REGISTER", |event| match event {
            Event::RequestDone { status, .. } => Some(*status),
            _ => None,
        });
        assert_eq!(status, 200);
    }

    pub fn call(&mut self, dialled: &str) -> SessionId {
        self.next += 1;
        let session = SessionId(self.next);
        let invite = Invite {
            session,
            to: self.to_server(),
            address: self.addressing(dialled),
            headers: Vec::new(),
            body: Some(self.described("sendrecv")),
            credentials: self.credentials(),
            binding: None,
            pinned: false,
        };
        self.command(Command::Invite(Box::new(invite)));
        session
    }

    pub fn answer(&mut self, session: SessionId) {
        let answer = Answer { body: Some(self.described("sendrecv")), ..Answer::status(200) };
        self.command(Command::Respond { session, answer });
    }

    pub fn change(&mut self, session: SessionId, direction: &str) {
        let body = Some(self.described(direction));
        self.command(Command::Change { session, body, headers: Vec::new() });
        self.expect("the answer to a re-INVITE", |event| matches!(event, Event::Changed { .. }).then_some(()));
    }

    pub fn hang_up(&mut self, session: SessionId) {
        self.command(Command::End { session, status: 486, headers: Vec::new() });
    }

    /// Runs until an event fits.
    pub fn expect<T>(&mut self, what: &str, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            while !self.events.is_empty() {
                if let Some(found) = fits(&self.events.remove(0)) {
                    return found;
                }
            }
            assert!(Instant::now() < until, "{what} did not come to {}", self.number);
            self.turn();
        }
    }

    pub fn expect_call(&mut self) -> (SessionId, SocketAddr) {
        self.expect("an INVITE", |event| match event {
            Event::Invited(invited) => Some((invited.session, media_of(&invited.request))),
            _ => None,
        })
    }

    pub fn expect_answer(&mut self) -> SocketAddr {
        self.expect("a 2xx", |event| match event {
            Event::Answered { response, .. } => Some(media_of(response)),
            _ => None,
        })
    }

    pub fn expect_end(&mut self) {
        self.expect("the end", |event| matches!(event, Event::Ended { .. }).then_some(()));
    }

    /// Says one packet.
    pub fn say(&mut self, to: SocketAddr) {
        self.sequence += 1;
        let mut packet = vec![0x80, 8];
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
        packet.extend_from_slice(b"bell");
        packet.resize(172, 0xd5);
        // Nobody may listen there.
        let _ = self.speech.send_to(&packet, to);
    }

    /// Hears one packet, and from where.
    pub fn hear(&mut self) -> Option<SocketAddr> {
        let mut buffer = [0; 2000];
        self.speech.recv_from(&mut buffer).ok().map(|(_, from)| from)
    }
}

/// Where a description wants its packets.
fn media_of(message: &Message) -> SocketAddr {
    let text = String::from_utf8_lossy(message.body()).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("m=audio ")).expect("an audio line");
    let port = line.split(' ').next().and_then(|port| port.parse().ok()).unwrap();
    SocketAddr::from(([127, 0, 0, 1], port))
}
