//! How far a site's clocks are from UTC, as data: a machine that needs local time gets the table and asks no time zone database.

use crate::Utc;
use serde::{Deserialize, Serialize};

/// The offsets of a site from UTC over the years.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteOffsets {
    /// Minutes east of UTC before the first change.
    before: i16,
    /// The moments at which the offset becomes another one, and that one, in order.
    changes: Vec<(Utc, i16)>,
}

impl SiteOffsets {
    /// Clocks that are always so many minutes east of UTC.
    pub fn fixed(minutes: i16) -> SiteOffsets {
        SiteOffsets { before: minutes, changes: Vec::new() }
    }

    /// Clocks that are `before` minutes east of UTC until the first of `changes`, which are put in order.
    pub fn new(before: i16, mut changes: Vec<(Utc, i16)>) -> SiteOffsets {
        changes.sort();
        SiteOffsets { before, changes }
    }

    /// Minutes east of UTC at this time.
    pub fn at(&self, utc: Utc) -> i16 {
        let passed = self.changes.partition_point(|(from, _)| *from <= utc);
        match passed.checked_sub(1).and_then(|last| self.changes.get(last)) {
            Some((_, minutes)) => *minutes,
            None => self.before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_changes_at_the_moment_itself() {
        let at = Utc::from_seconds;
        let offsets = SiteOffsets::new(60, vec![(at(200), 60), (at(100), 120)]);
        let seen: Vec<i16> = [0, 99, 100, 199, 200, 1_000].map(|seconds| offsets.at(at(seconds))).into();
        assert_eq!(seen, [60, 60, 120, 120, 60, 60]);
        assert_eq!(SiteOffsets::fixed(-210).at(at(5)), -210);
    }
}
