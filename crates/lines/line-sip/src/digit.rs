//! Digits in INFO requests, the two forms that telephones use. Neither is a standard: `application/dtmf-relay` names the key
//! and its duration, `application/dtmf` is the key alone.

use sip::dialog::Body;
use std::time::Duration;

/// The content types that an INFO with a digit may have.
pub const DIGIT_TYPES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];
/// A digit whose duration is not told.
const USUAL: Duration = Duration::from_millis(160);
/// Longer ones are cut: nobody holds a key for so long.
const LONGEST_MILLIS: u64 = 10_000;

/// The body of an INFO that sends a digit.
pub fn write_digit(digit: char, duration: Duration) -> Body {
    let text = format!("Signal={digit}\r\nDuration={}\r\n", duration.as_millis().clamp(40, u128::from(LONGEST_MILLIS)));
    Body { content_type: DIGIT_TYPES[0].into(), bytes: text.into_bytes().into() }
}

/// The digit in the body of an INFO, with its duration.
pub fn read_digit(content_type: &str, body: &[u8]) -> Option<(char, Duration)> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let text = std::str::from_utf8(body).ok()?;
    if kind.eq_ignore_ascii_case(DIGIT_TYPES[0]) {
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let millis = field("duration").and_then(|value| value.parse::<u64>().ok());
        let duration = millis.map_or(USUAL, |millis| Duration::from_millis(millis.min(LONGEST_MILLIS)));
        Some((key(field("signal")?)?, duration))
    } else if kind.eq_ignore_ascii_case(DIGIT_TYPES[1]) {
        Some((key(text.trim())?, USUAL))
    } else {
        None
    }
}

/// `0`-`9`, `*`, `#`, `A`-`D`; 10 and 11 are written for star and square by some telephones.
fn key(text: &str) -> Option<char> {
    match text {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut characters = text.chars();
    let first = characters.next()?.to_ascii_uppercase();
    (characters.next().is_none() && matches!(first, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let relay = b"Signal= 5\r\nDuration= 120\r\n";
        assert_eq!(read_digit("application/dtmf-relay", relay), Some(('5', Duration::from_millis(120))));
        assert_eq!(read_digit("Application/DTMF-Relay; x=y", b"signal=11"), Some(('#', USUAL)));
        assert_eq!(read_digit("application/dtmf", b"a\r\n"), Some(('A', USUAL)));
    }

    #[test]
    fn what_is_no_digit_is_none() {
        assert_eq!(read_digit("application/dtmf-relay", b"Duration=100"), None);
        assert_eq!(read_digit("application/dtmf-relay", b"Signal=77"), None);
        assert_eq!(read_digit("text/plain", b"5"), None);
        assert_eq!(read_digit("application/dtmf", &[0xff, 0xfe]), None);
    }

    #[test]
    fn a_digit_reads_back() {
        for digit in "0123456789*#ABCD".chars() {
            let body = write_digit(digit, Duration::from_millis(200));
            assert_eq!(read_digit(&body.content_type, &body.bytes), Some((digit, Duration::from_millis(200))));
        }
    }
}
