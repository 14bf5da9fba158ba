//! A hash table with an injected seed that nobody can iterate, so that neither a hostile key nor an unlucky seed changes
//! what the machine does.

use ahash::RandomState;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

/// A map for hot look-ups by keys that strangers choose (tags, Call-IDs, branches).
///
/// The seed is random in production and fixed in tests and replay; since nothing iterates the table, both behave alike.
#[derive(Clone)]
#[allow(
    clippy::disallowed_types,
    reason = "this is the one place that wraps the map: it hides iteration and injects the seed"
)]
pub struct Table<K, V>(HashMap<K, V, RandomState>);

#[allow(clippy::disallowed_types, reason = "as above")]
impl<K: Hash + Eq, V> Table<K, V> {
    /// An empty table whose hash is keyed by `seed`.
    pub fn with_seed(seed: u64) -> Self {
        let state =
            RandomState::with_seeds(seed, seed.rotate_left(17) ^ 0x9e37_79b9_7f4a_7c15, !seed, seed ^ 0x5bd1_e995);
        Table(HashMap::with_hasher(state))
    }

    /// Stores `value` under `key` and returns what stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// The value under `key`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0.get_mut(key)
    }

    /// Takes the value under `key` out; memory goes back when three quarters of a large table are empty.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let gone = self.0.remove(key);
        if self.0.capacity() > 4096 && self.0.len() < self.0.capacity() / 8 {
            self.0.shrink_to(self.0.len() * 2);
        }
        gone
    }

    /// True when `key` is there.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// How many entries stand in the table.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when nothing stands in the table.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every key and value in the order of the keys: for snapshots and listings, not for the hot path.
    pub fn sorted(&self) -> Vec<(&K, &V)>
    where
        K: Ord,
    {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by(|a, b| a.0.cmp(b.0));
        all
    }
}

impl<K, V> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} entries)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_does_not_show() {
        let (mut a, mut b) = (Table::with_seed(1), Table::with_seed(2));
        for i in 0..100 {
            a.insert(i, i * i);
            b.insert(99 - i, (99 - i) * (99 - i));
        }
        assert_eq!(a.sorted(), b.sorted());
        assert_eq!(a.get(&7), Some(&49));
        assert_eq!(a.remove(&7), Some(49));
        assert!(!a.contains_key(&7));
        assert_eq!(a.len(), 99);
    }

    #[test]
    fn memory_is_given_back_after_a_burst() {
        let mut table = Table::with_seed(3);
        for i in 0..100_000 {
            table.insert(i, i);
        }
        let full = table.0.capacity();
        for i in 0..100_000 {
            table.remove(&i);
        }
        assert!(table.is_empty());
        assert!(table.0.capacity() < full / 8, "{} of {full}", table.0.capacity());
    }
}
