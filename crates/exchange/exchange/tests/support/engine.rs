//! An engine that carries out orders at once and knows what each leg hears.

use ground::{ConnectionId, NetworkId};
use media_plan::{
    AddressFamily, Fit, LegStatistics, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, PlaySource, PortPair,
    StreamSetup, fit,
};
use std::collections::BTreeMap;

/// How a leg is set up, with whom it is relayed, and what is played to it.
pub type Heard = (Option<StreamSetup>, Option<ConnectionId>, Option<PlaySource>);

/// A leg as the engine has it.
#[derive(Debug, Default)]
pub struct Leg {
    pub setup: Option<StreamSetup>,
    pub with: Option<ConnectionId>,
    pub play: Option<(PlaySource, bool)>,
    pub digits: String,
}

pub struct Engine {
    pub pairs: Vec<PortPair>,
    pub legs: BTreeMap<ConnectionId, Leg>,
    in_use: BTreeMap<ConnectionId, PortPair>,
    /// Closes are carried out and never told.
    pub mute: bool,
    /// The next play fails.
    pub no_announcement: bool,
    /// The next order that is no close fails so.
    pub fails: Option<MediaFault>,
    /// Some order has failed: what was ordered meanwhile could not know.
    pub faulty: bool,
    /// Something could not be played: another engine may be able to.
    pub played_nothing: bool,
    /// How many orders came.
    pub orders: usize,
}

impl Engine {
    pub fn new(network: NetworkId, count: u16) -> Engine {
        let pair = |n| PortPair { network, family: AddressFamily::V4, rtp_port: 20_000 + 2 * n };
        let (legs, in_use) = (BTreeMap::new(), BTreeMap::new());
        let pairs = (0..count).map(pair).collect();
        Engine {
            pairs,
            legs,
            in_use,
            mute: false,
            no_announcement: false,
            fails: None,
            faulty: false,
            played_nothing: false,
            orders: 0,
        }
    }

    /// Another process: no leg is open any more.
    pub fn restart(&mut self) {
        self.legs.clear();
        self.in_use.clear();
        self.fails = None;
        self.no_announcement = false;
    }

    /// Some relay was ordered before its two legs changed to codecs that do not fit: nobody would order it now.
    pub fn misfits(&self) -> bool {
        let setup = |leg: &ConnectionId| self.legs.get(leg).and_then(|leg| leg.setup.clone());
        let relays = self.legs.iter().filter_map(|(id, leg)| Some((setup(id)?, setup(&leg.with?)?)));
        relays.into_iter().any(|(one, other)| fit(&one, &other) == Fit::None)
    }

    /// The pairs that legs use.
    pub fn ports_in_use(&self) -> Vec<PortPair> {
        self.in_use.values().copied().collect()
    }

    /// What each leg that is set up hears, and from whom.
    pub fn heard(&self) -> BTreeMap<ConnectionId, Heard> {
        let heard = |leg: &Leg| (leg.setup.clone(), leg.with, leg.play.clone().map(|(source, _)| source));
        self.legs.iter().map(|(id, leg)| (*id, heard(leg))).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    pub fn order(&mut self, order: MediaOrder) -> Vec<MediaEvent> {
        self.orders += 1;
        let (id, leg) = (order.id, order.leg);
        let closes = order.kind == MediaOrderKind::Close;
        let result = match self.fails.take_if(|_| !closes) {
            Some(fault) => {
                self.faulty = true;
                Err(fault)
            }
            None => self.carry_out(leg, order.kind),
        };
        if closes && self.mute {
            return Vec::new();
        }
        let mut events = vec![MediaEvent::Outcome { order: id, leg, result }];
        if closes && result.is_ok() {
            events.push(MediaEvent::Closed { leg, statistics: LegStatistics::default() });
        }
        events
    }

    fn carry_out(&mut self, leg: ConnectionId, kind: MediaOrderKind) -> Result<(), MediaFault> {
        match kind {
            MediaOrderKind::Open { ports } | MediaOrderKind::Resume { ports, .. } => {
                assert!(self.pairs.contains(&ports));
                assert!(!self.in_use.values().any(|used| *used == ports), "{ports:?} is in use");
                self.in_use.insert(leg, ports);
                assert!(self.legs.insert(leg, Leg::default()).is_none());
            }
            MediaOrderKind::Modify(setup) => self.leg(leg)?.setup = Some(*setup),
            MediaOrderKind::Connect { with } => {
                self.leg(with)?;
                let (one, other) = (self.leg(leg)?.setup.clone(), self.leg(with)?.setup.clone());
                match (one, other) {
                    (Some(one), Some(other)) if fit(&one, &other) != Fit::None => {}
                    _ => return Err(MediaFault::NoCommonCodec),
                }
                self.disconnect(leg);
                self.disconnect(with);
                for (a, b) in [(leg, with), (with, leg)] {
                    let entry = self.leg(a)?;
                    entry.with = Some(b);
                    entry.play = None;
                }
            }
            MediaOrderKind::Disconnect => self.disconnect(leg),
            MediaOrderKind::Play { source, repeat } => {
                if std::mem::take(&mut self.no_announcement) {
                    self.played_nothing = true;
                    return Err(MediaFault::UnknownAnnouncement);
                }
                let faulty = self.faulty;
                let entry = self.leg(leg)?;
                assert!(faulty || entry.with.is_none(), "a relay ends before something is played");
                assert!(faulty || entry.setup.is_some(), "nothing is played before it is known where to");
                entry.play = Some((source, repeat));
            }
            MediaOrderKind::Stop => self.leg(leg)?.play = None,
            MediaOrderKind::SendDigit { digit, .. } => self.leg(leg)?.digits.push(digit),
            MediaOrderKind::Collect(_) => {}
            MediaOrderKind::Close => {
                self.disconnect(leg);
                self.in_use.remove(&leg);
                self.legs.remove(&leg).ok_or(MediaFault::UnknownLeg)?;
            }
        }
        Ok(())
    }

    fn leg(&mut self, leg: ConnectionId) -> Result<&mut Leg, MediaFault> {
        self.legs.get_mut(&leg).ok_or(MediaFault::UnknownLeg)
    }

    fn disconnect(&mut self, leg: ConnectionId) {
        let other = self.legs.get_mut(&leg).and_then(|leg| leg.with.take());
        if let Some(other) = other.and_then(|other| self.legs.get_mut(&other)) {
            other.with = None;
        }
    }

    /// The leg that this one is relayed with.
    pub fn relayed(&self, leg: ConnectionId) -> Option<ConnectionId> {
        self.legs.get(&leg)?.with
    }

    /// What is played to this leg.
    pub fn played(&self, leg: ConnectionId) -> Option<PlaySource> {
        Some(self.legs.get(&leg)?.play.clone()?.0)
    }

    /// How this leg is set up.
    pub fn setup(&self, leg: ConnectionId) -> &StreamSetup {
        self.legs[&leg].setup.as_ref().expect("a setup")
    }

    /// The payload numbers in which this leg is sent media.
    pub fn sends(&self, leg: ConnectionId) -> Vec<u8> {
        self.setup(leg).send.iter().map(|codec| codec.payload_type).collect()
    }
}
