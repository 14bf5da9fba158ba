//! How often the kernel is called for what passes: the measure of a relay's cost.

use std::sync::atomic::{AtomicU64, Ordering};

/// System calls of the media threads since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KernelCalls {
    /// Waits for something to happen.
    pub waits: u64,
    /// Attempts to receive a packet.
    pub receives: u64,
    /// Attempts to send a packet.
    pub sends: u64,
    /// Reads of the timer and of the descriptor that orders ring.
    pub others: u64,
}

impl KernelCalls {
    /// All of them.
    pub fn total(self) -> u64 {
        self.waits + self.receives + self.sends + self.others
    }

    /// Those since `earlier`.
    pub fn since(self, earlier: KernelCalls) -> KernelCalls {
        KernelCalls {
            waits: self.waits.wrapping_sub(earlier.waits),
            receives: self.receives.wrapping_sub(earlier.receives),
            sends: self.sends.wrapping_sub(earlier.sends),
            others: self.others.wrapping_sub(earlier.others),
        }
    }
}

/// What one thread has published of its count.
#[derive(Debug, Default)]
pub(crate) struct PublishedCalls {
    waits: AtomicU64,
    receives: AtomicU64,
    sends: AtomicU64,
    others: AtomicU64,
}

impl PublishedCalls {
    /// Publishes a count: plain stores, no locked instruction.
    pub(crate) fn publish(&self, calls: &KernelCalls) {
        self.waits.store(calls.waits, Ordering::Relaxed);
        self.receives.store(calls.receives, Ordering::Relaxed);
        self.sends.store(calls.sends, Ordering::Relaxed);
        self.others.store(calls.others, Ordering::Relaxed);
    }

    /// Adds what was published to `sum`.
    pub(crate) fn add_to(&self, sum: &mut KernelCalls) {
        sum.waits += self.waits.load(Ordering::Relaxed);
        sum.receives += self.receives.load(Ordering::Relaxed);
        sum.sends += self.sends.load(Ordering::Relaxed);
        sum.others += self.others.load(Ordering::Relaxed);
    }
}
