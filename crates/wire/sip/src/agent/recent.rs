//! What happened a short while ago, as bounded sets of hashes: INVITEs that were refused without a transaction, and dialogs that
//! ended. Collisions cost a report or a clearer status, nothing else.

use ground::Moment;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// A set whose entries last a while, at most so many at once.
#[derive(Debug)]
pub(crate) struct Recent {
    known: BTreeSet<u64>,
    order: VecDeque<(Moment, u64)>,
    limit: usize,
    life: Duration,
}

impl Recent {
    pub fn new(limit: usize, life: Duration) -> Self {
        Recent { known: BTreeSet::new(), order: VecDeque::new(), limit, life }
    }

    /// Remembers something; false when it is known already or there is no room.
    pub fn note(&mut self, now: Moment, what: &impl Hash) -> bool {
        let key = key(what);
        if self.known.len() >= self.limit || !self.known.insert(key) {
            return false;
        }
        self.order.push_back((now + self.life, key));
        true
    }

    /// True when it was noted and its time is not over.
    pub fn contains(&self, what: &impl Hash) -> bool {
        self.known.contains(&key(what))
    }

    /// Forgets what is old.
    pub fn expire(&mut self, now: Moment) {
        while let Some((_, key)) = self.order.front().copied().filter(|(until, _)| *until <= now) {
            self.order.pop_front();
            self.known.remove(&key);
        }
    }

    /// When the oldest entry is old.
    pub fn next(&self) -> Option<Moment> {
        self.order.front().map(|(until, _)| *until)
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }
}

/// The agent's memory.
#[derive(Debug)]
pub(crate) struct Memory {
    /// INVITEs that were refused without a transaction: branch, Call-ID and CSeq number.
    pub refused: Recent,
    /// Dialogs that ended: Call-ID, our tag, the other tag.
    pub ended: Recent,
}

impl Memory {
    pub fn new(limit: usize, life: Duration) -> Self {
        Memory { refused: Recent::new(limit, life), ended: Recent::new(limit, life) }
    }

    pub fn expire(&mut self, now: Moment) {
        self.refused.expire(now);
        self.ended.expire(now);
    }

    pub fn next(&self) -> Option<Moment> {
        self.refused.next().into_iter().chain(self.ended.next()).min()
    }
}

fn key(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_new_once_within_its_time_and_there_is_a_limit() {
        let mut recent = Recent::new(2, Duration::from_secs(32));
        let at = |seconds: u64| Moment::from_millis(seconds * 1000);
        assert!(recent.note(at(0), &("a", 1)) && !recent.note(at(1), &("a", 1)));
        assert!(recent.note(at(10), &("a", 2)) && !recent.note(at(10), &("a", 3)));
        assert!(recent.contains(&("a", 1)) && !recent.contains(&("a", 3)));
        assert_eq!(recent.next(), Some(at(32)));
        recent.expire(at(32));
        assert!(!recent.contains(&("a", 1)) && recent.contains(&("a", 2)));
        recent.expire(at(42));
        assert_eq!((recent.len(), recent.next()), (0, None));
    }
}
