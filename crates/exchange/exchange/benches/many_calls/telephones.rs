//! The telephones of a large site in virtual time: what they do goes into an exchange, and is written down so that it can be
//! given to another one again.

use super::site;
use exchange::{
    AnsweredMedia, CallingParty, Exchange, ExchangeConfig, Input, LineKind, MediaLocation, Order, Output, Party,
    Reachability, Report, Seizure, Terminal, TerminalId, TransferTarget,
};
use ground::{Allocator, ConnectionId, DeviceId, Identifiers, Machine, NetworkId, Now, Number, Reason, TrunkId};
use media_plan::{
    AddressFamily, Direction, LegStatistics, MediaAnswer, MediaEvent, MediaKind, MediaNetwork, MediaOffer, MediaOrder,
    MediaOrderKind, OwnCodecs, PlaySource, PortPair, StreamBase, StreamDescription, TransportProfile,
};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

const NETWORK: NetworkId = NetworkId(1);
/// The device of the first of the many extensions; before it are those of the standard site.
const FIRST_DEVICE: u32 = 100;
const FIRST_NUMBER: u32 = 200_000;
/// From one event of telephones to the next.
const PAUSE: Duration = Duration::from_millis(2);

/// What happened to the exchange.
#[derive(Clone, Debug)]
pub enum Step {
    /// An input.
    Input(Now, Box<Input>),
    /// Timers were due.
    Timeout(Now),
}

/// The site, and everything that happened in it.
pub struct Telephones {
    pub exchange: Exchange,
    pub history: Vec<Step>,
    /// Outputs so far.
    pub outputs: u64,
    now: Now,
    ids: Identifiers,
    offered: Vec<ConnectionId>,
    /// Legs whose first packet was seen.
    heard: BTreeSet<ConnectionId>,
}

/// The configuration of every exchange here.
pub fn config() -> ExchangeConfig {
    let address = "198.51.100.1".parse().unwrap();
    let network = MediaNetwork { network: NETWORK, v4: Some((address, address)), v6: None };
    ExchangeConfig { media_networks: vec![network], max_calls: 5000, ..ExchangeConfig::default() }
}

