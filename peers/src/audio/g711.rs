//! G.711: both laws decoded, the A-law encoded too.

/// One A-law octet as a linear sample (G.711 section 3, even bits inverted).
fn alaw_sample(octet: u8) -> i16 {
    let code = octet ^ 0x55;
    let (segment, step) = (i16::from(code >> 4 & 7), i16::from(code & 15) << 4);
    let size = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -size } else { size }
}

/// One mu-law octet as a linear sample (G.711 section 3).
fn ulaw_sample(octet: u8) -> i16 {
    let code = !octet;
    let size = ((i16::from(code & 15) << 3) + 0x84) << (code >> 4 & 7);
    if code & 0x80 == 0 { size - 0x84 } else { 0x84 - size }
}

/// Decodes A-law.
pub fn alaw_decode(octets: &[u8]) -> Vec<i16> {
    octets.iter().map(|octet| alaw_sample(*octet)).collect()
}

/// Decodes mu-law.
pub fn ulaw_decode(octets: &[u8]) -> Vec<i16> {
    octets.iter().map(|octet| ulaw_sample(*octet)).collect()
}

/// Encodes A-law: of the 128 values of each sign the nearest.
pub fn alaw_encode(samples: &[i16]) -> Vec<u8> {
    let mut values: Vec<(i16, u8)> = (0..=u8::MAX).map(|octet| (alaw_sample(octet), octet)).collect();
    values.sort_unstable();
    let nearest = |sample: &i16| {
        let above = values.partition_point(|(value, _)| value < sample).min(values.len() - 1);
        let below = above.saturating_sub(1);
        let distance = |index: usize| (i32::from(values[index].0) - i32::from(*sample)).abs();
        values[if distance(below) < distance(above) { below } else { above }].1
    };
    samples.iter().map(nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_of_both_laws() {
        // The decoder values of G.711 tables 1a and 2a, scaled to 16 bits.
        assert_eq!(alaw_decode(&[0xD5, 0x55, 0xAA, 0x2A]), [8, -8, 32256, -32256]);
        assert_eq!(ulaw_decode(&[0xFF, 0x7F, 0x80, 0x00]), [0, 0, 32124, -32124]);
    }

    #[test]
    fn what_is_encoded_decodes_to_nearly_the_same() {
        for sample in (-32000..32000).step_by(321) {
            let back = alaw_decode(&alaw_encode(&[sample]))[0];
            let error = (i32::from(back) - i32::from(sample)).abs();
            assert!(error <= 16 + i32::from(sample).abs() / 16, "{sample} became {back}");
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(alaw_encode(&alaw_decode(&all)), all);
    }
}
