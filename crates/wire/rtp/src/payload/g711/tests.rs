use super::*;

/// Decision values of A-law, lower bounds in 13-bit units of each segment (ITU-T G.711 table 1), and their steps.
const ALAW_SEGMENTS: [(i32, i32); 8] =
    [(0, 2), (32, 2), (64, 4), (128, 8), (256, 16), (512, 32), (1024, 64), (2048, 128)];

/// The value of a magnitude by the table: the middle of its interval, in 16-bit units.
fn alaw_by_table(magnitude: i32) -> i32 {
    let value = magnitude >> 3;
    let (start, step) = *ALAW_SEGMENTS.iter().rev().find(|(start, _)| *start <= value).unwrap();
    (start + (value - start) / step * step) * 8 + step * 4
}

/// The same of mu-law: sixteen intervals a segment, steps from 2 in 14-bit units, all shifted by the bias of 33.
fn ulaw_by_table(magnitude: i32) -> i32 {
    let biased = ((magnitude >> 2) + 33).min(8191);
    let segment = (0..8).rev().find(|segment| biased >= 32 << segment).unwrap();
    let step = 2 << segment;
    let start = 32 << segment;
    (start + (biased - start) / step * step + step / 2 - 33) * 4
}

#[test]
fn known_values() {
    assert_eq!((encode_alaw(0), encode_alaw(-1)), (0xD5, 0x55));
    assert_eq!((decode_alaw(0xD5), decode_alaw(0x55)), (8, -8));
    assert_eq!((encode_alaw(i16::MAX), encode_alaw(i16::MIN)), (0xAA, 0x2A));
    assert_eq!((decode_alaw(0xAA), decode_alaw(0x2A)), (32_256, -32_256));
    assert_eq!((encode_ulaw(0), encode_ulaw(-1)), (0xFF, 0x7F));
    assert_eq!((decode_ulaw(0xFF), decode_ulaw(0x7F)), (0, 0));
    assert_eq!((encode_ulaw(i16::MAX), encode_ulaw(i16::MIN)), (0x80, 0x00));
    assert_eq!((decode_ulaw(0x80), decode_ulaw(0x00)), (32_124, -32_124));
    // First values of the tables as far as they are commonly printed.
    assert_eq!(&ALAW_TO_LINEAR[..4], [-5504, -5248, -6016, -5760]);
    assert_eq!(&ULAW_TO_LINEAR[..4], [-32_124, -31_100, -30_076, -29_052]);
}

#[test]
fn the_standards_sequence_of_1_khertz_has_its_symmetry() {
    // ITU-T G.711 tables 5 and 6: one period of a 1 kHz tone at 0 dBm0.
    let alaw: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4];
    let ulaw: [u8; 8] = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E];
    for (period, decode) in [(alaw, decode_alaw as fn(u8) -> i16), (ulaw, decode_ulaw)] {
        let samples = period.map(|byte| f64::from(decode(byte)));
        let sum: f64 = samples.iter().sum();
        assert_eq!(sum, 0.0);
        // The tone's amplitude by its first and second samples, which stand at 22.5 and 67.5 degrees.
        let (first, second) = (-samples[0], -samples[1]);
        let amplitude = (first * first + second * second).sqrt();
        assert!((first / second - (22.5f64).to_radians().tan()).abs() < 0.02);
        // 0 dBm0 lies 3.14 (A-law) or 3.17 (mu-law) dB below full load.
        let full = if period == alaw { 32_768.0 } else { 32_636.0 };
        let below = 20.0 * (full / amplitude).log10();
        assert!((below - 3.15).abs() < 0.1, "{below}");
    }
}

#[test]
fn every_sample_goes_where_the_tables_of_the_standard_put_it() {
    for sample in i16::MIN..=i16::MAX {
        let magnitude = i32::from(sample ^ (sample >> 15));
        let sign = if sample < 0 { -1 } else { 1 };
        assert_eq!(i32::from(decode_alaw(encode_alaw(sample))), sign * alaw_by_table(magnitude), "{sample}");
        assert_eq!(i32::from(decode_ulaw(encode_ulaw(sample))), sign * ulaw_by_table(magnitude), "{sample}");
    }
}

#[test]
fn the_error_is_at_most_half_a_step() {
    for sample in i16::MIN..=i16::MAX {
        let value = i32::from(sample);
        let alaw = (i32::from(decode_alaw(encode_alaw(sample))) - value).abs();
        // Steps double with each segment; above the last value both laws clip.
        assert!(alaw <= (value.abs() / 32).max(8) + 1, "{sample}: {alaw}");
        let ulaw = (i32::from(decode_ulaw(encode_ulaw(sample))) - value).abs();
        assert!(ulaw <= ((value.abs() + 132) / 32).max(4) + 1 || value.abs() > 32_124, "{sample}: {ulaw}");
        assert!(ulaw <= 644, "{sample}: {ulaw}");
    }
}

#[test]
fn encoding_what_was_decoded_changes_nothing() {
    for byte in 0..=255u8 {
        assert_eq!(encode_alaw(decode_alaw(byte)), byte);
        // Mu-law has two zeros; the negative one becomes the positive one.
        let expected = if byte == 0x7F { 0xFF } else { byte };
        assert_eq!(encode_ulaw(decode_ulaw(byte)), expected);
    }
}

#[test]
fn both_laws_are_monotonic() {
    for sample in i16::MIN..i16::MAX {
        assert!(decode_alaw(encode_alaw(sample)) <= decode_alaw(encode_alaw(sample + 1)));
        assert!(decode_ulaw(encode_ulaw(sample)) <= decode_ulaw(encode_ulaw(sample + 1)));
    }
}

#[test]
fn slices_are_converted_as_far_as_both_reach() {
    let mut samples = [1i16; 4];
    assert_eq!(decode(Law::A, &[0xD5, 0x55, 0xAA], &mut samples), 3);
    assert_eq!(samples, [8, -8, 32_256, 1]);
    let mut encoded = [0u8; 3];
    assert_eq!(encode(Law::Mu, &[0, i16::MAX, i16::MIN, 5], &mut encoded), 3);
    assert_eq!(encoded, [0xFF, 0x80, 0x00]);
    assert_eq!(encode(Law::A, &[0], &mut encoded), 1);
    assert_eq!((encoded[0], Law::A.silence(), Law::Mu.silence()), (0xD5, 0xD5, 0xFF));
}
