//! What a basic call costs the exchange: seizure, offer, ringing, answer, hang-up, with every outcome of the engine, while a
//! number of other calls is in progress. `cargo bench -p exchange`.

#![allow(clippy::disallowed_types, reason = "a measurement reads the clock; the exchange does not")]

#[allow(dead_code, reason = "the scenarios use more of it")]
#[path = "../tests/support/site.rs"]
mod site;

use exchange::{
    AnsweredMedia, CallingParty, Exchange, ExchangeConfig, Input, LineKind, MediaLocation, Order, Output, Reachability,
    Report, Seizure, Terminal, TerminalId,
};
use ground::{Allocator, ConnectionId, DeviceId, Identifiers, Machine, NetworkId, Now, Number, Reason};
use media_plan::{
    AddressFamily, Direction, LegStatistics, MediaAnswer, MediaEvent, MediaKind, MediaNetwork, MediaOffer,
    MediaOrderKind, OwnCodecs, PortPair, StreamDescription, TransportProfile,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

const NETWORK: NetworkId = NetworkId(1);

struct Bench {
    exchange: Exchange,
    now: Now,
    ids: Identifiers,
    inputs: u64,
    spent: Duration,
}

impl Bench {
    fn new() -> Bench {
        let address = "198.51.100.1".parse().unwrap();
        let network = MediaNetwork { network: NETWORK, v4: Some((address, address)), v6: None };
        let config = ExchangeConfig { media_networks: vec![network], max_calls: 5000, ..ExchangeConfig::default() };
        let ids = Identifiers::new(Allocator::SipLine, 1);
        let exchange = Exchange::new(config);
        let mut bench = Bench { exchange, now: Now::default(), ids, inputs: 0, spent: Duration::ZERO };
        bench.give(Input::Directory(Arc::new(site::site())));
        let pair = |n: u16| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 20_000 + 2 * n };
        bench.give(Input::Media(MediaEvent::PortsBound { pairs: (0..8000).map(pair).collect() }));
        let terminals = vec![Terminal { id: TerminalId(1), line: LineKind::Sip, location: location() }];
        bench.give(Input::Reachability(Reachability { device: DeviceId(2), terminals }));
        bench
    }

    /// Gives one input and takes all outputs; answers of line and engine are inputs of their own.
    fn give(&mut self, input: Input) -> Vec<Output> {
        let begin = Instant::now();
        self.exchange.handle(self.now, input);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.exchange.poll()).collect();
        self.spent += begin.elapsed();
        self.inputs += 1;
        outputs
    }

    fn run(&mut self, input: Input) -> Option<ConnectionId> {
        let mut offered = None;
        let mut next = vec![input];
        while let Some(input) = next.pop() {
            for output in self.give(input) {
                match output {
                    Output::Order { connection, order: Order::Offer(_), .. } => offered = Some(connection),
                    Output::Order { connection, order: Order::Clear(reason), .. } => {
                        next.push(Input::Report { connection, report: Report::Cleared(reason) });
                    }
                    Output::Media(order) => {
                        let leg = order.leg;
                        if order.kind == MediaOrderKind::Close {
                            let statistics = LegStatistics::default();
                            next.push(Input::Media(MediaEvent::Closed { leg, statistics }));
                        }
                        next.push(Input::Media(MediaEvent::Outcome { order: order.id, leg, result: Ok(()) }));
                    }
                    _ => {}
                }
            }
        }
        offered
    }

    fn call(&mut self) -> (ConnectionId, ConnectionId) {
        let caller = self.ids.connection();
        let seizure = Seizure {
            line: LineKind::Sip,
            caller: CallingParty::Extension { device: DeviceId(1) },
            dialled: Number::parse("1002").unwrap(),
            overlap: false,
            media: Some(MediaOffer { streams: vec![stream()] }),
            location: location(),
            hops: 70,
            replaces: None,
        };
        let report = Report::Seized(Box::new(seizure));
        let called = self.run(Input::Report { connection: caller, report }).expect("an offer");
        self.run(Input::Report { connection: called, report: Report::Offered });
        self.run(Input::Report { connection: called, report: Report::Alerting });
        let media = AnsweredMedia::Answer(MediaAnswer { streams: vec![stream()] });
        self.run(Input::Report { connection: called, report: Report::Answered { media, connected: None } });
        (caller, called)
    }

    fn end(&mut self, connection: ConnectionId) {
        self.run(Input::Report { connection, report: Report::Cleared(Reason::NormalClearing) });
        self.now = self.now.plus(Duration::from_millis(1));
    }
}

fn location() -> MediaLocation {
    MediaLocation { network: NETWORK, family: AddressFamily::V4, signalling: None, translated: false }
}

fn stream() -> StreamDescription {
    StreamDescription {
        kind: MediaKind::Audio,
        transport: TransportProfile::RtpAvp,
        rtp: Some("192.0.2.7:4000".parse().unwrap()),
        rtcp: None,
        direction: Direction::SendReceive,
        codecs: OwnCodecs::default().0,
        packet_time: Some(20),
        max_packet_time: None,
    }
}

fn main() {
    for standing in [0, 1000] {
        let mut bench = Bench::new();
        let calls: Vec<_> = (0..standing).map(|_| bench.call().0).collect();
        (bench.inputs, bench.spent) = (0, Duration::ZERO);
        let count = 20_000;
        for _ in 0..count {
            let (caller, _) = bench.call();
            bench.end(caller);
        }
        let (inputs, spent) = (bench.inputs, bench.spent);
        for caller in calls {
            bench.end(caller);
        }
        assert!(bench.exchange.is_empty(), "{:?}", bench.exchange.tables());
        println!(
            "{standing} calls standing: {:.2} us an input, {:.1} inputs and {:.1} us a call",
            spent.as_secs_f64() * 1e6 / inputs as f64,
            inputs as f64 / f64::from(count),
            spent.as_secs_f64() * 1e6 / f64::from(count),
        );
    }
}
