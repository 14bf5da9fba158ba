//! The timers of RFC 3261 table 4 (section 17 and annex A) and RFC 6026 section 8.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The base intervals from which every transaction timer is derived, RFC 3261 section 17.1.1.1 and table 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervals {
    /// T1: the round-trip time estimate; 500 ms unless the network is known.
    pub t1: Duration,
    /// T2: the longest retransmit interval for non-INVITE requests and INVITE responses; 4 s.
    pub t2: Duration,
    /// T4: the longest time a message stays in the network; 5 s.
    pub t4: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Intervals { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl Intervals {
    /// 64*T1: the bound of timers B, F, H, J, L and M.
    pub fn transaction_bound(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// The wait time of timer D: at least 32 s over an unreliable transport (RFC 3261 section 17.1.1.2), else zero.
    ///
    /// It follows T1, so that a test network with a short T1 is not held for half a minute: with the default T1 it is 32 s.
    pub fn response_retransmits(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t1.saturating_mul(64) }
    }

    /// T4 over an unreliable transport, else zero: timers I and K.
    pub fn network_lifetime(&self, reliable: bool) -> Duration {
        if reliable { Duration::ZERO } else { self.t4 }
    }

    /// The retransmit interval that follows `interval`: doubled and never above T2 (timers E and G, RFC 3261 section 17.1.2.2).
    pub fn doubled(&self, interval: Duration) -> Duration {
        interval.saturating_mul(2).min(self.t2)
    }
}

/// One timer of a transaction, by its letter.
///
/// Timer C belongs to proxies (RFC 3261 section 16.6) and does not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Timer {
    /// INVITE request retransmit, UDP only, RFC 3261 section 17.1.1.2.
    A,
    /// INVITE transaction time-out, RFC 3261 section 17.1.1.2.
    B,
    /// Wait for response retransmits, RFC 3261 section 17.1.1.2.
    D,
    /// Non-INVITE request retransmit, UDP only, RFC 3261 section 17.1.2.2.
    E,
    /// Non-INVITE transaction time-out, RFC 3261 section 17.1.2.2.
    F,
    /// INVITE response retransmit, RFC 3261 section 17.2.1.
    G,
    /// Wait for the ACK, RFC 3261 section 17.2.1.
    H,
    /// Wait for ACK retransmits, RFC 3261 section 17.2.1.
    I,
    /// Wait for retransmits of a non-INVITE request, RFC 3261 section 17.2.2.
    J,
    /// Wait for response retransmits of a non-INVITE request, RFC 3261 section 17.1.2.2.
    K,
    /// Wait for INVITE retransmits after a 2xx, RFC 6026 section 8.7.
    L,
    /// Wait for 2xx retransmits and 2xx of other forks, RFC 6026 section 8.4.
    M,
    /// The 200 ms after which 100 Trying is due, RFC 3261 section 17.2.1; it has no letter there.
    Trying,
}

impl Timer {
    /// Every timer, in the order of their letters.
    pub const ALL: [Timer; 13] = [
        Timer::A,
        Timer::B,
        Timer::D,
        Timer::E,
        Timer::F,
        Timer::G,
        Timer::H,
        Timer::I,
        Timer::J,
        Timer::K,
        Timer::L,
        Timer::M,
        Timer::Trying,
    ];

    /// The timer's bit in a set of running timers.
    pub(crate) fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_intervals_are_those_of_table_4() {
        let intervals = Intervals::default();
        assert_eq!(intervals.transaction_bound(), Duration::from_secs(32));
        assert_eq!(intervals.response_retransmits(false), Duration::from_secs(32));
        assert_eq!(intervals.response_retransmits(true), Duration::ZERO);
        assert_eq!(intervals.network_lifetime(false), Duration::from_secs(5));
        assert_eq!(intervals.network_lifetime(true), Duration::ZERO);
    }

    #[test]
    fn doubling_stops_at_t2() {
        let intervals = Intervals::default();
        let mut interval = intervals.t1;
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(interval.as_millis());
            interval = intervals.doubled(interval);
        }
        assert_eq!(seen, [500, 1000, 2000, 4000, 4000]);
    }

    #[test]
    fn every_timer_has_a_bit_of_its_own() {
        let all = Timer::ALL.iter().fold(0u16, |bits, timer| {
            assert_eq!(bits & timer.bit(), 0);
            bits | timer.bit()
        });
        assert_eq!(all.count_ones(), 13);
    }
}
