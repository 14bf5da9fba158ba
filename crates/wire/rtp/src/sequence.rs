//! Sequence numbers: RFC 3550 section 5.1 and appendix A.1.

/// A 16-bit sequence number, which wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SequenceNumber(pub u16);

impl SequenceNumber {
    /// The one after this.
    pub fn next(self) -> SequenceNumber {
        SequenceNumber(self.0.wrapping_add(1))
    }

    /// How far this is ahead of `other`, by the shorter way: -32768 to 32767.
    pub fn distance(self, other: SequenceNumber) -> i16 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// True when this is ahead of `other` by the shorter way.
    pub fn is_after(self, other: SequenceNumber) -> bool {
        self.distance(other) > 0
    }
}

/// A sequence number with the count of its wraps above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedSequence(pub u64);

impl ExtendedSequence {
    /// The lower 16 bits.
    pub fn sequence(self) -> SequenceNumber {
        SequenceNumber(self.0 as u16)
    }

    /// The extended number nearest to this one that ends in `sequence`; never below zero.
    pub fn extend(self, sequence: SequenceNumber) -> ExtendedSequence {
        let distance = i64::from(sequence.distance(self.sequence()));
        match self.0.checked_add_signed(distance) {
            Some(extended) => ExtendedSequence(extended),
            // Before the first cycle there is none: the number can only be ahead.
            None => ExtendedSequence(u64::from(sequence.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_way_round_decides() {
        let at = SequenceNumber;
        assert_eq!(at(65_535).next(), at(0));
        assert!(at(0).is_after(at(65_535)) && !at(65_535).is_after(at(0)));
        assert_eq!(at(3).distance(at(65_534)), 5);
        assert_eq!(at(65_534).distance(at(3)), -5);
        assert_eq!(at(32_768).distance(at(0)), -32_768);
        assert!(!at(7).is_after(at(7)));
    }

    #[test]
    fn numbers_are_extended_over_the_wrap_in_both_directions() {
        let base = ExtendedSequence(65_530);
        assert_eq!(base.extend(SequenceNumber(3)), ExtendedSequence(65_539));
        assert_eq!(ExtendedSequence(65_539).extend(SequenceNumber(65_530)), base);
        assert_eq!(ExtendedSequence(3).extend(SequenceNumber(65_530)), ExtendedSequence(65_530));
        assert_eq!(ExtendedSequence(u64::MAX).extend(SequenceNumber(5)), ExtendedSequence(5));
    }
}
