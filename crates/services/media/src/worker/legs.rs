//! The legs of one thread, in numbered slots.

use crate::leg::Leg;
use ground::{ConnectionId, Table};

/// Which of a leg's sockets a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// The even one.
    Rtp,
    /// The odd one.
    Rtcp,
}

/// Legs in slots that are used again, each use with a number of its own, so that a report about a closed leg reaches nobody.
pub(crate) struct Legs {
    slots: Vec<Slot>,
    free: Vec<usize>,
    by_id: Table<ConnectionId, usize>,
}

#[derive(Default)]
struct Slot {
    leg: Option<Box<Leg>>,
    generation: u32,
}

impl Legs {
    /// None.
    pub(crate) fn new(seed: u64) -> Self {
        Legs { slots: Vec::new(), free: Vec::new(), by_id: Table::with_seed(seed) }
    }

    /// Puts a leg into a slot.
    pub(crate) fn insert(&mut self, leg: Box<Leg>) -> usize {
        let id = leg.id;
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(index) {
            slot.generation = slot.generation.wrapping_add(1);
            slot.leg = Some(leg);
        }
        self.by_id.insert(id, index);
        index
    }

    /// Takes a leg out.
    pub(crate) fn remove(&mut self, index: usize) -> Option<Box<Leg>> {
        let leg = self.slots.get_mut(index)?.leg.take()?;
        self.by_id.remove(&leg.id);
        self.free.push(index);
        Some(leg)
    }

    /// The slot of a connection's leg.
    pub(crate) fn find(&self, id: ConnectionId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The leg in a slot.
    pub(crate) fn get(&self, index: usize) -> Option<&Leg> {
        self.slots.get(index)?.leg.as_deref()
    }

    /// The leg in a slot, to be changed.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Leg> {
        self.slots.get_mut(index)?.leg.as_deref_mut()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many slots there are, used or not.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The token under which a socket of the leg in a slot is watched.
    pub(crate) fn token(&self, index: usize, port: Port) -> u64 {
        let generation = self.slots.get(index).map_or(0, |slot| slot.generation);
        u64::from(generation) << 32 | (index as u64) << 1 | u64::from(port == Port::Rtcp)
    }

    /// The slot and socket of a token; none when its leg is gone.
    pub(crate) fn resolve(&self, token: u64) -> Option<(usize, Port)> {
        let index = usize::try_from((token & 0xFFFF_FFFF) >> 1).ok()?;
        let slot = self.slots.get(index)?;
        let port = if token & 1 == 0 { Port::Rtp } else { Port::Rtcp };
        (slot.leg.is_some() && u64::from(slot.generation) == token >> 32).then_some((index, port))
    }
}
