//! Call progress tones (ITU-T E.180, E.182) in the European default of 425 Hz, and the dual tones of a keypad (Q.23).

use super::RATE;
use media_plan::Tone;
use std::f32::consts::TAU;

/// The amplitude of 0 dBm0 less 10 dB: a sine that fills the range of A-law has +3.14 dBm0 (G.711 section 4).
const AMPLITUDE: f32 = 7106.0;
/// The level of each frequency of a keypad tone: -9 dBm0 for the upper, 2 dB less for the lower (Q.23 leaves 0 to 6 dB twist).
const KEYPAD_UPPER: f32 = 7973.0;
const KEYPAD_LOWER: f32 = 6333.0;
/// A tone rises and falls within so many milliseconds, so that it does not click.
const RAMP: usize = 5;

/// A piece of a cadence: frequency in hertz, zero for silence, and milliseconds.
type Piece = (f32, usize);

/// One period of the cadence.
fn cadence(tone: Tone) -> &'static [Piece] {
    match tone {
        // E.180 section 2: continuous.
        Tone::Dial => &[(425.0, 1000)],
        // E.180 section 4: 1 second in 5.
        Tone::Ringing => &[(425.0, 1000), (0.0, 4000)],
        // E.180 section 5.
        Tone::Busy => &[(425.0, 500), (0.0, 500)],
        // E.180 section 6: twice as fast.
        Tone::Congestion => &[(425.0, 250), (0.0, 250)],
        // E.180 section 7: three rising pieces of 330 ms, one second of silence.
        Tone::SpecialInformation => &[(950.0, 330), (1400.0, 330), (1800.0, 330), (0.0, 1000)],
        // E.180 section 9: short bursts, long silence.
        Tone::CallWaiting => &[(425.0, 200), (0.0, 200), (425.0, 200), (0.0, 4400)],
    }
}

/// Samples of one period; played again and again it goes on without a seam.
pub(super) fn samples(tone: Tone) -> Vec<i16> {
    let pieces = cadence(tone);
    // A single piece is continuous: whole periods of the sine fill it, and it needs no ramp.
    let continuous = pieces.len() == 1;
    let mut result = Vec::new();
    for (frequency, milliseconds) in pieces {
        let length = milliseconds * RATE / 1000;
        let ramp = if continuous || *frequency == 0.0 { 0 } else { RAMP * RATE / 1000 };
        result.extend((0..length).map(|at| (sine(*frequency, at) * AMPLITUDE * envelope(at, length, ramp)) as i16));
    }
    result
}

/// One second of the tone of a key; played again and again it goes on without a seam.
pub(super) fn keypad(digit: char) -> Option<Vec<i16>> {
    const KEYS: [[char; 4]; 4] =
        [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
    const LOWER: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const UPPER: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let (row, lower) = KEYS.iter().zip(LOWER).find(|(row, _)| row.contains(&digit))?;
    let (_, upper) = row.iter().zip(UPPER).find(|(key, _)| **key == digit)?;
    let sample = |at| sine(lower, at) * KEYPAD_LOWER + sine(upper, at) * KEYPAD_UPPER;
    Some((0..RATE).map(|at| sample(at) as i16).collect())
}

fn sine(frequency: f32, at: usize) -> f32 {
    // The phase is reduced in whole numbers first: it stays exact however late the sample is.
    let phase = (frequency as usize * at) % RATE;
    (TAU * phase as f32 / RATE as f32).sin()
}

/// Rises and falls like half a cosine.
fn envelope(at: usize, length: usize, ramp: usize) -> f32 {
    let edge = at.min(length - 1 - at);
    if edge >= ramp { 1.0 } else { 0.5 - 0.5 * (TAU / 2.0 * edge as f32 / ramp as f32).cos() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::level::level;

    #[test]
    fn tones_have_their_frequency_and_ten_decibels_below_reference() {
        let dial = samples(Tone::Dial);
        assert!((level(&dial, 425.0) + 10.0).abs() < 0.1, "{}", level(&dial, 425.0));
        assert!(level(&dial, 850.0) < -50.0);
        let special = samples(Tone::SpecialInformation);
        for (index, frequency) in [950.0, 1400.0, 1800.0].into_iter().enumerate() {
            let piece = &special[index * 2640 + 80..(index + 1) * 2640 - 80];
            assert!((level(piece, frequency) + 10.0).abs() < 0.3, "{frequency}: {}", level(piece, frequency));
        }
        assert!(special[7920..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn cadences_have_their_lengths_and_do_not_click() {
        for (tone, length) in [
            (Tone::Dial, 8000),
            (Tone::Ringing, 40_000),
            (Tone::Busy, 8000),
            (Tone::Congestion, 4000),
            (Tone::SpecialInformation, 15_920),
            (Tone::CallWaiting, 40_000),
        ] {
            let samples = samples(tone);
            assert_eq!(samples.len(), length, "{tone:?}");
            // Around the seam as well: the highest slope of a sine of 1800 Hz is its amplitude times 1.41 a sample.
            let slope = |a: i16, b: i16| (i32::from(a) - i32::from(b)).abs();
            let seam = slope(samples[0], samples[samples.len() - 1]);
            let steepest = samples.windows(2).map(|pair| slope(pair[0], pair[1])).max().unwrap().max(seam);
            assert!(steepest < 10_100, "{tone:?}: {steepest}");
            assert!(samples[0].abs() < 200, "{tone:?}");
        }
        assert!(samples(Tone::Busy)[4000..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn a_key_has_its_two_frequencies() {
        let five = keypad('5').unwrap();
        assert!((level(&five, 770.0) + 11.0).abs() < 0.2 && (level(&five, 1336.0) + 9.0).abs() < 0.2);
        assert!(level(&five, 697.0) < -40.0 && level(&five, 1209.0) < -40.0);
        assert!(keypad('D').is_some() && keypad('*').is_some());
        assert_eq!(keypad('E'), None);
    }
}
