//! A media engine that carries out every order a moment later and holds the exchange to the rules of `MediaControl`: a leg is opened once,
//! on ports that no other leg has, nothing is ordered of a leg that is not there, and at the end none is left.

use ground::{ConnectionId, Moment};
use media_plan::{LegStatistics, MediaEvent, MediaOrder, MediaOrderKind, PlaySource, PortPair, StreamSetup};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hears {
    #[default]
    Nothing,
    Leg(ConnectionId),
    Played(PlaySource),
}

#[derive(Clone, Debug)]
pub struct Leg {
    pub ports: PortPair,
    pub setup: Option<StreamSetup>,
    pub hears: Hears,
}

#[derive(Default)]
pub struct Engine {
    pub legs: BTreeMap<ConnectionId, Leg>,
    pub ports: BTreeMap<PortPair, ConnectionId>,
    pub events: BTreeMap<(Moment, u64), MediaEvent>,
    sequence: u64,
}

/// An announcement lasts so long.
const ANNOUNCEMENT: Duration = Duration::from_secs(5);
/// From an order to its outcome.
const WORK: Duration = Duration::from_millis(1);

impl Engine {
    pub fn later(&mut self, at: Moment, event: MediaEvent) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    /// The engine dies with its process.
    pub fn die(&mut self) {
        self.legs.clear();
        self.ports.clear();
        self.events.clear();
    }

    pub fn order(&mut self, now: Moment, order: MediaOrder) {
        let MediaOrder { id, leg, kind } = order;
        match kind {
            MediaOrderKind::Open { ports } | MediaOrderKind::Resume { ports, .. } => self.open(leg, ports),
            MediaOrderKind::Close => {
                let gone = self.legs.remove(&leg);
                let Some(gone) = gone else { panic!("{leg} is closed and was not open") };
                self.ports.remove(&gone.ports);
                self.part(leg);
                let outcome = MediaEvent::Outcome { order: id, leg, result: Ok(()) };
                self.later(now + WORK, outcome);
                return self.later(now + WORK, MediaEvent::Closed { leg, statistics: LegStatistics::default() });
            }
            MediaOrderKind::Connect { with } => {
                assert!(self.legs.contains_key(&with), "{leg} is connected with {with}, which is not open");
                for one in [leg, with] {
                    self.part(one);
                }
                self.leg(leg).hears = Hears::Leg(with);
                self.leg(with).hears = Hears::Leg(leg);
            }
            MediaOrderKind::Disconnect => {
                self.leg(leg);
                self.part(leg);
                self.leg(leg).hears = Hears::Nothing;
            }
            MediaOrderKind::Play { source, repeat } => {
                if !repeat && matches!(source, PlaySource::Announcement(_)) {
                    self.later(now + ANNOUNCEMENT, MediaEvent::PlayEnded { leg });
                }
                self.leg(leg);
                self.part(leg);
                self.leg(leg).hears = Hears::Played(source);
            }
            MediaOrderKind::Stop => {
                let one = self.leg(leg);
                if matches!(one.hears, Hears::Played(_)) {
                    one.hears = Hears::Nothing;
                }
            }
            MediaOrderKind::Modify(setup) => self.leg(leg).setup = Some(*setup),
            MediaOrderKind::Collect(_) | MediaOrderKind::SendDigit { .. } => {
                self.leg(leg);
            }
        }
        self.later(now + WORK, MediaEvent::Outcome { order: id, leg, result: Ok(()) });
    }

    fn open(&mut self, leg: ConnectionId, ports: PortPair) {
        let before = self.ports.insert(ports, leg);
        assert!(before.is_none(), "{leg} gets {ports:?}, which {before:?} has");
        let before = self.legs.insert(leg, Leg { ports, setup: None, hears: Hears::Nothing });
        assert!(before.is_none(), "{leg} is opened twice");
    }

    fn leg(&mut self, leg: ConnectionId) -> &mut Leg {
        match self.legs.get_mut(&leg) {
            Some(found) => found,
            None => panic!("{leg} is not open"),
        }
    }

    /// Whoever was connected with this leg hears nothing from now on.
    fn part(&mut self, leg: ConnectionId) {
        for other in self.legs.values_mut().filter(|other| other.hears == Hears::Leg(leg)) {
            other.hears = Hears::Nothing;
        }
    }
}
