//! How loud a frequency is: what tests of sounds measure.

use super::RATE;
use std::f32::consts::TAU;

/// The level in dBm0 of a sine that fills the range of A-law (G.711 section 4).
#[allow(clippy::approx_constant, reason = "this is not the number of the circle")]
const FULL_SCALE: f32 = 3.14;

/// The level of `frequency` in dBm0, by Goertzel's algorithm.
pub(crate) fn level(samples: &[i16], frequency: f32) -> f32 {
    let step = TAU * frequency / RATE as f32;
    let (mut last, mut before) = (0f32, 0f32);
    for sample in samples {
        (last, before) = (f32::from(*sample) + 2.0 * step.cos() * last - before, last);
    }
    let power = last * last + before * before - 2.0 * step.cos() * last * before;
    let amplitude = 2.0 * power.max(0.0).sqrt() / samples.len() as f32;
    20.0 * (amplitude / 32_256.0).max(1e-6).log10() + FULL_SCALE
}
