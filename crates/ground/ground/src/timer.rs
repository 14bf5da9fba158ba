//! The timer table of a pure machine: one timer a key, fired in order of time and, at equal times, of setting.

use crate::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Timers named by their owner, so that a timer of something that ended can never reach something newer.
///
/// Setting a key again moves its timer. Timers that are due at the same moment fire in the order in which they were set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimerTable<K: Ord> {
    due: BTreeMap<(Moment, u64), K>,
    by_key: BTreeMap<K, (Moment, u64)>,
    sequence: u64,
}

impl<K: Ord> Default for TimerTable<K> {
    fn default() -> Self {
        TimerTable { due: BTreeMap::new(), by_key: BTreeMap::new(), sequence: 0 }
    }
}

impl<K: Ord + Clone> TimerTable<K> {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or moves the timer of `key`.
    pub fn set(&mut self, key: K, at: Moment) {
        let slot = (at, self.sequence);
        self.sequence += 1;
        if let Some(old) = self.by_key.insert(key.clone(), slot) {
            self.due.remove(&old);
        }
        self.due.insert(slot, key);
    }

    /// Stops the timer of `key`; true when it was running.
    pub fn cancel(&mut self, key: &K) -> bool {
        match self.by_key.remove(key) {
            Some(slot) => self.due.remove(&slot).is_some(),
            None => false,
        }
    }

    /// When the timer of `key` fires, if it runs.
    pub fn when(&self, key: &K) -> Option<Moment> {
        self.by_key.get(key).map(|slot| slot.0)
    }

    /// The earliest moment at which something is due.
    pub fn next(&self) -> Option<Moment> {
        self.due.keys().next().map(|slot| slot.0)
    }

    /// Takes the earliest timer that is due at `now`, with the moment for which it was set.
    pub fn pop_due(&mut self, now: Moment) -> Option<(Moment, K)> {
        let (&slot, _) = self.due.iter().next().filter(|(slot, _)| slot.0 <= now)?;
        let key = self.due.remove(&slot)?;
        self.by_key.remove(&key);
        Some((slot.0, key))
    }

    /// How many timers run.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// True when no timer runs.
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_in_order_of_time_then_of_setting() {
        let mut table = TimerTable::new();
        table.set("late", Moment::from_millis(20));
        table.set("second", Moment::from_millis(10));
        table.set("third", Moment::from_millis(10));
        table.set("first", Moment::from_millis(5));
        assert_eq!(table.next(), Some(Moment::from_millis(5)));
        let mut fired = Vec::new();
        while let Some((_, key)) = table.pop_due(Moment::from_millis(10)) {
            fired.push(key);
        }
        assert_eq!(fired, ["first", "second", "third"]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_moved_or_cancelled_timer_does_not_fire() {
        let mut table = TimerTable::new();
        table.set(1, Moment::from_millis(5));
        table.set(1, Moment::from_millis(50));
        table.set(2, Moment::from_millis(5));
        assert!(table.cancel(&2));
        assert!(!table.cancel(&2));
        assert_eq!(table.pop_due(Moment::from_millis(49)), None);
        assert_eq!(table.pop_due(Moment::from_millis(50)), Some((Moment::from_millis(50), 1)));
        assert!(table.is_empty());
    }
}
