//! The legs that are open and the orders that await their one outcome. Ports go back when a leg is closed, never before.

use ground::{ConnectionId, Moment};
use media_plan::{
    AddressFamily, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, OrderId, PortPair, PortPool, StreamBase,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an order was about: tells how bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ordered {
    /// The leg itself, its setup or its relay: without it there is no conversation.
    Path,
    /// Something to be heard.
    Sound,
    /// Anything that may fail without harm.
    Detail,
    /// The end of the leg.
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Leg {
    ports: PortPair,
    closing: bool,
    /// The stream that was played to it last, as it stood when it began.
    base: Option<StreamBase>,
}

/// All legs and outstanding orders.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Legs {
    pool: PortPool,
    open: BTreeMap<ConnectionId, Leg>,
    /// By leg first, so that a leg's orders go with it.
    orders: BTreeMap<(ConnectionId, OrderId), Ordered>,
    next_order: u64,
}

impl Legs {
    /// Ports that may be used from now on.
    pub fn add_ports(&mut self, pairs: &[PortPair]) {
        self.pool.add(pairs);
    }

    /// Takes ports for a leg, and the order that opens it; none when no pair is left or the leg exists.
    pub fn open(
        &mut self,
        now: Moment,
        leg: ConnectionId,
        network: ground::NetworkId,
        family: AddressFamily,
    ) -> Option<(PortPair, MediaOrder)> {
        if self.open.contains_key(&leg) {
            return None;
        }
        let ports = self.pool.take(now, network, family)?;
        self.open.insert(leg, Leg { ports, closing: false, base: None });
        Some((ports, self.order(leg, Ordered::Path, MediaOrderKind::Open { ports })))
    }

    /// Numbers an order, so that its outcome finds back.
    pub fn order(&mut self, leg: ConnectionId, about: Ordered, kind: MediaOrderKind) -> MediaOrder {
        self.next_order += 1;
        let id = OrderId(self.next_order);
        self.orders.insert((leg, id), about);
        MediaOrder { id, leg, kind }
    }

    /// The order that closes a leg; none when it is not open.
    pub fn close(&mut self, leg: ConnectionId) -> Option<MediaOrder> {
        let entry = self.open.get_mut(&leg).filter(|entry| !entry.closing)?;
        entry.closing = true;
        Some(self.order(leg, Ordered::Close, MediaOrderKind::Close))
    }

    /// Takes the outcome of an order; what it was about and the fault, when there is one that its half must hear.
    pub fn outcome(
        &mut self,
        now: Moment,
        (leg, order): (ConnectionId, OrderId),
        result: Result<(), MediaFault>,
    ) -> Option<(Ordered, MediaFault)> {
        let about = self.orders.remove(&(leg, order))?;
        let fault = result.err()?;
        if about == Ordered::Close {
            // Who cannot close a leg does not know it: no last word follows.
            self.forget(now, leg);
            return None;
        }
        Some((about, fault))
    }

    /// What is played to a leg began.
    pub fn playing(&mut self, leg: ConnectionId, base: StreamBase) {
        if let Some(entry) = self.open.get_mut(&leg) {
            entry.base = Some(base);
        }
    }

    /// Another process handles media from now on: the orders that take up every open leg, and the legs that vanished because they
    /// were closing. Ports that no leg uses are unknown until they are told anew.
    pub fn restart(&mut self) -> (Vec<MediaOrder>, Vec<ConnectionId>) {
        self.orders.clear();
        let vanished: Vec<_> = self.open.iter().filter(|(_, leg)| leg.closing).map(|(id, _)| *id).collect();
        for leg in &vanished {
            if let Some(entry) = self.open.remove(leg) {
                self.pool.withdraw(entry.ports);
            }
        }
        self.pool.forget_idle();
        let open: Vec<_> = self.open.iter().map(|(id, leg)| (*id, *leg)).collect();
        let resume =
            |(leg, Leg { ports, base, .. })| self.order(leg, Ordered::Path, MediaOrderKind::Resume { ports, base });
        (open.into_iter().map(resume).collect(), vanished)
    }

    /// The last word on a leg: its ports go back. False when the leg was not open.
    pub fn forget(&mut self, now: Moment, leg: ConnectionId) -> bool {
        let Some(entry) = self.open.remove(&leg) else { return false };
        let first = (leg, OrderId::default());
        while let Some(key) = self.orders.range(first..).next().map(|(key, _)| *key).filter(|key| key.0 == leg) {
            self.orders.remove(&key);
        }
        self.pool.give_back(now, entry.ports)
    }

    /// True when the leg is open and nobody closed it.
    pub fn is_open(&self, leg: ConnectionId) -> bool {
        self.open.get(&leg).is_some_and(|entry| !entry.closing)
    }

    /// True when the leg is open or closing.
    pub fn is_known(&self, leg: ConnectionId) -> bool {
        self.open.contains_key(&leg)
    }

    /// How many legs are open or closing.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// True when no leg is open and no order awaits its outcome.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.orders.is_empty()
    }

    /// How many orders await their outcome.
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// How many pairs of ports are out.
    pub fn ports_taken(&self) -> usize {
        self.pool.taken()
    }
}

