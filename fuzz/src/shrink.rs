//! Makes a failing input smaller.

use std::time::{Duration, Instant};

/// Removes pieces of `input`, the large ones first, as long as what is left still `fails`; stops after `time`.
pub(crate) fn shrink(input: &[u8], time: Duration, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let end = Instant::now() + time;
    let mut best = input.to_vec();
    let mut piece = best.len() / 2;
    while piece > 0 {
        let mut from = 0;
        while from < best.len() {
            if Instant::now() > end {
                return best;
            }
            let mut without = best.clone();
            without.drain(from..(from + piece).min(best.len()));
            if fails(&without) {
                best = without;
            } else {
                from += piece;
            }
        }
        piece /= 2;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_failure_needs_is_left() {
        let input = b"a long text with a % and a $ in it, and much behind them".repeat(20);
        let fails = |data: &[u8]| data.contains(&b'%') && data.contains(&b'$');
        assert_eq!(shrink(&input, Duration::from_secs(20), fails), b"%$");
    }

    #[test]
    fn no_time_means_no_change() {
        assert_eq!(shrink(b"abc", Duration::ZERO, |_| true).len(), 3);
    }
}
