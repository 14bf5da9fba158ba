//! One suite for every implementation of `MediaControl`: the engine of this house, and a remote media server behind MSCML.
//!
//! The suite gives orders to a [`Subject`] and compares its events, and what the far sides of its legs hear, with what the
//! vocabulary promises. It knows no socket and no clock: the subject's driver has both, and bounds every wait.

mod repointing;
mod restart;
mod scenarios;
mod violation;

pub use violation::{Scenario, Violation, ViolationKind};

use crate::capability::Capabilities;
use crate::vocabulary::control::{
    MediaEvent, MediaFault, MediaOrder, MediaOrderKind, OrderId, RemoteMedia, StreamSetup,
};
use crate::vocabulary::description::{Codec, Direction};
use crate::vocabulary::resource::PortPair;
use ground::ConnectionId;
use std::collections::{BTreeMap, VecDeque};

/// An RTP packet at the far side of a leg.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FarPacket {
    /// Its source as it was heard; each far side sends as a source of its own, whatever stands here.
    pub ssrc: u32,
    /// Its sequence number as it was heard; what a far side sends is numbered by itself.
    pub sequence: u16,
    /// The payload type.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// The timestamp.
    pub timestamp: u32,
    /// The payload.
    pub payload: Vec<u8>,
}

/// An implementation of `MediaControl` with far sides for its legs.
pub trait Subject {
    /// What the implementation can do.
    fn capabilities(&self) -> Capabilities;

    /// Gives an order.
    fn order(&mut self, order: MediaOrder);

    /// The next event; none when none comes within a time that is ample for anything but the end of a long sound.
    fn next_event(&mut self) -> Option<MediaEvent>;

    /// A pair of ports that no leg uses; none when the implementation is exhausted.
    fn ports(&mut self) -> Option<PortPair>;

    /// Where the far side of a leg listens; the first call for a leg, which is open then, makes it.
    fn far_side(&mut self, leg: ConnectionId) -> RemoteMedia;

    /// The far side of a leg sends the next packet of its stream.
    fn far_sends(&mut self, leg: ConnectionId, packet: FarPacket);

    /// The next packet that the far side of a leg hears; none when none comes within a few packet times.
    fn far_hears(&mut self, leg: ConnectionId) -> Option<FarPacket>;

    /// Ends the implementation without a word, as a killed process ends, and starts another one that binds `held` first. The
    /// far sides stay, and the clock goes on. False, and nothing done, when it is not the exchange's restart that ends it.
    fn restart(&mut self, held: &[PortPair]) -> bool;
}

/// Runs every scenario; the first violation ends it.
pub fn check(subject: &mut dyn Subject) -> Result<(), Violation> {
    let (events, ports) = (VecDeque::new(), BTreeMap::new());
    let mut suite = Suite { subject, events, ports, orders: 0, legs: 0, scenario: Scenario::UnknownLegs };
    scenarios::all(&mut suite)
}

/// The state of a run.
struct Suite<'a> {
    subject: &'a mut dyn Subject,
    /// Events that came while another was waited for.
    events: VecDeque<MediaEvent>,
    /// The ports of the legs that were opened.
    ports: BTreeMap<ConnectionId, PortPair>,
    orders: u64,
    legs: u64,
    scenario: Scenario,
}

