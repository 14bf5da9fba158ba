//! The sources of one session: RFC 3550 sections 6.2.1, 6.3.5 and 8.2.

use crate::{SequenceNumber, Source, Ssrc};
use ground::Moment;
use std::time::Duration;

/// A silent source gives its place to a new one after this long.
const GIVES_WAY_AFTER: Duration = Duration::from_secs(2);

/// All sources heard in one session, at most a fixed number.
#[derive(Clone, Debug)]
pub struct SourceTable {
    own: Ssrc,
    most: usize,
    sources: Vec<Source>,
}

/// What became of a packet's sender.
#[derive(Debug)]
pub enum Heard<'a> {
    /// This is its state.
    Source(&'a mut Source),
    /// It uses our own identifier: a collision or a loop (RFC 3550 section 8.2). Say BYE and
    /// [choose another](SourceTable::choose_own), unless the packet is our own come back.
    Collision,
    /// The table is full of sources that are being heard.
    Full,
}

impl SourceTable {
    /// An empty table for at most `most` sources; `own` is the identifier under which we send.
    pub fn new(own: Ssrc, most: usize) -> SourceTable {
        SourceTable { own, most: most.max(1), sources: Vec::new() }
    }

    /// The identifier under which we send.
    pub fn own(&self) -> Ssrc {
        self.own
    }

    /// Takes another own identifier made from `random`, different from all that are known.
    pub fn choose_own(&mut self, random: u32) -> Ssrc {
        let old = self.own;
        let taken = |ssrc| ssrc == old || self.get(ssrc).is_some();
        self.own = Ssrc::choose(random, taken, self.sources.len() + 1);
        self.own
    }

    /// The sender of a packet with this number; a new one is entered. When the table is full, the source that has been
    /// silent longest gives way, if it never proved valid or has been silent for two seconds.
    pub fn hear(&mut self, ssrc: Ssrc, sequence: SequenceNumber, clock_rate: u32, now: Moment) -> Heard<'_> {
        if ssrc == self.own {
            return Heard::Collision;
        }
        let known = self.sources.iter().position(|source| source.ssrc() == ssrc);
        if known.is_none() {
            if self.sources.len() >= self.most && !self.give_way(now) {
                return Heard::Full;
            }
            self.sources.push(Source::new(ssrc, sequence, clock_rate, now));
        }
        let place = known.unwrap_or(self.sources.len().saturating_sub(1));
        self.sources.get_mut(place).map_or(Heard::Full, Heard::Source)
    }

    fn give_way(&mut self, now: Moment) -> bool {
        let gives = |source: &Source| !source.is_valid() || now.since(source.last_heard()) >= GIVES_WAY_AFTER;
        let oldest = self.sources.iter().enumerate().filter(|(_, source)| gives(source));
        match oldest.min_by_key(|(_, source)| source.last_heard()).map(|(place, _)| place) {
            Some(place) => {
                self.sources.remove(place);
                true
            }
            None => false,
        }
    }

    /// A source by its identifier.
    pub fn get(&self, ssrc: Ssrc) -> Option<&Source> {
        self.sources.iter().find(|source| source.ssrc() == ssrc)
    }

    /// A source by its identifier.
    pub fn get_mut(&mut self, ssrc: Ssrc) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.ssrc() == ssrc)
    }

    /// All sources, in the order in which they were first heard.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Source> {
        self.sources.iter_mut()
    }

    /// Removes a source that said BYE (RFC 3550 section 6.3.4).
    pub fn leave(&mut self, ssrc: Ssrc) -> Option<Source> {
        let place = self.sources.iter().position(|source| source.ssrc() == ssrc)?;
        Some(self.sources.remove(place))
    }

    /// Removes the sources that have been silent for `silence` (RFC 3550 section 6.3.5).
    pub fn expire(&mut self, now: Moment, silence: Duration) {
        self.sources.retain(|source| now.since(source.last_heard()) < silence);
    }

    /// How many sources are known.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// True when none is known.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(table: &mut SourceTable, ssrc: u32, sequence: u16, millis: u64) -> bool {
        let now = Moment::from_millis(millis);
        match table.hear(Ssrc(ssrc), SequenceNumber(sequence), 8000, now) {
            Heard::Source(source) => {
                source.receive(SequenceNumber(sequence), None, now);
                true
            }
            _ => false,
        }
    }

    #[test]
    fn each_source_has_its_own_state() {
        let mut table = SourceTable::new(Ssrc(1), 4);
        for sequence in 0..3 {
            assert!(hear(&mut table, 2, sequence, 0) && hear(&mut table, 3, 500 + sequence, 0));
        }
        let received: Vec<_> = table.iter_mut().map(|source| (source.ssrc(), source.received())).collect();
        assert_eq!(received, [(Ssrc(2), 2), (Ssrc(3), 2)]);
    }

    #[test]
    fn our_own_identifier_is_a_collision_and_another_is_chosen() {
        let mut table = SourceTable::new(Ssrc(1), 4);
        assert!(matches!(table.hear(Ssrc(1), SequenceNumber(0), 8000, Moment::ZERO), Heard::Collision));
        hear(&mut table, 7, 0, 0);
        let chosen = table.choose_own(7);
        assert!(chosen != Ssrc(7) && chosen != Ssrc(1));
        assert_eq!(table.own(), chosen);
        let next = table.choose_own(chosen.0);
        assert_ne!(next, chosen);
    }

    #[test]
    fn a_full_table_is_no_way_in_for_a_flood() {
        let mut table = SourceTable::new(Ssrc(1), 2);
        for sequence in 0..3 {
            hear(&mut table, 2, sequence, 100);
        }
        for ssrc in 10..1000 {
            assert!(hear(&mut table, ssrc, 0, 200));
            assert!(table.len() <= 2);
        }
        assert!(table.get(Ssrc(2)).is_some(), "a valid source is not displaced by strangers");
        hear(&mut table, 999, 1, 200);
        assert!(!hear(&mut table, 5, 0, 300));
        assert!(hear(&mut table, 5, 0, 2150));
        assert!(table.get(Ssrc(2)).is_none());
    }

    #[test]
    fn sources_leave_and_expire() {
        let mut table = SourceTable::new(Ssrc(1), 4);
        hear(&mut table, 2, 0, 0);
        hear(&mut table, 3, 0, 5000);
        table.expire(Moment::from_millis(6000), Duration::from_secs(6));
        assert_eq!((table.get(Ssrc(2)).is_some(), table.len()), (false, 1));
        assert!(table.leave(Ssrc(3)).is_some() && table.leave(Ssrc(3)).is_none());
        assert!(table.is_empty() && table.get_mut(Ssrc(3)).is_none());
    }
}
