//! An engine on loopback, and telephones at the far side of its legs.
#![allow(dead_code, reason = "each scenario uses a part of it")]

use ground::{ConnectionId, Moment, NetworkId, Now, Utc};
use media::{Engine, EngineConfig, EngineHandle, QueueLimits, SoundConfig};
use media_plan::{
    AddressFamily, Codec, CodecName, Direction, Learning, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, OrderId,
    PortPair, PortPool, RemoteMedia, StreamBase, StreamSetup,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

pub const NETWORK: NetworkId = NetworkId(1);
/// Longer than anything takes on a machine that also builds something.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub fn loopback(family: AddressFamily) -> IpAddr {
    match family {
        AddressFamily::V4 => Ipv4Addr::LOCALHOST.into(),
        AddressFamily::V6 => Ipv6Addr::LOCALHOST.into(),
    }
}

pub fn bind(pair: PortPair) -> io::Result<(UdpSocket, UdpSocket)> {
    let one = |port| {
        let socket = UdpSocket::bind((loopback(pair.family), port))?;
        socket.set_nonblocking(true)?;
        Ok::<_, io::Error>(socket)
    };
    Ok((one(pair.rtp_port)?, one(pair.rtcp_port())?))
}

/// One clock for all engines of a test, so that it goes on when one takes over from another.
pub fn now() -> Now {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let micros = START.elapsed().as_micros() as u64;
    Now { moment: Moment::from_micros(micros), utc: Utc::from_micros(1_700_000_000_000_000 + micros as i64) }
}

/// An engine, the plan's pool, and every event that was not asked for yet.
pub struct Rig {
    pub handle: EngineHandle,
    pub events: Receiver<MediaEvent>,
    pub pool: PortPool,
    /// Every pair that was told to be bound.
    pub bound: Vec<PortPair>,
    pub pairs: BTreeMap<ConnectionId, PortPair>,
    pub seen: Vec<MediaEvent>,
    range: RangeInclusive<u16>,
    orders: u64,
    legs: u64,
}

impl Rig {
    pub fn new() -> Rig {
        Rig::with(|_| ())
    }

    /// An engine with a range of its own, the `number`th: between two engines nobody else's test takes its ports.
    pub fn apart(number: u16) -> Rig {
        Rig::with(|config| config.ports = Rig::range(number))
    }

    /// The `number`th range of a hundred pairs outside of the usual one.
    pub fn range(number: u16) -> RangeInclusive<u16> {
        let first = 28_200 + number * 200;
        first..=first + 199
    }

    pub fn with(change: impl FnOnce(&mut EngineConfig)) -> Rig {
        let mut config = EngineConfig {
            networks: vec![(NETWORK, AddressFamily::V4), (NETWORK, AddressFamily::V6)],
            ports: 20_000..=28_191,
            resume: Vec::new(),
            stock: 16,
            threads: 1,
            sounds: SoundConfig::default(),
            queues: QueueLimits::default(),
            seed: 7,
            binder: Box::new(bind),
            clock: Arc::new(now),
            wake: Arc::new(|| ()),
        };
        change(&mut config);
        let range = config.ports.clone();
        let (handle, events) = Engine::start(config).expect("the engine starts");
        let mut rig = Rig {
            handle,
            events,
            pool: PortPool::new(),
            bound: Vec::new(),
            pairs: BTreeMap::new(),
            seen: Vec::new(),
            range,
            orders: 0,
            legs: 0,
        };
        rig.gather();
        rig
    }

    pub fn moment(&self) -> Moment {
        now().moment
    }

    /// The engine ends without a word, and another one takes over whose pool knows the pairs of the open legs. Legs that are
    /// opened later have other names than those before.
    pub fn restarted(self, change: impl FnOnce(&mut EngineConfig)) -> Rig {
        let Rig { handle, events, mut pool, pairs, orders, legs, range, .. } = self;
        drop((handle, events));
        pool.forget_idle();
        let resume: Vec<PortPair> = pool.out().collect();
        let mut next = Rig::with(|config| {
            (config.resume, config.ports) = (resume, range);
            // The identifiers of a process have nothing to do with those of another.
            config.seed = 0xA5A5;
            change(config);
        });
        let bound: Vec<PortPair> = std::mem::take(&mut next.bound);
        assert!(bound.iter().all(|pair| !pool.out().any(|held| held == *pair)), "{bound:?}");
        pool.add(&bound);
        Rig { pool, pairs, orders, legs, ..next }
    }

    /// Resumes a leg of the engine before.
    pub fn resume(&mut self, leg: ConnectionId, base: Option<StreamBase>) -> Result<(), MediaFault> {
        let ports = self.pairs[&leg];
        self.order(leg, MediaOrderKind::Resume { ports, base })
    }

    /// The latest that was told of the stream that is played to a leg.
    pub fn base_of(&mut self, leg: ConnectionId) -> StreamBase {
        self.wait(|event| match event {
            MediaEvent::Playing { leg: of, base } if *of == leg => Some(*base),
            _ => None,
        })
    }

