//! Pairs of ports that are bound and that no leg uses.
//!
//! A stock is kept for each network and family: when legs have taken half of it, more pairs are bound, up to the end of the
//! range. That is done by a thread of its own, because binding is slow compared with a packet. Nobody reads from a stocked
//! socket: what arrives there stays in its small buffer until the kernel drops the rest, and is thrown away when a leg takes
//! the pair.
//!
//! Pairs of legs that go on after a restart are bound before all others. They are never told of as bound, so that nobody
//! else is given them; after their leg has closed they are pairs like all others.

use crate::binder::PortBinder;
use crate::config::StartError;
use crate::leg::Sockets;
use crate::outbox::Outbox;
use ground::{Moment, NetworkId};
use media_plan::pool::QUARANTINE;
use media_plan::{AddressFamily, MediaEvent, PortPair};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::UdpSocket;
use std::ops::RangeInclusive;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The most stale packets thrown away from a socket; a buffer of some tens of packets holds fewer.
const STALE: usize = 1024;

/// The stock of all networks.
pub(crate) struct Stock {
    shelves: Mutex<Shelves>,
    /// Something is to be bound, or the engine ends.
    wanted: Condvar,
    target: usize,
}

#[derive(Default)]
struct Shelves {
    sockets: BTreeMap<PortPair, (UdpSocket, UdpSocket)>,
    counts: BTreeMap<(NetworkId, AddressFamily), Shelf>,
    /// Pairs that were to be bound first, whether they could be bound or not: they are passed over in the range.
    first: BTreeSet<PortPair>,
    /// Those of them that wait for their leg, and do not count as stocked.
    awaiting: BTreeSet<PortPair>,
    ended: bool,
}

/// The state of one network and family.
struct Shelf {
    /// Pairs in the stock, resting ones among them.
    stocked: usize,
    /// Until when given-back pairs rest, in order: the plan hands them out no earlier.
    resting: VecDeque<Moment>,
    /// The next even port to be bound, and the last.
    next: u32,
    last: u32,
}

impl Shelf {
    fn available(&mut self, now: Moment) -> usize {
        while self.resting.front().is_some_and(|until| *until <= now) {
            self.resting.pop_front();
        }
        self.stocked.saturating_sub(self.resting.len())
    }

    fn next_port(&mut self) -> Option<u16> {
        let port = u16::try_from(self.next).ok().filter(|_| self.next < self.last)?;
        self.next += 2;
        Some(port)
    }
}

