//! Tags, branches, Call-IDs and random waits from an injected seed: in replay they come out the same. The numbers of incoming
//! sessions come from the time of the start.

use super::command::SessionId;
use ground::Utc;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Digits that every token may hold (RFC 3261 section 25.1); 32 of them, five bits each.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A stream of unguessable numbers: SHA-256 over the seed and a counter.
#[derive(Debug)]
pub(crate) struct Random {
    seed: [u8; 32],
    counter: u64,
    pool: [u64; 4],
    left: usize,
    shard: char,
    next_session: u64,
}

impl Random {
    /// The stream of this seed; sessions are numbered from `start`.
    ///
    /// Fewer than a million calls a second come in, so the numbers of a later start are above all that were given before.
    pub fn new(seed: [u8; 32], shard: char, start: Utc) -> Self {
        let first = u64::try_from(start.as_micros()).unwrap_or(0);
        Random {
            seed,
            counter: 0,
            pool: [0; 4],
            left: 0,
            shard,
            next_session: SessionId::INCOMING.saturating_add(first),
        }
    }

    /// The number of the next incoming session.
    pub fn session(&mut self) -> SessionId {
        let id = SessionId(self.next_session);
        self.next_session = self.next_session.saturating_add(1);
        id
    }

    /// This number is in use: those that follow are above it.
    pub fn skip_session(&mut self, used: SessionId) {
        if used.is_incoming() {
            self.next_session = self.next_session.max(used.0.saturating_add(1));
        }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        if self.left == 0 {
            let mut hash = Sha256::new();
            hash.update(self.seed);
            hash.update(self.counter.to_be_bytes());
            let block = hash.finalize();
            self.counter += 1;
            for (slot, chunk) in self.pool.iter_mut().zip(block.chunks_exact(8)) {
                *slot = chunk.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
            }
            self.left = self.pool.len();
        }
        self.left -= 1;
        self.pool.get(self.left).copied().unwrap_or_default()
    }

    /// A number from 0 to `bound - 1`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// A tag with the shard's mark in front: 65 bits, RFC 3261 section 19.3 asks for 32.
    pub fn tag(&mut self) -> Box<str> {
        self.token("")
    }

    /// A branch with the magic cookie, RFC 3261 section 8.1.1.7.
    pub fn branch(&mut self) -> Box<str> {
        self.token("z9hG4bK")
    }

    /// A Call-ID without host, RFC 3261 section 8.1.1.4: our own address says nothing to anybody.
    pub fn call_id(&mut self) -> Box<str> {
        let mut text = String::with_capacity(27);
        text.push(self.shard);
        let (a, b) = (self.number(), self.number());
        push_digits(&mut text, a);
        push_digits(&mut text, b);
        text.into()
    }

    /// A tag for an answer that leaves no state: the same for every repeat of one request, RFC 3261 section 8.2.7.
    pub fn stateless_tag(&self, about: &[u8]) -> Box<str> {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(b"tag");
        hash.update(about);
        let block = hash.finalize();
        let value = block.iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte));
        let mut text = String::with_capacity(14);
        text.push(self.shard);
        push_digits(&mut text, value);
        text.into()
    }

    /// A key for one purpose, derived from the seed.
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update(self.seed);
        hash.finalize().into()
    }

    fn token(&mut self, prefix: &str) -> Box<str> {
        let mut text = String::with_capacity(prefix.len() + 14);
        let value = self.number();
        let written = write!(text, "{prefix}{}", self.shard);
        debug_assert!(written.is_ok());
        push_digits(&mut text, value);
        text.into()
    }
}

fn push_digits(text: &mut String, mut value: u64) {
    for _ in 0..13 {
        let digit = DIGITS.get((value & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(digit));
        value >>= 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn tokens_differ_carry_the_shard_and_repeat_with_the_seed() {
        let mut random = Random::new([7; 32], 'A', Utc::default());
        let tags: BTreeSet<Box<str>> = (0..1000).map(|_| random.tag()).collect();
        assert_eq!(tags.len(), 1000);
        assert!(tags.iter().all(|tag| tag.starts_with('A') && tag.len() == 14));
        assert!(random.branch().starts_with("z9hG4bKA"));
        let mut again = Random::new([7; 32], 'A', Utc::default());
        assert!(tags.contains(&again.tag()));
        assert_eq!(random.stateless_tag(b"x"), again.stateless_tag(b"x"));
        assert_ne!(random.stateless_tag(b"x"), random.stateless_tag(b"y"));
    }
}
