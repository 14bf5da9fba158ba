//! How alike two signals are, how loud one is, what it sounds.

use super::RATE;
use std::f64::consts::TAU;

/// A frame of the coarse search, and the length over which samples are compared, in samples.
const FRAME: usize = 80;
const SEGMENT: usize = 2000;
/// A segment that correlates better than this is at its place.
const FITS: f64 = 0.6;
/// How far the delay may move from one segment to the next, and how exact the coarse search is: a packet, and two frames.
const NEAR: isize = 170;

/// What of a sent signal arrived.
#[derive(Clone, Copy, Debug)]
pub struct Likeness {
    /// 1 for the same wave form, 0 for nothing in common; each quarter of a second at its own best delay.
    pub correlation: f64,
    /// How much louder it arrived, in dB.
    pub gain: f64,
    /// How much of it was compared, in seconds.
    pub seconds: f64,
    /// From the start of what was sent to the first thing heard, in samples.
    pub offset: isize,
}

/// Compares what was heard with what was sent: finds where in `sent` the heard part begins, then compares the wave forms.
/// Parts of `heard` before the signal began and after it ended are left out.
pub fn likeness(sent: &[i16], heard: &[i16]) -> Likeness {
    let heard = audible(heard);
    // A few segments decide which of the likely places is the one: to compare everything at each takes long.
    let probes: Vec<usize> = (1..4).map(|quarter| heard.len() * quarter / 4).collect();
    let score = |offset: &isize| {
        probes.iter().filter_map(|at| best_delay(sent, heard, *at, *offset, NEAR)).map(|found| found.0).sum()
    };
    let places: Vec<(f64, isize)> = coarse(sent, heard).into_iter().map(|offset| (score(&offset), offset)).collect();
    match places.into_iter().max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((_, offset)) => compare(sent, heard, offset),
        None => Likeness { correlation: 0.0, gain: f64::NEG_INFINITY, seconds: 0.0, offset: 0 },
    }
}

/// The delay near `delay` at which the segment of `heard` at `start` fits best, and how well.
fn best_delay(sent: &[i16], heard: &[i16], start: usize, delay: isize, moves: isize) -> Option<(f64, isize)> {
    let segment = heard.get(start..start + SEGMENT)?;
    let scored = (delay - moves..=delay + moves).filter_map(|delay| {
        let from = usize::try_from(start as isize + delay).ok()?;
        let x = sent.get(from..from + SEGMENT)?;
        Some((product(x, segment) / (energy(x) * energy(segment)).sqrt().max(1.0), delay))
    });
    scored.max_by(|one, other| one.0.total_cmp(&other.0))
}

/// Without the silence at both ends.
fn audible(samples: &[i16]) -> &[i16] {
    let loud = |sample: &i16| sample.unsigned_abs() > 60;
    match (samples.iter().position(loud), samples.iter().rposition(loud)) {
        (Some(first), Some(last)) => &samples[first..=last],
        _ => &[],
    }
}

/// The most likely places in `sent` of the beginning of `heard`, by their loudness over time.
fn coarse(sent: &[i16], heard: &[i16]) -> Vec<isize> {
    let loudness =
        |samples: &[i16]| -> Vec<f64> { samples.chunks_exact(FRAME).map(|frame| (energy(frame) + 1.0).ln()).collect() };
    let (sent, heard) = (loudness(sent), loudness(heard));
    let shortest = heard.len().min(sent.len()) / 2;
    let first = shortest as isize - heard.len() as isize;
    let mut scores: Vec<(f64, isize)> = (first..(sent.len() - shortest) as isize)
        .map(|offset| {
            let (from, skip) = (offset.max(0) as usize, (-offset).max(0) as usize);
            let pairs: Vec<(f64, f64)> = sent[from..].iter().copied().zip(heard[skip..].iter().copied()).collect();
            (pearson(&pairs), offset)
        })
        .collect();
    scores.sort_by(|one, other| other.0.total_cmp(&one.0));
    scores.iter().take(6).map(|(_, offset)| offset * FRAME as isize).collect()
}

fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len().max(1) as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let (x, y) = (x / count, y / count);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for pair in pairs {
        xy += (pair.0 - x) * (pair.1 - y);
        xx += (pair.0 - x).powi(2);
        yy += (pair.1 - y).powi(2);
    }
    xy / (xx * yy).sqrt().max(1e-9)
}