impl Stock {
    /// An empty stock.
    pub(crate) fn new(networks: &[(NetworkId, AddressFamily)], ports: &RangeInclusive<u16>, target: usize) -> Stock {
        let shelf = || Shelf {
            stocked: 0,
            resting: VecDeque::new(),
            next: u32::from(*ports.start()).next_multiple_of(2),
            last: u32::from(*ports.end()),
        };
        let counts = networks.iter().map(|key| (*key, shelf())).collect();
        let shelves = Shelves { counts, ..Shelves::default() };
        Stock { shelves: Mutex::new(shelves), wanted: Condvar::new(), target: target.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        // A thread that panicked while it held the lock leaves counts behind that are at most one wrong.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the sockets of a pair for a leg, with nothing stale in them.
    pub(crate) fn take(&self, pair: PortPair, now: Moment) -> Option<Sockets> {
        let mut shelves = self.lock();
        let (rtp, rtcp) = shelves.sockets.remove(&pair)?;
        let awaited = shelves.awaiting.remove(&pair);
        if let Some(shelf) = shelves.counts.get_mut(&(pair.network, pair.family)).filter(|_| !awaited) {
            shelf.stocked = shelf.stocked.saturating_sub(1);
            if shelf.available(now) <= self.target / 2 {
                self.wanted.notify_one();
            }
        }
        drop(shelves);
        drain(&rtp);
        drain(&rtcp);
        Some(Sockets { pair, rtp, rtcp })
    }

    /// Takes a leg's sockets back.
    pub(crate) fn give_back(&self, sockets: Sockets, now: Moment) {
        let Sockets { pair, rtp, rtcp } = sockets;
        let mut shelves = self.lock();
        if let Some(shelf) = shelves.counts.get_mut(&(pair.network, pair.family)) {
            shelf.stocked += 1;
            shelf.resting.push_back(now + QUARANTINE);
        }
        shelves.sockets.insert(pair, (rtp, rtcp));
    }

    /// Binds the pairs of legs that go on. One that cannot be bound is left out: whoever resumes its leg is told.
    pub(crate) fn bind_first(&self, pairs: &[PortPair], binder: &dyn PortBinder) {
        for pair in pairs {
            if !self.lock().first.insert(*pair) {
                continue;
            }
            match binder.bind(*pair) {
                Ok(sockets) => {
                    let mut shelves = self.lock();
                    shelves.sockets.insert(*pair, sockets);
                    shelves.awaiting.insert(*pair);
                }
                Err(error) => {
                    let port = pair.rtp_port;
                    tracing::warn!(network = %pair.network, port, %error, "the ports of a call that goes on cannot be bound");
                }
            }
        }
    }

    /// How many pairs no leg uses.
    pub(crate) fn len(&self) -> usize {
        self.lock().sockets.len()
    }

    /// Fills the stock; an error when one network and family has no pair at all.
    pub(crate) fn fill(&self, binder: &dyn PortBinder, outbox: &Outbox, now: Moment) -> Result<(), StartError> {
        let keys: Vec<_> = self.lock().counts.keys().copied().collect();
        for (network, family) in keys {
            let (bound, error) = self.bind_more((network, family), binder, now);
            let awaiting = |pair: &PortPair| (pair.network, pair.family) == (network, family);
            if bound.is_empty() && !self.lock().awaiting.iter().any(awaiting) {
                return Err(StartError::NoPorts { network, family, error });
            }
            if !bound.is_empty() {
                outbox.tell(MediaEvent::PortsBound { pairs: bound });
            }
        }
        Ok(())
    }

    /// Binds ahead until the engine ends: the body of a thread.
    pub(crate) fn keep(&self, binder: &dyn PortBinder, outbox: &Outbox, clock: &crate::config::Clock) {
        loop {
            let low: Vec<_> = {
                let mut shelves = self.lock();
                loop {
                    if shelves.ended {
                        return;
                    }
                    let now = clock().moment;
                    let half = self.target / 2;
                    let low = shelves.counts.iter_mut().filter_map(|(key, shelf)| {
                        (shelf.available(now) <= half && shelf.next < shelf.last).then_some(*key)
                    });
                    let low: Vec<_> = low.collect();
                    if !low.is_empty() {
                        break low;
                    }
                    shelves = self.wanted.wait(shelves).unwrap_or_else(PoisonError::into_inner);
                }
            };
            for key in low {
                let (pairs, error) = self.bind_more(key, binder, clock().moment);
                if let Some(error) = error {
                    tracing::warn!(network = %key.0, %error, "a media port cannot be bound");
                }
                if !pairs.is_empty() {
                    outbox.tell(MediaEvent::PortsBound { pairs });
                }
            }
        }
    }

    /// Ends [`Stock::keep`].
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.wanted.notify_all();
    }

    /// Fills one shelf up to its target. A port that somebody else holds is passed over.
    fn bind_more(
        &self,
        key: (NetworkId, AddressFamily),
        binder: &dyn PortBinder,
        now: Moment,
    ) -> (Vec<PortPair>, Option<io::Error>) {
        let (mut bound, mut fault) = (Vec::new(), None);
        loop {
            let port = self.lock().counts.get_mut(&key).and_then(|shelf| {
                let low = shelf.available(now) < self.target;
                if low { shelf.next_port() } else { None }
            });
            let Some(rtp_port) = port else { return (bound, fault) };
            let pair = PortPair { network: key.0, family: key.1, rtp_port };
            if self.lock().first.contains(&pair) {
                continue;
            }
            match binder.bind(pair) {
                Ok(sockets) => {
                    let mut shelves = self.lock();
                    shelves.sockets.insert(pair, sockets);
                    if let Some(shelf) = shelves.counts.get_mut(&key) {
                        shelf.stocked += 1;
                    }
                    bound.push(pair);
                }
                Err(error) => fault = Some(error),
            }
        }
    }
}

/// Throws away what a socket has received while nobody used it.
fn drain(socket: &UdpSocket) {
    let mut buffer = [0; 1];
    for _ in 0..STALE {
        match socket.recv_from(&mut buffer) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => {}
        }
    }
}