impl Suite<'_> {
    fn violation(&self, kind: ViolationKind) -> Violation {
        Violation { scenario: self.scenario, kind }
    }

    /// Gives an order and takes its outcome.
    fn order(&mut self, leg: ConnectionId, kind: MediaOrderKind) -> Result<Result<(), MediaFault>, Violation> {
        self.orders += 1;
        let id = OrderId(self.orders);
        self.subject.order(MediaOrder { id, leg, kind });
        self.wait(|event| match event {
            MediaEvent::Outcome { order, leg: of, result } if *order == id && *of == leg => Some(*result),
            _ => None,
        })
    }

    /// Gives an order that has to have this outcome.
    fn expect(
        &mut self,
        leg: ConnectionId,
        kind: MediaOrderKind,
        expected: Result<(), MediaFault>,
    ) -> Result<(), Violation> {
        let found = self.order(leg, kind)?;
        if found == expected { Ok(()) } else { Err(self.violation(ViolationKind::Outcome { expected, found })) }
    }

    /// Waits for an event of which `wanted` makes something; others stay.
    fn wait<T>(&mut self, wanted: impl Fn(&MediaEvent) -> Option<T>) -> Result<T, Violation> {
        if let Some(index) = self.events.iter().position(|event| wanted(event).is_some())
            && let Some(found) = self.events.remove(index).as_ref().and_then(&wanted)
        {
            return Ok(found);
        }
        while let Some(event) = self.subject.next_event() {
            match wanted(&event) {
                Some(found) => return Ok(found),
                None => self.events.push_back(event),
            }
        }
        Err(self.violation(ViolationKind::NoEvent { seen: self.events.iter().cloned().collect() }))
    }

    /// What came and nobody waited for, reports of arriving packets, of streams and of ports aside, has to be nothing.
    fn expect_no_event(&mut self) -> Result<(), Violation> {
        let expected = |event: &MediaEvent| {
            matches!(event, MediaEvent::Receiving { .. } | MediaEvent::Playing { .. } | MediaEvent::PortsBound { .. })
        };
        self.events.retain(|event| !expected(event));
        match self.events.pop_front() {
            None => Ok(()),
            Some(event) => Err(self.violation(ViolationKind::SurplusEvent(Box::new(event)))),
        }
    }

    /// A name that no leg had.
    fn name(&mut self) -> ConnectionId {
        self.legs += 1;
        ConnectionId(self.legs)
    }

    /// Opens a leg.
    fn open(&mut self) -> Result<ConnectionId, Violation> {
        let leg = self.name();
        let ports = self.subject.ports().ok_or_else(|| self.violation(ViolationKind::NoPorts))?;
        self.expect(leg, MediaOrderKind::Open { ports }, Ok(()))?;
        self.ports.insert(leg, ports);
        Ok(leg)
    }

    /// Opens a leg and sets it up.
    fn leg(&mut self, codecs: &[Codec]) -> Result<ConnectionId, Violation> {
        let leg = self.open()?;
        self.set_up(leg, codecs, Direction::SendReceive)?;
        Ok(leg)
    }

    fn set_up(&mut self, leg: ConnectionId, codecs: &[Codec], direction: Direction) -> Result<(), Violation> {
        let setup = StreamSetup {
            remote: Some(self.subject.far_side(leg)),
            direction,
            send: codecs.to_vec(),
            receive: codecs.to_vec(),
            packet_time: 20,
            silence_after: None,
        };
        self.expect(leg, MediaOrderKind::Modify(Box::new(setup)), Ok(()))
    }

    /// Closes a leg: outcome, then the last word.
    fn close(&mut self, leg: ConnectionId) -> Result<(), Violation> {
        self.expect(leg, MediaOrderKind::Close, Ok(()))?;
        self.wait(|event| matches!(event, MediaEvent::Closed { leg: of, .. } if *of == leg).then_some(()))?;
        self.expect_no_event()
    }

    /// The far side of a leg hears this payload under this number.
    fn hears(&mut self, leg: ConnectionId, payload_type: u8, payload: &[u8]) -> Result<(), Violation> {
        match self.subject.far_hears(leg) {
            Some(packet) if packet.payload_type == payload_type && packet.payload == payload => Ok(()),
            other => Err(self.violation(ViolationKind::Heard(other))),
        }
    }

    /// The far side of a leg hears nothing, once what was on its way has arrived.
    fn falls_silent(&mut self, leg: ConnectionId) -> Result<(), Violation> {
        for _ in 0..10 {
            if self.subject.far_hears(leg).is_none() {
                return Ok(());
            }
        }
        Err(self.violation(ViolationKind::StillHeard))
    }
}