/// The leg that an event is about; none for events about the whole.
pub fn leg_of(event: &MediaEvent) -> Option<ConnectionId> {
    match event {
        MediaEvent::Outcome { leg, .. }
        | MediaEvent::PlayEnded { leg }
        | MediaEvent::Digit { leg, .. }
        | MediaEvent::Playing { leg, .. }
        | MediaEvent::Silent { leg, .. }
        | MediaEvent::Receiving { leg, .. }
        | MediaEvent::Closed { leg, .. } => Some(*leg),
        MediaEvent::PortsBound { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::NetworkId;

    const LEG: ConnectionId = ConnectionId(7);

    fn legs() -> Legs {
        let mut legs = Legs::default();
        let ports = PortPair { network: NetworkId(1), family: AddressFamily::V4, rtp_port: 20_000 };
        legs.add_ports(&[ports]);
        legs
    }

    #[test]
    fn ports_go_back_with_the_last_word_and_not_before() {
        let (now, mut legs) = (Moment::ZERO, legs());
        let (_, opened) = legs.open(now, LEG, NetworkId(1), AddressFamily::V4).unwrap();
        assert_eq!(legs.outcome(now, (LEG, opened.id), Ok(())), None);
        let close = legs.close(LEG).unwrap();
        assert!(legs.close(LEG).is_none());
        legs.outcome(now, (LEG, close.id), Ok(()));
        assert_eq!(legs.ports_taken(), 1);
        assert!(legs.forget(now, LEG));
        assert!(legs.is_empty());
        assert_eq!(legs.ports_taken(), 0);
        assert!(!legs.forget(now, LEG));
    }

    #[test]
    fn a_leg_that_nobody_knows_needs_no_last_word() {
        let (now, mut legs) = (Moment::ZERO, legs());
        let (_, opened) = legs.open(now, LEG, NetworkId(1), AddressFamily::V4).unwrap();
        let fault = legs.outcome(now, (LEG, opened.id), Err(MediaFault::PortsUnavailable));
        assert_eq!(fault, Some((Ordered::Path, MediaFault::PortsUnavailable)));
        let close = legs.close(LEG).unwrap();
        assert_eq!(legs.outcome(now, (LEG, close.id), Err(MediaFault::UnknownLeg)), None);
        assert!(legs.is_empty() && legs.ports_taken() == 0);
    }

    #[test]
    fn an_outcome_counts_once() {
        let (now, mut legs) = (Moment::ZERO, legs());
        let order = legs.order(LEG, Ordered::Sound, MediaOrderKind::Stop);
        assert!(legs.outcome(now, (LEG, order.id), Err(MediaFault::NotCapable)).is_some());
        assert!(legs.outcome(now, (LEG, order.id), Err(MediaFault::NotCapable)).is_none());
    }
}
