//! The exchange and the voice line together: a caller dials a service number and hears what is behind it.

use directory::{CallRecord, Directory, Extension, Outcome, ServiceKind, ServiceNumber};
use exchange::{
    CallingParty, Exchange, ExchangeConfig, Input, LineKind, MediaLocation, Order, Output, Report, Seizure,
};
use ground::{ConnectionId, DeviceId, Machine, NetworkId, Now, Number, Reason};
use line_voice::{Config, VoiceLine};
use media_plan::{
    AddressFamily, LegStatistics, MediaEvent, MediaNetwork, MediaOffer, MediaOrder, MediaOrderKind, OwnCodecs,
    PlaySource, PortPair, StreamDescription,
};
use std::sync::Arc;

const CALLER: ConnectionId = ConnectionId(1 << 56 | 1);

/// Exchange, voice line, and an engine that does what it is told.
struct House {
    exchange: Exchange,
    voice: VoiceLine,
    playing: Option<(PlaySource, bool)>,
    told: Vec<Order>,
    records: Vec<CallRecord>,
}

impl House {
    fn new() -> House {
        let number = |text: &str| text.parse::<ground::Digits>().unwrap();
        let service = |text: &str, device, kind| {
            let service = ServiceNumber { number: number(text), device: DeviceId(device), kind };
            (service.number, service)
        };
        let extension = Extension {
            number: number("1001"),
            device: DeviceId(1),
            name: "Reis".into(),
            max_terminals: 1,
            external_calls: false,
            password: Vec::new(),
            call_waiting: true,
            max_calls: None,
            pickup_group: None,
        };
        let directory = Directory {
            extensions: [(extension.number, extension)].into(),
            services: [
                service("*1", 2, ServiceKind::Echo),
                service("*2", 3, ServiceKind::Music),
                service("*3", 4, ServiceKind::Announcement("welcome".into())),
            ]
            .into(),
            ..Directory::default()
        };
        let address = "198.51.100.1".parse().unwrap();
        let network = MediaNetwork { network: NetworkId(1), v4: Some((address, address)), v6: None };
        let config = ExchangeConfig { media_networks: vec![network], max_calls: 10, ..ExchangeConfig::default() };
        let mut house = House {
            exchange: Exchange::new(config),
            voice: VoiceLine::new(Config::default()),
            playing: None,
            told: Vec::new(),
            records: Vec::new(),
        };
        let pairs = vec![PortPair { network: NetworkId(1), family: AddressFamily::V4, rtp_port: 20_000 }];
        house.input(Input::Directory(Arc::new(directory)));
        house.input(Input::Media(MediaEvent::PortsBound { pairs }));
        house
    }

    fn input(&mut self, input: Input) {
        let now = Now::default();
        self.exchange.handle(now, input);
        while let Some(output) = self.exchange.poll() {
            match output {
                Output::Order { line: LineKind::Voice, connection, order, .. } => {
                    self.voice.handle(now, line_voice::Input { connection, order });
                }
                Output::Order { connection, order, .. } => {
                    if let Order::Clear(reason) = order {
                        let report = Report::Cleared(reason);
                        self.exchange.handle(now, Input::Report { connection, report });
                    }
                    self.told.push(order);
                }
                Output::Media(order) => self.engine(now, order),
                Output::RecordClosed(record) => self.records.push(record),
                _ => {}
            }
            while let Some(line_voice::Output { connection, report }) = self.voice.poll() {
                self.exchange.handle(now, Input::Report { connection, report });
            }
        }
    }

    fn engine(&mut self, now: Now, MediaOrder { id, leg, kind }: MediaOrder) {
        match &kind {
            MediaOrderKind::Play { source, repeat } => self.playing = Some((source.clone(), *repeat)),
            MediaOrderKind::Stop | MediaOrderKind::Close => self.playing = None,
            _ => {}
        }
        self.exchange.handle(now, Input::Media(MediaEvent::Outcome { order: id, leg, result: Ok(()) }));
        if kind == MediaOrderKind::Close {
            let statistics = LegStatistics::default();
            self.exchange.handle(now, Input::Media(MediaEvent::Closed { leg, statistics }));
        }
    }

    fn dial(&mut self, number: &str) {
        let audio = StreamDescription {
            kind: media_plan::MediaKind::Audio,
            transport: media_plan::TransportProfile::RtpAvp,
            rtp: Some("192.0.2.7:4000".parse().unwrap()),
            rtcp: None,
            direction: media_plan::Direction::SendReceive,
            codecs: OwnCodecs::default().0,
            packet_time: None,
            max_packet_time: None,
        };
        let seizure = Seizure {
            line: LineKind::Sip,
            caller: CallingParty::Extension { device: DeviceId(1) },
            dialled: Number::parse(number).unwrap(),
            overlap: false,
            media: Some(MediaOffer { streams: vec![audio] }),
            location: MediaLocation {
                network: NetworkId(1),
                family: AddressFamily::V4,
                signalling: None,
                translated: false,
            },
            hops: 70,
            replaces: None,
        };
        self.input(Input::Report { connection: CALLER, report: Report::Seized(Box::new(seizure)) });
    }

    fn over(&self, outcome: Outcome, reason: Reason) {
        assert!(self.exchange.is_empty(), "{:?}", self.exchange.tables());
        assert!(self.voice.is_empty());
        assert_eq!(self.records.len(), 1);
        assert_eq!((self.records[0].outcome, self.records[0].reason), (outcome, reason));
    }
}

#[test]
fn echo_answers_until_the_caller_hangs_up() {
    let mut house = House::new();
    house.dial("*1");
    let [Order::Answer { answer: Some(_), connected, .. }] = house.told.as_slice() else { panic!("{:?}", house.told) };
    assert_eq!(connected.name, "Echo");
    assert_eq!(house.playing, Some((PlaySource::Echo, true)));
    house.input(Input::Report { connection: CALLER, report: Report::Cleared(Reason::NormalClearing) });
    house.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn music_plays_again_and_again() {
    let mut house = House::new();
    house.dial("*2");
    assert_eq!(house.playing, Some((PlaySource::Music, true)));
    house.input(Input::Media(MediaEvent::PlayEnded { leg: CALLER }));
    assert_eq!(house.told.len(), 1, "the call goes on");
    house.input(Input::Report { connection: CALLER, report: Report::Cleared(Reason::NormalClearing) });
    house.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_announcement_is_heard_once_and_the_exchange_hangs_up() {
    let mut house = House::new();
    house.dial("*3");
    assert_eq!(house.playing, Some((PlaySource::Announcement("welcome".into()), false)));
    house.input(Input::Media(MediaEvent::PlayEnded { leg: CALLER }));
    assert_eq!(house.told.last(), Some(&Order::Clear(Reason::NormalClearing)));
    house.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_administrator_clears_a_device_like_any_other() {
    let mut house = House::new();
    house.dial("*2");
    let call = house.exchange.calls().next().unwrap().0;
    house.input(Input::ClearCall { call });
    house.over(Outcome::Answered, Reason::ClearedByAdministrator);
}
