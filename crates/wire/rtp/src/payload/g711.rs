//! G.711: A-law and mu-law (ITU-T G.711, RFC 3551 section 4.5.14).
//!
//! Samples are 16-bit linear. A-law takes the upper 13 bits of them, mu-law the upper 14; negative samples are cut by
//! one's complement, so that the decision values of both signs are the same.

/// A-law of silence: the smallest positive value.
pub const ALAW_SILENCE: u8 = 0xD5;
/// Mu-law of silence: positive zero.
pub const ULAW_SILENCE: u8 = 0xFF;

/// Linear values of all A-law bytes (ITU-T G.711 table 1).
pub static ALAW_TO_LINEAR: [i16; 256] = table(true);
/// Linear values of all mu-law bytes (ITU-T G.711 table 2).
pub static ULAW_TO_LINEAR: [i16; 256] = table(false);

/// The linear value of an A-law byte.
pub fn decode_alaw(byte: u8) -> i16 {
    // A byte is an index of 256 values: this cannot be out of range.
    ALAW_TO_LINEAR[byte as usize]
}

/// The linear value of a mu-law byte.
pub fn decode_ulaw(byte: u8) -> i16 {
    ULAW_TO_LINEAR[byte as usize]
}

/// The A-law byte of a sample.
pub const fn encode_alaw(sample: i16) -> u8 {
    // Twelve bits of magnitude; segment 0 and 1 have the same step, each further one twice the last.
    let magnitude = (sample ^ (sample >> 15)) as u16 >> 4;
    let positive = if sample >= 0 { 0x80 } else { 0 };
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 12 - magnitude.leading_zeros() as u8 - 1;
        ((segment + 1) << 4) | ((magnitude >> segment) as u8 & 0x0F)
    };
    (code | positive) ^ 0x55
}

/// The mu-law byte of a sample.
pub const fn encode_ulaw(sample: i16) -> u8 {
    // Thirteen bits of magnitude; the bias of 33 puts every segment's first value on a power of two.
    let magnitude = (sample ^ (sample >> 15)) as u16 >> 2;
    let biased = if magnitude > 8158 { 8191 } else { magnitude + 33 };
    let segment = 10 - biased.leading_zeros() as u8;
    let code = (segment << 4) | ((biased >> (segment + 1)) as u8 & 0x0F);
    let positive = if sample >= 0 { 0x80 } else { 0 };
    (code ^ 0x7F) | positive
}

/// Decodes as many samples as both slices hold; returns how many.
pub fn decode(law: Law, encoded: &[u8], samples: &mut [i16]) -> usize {
    let table = match law {
        Law::A => &ALAW_TO_LINEAR,
        Law::Mu => &ULAW_TO_LINEAR,
    };
    encoded.iter().zip(samples).map(|(&byte, sample)| *sample = table[byte as usize]).count()
}

/// Encodes as many samples as both slices hold; returns how many.
pub fn encode(law: Law, samples: &[i16], encoded: &mut [u8]) -> usize {
    let pairs = samples.iter().zip(encoded);
    match law {
        Law::A => pairs.map(|(&sample, byte)| *byte = encode_alaw(sample)).count(),
        Law::Mu => pairs.map(|(&sample, byte)| *byte = encode_ulaw(sample)).count(),
    }
}

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A-law, PCMA, payload type 8.
    A,
    /// Mu-law, PCMU, payload type 0.
    Mu,
}

impl Law {
    /// The byte of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::A => ALAW_SILENCE,
            Law::Mu => ULAW_SILENCE,
        }
    }
}

const fn table(alaw: bool) -> [i16; 256] {
    let mut values = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        values[byte] = if alaw { expand_alaw(byte as u8) } else { expand_ulaw(byte as u8) };
        byte += 1;
    }
    values
}

/// The middle of the interval that a byte stands for.
const fn expand_alaw(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0F) as i16;
    let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 0x108) << (segment - 1) };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// The middle of the interval that a byte stands for; zero for both zeros.
const fn expand_ulaw(byte: u8) -> i16 {
    let code = !byte;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0F) as i16;
    let magnitude = (((step << 3) + 0x84) << segment) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