impl Telephones {
    /// A site with so many extensions more than the standard one, a telephone at each.
    pub fn new(extensions: u32) -> Telephones {
        let mut telephones = Telephones {
            exchange: Exchange::new(config()),
            history: Vec::new(),
            outputs: 0,
            now: Now::default(),
            ids: Identifiers::new(Allocator::SipLine, 1),
            offered: Vec::new(),
            heard: BTreeSet::new(),
        };
        let mut directory = site::site();
        let pattern = directory.extensions.values().next().expect("the standard site has extensions").clone();
        for index in 0..extensions {
            let (number, name) = (number(index).parse().unwrap(), format!("Callender {index}"));
            let extension = directory::Extension { number, device: device(index), name, ..pattern.clone() };
            directory.extensions.insert(number, extension);
        }
        directory.trunks.values_mut().for_each(|trunk| trunk.max_calls = None);
        telephones.input(Input::Directory(Arc::new(directory)));
        let pair = |n: u16| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 12_000 + 2 * n };
        telephones.input(Input::Media(MediaEvent::PortsBound { pairs: (0..20_000).map(pair).collect() }));
        for index in 0..extensions {
            let id = TerminalId(u64::from(index));
            let terminals = vec![Terminal { id, line: LineKind::Sip, location: location() }];
            telephones.input(Input::Reachability(Reachability { device: device(index), terminals }));
        }
        telephones
    }

    /// Gives an input, lets line and engine react, and lets a little time pass.
    pub fn input(&mut self, input: Input) {
        let mut waiting = VecDeque::from([input]);
        while let Some(input) = waiting.pop_front() {
            self.history.push(Step::Input(self.now, Box::new(input.clone())));
            self.exchange.handle(self.now, input);
            self.react(&mut waiting);
        }
        self.now = self.now.plus(PAUSE);
        while self.exchange.next_timeout().is_some_and(|due| due <= self.now.moment) {
            self.history.push(Step::Timeout(self.now));
            self.exchange.handle_timeout(self.now);
            self.react(&mut waiting);
            while let Some(input) = waiting.pop_front() {
                self.history.push(Step::Input(self.now, Box::new(input.clone())));
                self.exchange.handle(self.now, input);
                self.react(&mut waiting);
            }
        }
    }

    fn react(&mut self, waiting: &mut VecDeque<Input>) {
        while let Some(output) = self.exchange.poll() {
            self.outputs += 1;
            match output {
                Output::Order { connection, order, .. } => {
                    let report = match order {
                        Order::Offer(_) => {
                            self.offered.push(connection);
                            continue;
                        }
                        Order::Clear(reason) => Report::Cleared(reason),
                        Order::MediaOffer(_) => Report::MediaAnswered(answer()),
                        Order::Probe => Report::Probed,
                        _ => continue,
                    };
                    waiting.push_back(Input::Report { connection, report });
                }
                Output::Media(order) => self.engine(order, waiting),
                _ => {}
            }
        }
    }

    /// The engine carries everything out, and tells what one does with telephones that speak.
    fn engine(&mut self, order: MediaOrder, waiting: &mut VecDeque<Input>) {
        let leg = order.leg;
        waiting.push_back(Input::Media(MediaEvent::Outcome { order: order.id, leg, result: Ok(()) }));
        let event = match order.kind {
            MediaOrderKind::Modify(_) if self.heard.insert(leg) => {
                MediaEvent::Receiving { leg, from: "192.0.2.7:4000".parse().unwrap() }
            }
            MediaOrderKind::Play { source: PlaySource::Announcement(_), repeat: false } => {
                MediaEvent::PlayEnded { leg }
            }
            MediaOrderKind::Play { .. } => {
                let base = StreamBase { ssrc: 1, sequence: 1, timestamp: 1, clock_rate: 8000, at: self.now };
                MediaEvent::Playing { leg, base }
            }
            MediaOrderKind::Close => {
                self.heard.remove(&leg);
                MediaEvent::Closed { leg, statistics: LegStatistics::default() }
            }
            _ => return,
        };
        waiting.push_back(Input::Media(event));
    }

    /// A line reports.
    pub fn report(&mut self, connection: ConnectionId, report: Report) {
        self.input(Input::Report { connection, report });
    }

    /// Somebody dials: the caller's connection, and that which is offered the call.
    pub fn dial(&mut self, caller: CallingParty, dialled: &str) -> (ConnectionId, Option<ConnectionId>) {
        let connection = self.ids.connection();
        let seizure = Seizure {
            line: LineKind::Sip,
            caller,
            dialled: Number::parse(dialled).unwrap(),
            overlap: false,
            media: Some(talk(Direction::SendReceive)),
            location: location(),
            hops: 70,
            replaces: None,
        };
        self.offered.clear();
        self.report(connection, Report::Seized(Box::new(seizure)));
        (connection, self.offered.pop())
    }

    /// What is offered rings and, unless it rings in vain, is answered.
    pub fn rings(&mut self, called: ConnectionId, answers: bool) {
        self.report(called, Report::Offered);
        self.report(called, Report::Alerting);
        if answers {
            let media = AnsweredMedia::Answer(answer());
            self.report(called, Report::Answered { media, connected: None });
        }
    }

    /// A whole call up to the answer.
    pub fn call(&mut self, caller: CallingParty, dialled: &str) -> (ConnectionId, ConnectionId) {
        let (calling, called) = self.dial(caller, dialled);
        let called = called.expect("a telephone or a trunk is offered the call");
        self.rings(called, true);
        (calling, called)
    }

    /// Holds, or takes back.
    pub fn hold(&mut self, connection: ConnectionId, held: bool) {
        let direction = if held { Direction::SendOnly } else { Direction::SendReceive };
        self.report(connection, Report::MediaOffered(talk(direction)));
    }

    /// Transfers the other party of `connection` to that of `other`, and hangs both up.
    pub fn transfer(&mut self, connection: ConnectionId, other: ConnectionId) {
        self.report(connection, Report::TransferRequested(TransferTarget::Connection(other)));
        self.hang_up(connection);
        self.hang_up(other);
    }

    /// Sends the other party to a number that answers, and hangs up: the connection there. None when that is refused: a trunk
    /// may not, and nobody is sent to the number that sends.
    pub fn send_to(&mut self, connection: ConnectionId, number: &str) -> Option<ConnectionId> {
        self.offered.clear();
        let target = TransferTarget::Number(number.parse().unwrap());
        self.report(connection, Report::TransferRequested(target));
        let called = self.offered.pop()?;
        self.rings(called, true);
        self.hang_up(connection);
        Some(called)
    }

    /// A party hangs up.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        self.report(connection, Report::Cleared(Reason::NormalClearing));
    }
}

/// An extension as a caller.
pub fn extension(index: u32) -> CallingParty {
    CallingParty::Extension { device: device(index) }
}

/// A caller from outside.
pub fn outside() -> CallingParty {
    let party = Party { number: Number::parse("+4930123").unwrap(), name: String::new() };
    CallingParty::Trunk { trunk: TrunkId(2), party }
}

/// The number of an extension.
pub fn number(index: u32) -> String {
    (FIRST_NUMBER + index).to_string()
}

fn device(index: u32) -> DeviceId {
    DeviceId(FIRST_DEVICE + index)
}

fn location() -> MediaLocation {
    MediaLocation { network: NETWORK, family: AddressFamily::V4, signalling: None, translated: false }
}

fn talk(direction: Direction) -> MediaOffer {
    MediaOffer { streams: vec![stream(direction)] }
}

fn answer() -> MediaAnswer {
    MediaAnswer { streams: vec![stream(Direction::SendReceive)] }
}

fn stream(direction: Direction) -> StreamDescription {
    StreamDescription {
        kind: MediaKind::Audio,
        transport: TransportProfile::RtpAvp,
        rtp: Some("192.0.2.7:4000".parse().unwrap()),
        rtcp: None,
        direction,
        codecs: OwnCodecs::default().0,
        packet_time: Some(20),
        max_packet_time: None,
    }
}
