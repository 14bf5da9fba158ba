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
    use crate::config::SoundConfig;
    use crate::sound::Library;
    use crate::sound::level::level;
    use media_plan::Tone;

    /// Frequency in hertz, zero for silence, and milliseconds of each piece of one period.
    const CADENCES: [(Tone, &[(f32, usize)]); 6] = [
        (Tone::Dial, &[(425.0, 1000)]),
        (Tone::Ringing, &[(425.0, 1000), (0.0, 4000)]),
        (Tone::Busy, &[(425.0, 500), (0.0, 500)]),
        (Tone::Congestion, &[(425.0, 250), (0.0, 250)]),
        (Tone::SpecialInformation, &[(950.0, 330), (1400.0, 330), (1800.0, 330), (0.0, 1000)]),
        (Tone::CallWaiting, &[(425.0, 200), (0.0, 200), (425.0, 200), (0.0, 4400)]),
    ];

    /// What a listener decodes of a tone that is repeated.
    fn listen(library: &Library, tone: Tone, law: Law, packet: usize, samples: usize) -> Vec<i16> {
        let mut play = Play::new(library.tone(tone).unwrap().clone(), true);
        let mut heard = Vec::new();
        let mut out = vec![0; packet];
        while heard.len() < samples {
            play.fill(law, &mut out);
            heard.extend(out.iter().map(|code| law.decode(*code)));
        }
        heard
    }

    #[test]
    fn every_tone_is_heard_with_its_frequencies_and_cadence_period_after_period() {
        let library = Library::load(&SoundConfig::default()).unwrap();
        for (tone, pieces) in CADENCES {
            let period: usize = pieces.iter().map(|(_, milliseconds)| milliseconds * 8).sum();
            for (law, packet) in [(Law::A, 160), (Law::Mu, 160), (Law::A, 240), (Law::A, 80)] {
                let heard = listen(&library, tone, law, packet, 3 * period);
                let mut start = 0;
                for (frequency, milliseconds) in std::iter::repeat_n(pieces, 3).flatten() {
                    let piece = &heard[start..start + milliseconds * 8];
                    // Windows of 40 ms hold whole periods of all frequencies; the ramps at both ends are left out.
                    for window in piece[80..piece.len() - 80].chunks_exact(320) {
                        if *frequency == 0.0 {
                            assert!(window.iter().all(|sample| sample.abs() <= 8), "{tone:?} is not silent at {start}");
                        } else {
                            let loud = level(window, *frequency);
                            assert!((loud + 10.0).abs() < 0.5, "{tone:?} {law:?} {packet} at {start}: {loud}");
                        }
                    }
                    start += milliseconds * 8;
                }
            }
        }
    }

    #[test]
    fn a_continuous_tone_is_repeated_without_a_seam() {
        let library = Library::load(&SoundConfig::default()).unwrap();
        let heard = listen(&library, Tone::Dial, Law::A, 240, 24_000);
        for seam in [8000, 16_000] {
            let around = level(&heard[seam - 160..seam + 160], 425.0);
            assert!((around + 10.0).abs() < 0.2, "{around}");
            // What follows the seam is what followed the beginning of the second before.
            assert_eq!(heard[seam..seam + 4000], heard[seam - 8000..seam - 4000]);
        }
    }

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
