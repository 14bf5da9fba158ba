//! The suite of `media_plan::conformance` against the engine; and against an engine whose events are spoiled, which it notices.

mod support;

use ground::ConnectionId;
use media::Engine;
use media_plan::AddressFamily::V4;
use media_plan::conformance::{FarPacket, Scenario, Subject, ViolationKind, check};
use media_plan::{
    Capabilities, Learning, MediaEvent, MediaOrder, MediaOrderKind, OrderId, PortPair, PortPool, RemoteMedia,
    StreamBase,
};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use support::{NETWORK, Phone, Rig, loopback, receive};

/// What becomes of an event on its way.
type Spoil = fn(MediaEvent) -> Vec<MediaEvent>;

struct OnLoopback {
    /// None only while one engine takes over from another.
    rig: Option<Rig>,
    phones: BTreeMap<ConnectionId, Phone>,
    ports: BTreeMap<ConnectionId, PortPair>,
    spoil: Spoil,
    spoiled: VecDeque<MediaEvent>,
}

impl OnLoopback {
    fn new(number: u16, spoil: Spoil) -> Self {
        OnLoopback {
            rig: Some(Rig::apart(number)),
            phones: BTreeMap::new(),
            ports: BTreeMap::new(),
            spoil,
            spoiled: VecDeque::new(),
        }
    }

    /// Takes one event in; none when none comes.
    fn take(&mut self, patience: Duration) -> Option<()> {
        match self.rig().events.recv_timeout(patience).ok()? {
            MediaEvent::PortsBound { pairs } => self.rig().pool.add(&pairs),
            event => {
                if let MediaEvent::Closed { leg, .. } = &event {
                    let (moment, pair) = (self.rig().moment(), self.ports[leg]);
                    assert!(self.rig().pool.give_back(moment, pair));
                }
                self.spoiled.extend((self.spoil)(event));
            }
        }
        Some(())
    }

    fn rig(&mut self) -> &mut Rig {
        self.rig.as_mut().expect("an engine runs")
    }
}

impl Subject for OnLoopback {
    fn capabilities(&self) -> Capabilities {
        Engine::capabilities()
    }

    fn order(&mut self, order: MediaOrder) {
        if let MediaOrderKind::Open { ports } = &order.kind {
            self.ports.entry(order.leg).or_insert(*ports);
        }
        self.rig().handle.order(order).expect("the queue has room");
    }

    fn next_event(&mut self) -> Option<MediaEvent> {
        while self.spoiled.is_empty() {
            self.take(Duration::from_secs(2))?;
        }
        self.spoiled.pop_front()
    }

    fn ports(&mut self) -> Option<PortPair> {
        loop {
            let moment = self.rig().moment();
            let pair = self.rig().pool.take(moment, NETWORK, V4);
            // More pairs are bound when half of them are taken.
            if pair.is_some() || self.take(Duration::from_secs(2)).is_none() {
                return pair;
            }
        }
    }

    fn far_side(&mut self, leg: ConnectionId) -> RemoteMedia {
        let engine = SocketAddr::new(loopback(V4), self.ports[&leg].rtp_port);
        let phone = self.phones.entry(leg).or_insert_with(|| Phone::listening(leg, engine));
        RemoteMedia {
            rtp: phone.rtp.local_addr().unwrap(),
            rtcp: phone.rtcp.local_addr().unwrap(),
            learning: Learning::Locked,
        }
    }

    fn far_sends(&mut self, leg: ConnectionId, packet: FarPacket) {
        let phone = self.phones.get_mut(&leg).expect("it was set up");
        phone.timestamp = packet.timestamp;
        let bytes = phone.packet(packet.payload_type, packet.marker, &packet.payload);
        phone.rtp.send_to(&bytes, phone.engine).unwrap();
    }

    fn far_hears(&mut self, leg: ConnectionId) -> Option<FarPacket> {
        let bytes = receive(&self.phones[&leg].rtp, Duration::from_millis(150))?;
        let packet = rtp::RtpPacket::parse(&bytes).expect("the engine sends RTP");
        Some(FarPacket {
            ssrc: packet.ssrc().0,
            sequence: packet.sequence().0,
            payload_type: packet.payload_type(),
            marker: packet.marker(),
            timestamp: packet.timestamp(),
            payload: packet.payload().to_vec(),
        })
    }

    fn restart(&mut self, held: &[PortPair]) -> bool {
        let mut rig = self.rig.take().expect("an engine runs");
        rig.pool = PortPool::new();
        rig.pool.add(held);
        for pair in held {
            assert_eq!(rig.pool.take(rig.moment(), pair.network, pair.family), Some(*pair));
        }
        self.rig = Some(rig.restarted(|_| ()));
        true
    }
}

#[test]
fn the_engine_keeps_every_promise() {
    let mut subject = OnLoopback::new(0, |event| vec![event]);
    check(&mut subject).unwrap();
}

#[test]
fn an_end_that_is_told_twice_is_noticed() {
    let mut subject = OnLoopback::new(1, |event| match event {
        MediaEvent::PlayEnded { .. } => vec![event.clone(), event],
        event => vec![event],
    });
    let violation = check(&mut subject).unwrap_err();
    assert_eq!(violation.scenario, Scenario::EndOfSound);
    assert!(matches!(violation.kind, ViolationKind::SurplusEvent(_)), "{violation}");
}

#[test]
fn a_missing_last_word_is_noticed() {
    let mut subject = OnLoopback::new(2, |event| match event {
        MediaEvent::Closed { .. } => vec![],
        event => vec![event],
    });
    let violation = check(&mut subject).unwrap_err();
    assert!(matches!(violation.kind, ViolationKind::NoEvent { .. }), "{violation}");
}

#[test]
fn a_wrong_outcome_is_noticed() {
    let mut subject = OnLoopback::new(3, |event| match event {
        MediaEvent::Outcome { order: OrderId(1), leg, .. } => {
            vec![MediaEvent::Outcome { order: OrderId(1), leg, result: Ok(()) }]
        }
        event => vec![event],
    });
    let violation = check(&mut subject).unwrap_err();
    assert_eq!(violation.scenario, Scenario::UnknownLegs);
    assert!(matches!(violation.kind, ViolationKind::Outcome { .. }), "{violation}");
}

#[test]
fn a_stream_that_is_told_wrong_is_noticed() {
    let mut subject = OnLoopback::new(4, |event| match event {
        MediaEvent::Playing { leg, base } => {
            vec![MediaEvent::Playing { leg, base: StreamBase { ssrc: !base.ssrc, ..base } }]
        }
        event => vec![event],
    });
    let violation = check(&mut subject).unwrap_err();
    assert_eq!(violation.scenario, Scenario::Restart);
    assert!(matches!(violation.kind, ViolationKind::Stream { .. }), "{violation}");
}

#[test]
fn a_base_that_does_not_move_on_is_noticed() {
    // The numbers of long ago: what is played goes on behind what was heard last.
    let mut subject = OnLoopback::new(17, |event| match event {
        MediaEvent::Playing { leg, base } => {
            vec![MediaEvent::Playing { leg, base: StreamBase { sequence: base.sequence.wrapping_sub(1000), ..base } }]
        }
        event => vec![event],
    });
    let violation = check(&mut subject).unwrap_err();
    assert_eq!(violation.scenario, Scenario::Restart);
    assert!(matches!(violation.kind, ViolationKind::Stream { .. }), "{violation}");
}
