//! Nonces that nobody has to remember: each carries its time and a proof that we made it (RFC 7616 section 3.3 and 5.4).

use super::algorithm::hex_of;
use crate::grammar::chars::{self, HEX};
use ground::Moment;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// The digits of the time, of the serial number, and of the proof.
const TIME: usize = 8;
const SERIAL: usize = 8;
const PROOF: usize = 32;

/// When a nonce was made: later ones are greater within the life of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issue(u64);

/// What a nonce is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceState {
    /// We made it for this realm and flow, and it is young enough.
    Fresh(Issue),
    /// We made it, but it is too old: the client is challenged again with `stale=true` and need not ask its user.
    Stale,
    /// We did not make it, or not for this realm and flow, or not since the start.
    Foreign,
}

/// Makes nonces and recognises them. It holds a secret and a counter, and nothing for any client.
pub struct NonceMint {
    secret: [u8; 32],
    life: Duration,
    serial: u32,
}

impl NonceMint {
    /// A mint whose nonces live so long. The secret is random and new at each start of the process.
    pub fn new(secret: [u8; 32], life: Duration) -> Self {
        NonceMint { secret, life, serial: 0 }
    }

    /// A nonce for a realm, bound to where the client is: a network and flow, or a source address, whatever the caller
    /// puts in `binding`. `now` counts from the start of the process.
    pub fn mint(&mut self, now: Moment, realm: &str, binding: &[u8]) -> String {
        self.serial = self.serial.wrapping_add(1);
        let seconds = seconds(now);
        let mut nonce = format!("{seconds:08x}{:08x}", self.serial);
        let proof = self.proof(&nonce, realm, binding);
        nonce.push_str(&proof);
        nonce
    }

    /// Tells what a nonce is worth, in a time that does not depend on how much of the proof is right.
    pub fn check(&self, nonce: &str, now: Moment, realm: &str, binding: &[u8]) -> NonceState {
        if nonce.len() != TIME + SERIAL + PROOF || !chars::all(nonce.as_bytes(), HEX) {
            return NonceState::Foreign;
        }
        let Some((head, proof)) = nonce.split_at_checked(TIME + SERIAL) else { return NonceState::Foreign };
        let expected = self.proof(head, realm, binding);
        if !bool::from(expected.as_bytes().ct_eq(proof.as_bytes())) {
            return NonceState::Foreign;
        }
        let Ok(issue) = u64::from_str_radix(head, 16) else { return NonceState::Foreign };
        let age = u64::from(seconds(now)).saturating_sub(issue >> 32);
        if age > self.life.as_secs() { NonceState::Stale } else { NonceState::Fresh(Issue(issue)) }
    }

    fn proof(&self, head: &str, realm: &str, binding: &[u8]) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.secret) else { return String::new() };
        // Each part is followed by its length, so that no two sets of parts make the same text.
        for part in [head.as_bytes(), realm.as_bytes(), binding] {
            mac.update(part);
            mac.update(&(part.len() as u64).to_be_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        hex_of(bytes.get(..PROOF / 2).unwrap_or_default())
    }
}

/// Whole seconds; they last for 136 years.
fn seconds(now: Moment) -> u32 {
    u32::try_from(now.as_micros() / 1_000_000).unwrap_or(u32::MAX)
}

impl fmt::Debug for NonceMint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NonceMint(life {:?})", self.life)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn a_nonce_is_good_for_its_realm_flow_and_life_only() {
        let mut mint = NonceMint::new([7; 32], Duration::from_secs(60));
        let nonce = mint.mint(at(100), "exchange", b"flow 1");
        assert!(matches!(mint.check(&nonce, at(160), "exchange", b"flow 1"), NonceState::Fresh(_)));
        assert_eq!(mint.check(&nonce, at(161), "exchange", b"flow 1"), NonceState::Stale);
        assert_eq!(mint.check(&nonce, at(100), "exchange2", b"flow 1"), NonceState::Foreign);
        assert_eq!(mint.check(&nonce, at(100), "exchange", b"flow 2"), NonceState::Foreign);
        // A part moved over the border between realm and binding is another nonce.
        assert_eq!(mint.check(&nonce, at(100), "exchangef", b"low 1"), NonceState::Foreign);
        let restarted = NonceMint::new([8; 32], Duration::from_secs(60));
        assert_eq!(restarted.check(&nonce, at(100), "exchange", b"flow 1"), NonceState::Foreign);
    }

    #[test]
    fn every_changed_digit_is_noticed() {
        let mut mint = NonceMint::new([1; 32], Duration::from_secs(60));
        let nonce = mint.mint(at(1), "r", b"");
        for place in 0..nonce.len() {
            let mut changed = nonce.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(mint.check(&changed, at(1), "r", b""), NonceState::Foreign, "{place}");
        }
        for bad in ["", "0", "é", &"0".repeat(48), &nonce.to_ascii_uppercase().replace('A', "g"), &format!("{nonce}0")]
        {
            assert_eq!(mint.check(bad, at(1), "r", b""), NonceState::Foreign);
        }
    }

    #[test]
    fn two_nonces_are_never_the_same_and_later_ones_are_greater() {
        let mut mint = NonceMint::new([1; 32], Duration::from_secs(60));
        let issue = |mint: &NonceMint, nonce: &str| match mint.check(nonce, at(5), "r", b"") {
            NonceState::Fresh(issue) => issue,
            other => panic!("{other:?}"),
        };
        let (a, b) = (mint.mint(at(5), "r", b""), mint.mint(at(5), "r", b""));
        assert_ne!(a, b);
        assert!(issue(&mint, &a) < issue(&mint, &b));
    }
}
