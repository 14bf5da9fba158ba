//! The conformance suite against servers that cannot pass it.

use ground::{ConnectionId, NetworkId};
use media_plan::conformance::{FarPacket, Scenario, Subject, Violation, ViolationKind, check};
use media_plan::{
    AddressFamily, Capabilities, Learning, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, PortPair, RemoteMedia,
};
use std::collections::VecDeque;

/// Answers every order with the outcomes that a function gives, and carries out none.
struct Server {
    answer: fn(&MediaOrder) -> Vec<Result<(), MediaFault>>,
    events: VecDeque<MediaEvent>,
    ports: Option<u16>,
}

impl Subject for Server {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn order(&mut self, order: MediaOrder) {
        let outcomes = (self.answer)(&order).into_iter();
        self.events.extend(outcomes.map(|result| MediaEvent::Outcome { order: order.id, leg: order.leg, result }));
    }

    fn next_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    fn ports(&mut self) -> Option<PortPair> {
        let rtp_port = self.ports?;
        self.ports = Some(rtp_port + 2);
        Some(PortPair { network: NetworkId(1), family: AddressFamily::V4, rtp_port })
    }

    fn far_side(&mut self, _leg: ConnectionId) -> RemoteMedia {
        let address = |port| std::net::SocketAddr::from(([192, 0, 2, 1], port));
        RemoteMedia { rtp: address(4000), rtcp: address(4001), learning: Learning::Locked }
    }

    fn far_sends(&mut self, _leg: ConnectionId, _packet: FarPacket) {}

    fn far_hears(&mut self, _leg: ConnectionId) -> Option<FarPacket> {
        None
    }

    fn restart(&mut self, _held: &[PortPair]) -> bool {
        false
    }
}

fn run(answer: fn(&MediaOrder) -> Vec<Result<(), MediaFault>>, ports: Option<u16>) -> Violation {
    check(&mut Server { answer, events: VecDeque::new(), ports }).expect_err("nothing is carried out")
}

#[test]
fn silence_is_no_outcome() {
    let violation = run(|_| vec![], Some(4000));
    assert_eq!(violation, Violation { scenario: Scenario::UnknownLegs, kind: ViolationKind::NoEvent { seen: vec![] } });
}

#[test]
fn doing_what_cannot_be_done_is_wrong() {
    let violation = run(|_| vec![Ok(())], Some(4000));
    let kind = ViolationKind::Outcome { expected: Err(MediaFault::UnknownLeg), found: Ok(()) };
    assert_eq!(violation, Violation { scenario: Scenario::UnknownLegs, kind });
}

#[test]
fn a_second_outcome_of_an_order_is_one_too_many() {
    let violation = run(
        |order| match order.kind {
            MediaOrderKind::Open { .. } | MediaOrderKind::Modify(_) => vec![Ok(()), Ok(())],
            MediaOrderKind::Close if order.leg.0 > 2 => vec![Ok(())],
            _ => vec![Err(MediaFault::UnknownLeg)],
        },
        Some(4000),
    );
    // The leg is never closed, so that the suite ends there; what came twice is what it saw meanwhile.
    let ViolationKind::NoEvent { seen } = violation.kind else { panic!("{violation}") };
    assert_eq!(seen.len(), 2);
}

#[test]
fn without_ports_there_is_no_leg() {
    let violation = run(|_| vec![Err(MediaFault::UnknownLeg)], None);
    assert_eq!(violation, Violation { scenario: Scenario::UnknownLegs, kind: ViolationKind::NoPorts });
    assert!(violation.to_string().contains("NoPorts"));
}
