//! A 64-bit digest of bytes that does not change between builds and machines: XXH64 of the xxHash specification, version 0.2.0.
//! Not against adversaries: it finds out whether two runs said the same.

const P1: u64 = 0x9e37_79b1_85eb_ca87;
const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P3: u64 = 0x1656_67b1_9e37_79f9;
const P4: u64 = 0x85eb_ca77_c2b2_ae63;
const P5: u64 = 0x27d4_eb2f_1656_67c5;

/// A digest as it is written and compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub u64);

impl std::fmt::Display for Digest {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn round(lane: u64, input: u64) -> u64 {
    lane.wrapping_add(input.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
}

fn merge(value: u64, lane: u64) -> u64 {
    (value ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4)
}

/// The digest of `bytes`.
pub fn digest(seed: u64, bytes: &[u8]) -> Digest {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut value = if blocks.is_empty() {
        seed.wrapping_add(P5)
    } else {
        let mut lanes = [seed.wrapping_add(P1).wrapping_add(P2), seed.wrapping_add(P2), seed, seed.wrapping_sub(P1)];
        for block in blocks {
            let (words, _) = block.as_chunks::<8>();
            for (lane, word) in lanes.iter_mut().zip(words) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        let [a, b, c, d] = lanes;
        let sum = a.rotate_left(1).wrapping_add(b.rotate_left(7)).wrapping_add(c.rotate_left(12));
        lanes.into_iter().fold(sum.wrapping_add(d.rotate_left(18)), merge)
    };
    value = value.wrapping_add(bytes.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        value = (value ^ round(0, u64::from_le_bytes(*word))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        let half = u64::from(u32::from_le_bytes(*half)).wrapping_mul(P1);
        value = (value ^ half).rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
    }
    for byte in rest {
        value = (value ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    value = (value ^ value >> 33).wrapping_mul(P2);
    value = (value ^ value >> 29).wrapping_mul(P3);
    Digest(value ^ value >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values_come_out() {
        assert_eq!(digest(0, b"").0, 0xef46_db37_51d8_e999);
        assert_eq!(digest(0, b"a").0, 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(digest(0, b"abc").0, 0x44bc_2cf5_ad77_0999);
        assert_eq!(digest(0, b"Nobody inspects the spammish repetition").0, 0xfbce_a83c_8a37_8bf1);
        assert_eq!(digest(0, b"abc").to_string(), "44bc2cf5ad770999");
    }

    proptest! {
        #[test]
        fn one_bit_changes_it(mut bytes in proptest::collection::vec(any::<u8>(), 1..200), bit in 0usize..1600) {
            let before = digest(7, &bytes);
            prop_assert_eq!(before, digest(7, &bytes.clone()));
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(before, digest(7, &bytes));
        }
    }
}
