//! Synchronisation source identifiers: RFC 3550 section 3.

use std::fmt;

/// Who a stream of packets comes from, within one RTP session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(pub u32);

impl Ssrc {
    /// An identifier made from `random`, none of `taken` (RFC 3550 section 8.1). At most as many steps as there are taken.
    pub fn choose(random: u32, taken: impl Fn(Ssrc) -> bool, most: usize) -> Ssrc {
        (0..=most as u32)
            .map(|step| Ssrc(random.wrapping_add(step.wrapping_mul(0x9E37_79B9))))
            .find(|&ssrc| !taken(ssrc))
            .unwrap_or(Ssrc(random))
    }
}

impl fmt::Display for Ssrc {
    /// Eight hexadecimal digits, as packet analysers print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_identifier_is_not_chosen() {
        assert_eq!(Ssrc::choose(5, |_| false, 4), Ssrc(5));
        let chosen = Ssrc::choose(5, |ssrc| ssrc == Ssrc(5), 1);
        assert_ne!(chosen, Ssrc(5));
        assert_eq!(Ssrc(0xAB).to_string(), "000000ab");
    }
}
