//! What is being played to a leg.

use crate::sound::{GRID, Law, Sound};
use std::sync::Arc;

/// A sound and the place in it.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    sound: Arc<Sound>,
    position: usize,
    repeat: bool,
}

impl Play {
    /// From the beginning.
    pub(crate) fn new(sound: Arc<Sound>, repeat: bool) -> Self {
        Play { sound, position: 0, repeat }
    }

    /// True when nothing is left.
    pub(crate) fn ended(&self) -> bool {
        self.position >= self.sound.len()
    }

    /// Fills a packet and moves on; beyond the end there is silence. A whole number of grid steps.
    pub(crate) fn fill(&mut self, law: Law, out: &mut [u8]) {
        for step in out.chunks_mut(GRID) {
            if self.ended() {
                step.fill(law.encode(0));
            } else {
                let slice = self.sound.slice(law, self.position);
                step.iter_mut().zip(slice).for_each(|(to, from)| *to = *from);
            }
            self.advance(GRID);
        }
    }

    /// Moves on without being heard.
    pub(crate) fn advance(&mut self, samples: usize) {
        self.position += samples;
        if self.repeat {
            self.position %= self.sound.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_in_silence_or_begins_again() {
        let samples: Vec<i16> = (0..160).map(|sample| sample * 100).collect();
        let sound = Sound::encode(&samples);
        let coded: Vec<u8> = samples.iter().map(|sample| Law::A.encode(*sample)).collect();
        let mut out = [0; 240];
        let mut once = Play::new(sound.clone(), false);
        once.fill(Law::A, &mut out);
        assert_eq!(out[..160], coded[..]);
        assert_eq!(out[160..], [Law::A.encode(0); 80]);
        assert!(once.ended());
        let mut again = Play::new(sound, true);
        again.fill(Law::A, &mut out);
        assert_eq!(out[160..], coded[..80]);
        assert!(!again.ended());
    }
}
