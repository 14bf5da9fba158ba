//! WAV files: RIFF chunks with 16-bit PCM, A-law or µ-law, 8000 Hz, one channel.

use super::{Law, RATE};
use std::fmt;

/// The longest sound that is taken: ten minutes.
const LONGEST: usize = 600 * RATE;
/// `wFormatTag` values of the RIFF registration (RFC 2361).
const PCM: u16 = 1;
const ALAW: u16 = 6;
const ULAW: u16 = 7;

/// Why a sound cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundFault {
    /// The file cannot be read.
    Unreadable(std::io::ErrorKind),
    /// It is no WAV file, or a chunk is longer than the file.
    NotWav,
    /// Its samples are of a kind that is not taken.
    Format {
        /// The format tag.
        tag: u16,
        /// Channels.
        channels: u16,
        /// Samples a second.
        rate: u32,
        /// Bits a sample.
        bits: u16,
    },
    /// It has no sample.
    Empty,
    /// It is longer than ten minutes.
    TooLong,
    /// The folder holds more sounds than are taken.
    TooMany,
}

impl fmt::Display for SoundFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SoundFault::Unreadable(kind) => write!(f, "cannot be read: {kind}"),
            SoundFault::NotWav => f.write_str("is no WAV file"),
            SoundFault::Format { tag, channels, rate, bits } => write!(
                f,
                "has format {tag}, {channels} channels, {rate} Hz, {bits} bits; wanted is PCM of 16 bits, A-law or \
                 µ-law, one channel, 8000 Hz"
            ),
            SoundFault::Empty => f.write_str("has no sample"),
            SoundFault::TooLong => f.write_str("is longer than ten minutes"),
            SoundFault::TooMany => f.write_str("is one too many in its folder"),
        }
    }
}

impl std::error::Error for SoundFault {}

/// Reads the samples of a WAV file.
pub fn read(bytes: &[u8]) -> Result<Vec<i16>, SoundFault> {
    let (head, mut rest) = bytes.split_at_checked(12).ok_or(SoundFault::NotWav)?;
    if !head.starts_with(b"RIFF") || !head.ends_with(b"WAVE") {
        return Err(SoundFault::NotWav);
    }
    let mut kind = None;
    while let Some((&[a, b, c, d, l0, l1, l2, l3], body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let chunk = body.get(..length);
        match &[a, b, c, d] {
            b"fmt " => kind = Some(format(chunk.ok_or(SoundFault::NotWav)?)?),
            // A recorder that was cut off leaves a length behind that is too large: what is there counts.
            b"data" => return decode(kind.ok_or(SoundFault::NotWav)?, chunk.unwrap_or(body)),
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Err(SoundFault::NotWav)
}

/// What the samples are.
#[derive(Clone, Copy)]
enum Samples {
    Linear,
    Coded(Law),
}

fn format(chunk: &[u8]) -> Result<Samples, SoundFault> {
    let (&[t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1], _) =
        chunk.split_first_chunk::<16>().ok_or(SoundFault::NotWav)?;
    let (tag, channels) = (u16::from_le_bytes([t0, t1]), u16::from_le_bytes([c0, c1]));
    let (rate, bits) = (u32::from_le_bytes([r0, r1, r2, r3]), u16::from_le_bytes([b0, b1]));
    match (tag, channels, rate, bits) {
        (PCM, 1, 8000, 16) => Ok(Samples::Linear),
        (ALAW, 1, 8000, 8) => Ok(Samples::Coded(Law::A)),
        (ULAW, 1, 8000, 8) => Ok(Samples::Coded(Law::Mu)),
        _ => Err(SoundFault::Format { tag, channels, rate, bits }),
    }
}

fn decode(kind: Samples, data: &[u8]) -> Result<Vec<i16>, SoundFault> {
    let samples: Vec<i16> = match kind {
        Samples::Linear => {
            data.as_chunks::<2>().0.iter().take(LONGEST + 1).map(|pair| i16::from_le_bytes(*pair)).collect()
        }
        Samples::Coded(law) => data.iter().take(LONGEST + 1).map(|code| law.decode(*code)).collect(),
    };
    match samples.len() {
        0 => Err(SoundFault::Empty),
        length if length > LONGEST => Err(SoundFault::TooLong),
        _ => Ok(samples),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(tag: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut format = Vec::new();
        for half in [tag, 1] {
            format.extend(half.to_le_bytes());
        }
        format.extend(rate.to_le_bytes());
        format.extend((rate * u32::from(bits) / 8).to_le_bytes());
        format.extend((bits / 8).to_le_bytes());
        format.extend(bits.to_le_bytes());
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt ".to_vec();
        bytes.extend((format.len() as u32).to_le_bytes());
        bytes.extend(format);
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn the_three_kinds_are_read() {
        assert_eq!(read(&file(PCM, 8000, 16, &[1, 0, 0xFE, 0xFF])), Ok(vec![1, -2]));
        assert_eq!(read(&file(ALAW, 8000, 8, &[0xD5])), Ok(vec![Law::A.decode(0xD5)]));
        assert_eq!(read(&file(ULAW, 8000, 8, &[0xFF, 0x7F])), Ok(vec![0, 0]));
    }

    #[test]
    fn what_is_not_taken_says_why() {
        let other = read(&file(PCM, 44_100, 16, &[0, 0]));
        assert_eq!(other, Err(SoundFault::Format { tag: 1, channels: 1, rate: 44_100, bits: 16 }));
        assert_eq!(read(&file(PCM, 8000, 16, &[])), Err(SoundFault::Empty));
        assert_eq!(read(b"RIFF\0\0\0\0WAVE"), Err(SoundFault::NotWav));
        assert_eq!(read(b"OggS"), Err(SoundFault::NotWav));
        let long = vec![0xD5; LONGEST + 1];
        assert_eq!(read(&file(ALAW, 8000, 8, &long)), Err(SoundFault::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..60, value: u8) {
            let _ = read(&bytes);
            let mut bytes = file(PCM, 8000, 16, &[1, 0, 2, 0]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            if let Ok(samples) = read(&bytes) {
                prop_assert!(!samples.is_empty() && samples.len() <= 4);
            }
        }
    }
}
