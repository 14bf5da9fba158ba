//! The machine: each offered call is answered by its device, each order to clear is confirmed.

use crate::device;
use exchange::{OfferTarget, OfferedCall, Order, Party, Report};
use ground::{ConnectionId, Machine, Moment, Now, Reason};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// How many calls the devices take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Calls at once, all devices together. Emergency calls never come here.
    pub max_calls: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config { max_calls: 10_000 }
    }
}

/// An order of the exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The connection.
    pub connection: ConnectionId,
    /// The order.
    pub order: Order,
}

/// A report for the exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The connection.
    pub connection: ConnectionId,
    /// The report.
    pub report: Report,
}

/// What happened that concerned no call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Orders for connections that do not exist, or do not exist any more.
    pub unknown_connections: u64,
}

/// The voice line. Its whole state is data: one that is read back goes on as the one that was written would have, with the same
/// orders to the same reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceLine {
    config: Config,
    connections: BTreeSet<ConnectionId>,
    counters: Counters,
    outputs: VecDeque<Output>,
}

impl VoiceLine {
    /// A line without calls.
    pub fn new(config: Config) -> VoiceLine {
        VoiceLine { config, ..VoiceLine::default() }
    }

    /// Gives a line that was read back the limits of the present configuration. Calls beyond them go on.
    pub fn resume(&mut self, config: Config) {
        self.config = config;
    }

    /// The connections that the devices have, in their order.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionId> + '_ {
        self.connections.iter().copied()
    }

    /// How many calls the devices have.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// True when no device has a call.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// What happened that concerned no call.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    fn report(&mut self, connection: ConnectionId, report: Report) {
        self.outputs.push_back(Output { connection, report });
    }

    fn offer(&mut self, connection: ConnectionId, call: OfferedCall) {
        if self.connections.contains(&connection) {
            return;
        }
        let OfferTarget::Service(kind) = &call.target else {
            // No telephone and no trunk is on this line.
            return self.report(connection, Report::Cleared(Reason::SubscriberAbsent));
        };
        if self.connections.len() >= self.config.max_calls {
            return self.report(connection, Report::Cleared(Reason::UserBusy));
        }
        self.connections.insert(connection);
        let connected = Some(Party { number: call.called, name: device::name(kind) });
        self.report(connection, Report::Answered { media: device::answer(kind), connected });
    }

    fn order(&mut self, connection: ConnectionId, order: Order) {
        match order {
            Order::Offer(call) => self.offer(connection, *call),
            // Whoever clears, the last word is the line's. The exchange gets it once.
            Order::Clear(reason) if self.connections.remove(&connection) => {
                self.report(connection, Report::Cleared(reason));
            }
            _ if !self.connections.contains(&connection) => self.counters.unknown_connections += 1,
            Order::Probe => self.report(connection, Report::Probed),
            // No other exchange is behind a device.
            Order::Refer { .. } => self.report(connection, Report::Transferred(Err(Reason::NotImplemented))),
            // A device has no media to change.
            Order::MediaOffer(_) => self.report(connection, Report::MediaRefused(Reason::NotImplemented)),
            // These devices take no digits, and nothing is left to be told to whoever answers at once.
            Order::SendDigit { .. }
            | Order::Clear(_)
            | Order::Alert { .. }
            | Order::UpdateParty(_)
            | Order::Transfer(_)
            | Order::Progress { .. }
            | Order::Answer { .. }
            | Order::MediaAnswer(_)
            | Order::MediaRefuse(_) => {}
        }
    }
}

impl Machine for VoiceLine {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, _now: Now, input: Input) {
        self.order(input.connection, input.order);
    }

    fn handle_timeout(&mut self, _now: Now) {}

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The devices wait for nothing: the exchange bounds its calls.
    fn next_timeout(&self) -> Option<Moment> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::ServiceKind;
    use exchange::AnsweredMedia;
    use ground::TrunkId;
    use media_plan::PlaySource;

    const CONNECTION: ConnectionId = ConnectionId(3);

    fn offer(target: OfferTarget) -> Order {
        let called = ground::Number::private("*1".parse().unwrap());
        let call = OfferedCall {
            target,
            caller: Party::default(),
            called,
            media: None,
            emergency: false,
            hops: 70,
            waiting: false,
            referred_by: None,
        };
        Order::Offer(Box::new(call))
    }

    fn give(line: &mut VoiceLine, order: Order) -> Vec<Report> {
        line.handle(Now::default(), Input { connection: CONNECTION, order });
        std::iter::from_fn(|| line.poll()).map(|output| output.report).collect()
    }

    #[test]
    fn a_device_answers_at_once_and_says_its_last_word_once() {
        let mut line = VoiceLine::new(Config::default());
        let reports = give(&mut line, offer(OfferTarget::Service(ServiceKind::Echo)));
        let [Report::Answered { media, connected: Some(party) }] = reports.as_slice() else { panic!("{reports:?}") };
        assert_eq!(*media, AnsweredMedia::Treatment { source: PlaySource::Echo, repeat: true });
        assert_eq!((party.name.as_str(), party.number.digits.as_str()), ("Echo", "*1"));
        assert!(give(&mut line, offer(OfferTarget::Service(ServiceKind::Echo))).is_empty());
        assert_eq!(give(&mut line, Order::Probe), [Report::Probed]);
        assert_eq!(give(&mut line, Order::Clear(Reason::NormalClearing)), [Report::Cleared(Reason::NormalClearing)]);
        assert!(line.is_empty());
        assert!(give(&mut line, Order::Clear(Reason::NormalClearing)).is_empty());
        assert_eq!(line.counters().unknown_connections, 1);
    }

    #[test]
    fn who_is_not_on_this_line_is_absent() {
        let mut line = VoiceLine::new(Config::default());
        let reports = give(&mut line, offer(OfferTarget::Trunk(TrunkId(1))));
        assert_eq!(reports, [Report::Cleared(Reason::SubscriberAbsent)]);
        assert!(line.is_empty());
    }

    #[test]
    fn a_full_line_is_busy() {
        let mut line = VoiceLine::new(Config { max_calls: 0 });
        let reports = give(&mut line, offer(OfferTarget::Service(ServiceKind::Music)));
        assert_eq!(reports, [Report::Cleared(Reason::UserBusy)]);
    }

    #[test]
    fn orders_that_mean_nothing_to_a_device_are_taken_without_a_word() {
        let mut line = VoiceLine::new(Config::default());
        give(&mut line, offer(OfferTarget::Service(ServiceKind::Music)));
        let digit = Order::SendDigit { digit: '1', duration: std::time::Duration::from_millis(100) };
        for order in [Order::Alert { waiting: false }, digit, Order::MediaRefuse(Reason::TemporaryFailure)] {
            assert!(give(&mut line, order).is_empty());
        }
        let change = give(&mut line, Order::MediaOffer(media_plan::MediaOffer::default()));
        assert_eq!(change, [Report::MediaRefused(Reason::NotImplemented)]);
        assert_eq!(line.len(), 1);
    }
}
