//! Timing, repeats and zone adjustments: RFC 8866 sections 5.9 to 5.11.

use crate::Text;

/// When a session takes place, in seconds since 1900 (NTP); both zero for a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Start of the session; 0 when it is permanent.
    pub start: u64,
    /// End of the session; 0 when it is unbounded.
    pub stop: u64,
    /// Values of the `r=` lines that follow.
    pub repeats: Vec<Text>,
    /// Value of the `z=` line that follows.
    pub zone: Option<Text>,
}

impl Timing {
    /// A session without bounds in time.
    pub const UNBOUNDED: Timing = Timing { start: 0, stop: 0, repeats: Vec::new(), zone: None };

    /// Reads the value of a `t=` line.
    pub(crate) fn parse(value: &str) -> Option<Timing> {
        let (start, stop) = value.trim_end_matches(' ').split_once(' ')?;
        Some(Timing { start: digits(start)?, stop: digits(stop)?, ..Timing::UNBOUNDED })
    }
}

/// A number without sign.
pub(crate) fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_make_a_timing() {
        assert_eq!(Timing::parse("0 0"), Some(Timing::UNBOUNDED));
        assert_eq!(
            Timing::parse("3724394400 3724398000 ").map(|t| (t.start, t.stop)),
            Some((3_724_394_400, 3_724_398_000))
        );
        for bad in ["", "0", "0 0 0", "+0 0", "0 -1", "a b", "99999999999999999999999 0"] {
            assert_eq!(Timing::parse(bad), None, "{bad:?}");
        }
    }
}
