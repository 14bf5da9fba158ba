//! What is played: tones, music and announcements, each held in both laws of G.711, so that playing is copying.

mod law;
#[cfg(test)]
pub(crate) mod level;
mod library;
mod melody;
mod tone;
mod wav;

pub(crate) use law::Law;
pub(crate) use library::Library;
pub use wav::{SoundFault, read as read_wav};

use std::sync::Arc;

/// Samples a second of everything here.
pub(crate) const RATE: usize = 8000;

/// Samples of 10 milliseconds, the grid of everything that is played.
pub(crate) const GRID: usize = RATE / 100;

/// A sound in both laws.
#[derive(Debug)]
pub(crate) struct Sound {
    alaw: Box<[u8]>,
    ulaw: Box<[u8]>,
}

impl Sound {
    /// Encodes 16-bit samples at 8000 Hz. Silence fills the last packet.
    pub(crate) fn encode(samples: &[i16]) -> Arc<Sound> {
        let length = samples.len().max(1).next_multiple_of(GRID);
        let padded = || samples.iter().copied().chain(std::iter::repeat(0)).take(length);
        Arc::new(Sound {
            alaw: padded().map(|sample| Law::A.encode(sample)).collect(),
            ulaw: padded().map(|sample| Law::Mu.encode(sample)).collect(),
        })
    }

    /// Its length in samples, a multiple of ten milliseconds.
    pub(crate) fn len(&self) -> usize {
        self.alaw.len()
    }

    /// Ten milliseconds that begin at `position`, a multiple of ten milliseconds below the length.
    pub(crate) fn slice(&self, law: Law, position: usize) -> &[u8] {
        let bytes = match law {
            Law::A => &self.alaw,
            Law::Mu => &self.ulaw,
        };
        bytes.get(position..position + GRID).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_fills_whole_grid_steps_with_silence() {
        let sound = Sound::encode(&[8000; 100]);
        assert_eq!(sound.len(), 160);
        for law in [Law::A, Law::Mu] {
            assert_eq!(sound.slice(law, 0), [law.encode(8000); 80]);
            assert_eq!(&sound.slice(law, 80)[20..], [law.encode(0); 60]);
            assert!(sound.slice(law, 160).is_empty());
        }
        assert_eq!(Sound::encode(&[]).len(), 80);
    }
}
