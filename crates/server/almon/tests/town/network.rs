//! The network between the telephones and the exchange: it loses, repeats and reorders datagrams.

use super::dice::Dice;
use super::site::NETWORK;
use bytes::Bytes;
use ground::Moment;
use sip::framing::{Datagram, read_datagram};
use sip::transaction::Flow;
use sip::{Message, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// What it does to datagrams, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    pub loss: usize,
    pub repeat: usize,
    pub reorder: usize,
}

/// What happens to the next datagram of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    Lost,
    Repeated,
    Late,
}

type Datagrams = BTreeMap<(Moment, u64), (SocketAddr, SocketAddr, Bytes)>;

pub struct Network {
    pub weather: Weather,
    /// By address: the next datagram from or to it.
    pub mishaps: BTreeMap<SocketAddr, Mishap>,
    on_the_way: Datagrams,
    sequence: u64,
    dice: Dice,
}

impl Network {
    pub fn new(seed: u64) -> Network {
        let dice = Dice::new(seed ^ 0x77_6972_6521);
        let (mishaps, on_the_way) = (BTreeMap::new(), Datagrams::new());
        Network { weather: Weather::default(), mishaps, on_the_way, sequence: 0, dice }
    }

    fn chance(&mut self, thousandths: usize) -> bool {
        thousandths > 0 && self.dice.roll(1000) < thousandths
    }

    /// Takes a datagram; what happens to it, when anything does that matters.
    pub fn put(&mut self, now: Moment, from: SocketAddr, to: SocketAddr, bytes: &Bytes) -> Option<Mishap> {
        let mishap = self.mishaps.remove(&from).or_else(|| self.mishaps.remove(&to));
        if mishap == Some(Mishap::Lost) || self.chance(self.weather.loss) {
            return Some(Mishap::Lost);
        }
        let mut delayed = None;
        let twice = mishap == Some(Mishap::Repeated) || self.chance(self.weather.repeat);
        for _ in 0..if twice { 2 } else { 1 } {
            let late = mishap == Some(Mishap::Late) || self.chance(self.weather.reorder);
            delayed = delayed.or(late.then_some(Mishap::Late));
            let wait = 5 + if late { self.dice.roll(400) as u64 } else { 0 };
            self.sequence += 1;
            let slot = (now + Duration::from_millis(wait), self.sequence);
            self.on_the_way.insert(slot, (from, to, bytes.clone()));
        }
        delayed
    }

    pub fn next(&self) -> Option<Moment> {
        self.on_the_way.keys().next().map(|key| key.0)
    }

    pub fn take(&mut self) -> Option<(SocketAddr, SocketAddr, Bytes)> {
        self.on_the_way.pop_first().map(|(_, datagram)| datagram)
    }
}

/// Reads a datagram as whoever receives it.
pub fn read(from: SocketAddr, to: SocketAddr, bytes: Bytes) -> Option<(Flow, Message)> {
    let Datagram::Message(message) = read_datagram(bytes, &sip::Limits::default()) else { return None };
    let (transport, network) = (Transport::Udp, NETWORK);
    Some((Flow { transport, listener: 0, local: Some(to), peer: from, connection: None, network }, message))
}