fn compare(sent: &[i16], heard: &[i16], offset: isize) -> Likeness {
    let mut delay = offset;
    let (mut xy, mut xx, mut yy, mut compared) = (0.0, 0.0, 0.0, 0);
    for start in (0..heard.len().saturating_sub(SEGMENT)).step_by(SEGMENT) {
        let near = best_delay(sent, heard, start, delay, NEAR);
        // Where nothing fits, a jitter buffer may have inserted or left out more than a packet.
        let far =
            if near.is_some_and(|near| near.0 > FITS) { None } else { best_delay(sent, heard, start, delay, NEAR * 3) };
        let Some((score, best)) = far.or(near) else { continue };
        if score > FITS {
            delay = best;
        }
        let from = (start as isize + best) as usize;
        let (x, y) = (&sent[from..from + SEGMENT], &heard[start..start + SEGMENT]);
        xy += product(x, y);
        xx += energy(x);
        yy += energy(y);
        compared += SEGMENT;
    }
    Likeness {
        correlation: xy / (xx * yy).sqrt().max(1.0),
        gain: 10.0 * (yy.max(1e-9) / xx.max(1.0)).log10(),
        seconds: compared as f64 / RATE as f64,
        offset: delay,
    }
}

fn product(x: &[i16], y: &[i16]) -> f64 {
    let mut sum = 0_i64;
    for (x, y) in x.iter().zip(y) {
        sum += i64::from(i32::from(*x) * i32::from(*y));
    }
    sum as f64
}

fn energy(samples: &[i16]) -> f64 {
    product(samples, samples)
}

/// Loudness in dB below full scale, over everything.
pub fn level(samples: &[i16]) -> f64 {
    10.0 * (energy(samples) / samples.len().max(1) as f64 / 32768_f64.powi(2)).max(1e-12).log10()
}

/// The loudest `seconds` of it.
pub fn loudest_level(samples: &[i16], seconds: f64) -> f64 {
    let length = ((seconds * RATE as f64) as usize).max(1);
    samples.chunks(length).map(level).fold(f64::NEG_INFINITY, f64::max)
}

/// The share of the power that lies at one frequency in hertz (Goertzel): 1 for a pure tone.
pub fn share_of(samples: &[i16], frequency: f64) -> f64 {
    let turn = 2.0 * (TAU * frequency / RATE as f64).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + turn * one - two;
        (two, one) = (one, next);
    }
    let power = one * one + two * two - turn * one * two;
    2.0 * power / (samples.len().max(1) as f64 * energy(samples).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::super::{alaw_decode, alaw_encode, silence, speech};
    use super::*;

    #[test]
    fn a_late_quieter_copy_through_a_codec_is_recognised() {
        let sent = speech(1, 6.0);
        let half: Vec<i16> = sent[12_345..40_000].iter().map(|sample| sample / 2).collect();
        let heard = [silence(0.7), alaw_decode(&alaw_encode(&half))].concat();
        let found = likeness(&sent, &heard);
        assert!(found.correlation > 0.97 && (found.gain + 6.0).abs() < 0.5 && found.seconds > 3.0, "{found:?}");
    }

    #[test]
    fn a_delay_that_moves_in_the_middle_is_followed() {
        let sent = speech(3, 5.0);
        let heard = [&sent[800..16_000], &sent[16_160..]].concat();
        assert!(likeness(&sent, &heard).correlation > 0.9);
    }

    #[test]
    fn ten_milliseconds_that_a_jitter_buffer_inserted_cost_one_segment() {
        let sent = speech(5, 4.0);
        let heard = [&sent[160..7000], &sent[6920..]].concat();
        assert!(likeness(&sent, &heard).correlation > 0.9);
    }

    #[test]
    fn silence_and_another_speaker_are_not_recognised() {
        let sent = speech(1, 4.0);
        assert!(likeness(&sent, &silence(3.0)).correlation < 0.1);
        assert!(likeness(&sent, &speech(2, 3.0)).correlation < 0.4);
        assert!(likeness(&sent, &[]).seconds < 0.1);
    }

    #[test]
    fn half_of_the_packets_lost_is_noticed() {
        let sent = speech(1, 4.0);
        let mut heard = sent.clone();
        heard.chunks_mut(160).step_by(2).for_each(|packet| packet.fill(0));
        assert!(likeness(&sent, &heard).correlation < 0.85);
    }
}
