//! What stands between strangers and the tables: the rate of unauthenticated work for each address, and the counts of nonces
//! that were used (RFC 7616 section 5.12).

use super::config::Limits;
use crate::digest::{Issue, NonceCount};
use ground::{Moment, Table};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// How many buckets there are: addresses share them by a keyed hash, so that memory is bounded whoever floods.
const BUCKETS: usize = 4096;

/// One bucket of tokens, in thousandths.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: u64,
    filled: Moment,
}

/// Rates and nonce counts.
#[derive(Debug)]
pub(crate) struct Guard {
    key: [u8; 32],
    rate: u64,
    burst: u64,
    buckets: Vec<Bucket>,
    counts: Table<u64, NonceCount>,
    limit: usize,
}

impl Guard {
    pub fn new(limits: &Limits, key: [u8; 32], seed: u64) -> Self {
        let burst = u64::from(limits.unauthenticated_burst) * 1000;
        Guard {
            key,
            rate: u64::from(limits.unauthenticated_rate),
            burst,
            buckets: vec![Bucket { tokens: burst, filled: Moment::ZERO }; BUCKETS],
            counts: Table::with_seed(seed),
            limit: limits.nonces,
        }
    }

    /// The key from which the nonces' secrets are derived.
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Takes one token of the address; false when it has none left.
    pub fn admit(&mut self, now: Moment, address: IpAddr) -> bool {
        let at = usize::try_from(self.hash(&[&octets(address)])).unwrap_or(0) % BUCKETS;
        let (rate, burst) = (self.rate, self.burst);
        let Some(bucket) = self.buckets.get_mut(at) else { return false };
        // A rate of n a second is n thousandths a millisecond.
        let millis = u64::try_from(now.since(bucket.filled).as_millis()).unwrap_or(u64::MAX);
        if millis > 0 {
            bucket.tokens = bucket.tokens.saturating_add(millis.saturating_mul(rate)).min(burst);
            bucket.filled = now;
        }
        match bucket.tokens.checked_sub(1000) {
            Some(left) => {
                bucket.tokens = left;
                true
            }
            None => false,
        }
    }

    /// Gives a token back: the request was somebody's after all.
    pub fn refund(&mut self, address: IpAddr) {
        let at = usize::try_from(self.hash(&[&octets(address)])).unwrap_or(0) % BUCKETS;
        let burst = self.burst;
        if let Some(bucket) = self.buckets.get_mut(at) {
            bucket.tokens = bucket.tokens.saturating_add(1000).min(burst);
        }
    }

    /// Judges a use of a nonce by an account behind an address, after the response was found right. The key of the entry
    /// when the use is new; its time is up when the nonce is too old anyway.
    pub fn count(&mut self, account: &str, address: IpAddr, issue: Issue, count: u32) -> Option<u64> {
        let key = self.hash(&[account.as_bytes(), b"\0", &octets(address)]);
        if let Some(known) = self.counts.get_mut(&key) {
            return known.accept(issue, count).then_some(key);
        }
        if self.counts.len() >= self.limit {
            return None;
        }
        self.counts.insert(key, NonceCount::new(issue, count));
        Some(key)
    }

    /// The nonce behind this entry is too old to be used.
    pub fn forget(&mut self, key: u64) {
        self.counts.remove(&key);
    }

    pub fn nonces(&self) -> usize {
        self.counts.len()
    }

    fn hash(&self, parts: &[&[u8]]) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.key);
        for part in parts {
            hash.update(part);
        }
        hash.finalize().iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
    }
}

/// An address as bytes; of an IPv6 address the network half, since one host has all of the other.
fn octets(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            [4, 0, 0, 0, a, b, c, d]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h, ..] = v6.octets();
            [a, b, c, d, e, f, g, h]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(nonces: usize) -> Guard {
        let limits = Limits { unauthenticated_rate: 2, unauthenticated_burst: 3, nonces, ..Limits::default() };
        Guard::new(&limits, [1; 32], 5)
    }

    #[test]
    fn an_address_that_floods_is_held_to_its_rate_and_others_are_not() {
        let mut guard = guard(1);
        let (a, b) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let now = Moment::from_millis(10_000);
        assert_eq!((0..10).filter(|_| guard.admit(now, a)).count(), 3);
        assert!(guard.admit(now, b));
        let later = Moment::from_millis(11_000);
        assert_eq!((0..10).filter(|_| guard.admit(later, a)).count(), 2);
        guard.refund(a);
        assert!(guard.admit(later, a) && !guard.admit(later, a));
        let much_later = Moment::from_millis(3_600_000);
        assert_eq!((0..10).filter(|_| guard.admit(much_later, a)).count(), 3);
    }

    #[test]
    fn a_count_is_accepted_once_and_the_table_has_a_limit() {
        let mut guard = guard(1);
        let address = "192.0.2.1".parse().unwrap();
        let key = guard.count("strowger", address, Issue::default(), 1).unwrap();
        assert_eq!(guard.count("strowger", address, Issue::default(), 1), None);
        assert_eq!(guard.count("strowger", address, Issue::default(), 2), Some(key));
        assert_eq!(guard.count("erlang", address, Issue::default(), 1), None);
        guard.forget(key);
        assert_eq!(guard.nonces(), 0);
    }
}
