//! Signals to be sent through calls.

use super::RATE;
use std::f64::consts::TAU;

/// How long a syllable is, in samples.
const SYLLABLE: usize = 960;

/// Nothing.
pub fn silence(seconds: f64) -> Vec<i16> {
    vec![0; samples(seconds)]
}

/// A sine of this frequency in hertz and level in dB below full scale (a sine at full scale is -3 dB).
pub fn tone(frequency: f64, level: f64, seconds: f64) -> Vec<i16> {
    let peak = 32768.0 * 2_f64.sqrt() * 10_f64.powf(level / 20.0);
    let sample = |n: usize| (peak * (TAU * frequency * n as f64 / RATE as f64).sin()) as i16;
    (0..samples(seconds)).map(sample).collect()
}

/// Something like speech: noise of the telephone band in syllables of different loudness, never the same again within hours.
/// Two speakers with different `seed` have nothing in common.
pub fn speech(seed: u64, seconds: f64) -> Vec<i16> {
    let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut low, mut high, mut loudness) = (0.0, 0.0, 0.0);
    let mut target = 0.0;
    let mut made = Vec::with_capacity(samples(seconds));
    for n in 0..samples(seconds) {
        if n % SYLLABLE == 0 {
            target = 0.08 + 0.92 * noise.next().abs();
        }
        loudness += (target - loudness) * 0.01;
        // One pole at about 1.2 kHz, and one at about 250 Hz taken away.
        low += (noise.next() - low) * 0.6;
        high += (low - high) * 0.18;
        made.push(((low - high) * loudness * 12000.0) as i16);
    }
    made
}

fn samples(seconds: f64) -> usize {
    (seconds * RATE as f64) as usize
}

/// Evenly spread numbers between -1 and 1 (xorshift64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{level, likeness, share_of};
    use super::*;

    #[test]
    fn a_tone_has_its_level_and_its_frequency() {
        let made = tone(425.0, -20.0, 1.0);
        assert!((level(&made) + 20.0).abs() < 0.1);
        assert!(share_of(&made, 425.0) > 0.99 && share_of(&made, 1000.0) < 0.01);
    }

    #[test]
    fn speakers_are_audible_and_have_nothing_in_common() {
        let (one, other) = (speech(1, 3.0), speech(2, 3.0));
        assert!((-40.0..-15.0).contains(&level(&one)), "{}", level(&one));
        assert!(likeness(&one, &other).correlation < 0.4, "{:?}", likeness(&one, &other));
    }
}