    /// Takes what is there without waiting.
    pub fn gather(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.note(event);
        }
    }

    fn note(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::PortsBound { pairs } => {
                self.pool.add(&pairs);
                self.bound.extend(pairs);
            }
            event => self.seen.push(event),
        }
    }

    /// Waits for an event of which `wanted` makes something; the others stay.
    pub fn wait<T>(&mut self, wanted: impl Fn(&MediaEvent) -> Option<T>) -> T {
        let limit = Instant::now() + PATIENCE;
        loop {
            if let Some(index) = self.seen.iter().position(|event| wanted(event).is_some()) {
                return wanted(&self.seen.remove(index)).expect("it was wanted just now");
            }
            let left = limit.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => self.note(event),
                Err(_) => panic!("no such event; seen {:?}", self.seen),
            }
        }
    }

    pub fn order(&mut self, leg: ConnectionId, kind: MediaOrderKind) -> Result<(), MediaFault> {
        self.orders += 1;
        let id = OrderId(self.orders);
        self.handle.order(MediaOrder { id, leg, kind }).expect("the queue has room");
        self.wait(|event| match event {
            MediaEvent::Outcome { order, leg: of, result } if *order == id => {
                assert_eq!(*of, leg);
                Some(*result)
            }
            _ => None,
        })
    }

    /// Opens a leg and returns the address of its RTP port.
    pub fn open(&mut self, family: AddressFamily) -> (ConnectionId, SocketAddr) {
        let limit = Instant::now() + PATIENCE;
        let pair = loop {
            self.gather();
            if let Some(pair) = self.pool.take(self.moment(), NETWORK, family) {
                break pair;
            }
            assert!(Instant::now() < limit, "no port was bound");
            std::thread::sleep(Duration::from_millis(1));
        };
        self.legs += 1;
        let leg = ConnectionId(self.legs);
        self.order(leg, MediaOrderKind::Open { ports: pair }).expect("a pair from the pool opens");
        self.pairs.insert(leg, pair);
        (leg, SocketAddr::new(loopback(family), pair.rtp_port))
    }

    /// A telephone with a leg that is set up to it.
    pub fn phone(&mut self, family: AddressFamily, codecs: &[Codec]) -> Phone {
        let phone = self.idle_phone(family);
        self.order(phone.leg, MediaOrderKind::Modify(Box::new(phone.setup(codecs)))).expect("an open leg is set up");
        phone
    }

    /// A telephone whose leg is open and not set up.
    pub fn idle_phone(&mut self, family: AddressFamily) -> Phone {
        let (leg, engine) = self.open(family);
        Phone::listening(leg, engine)
    }

    pub fn close(&mut self, leg: ConnectionId) -> media_plan::LegStatistics {
        self.order(leg, MediaOrderKind::Close).expect("an open leg closes");
        let statistics = self.wait(|event| match event {
            MediaEvent::Closed { leg: of, statistics } if *of == leg => Some(*statistics),
            _ => None,
        });
        let pair = self.pairs.remove(&leg).expect("it was opened here");
        assert!(self.pool.give_back(self.moment(), pair));
        statistics
    }
}

/// A far side.
pub struct Phone {
    pub leg: ConnectionId,
    /// The leg's RTP port.
    pub engine: SocketAddr,
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Phone {
    /// The far side of a leg whose RTP port is `engine`.
    pub fn listening(leg: ConnectionId, engine: SocketAddr) -> Phone {
        let socket = || UdpSocket::bind((engine.ip(), 0)).expect("a free port");
        let (rtp, rtcp) = (socket(), socket());
        Phone { leg, engine, rtp, rtcp, sequence: 100, timestamp: 5000, ssrc: 0x0A00_0000 + leg.0 as u32 }
    }

    pub fn setup(&self, codecs: &[Codec]) -> StreamSetup {
        StreamSetup {
            remote: Some(RemoteMedia {
                rtp: self.rtp.local_addr().unwrap(),
                rtcp: self.rtcp.local_addr().unwrap(),
                learning: Learning::Locked,
            }),
            direction: Direction::SendReceive,
            send: codecs.to_vec(),
            receive: codecs.to_vec(),
            packet_time: 20,
            silence_after: None,
        }
    }

    pub fn engine_rtcp(&self) -> SocketAddr {
        SocketAddr::new(self.engine.ip(), self.engine.port() + 1)
    }

    /// The next packet of its stream.
    pub fn packet(&mut self, payload_type: u8, marker: bool, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80, payload_type | u8::from(marker) << 7];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        bytes
    }

    /// Sends 20 ms of speech, each byte `fill`.
    pub fn speak(&mut self, payload_type: u8, fill: u8) -> Vec<u8> {
        let bytes = self.packet(payload_type, false, &[fill; 160]);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.rtp.send_to(&bytes, self.engine).unwrap();
        bytes
    }

    pub fn hear(&self) -> Option<Vec<u8>> {
        receive(&self.rtp, PATIENCE)
    }

    /// True when nothing comes for a while.
    pub fn hears_nothing(&self) -> bool {
        receive(&self.rtp, Duration::from_millis(80)).is_none()
    }

    /// Forgets what waits to be heard.
    pub fn clear(&self) {
        while receive(&self.rtp, Duration::from_millis(1)).is_some() {}
    }
}

pub fn receive(socket: &UdpSocket, patience: Duration) -> Option<Vec<u8>> {
    let mut buffer = [0; 2048];
    socket.set_read_timeout(Some(patience)).unwrap();
    let (length, _) = socket.recv_from(&mut buffer).ok()?;
    Some(buffer[..length].to_vec())
}

pub fn pcma() -> Codec {
    Codec::with_static_number(CodecName::Pcma).unwrap()
}

pub fn pcmu() -> Codec {
    Codec::with_static_number(CodecName::Pcmu).unwrap()
}

pub fn events_as(payload_type: u8) -> Codec {
    Codec { payload_type, ..Codec::telephone_event() }
}
