//! Replay of an authenticated request (RFC 7616 section 3.4.5 and 5.12): the count of a nonce only rises.

use super::nonce::Issue;

/// What is remembered for one client that has proved itself: the newest nonce it used and which counts of it were seen.
///
/// Requests overtake each other on UDP, so the last 64 counts are accepted in any order, each once. A nonce older than
/// the newest one is refused: the client then gets a new challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceCount {
    issue: Issue,
    highest: u32,
    /// Bit n says that count `highest - n` was seen.
    seen: u64,
}

impl NonceCount {
    /// After the first success: the nonce and the count it came with.
    pub fn new(issue: Issue, count: u32) -> Self {
        NonceCount { issue, highest: count, seen: 1 }
    }

    /// True, and remembered, when this use is new. To be asked only after the response was found right.
    pub fn accept(&mut self, issue: Issue, count: u32) -> bool {
        if issue > self.issue {
            *self = NonceCount::new(issue, count);
            return true;
        }
        if issue < self.issue {
            return false;
        }
        if count > self.highest {
            let step = count - self.highest;
            self.seen = if step < 64 { self.seen << step | 1 } else { 1 };
            self.highest = count;
            return true;
        }
        let bit = match self.highest - count {
            back if back < 64 => 1u64 << back,
            _ => return false,
        };
        let new = self.seen & bit == 0;
        self.seen |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NonceMint, NonceState};
    use super::*;
    use ground::Moment;
    use std::time::Duration;

    fn issues() -> [Issue; 2] {
        let mut mint = NonceMint::new([1; 32], Duration::from_secs(60));
        [0, 0].map(|_| {
            let nonce = mint.mint(Moment::ZERO, "r", b"");
            match mint.check(&nonce, Moment::ZERO, "r", b"") {
                NonceState::Fresh(issue) => issue,
                other => panic!("{other:?}"),
            }
        })
    }

    #[test]
    fn a_count_is_good_once_and_may_overtake() {
        let [first, second] = issues();
        let mut count = NonceCount::new(first, 1);
        assert!(!count.accept(first, 1));
        assert!(count.accept(first, 4));
        assert!(count.accept(first, 2));
        assert!(!count.accept(first, 2));
        assert!(count.accept(first, 3));
        assert!(count.accept(first, 200));
        assert!(!count.accept(first, 136), "64 back is forgotten and therefore refused");
        assert!(count.accept(first, 137));
        assert!(count.accept(second, 1));
        assert!(!count.accept(first, 500), "an older nonce is over");
        assert!(count.accept(second, u32::MAX));
        assert!(!count.accept(second, 0));
    }
}
