//! Music for waiting callers: a melody of our own, played by two soft voices. It is made at the start and takes no file.

use super::RATE;
use std::f32::consts::TAU;

/// Milliseconds of one beat.
const BEAT: usize = 480;
/// Peak amplitude of the loudest voice, about 19 dB below full scale: softer than speech.
const AMPLITUDE: f32 = 3600.0;
/// The highest frequency that a telephone passes (G.712).
const HIGHEST: f32 = 3400.0;

/// A note: semitones above A4 (440 Hz), none for a rest, and its length in half beats.
type Note = (Option<i8>, usize);

/// The upper voice: four phrases of eight beats in G major, each answering the one before.
const UPPER: &[Note] = &[
    (Some(10), 3),
    (Some(12), 1),
    (Some(14), 4),
    (Some(17), 2),
    (Some(14), 2),
    (Some(12), 4),
    (Some(9), 3),
    (Some(10), 1),
    (Some(12), 4),
    (Some(14), 2),
    (Some(10), 2),
    (Some(5), 4),
    (Some(7), 3),
    (Some(9), 1),
    (Some(10), 4),
    (Some(15), 2),
    (Some(14), 2),
    (Some(12), 4),
    (Some(9), 2),
    (Some(14), 2),
    (Some(12), 2),
    (Some(9), 2),
    (Some(10), 6),
    (None, 2),
];

/// The lower voice: broken chords of half beats, a bar of eight each.
const LOWER: &[[i8; 4]] = &[
    [-2, 2, 5, 10],
    [-2, 5, 2, 10],
    [0, 3, 9, 5],
    [-4, 2, 5, 9],
    [-2, 3, 7, 10],
    [-2, 3, 7, 3],
    [0, 5, 9, 5],
    [-2, 2, 5, 2],
];

/// One period of the melody, which goes on without a seam.
pub(super) fn samples() -> Vec<i16> {
    let half = BEAT * RATE / 2000;
    let total: usize = UPPER.iter().map(|(_, length)| length * half).sum();
    let mut mix = vec![0f32; total];
    let mut at = 0;
    for (note, length) in UPPER {
        if let Some(note) = note {
            strike(&mut mix, at, length * half, frequency(*note), AMPLITUDE);
        }
        at += length * half;
    }
    let bars = LOWER.iter().flat_map(|bar| bar.iter().chain(bar));
    for (index, note) in bars.enumerate() {
        strike(&mut mix, index * half, 2 * half, frequency(*note), AMPLITUDE * 0.45);
    }
    mix.into_iter().map(|sample| sample as i16).collect()
}

fn frequency(semitones: i8) -> f32 {
    440.0 * (f32::from(semitones) / 12.0).exp2()
}

/// Adds a plucked note of three partials that fades; it wraps round the end into the beginning.
fn strike(mix: &mut [f32], start: usize, length: usize, frequency: f32, amplitude: f32) {
    let total = mix.len();
    let (attack, release) = (RATE / 100, RATE / 25);
    for (partial, share) in [(1.0, 0.72), (2.0, 0.2), (3.0, 0.08)] {
        let pitch = frequency * partial;
        if pitch > HIGHEST {
            continue;
        }
        // A rotating pointer: one complex multiplication a sample instead of a sine.
        let (sine, cosine) = (TAU * pitch / RATE as f32).sin_cos();
        let (mut real, mut imaginary) = (1f32, 0f32);
        let fade = (-1.6 * partial / RATE as f32).exp();
        let mut level = amplitude * share;
        for index in 0..length {
            let edge = (index as f32 / attack as f32).min((length - index) as f32 / release as f32).min(1.0);
            if let Some(slot) = mix.get_mut((start + index) % total) {
                *slot += imaginary * level * edge;
            }
            (real, imaginary) = (real * cosine - imaginary * sine, real * sine + imaginary * cosine);
            level *= fade;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level in dBm0 of a sine that fills the range of A-law (G.711 section 4).
    #[allow(clippy::approx_constant, reason = "this is not the number of the circle")]
    const FULL_SCALE: f64 = 3.14;

    #[test]
    fn the_voices_are_of_one_length_and_soft() {
        let samples = samples();
        let halves: usize = UPPER.iter().map(|(_, length)| length).sum();
        assert_eq!(halves, LOWER.len() * 8);
        assert_eq!(samples.len() % super::super::GRID, 0);
        assert!(samples.len() > 14 * RATE, "{}", samples.len());
        let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((2000..8000).contains(&peak), "{peak}");
        let power = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64;
        let level = 10.0 * (power / (32_256f64.powi(2) / 2.0)).log10() + FULL_SCALE;
        assert!((-32.0..-14.0).contains(&level), "{level} dBm0");
    }

    #[test]
    fn it_has_no_seam() {
        let samples = samples();
        let step = (i32::from(samples[0]) - i32::from(samples[samples.len() - 1])).abs();
        assert!(step < 1500, "{step}");
    }

    #[test]
    fn every_note_passes_a_telephone() {
        let notes = UPPER.iter().filter_map(|(note, _)| *note).chain(LOWER.iter().flatten().copied());
        assert!(notes.map(frequency).all(|pitch| (300.0..1500.0).contains(&pitch)));
    }
}
