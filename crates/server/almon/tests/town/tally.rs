//! What was done and what came of it, counted.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Interactions by kind.
    pub deeds: BTreeMap<&'static str, u64>,
    /// What was seen beside them.
    pub seen: BTreeMap<String, u64>,
    /// Messages that were put on the wire.
    pub messages: u64,
    /// Journal records that were replayed, with outputs and digests as they were.
    pub replayed: u64,
    /// Records of call segments.
    pub segments: u64,
}

impl Tally {
    pub fn deed(&mut self, kind: &'static str) {
        *self.deeds.entry(kind).or_default() += 1;
    }

    pub fn see(&mut self, what: impl Into<String>) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    pub fn interactions(&self) -> u64 {
        self.deeds.values().sum()
    }

    pub fn add(&mut self, other: &Tally) {
        for (kind, count) in &other.deeds {
            *self.deeds.entry(kind).or_default() += count;
        }
        for (what, count) in &other.seen {
            *self.seen.entry(what.clone()).or_default() += count;
        }
        self.messages += other.messages;
        self.replayed += other.replayed;
        self.segments += other.segments;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { messages, replayed, segments, .. } = self;
        writeln!(f, "{} interactions, {messages} messages, {segments} segments, {replayed} records replayed", {
            self.interactions()
        })?;
        for (kind, count) in &self.deeds {
            writeln!(f, "  {count:>9} {kind}")?;
        }
        for (what, count) in &self.seen {
            writeln!(f, "  {count:>9} seen: {what}")?;
        }
        Ok(())
    }
}
