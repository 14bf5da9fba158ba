//! The pool of port pairs: taken without asking anyone, given back, and rested before they are used again.

use crate::vocabulary::resource::{AddressFamily, PortPair};
use ground::{Moment, NetworkId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// How long a pair rests after use, so that late packets of the last call do not reach the next one.
pub const QUARANTINE: Duration = Duration::from_secs(2);

/// Pairs that the engine has bound. The engine keeps a stock bound ahead for each network and family, and binds more by
/// itself as pairs are opened, up to the range of the port plan; it tells so by `MediaEvent::PortsBound`, which goes to
/// [`PortPool::add`].
///
/// The same inputs give the same pairs: what was given back first is used again first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortPool {
    shelves: BTreeMap<(NetworkId, AddressFamily), Shelf>,
    taken: BTreeSet<PortPair>,
    known: BTreeSet<PortPair>,
}

/// The pairs of one network and family that nobody uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Shelf {
    ready: VecDeque<PortPair>,
    /// In the order of the moments from which they may be used again.
    resting: VecDeque<(Moment, PortPair)>,
}

impl Shelf {
    fn wake(&mut self, now: Moment) {
        while self.resting.front().is_some_and(|(until, _)| *until <= now) {
            self.ready.extend(self.resting.pop_front().map(|(_, pair)| pair));
        }
    }
}

impl PortPool {
    /// An empty pool.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes pairs in that were bound; those already known are passed over.
    pub fn add(&mut self, pairs: &[PortPair]) {
        for pair in pairs {
            if self.known.insert(*pair) {
                self.shelves.entry((pair.network, pair.family)).or_default().ready.push_back(*pair);
            }
        }
    }

    /// Hands out a pair; none when none is ready, which refuses the call and never waits.
    pub fn take(&mut self, now: Moment, network: NetworkId, family: AddressFamily) -> Option<PortPair> {
        let shelf = self.shelves.get_mut(&(network, family))?;
        shelf.wake(now);
        let pair = shelf.ready.pop_front()?;
        self.taken.insert(pair);
        Some(pair)
    }

    /// Takes a pair back; false when it was not out.
    pub fn give_back(&mut self, now: Moment, pair: PortPair) -> bool {
        if !self.taken.remove(&pair) {
            return false;
        }
        self.shelves.entry((pair.network, pair.family)).or_default().resting.push_back((now + QUARANTINE, pair));
        true
    }

    /// The pairs that are out, in their order: those that a process which takes over binds before any other.
    pub fn out(&self) -> impl Iterator<Item = PortPair> + '_ {
        self.taken.iter().copied()
    }

    /// Another process serves from now on: nobody knows any more which pairs are bound, except for those that are out. Which
    /// others are bound is told anew.
    pub fn forget_idle(&mut self) {
        self.shelves.clear();
        self.known.clone_from(&self.taken);
    }

    /// Forgets a pair that is out and turned out not to be bound; false when it was not out. It can be told anew.
    pub fn withdraw(&mut self, pair: PortPair) -> bool {
        self.taken.remove(&pair) && self.known.remove(&pair)
    }

    /// How many pairs could be taken now.
    pub fn ready(&self, now: Moment, network: NetworkId, family: AddressFamily) -> usize {
        let Some(shelf) = self.shelves.get(&(network, family)) else { return 0 };
        shelf.ready.len() + shelf.resting.iter().take_while(|(until, _)| *until <= now).count()
    }

    /// How many pairs are out.
    pub fn taken(&self) -> usize {
        self.taken.len()
    }

    /// How many pairs are known, out or not.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True when no pair is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId(1);

    fn pair(rtp_port: u16) -> PortPair {
        PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port }
    }

    #[test]
    fn a_pair_rests_before_it_is_used_again() {
        let mut pool = PortPool::new();
        pool.add(&[pair(40_000), pair(40_002), pair(40_000)]);
        let at = Moment::from_millis;
        assert_eq!(pool.take(at(0), NETWORK, AddressFamily::V4), Some(pair(40_000)));
        assert_eq!(pool.take(at(0), NETWORK, AddressFamily::V4), Some(pair(40_002)));
        assert_eq!(pool.take(at(0), NETWORK, AddressFamily::V4), None);
        assert!(pool.give_back(at(10), pair(40_002)));
        assert!(!pool.give_back(at(10), pair(40_002)));
        assert!(pool.give_back(at(20), pair(40_000)));
        assert_eq!(pool.take(at(2009), NETWORK, AddressFamily::V4), None);
        assert_eq!(pool.ready(at(2010), NETWORK, AddressFamily::V4), 1);
        assert_eq!(pool.take(at(2020), NETWORK, AddressFamily::V4), Some(pair(40_002)));
        assert_eq!(pool.take(at(2020), NETWORK, AddressFamily::V4), Some(pair(40_000)));
        assert_eq!((pool.taken(), pool.len()), (2, 2));
    }

    #[test]
    fn after_a_restart_only_pairs_that_are_out_are_known() {
        let mut pool = PortPool::new();
        pool.add(&[pair(40_000), pair(40_002), pair(40_004), pair(40_006)]);
        let taken = [0; 3].map(|_| pool.take(Moment::ZERO, NETWORK, AddressFamily::V4).unwrap());
        pool.give_back(Moment::ZERO, taken[1]);
        pool.forget_idle();
        assert_eq!(pool.out().collect::<Vec<_>>(), [taken[0], taken[2]]);
        let later = Moment::ZERO + QUARANTINE;
        assert_eq!((pool.ready(later, NETWORK, AddressFamily::V4), pool.len()), (0, 2));
        // A pair that was told to be bound although it is out is not handed out a second time.
        pool.add(&[taken[0], taken[1]]);
        assert_eq!(pool.take(later, NETWORK, AddressFamily::V4), Some(taken[1]));
        assert_eq!(pool.take(later, NETWORK, AddressFamily::V4), None);
        assert!(pool.withdraw(taken[2]) && !pool.withdraw(taken[2]) && !pool.give_back(later, taken[2]));
        assert!(pool.give_back(later, taken[0]));
        assert_eq!((pool.taken(), pool.len()), (1, 2));
        assert_eq!(pool.take(later + QUARANTINE, NETWORK, AddressFamily::V4), Some(taken[0]));
    }

    #[test]
    fn a_fresh_pair_is_not_held_up_by_resting_ones() {
        let mut pool = PortPool::new();
        pool.add(&[pair(40_000)]);
        pool.take(Moment::ZERO, NETWORK, AddressFamily::V4).unwrap();
        pool.give_back(Moment::ZERO, pair(40_000));
        pool.add(&[pair(40_002)]);
        assert_eq!(pool.take(Moment::ZERO, NETWORK, AddressFamily::V4), Some(pair(40_002)));
        assert_eq!(pool.take(Moment::ZERO, NetworkId(2), AddressFamily::V4), None);
        assert_eq!(pool.take(Moment::ZERO, NETWORK, AddressFamily::V6), None);
    }
}
