//! From where a leg takes packets: the source lock.

use ground::Moment;
use media_plan::Learning;
use std::net::SocketAddr;

/// What a packet's source is to a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The locked source.
    Known,
    /// The first packet: its source is locked from now on.
    Learned,
    /// Another source: the packet is dropped and counted.
    Refused,
}

/// The source of one port's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceLock {
    described: SocketAddr,
    learning: Learning,
    since: Moment,
    locked: Option<SocketAddr>,
    /// The far side was described again, and has not been heard since.
    reopened: bool,
}

impl SourceLock {
    /// A lock that knows what was described and has heard nothing.
    pub(crate) fn new(described: SocketAddr, learning: Learning, since: Moment) -> Self {
        SourceLock { described, learning, since, locked: None, reopened: false }
    }

    /// The same far side was described again: what was learned stays. Another address is learned anew. A telephone behind a
    /// translator that was silent meanwhile, as on hold, comes from another port when the translator has forgotten the one
    /// before: it has one more window, which its first packet closes.
    pub(crate) fn renewed(self, described: SocketAddr, learning: Learning, now: Moment) -> Self {
        let same = self.described == described && self.learning == learning;
        match learning {
            _ if !same => SourceLock::new(described, learning, now),
            Learning::Window { .. } => SourceLock { since: now, reopened: true, ..self },
            Learning::Locked => self,
        }
    }

    /// The source that was locked.
    pub(crate) fn locked(&self) -> Option<SocketAddr> {
        self.locked
    }

    /// Where to send: to what was described. Only a telephone behind a translator of addresses is sent to where its packets
    /// come from; anybody else may well send from one port and receive on another.
    pub(crate) fn destination(&self) -> SocketAddr {
        match self.learning {
            Learning::Window { .. } => self.locked.unwrap_or(self.described),
            Learning::Locked => self.described,
        }
    }

    /// True when another source than the described one may be sent to.
    pub(crate) fn follows(&self) -> bool {
        matches!(self.learning, Learning::Window { .. })
    }

    /// Judges the source of a packet.
    pub(crate) fn judge(&mut self, from: SocketAddr, now: Moment) -> Verdict {
        match self.locked {
            Some(locked) if same(locked, from) => {
                self.reopened = false;
                Verdict::Known
            }
            // A late packet of an earlier call may have been first: what was described wins as soon as it is heard.
            Some(_) if self.learning == Learning::Locked && same(self.described, from) => {
                self.locked = Some(from);
                Verdict::Learned
            }
            Some(_) if !self.reopened => Verdict::Refused,
            _ if self.may_learn(from, now) => {
                self.locked = Some(from);
                self.reopened = false;
                Verdict::Learned
            }
            _ => Verdict::Refused,
        }
    }

    fn may_learn(&self, from: SocketAddr, now: Moment) -> bool {
        match self.learning {
            Learning::Window { window, expected } if now.since(self.since) <= window => {
                expected.is_none_or(|address| address == from.ip())
            }
            // After the window nothing is learned: only what was described may still come.
            Learning::Window { .. } => same(from, self.described),
            Learning::Locked => from.ip() == self.described.ip(),
        }
    }
}

/// The same address and port; flow labels and scopes of IPv6 do not count.
fn same(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port() && one.ip() == other.ip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    const START: Moment = Moment::from_millis(1000);

    #[test]
    fn a_locked_leg_learns_one_port_of_the_described_address() {
        let mut lock = SourceLock::new(address("192.0.2.1:4000"), Learning::Locked, START);
        assert_eq!(lock.judge(address("192.0.2.2:4000"), START), Verdict::Refused);
        assert_eq!(lock.judge(address("192.0.2.1:4444"), START), Verdict::Learned);
        assert_eq!(lock.judge(address("192.0.2.1:4444"), START), Verdict::Known);
        assert_eq!(lock.judge(address("192.0.2.1:4445"), START), Verdict::Refused);
        assert_eq!(lock.destination(), address("192.0.2.1:4000"));
    }

    #[test]
    fn what_was_described_wins_over_what_was_learned_and_keeps_the_lock() {
        let (described, other) = (address("192.0.2.1:4000"), address("192.0.2.1:4444"));
        let mut lock = SourceLock::new(described, Learning::Locked, START);
        assert_eq!(lock.judge(other, START), Verdict::Learned);
        assert_eq!(lock.judge(described, START), Verdict::Learned);
        assert_eq!(lock.judge(other, START), Verdict::Refused);
        assert_eq!(lock.judge(described, START), Verdict::Known);
    }

    #[test]
    fn a_window_takes_the_first_source_and_sends_there() {
        let learning = Learning::Window { window: Duration::from_secs(5), expected: None };
        let mut lock = SourceLock::new(address("10.0.0.7:4000"), learning, START);
        assert_eq!(lock.judge(address("203.0.113.9:61000"), Moment::from_millis(6000)), Verdict::Learned);
        assert_eq!(lock.judge(address("203.0.113.9:61001"), Moment::from_millis(6000)), Verdict::Refused);
        assert_eq!(lock.destination(), address("203.0.113.9:61000"));
    }

    #[test]
    fn a_window_with_an_expected_address_takes_no_other_and_closes() {
        let expected = Some(address("203.0.113.9:1").ip());
        let learning = Learning::Window { window: Duration::from_secs(5), expected };
        let mut lock = SourceLock::new(address("10.0.0.7:4000"), learning, START);
        assert_eq!(lock.judge(address("203.0.113.8:61000"), START), Verdict::Refused);
        assert_eq!(lock.judge(address("203.0.113.9:61000"), Moment::from_millis(6001)), Verdict::Refused);
        assert_eq!(lock.judge(address("10.0.0.7:4000"), Moment::from_millis(6001)), Verdict::Learned);
    }

    #[test]
    fn a_telephone_that_was_silent_is_learned_once_more_when_it_is_described_again() {
        let expected = Some(address("203.0.113.9:1").ip());
        let learning = Learning::Window { window: Duration::from_secs(5), expected };
        let described = address("10.0.0.7:4000");
        let [before, after, third] = ["203.0.113.9:61000", "203.0.113.9:61001", "203.0.113.9:61002"].map(address);
        let mut lock = SourceLock::new(described, learning, START);
        assert_eq!(lock.judge(before, START), Verdict::Learned);
        let retrieved = Moment::from_millis(60_000);
        assert_eq!(lock.judge(after, retrieved), Verdict::Refused);
        let mut again = lock.renewed(described, learning, retrieved);
        assert_eq!(again.destination(), before);
        assert_eq!(again.judge(address("203.0.113.8:61001"), retrieved), Verdict::Refused);
        assert_eq!(again.judge(after, retrieved), Verdict::Learned);
        assert_eq!(again.judge(third, retrieved), Verdict::Refused);
        assert_eq!(again.judge(before, retrieved), Verdict::Refused);
        let mut unmoved = lock.renewed(described, learning, retrieved);
        assert_eq!(unmoved.judge(before, retrieved), Verdict::Known);
        assert_eq!(unmoved.judge(after, retrieved), Verdict::Refused);
        let mut late = lock.renewed(described, learning, retrieved);
        assert_eq!(late.judge(after, Moment::from_millis(65_001)), Verdict::Refused);
    }

    #[test]
    fn a_description_that_changes_is_learned_anew() {
        let (here, there) = (address("192.0.2.1:4000"), address("192.0.2.9:4000"));
        let mut lock = SourceLock::new(here, Learning::Locked, START);
        lock.judge(here, START);
        assert_eq!(lock.renewed(here, Learning::Locked, START).locked(), Some(here));
        let mut moved = lock.renewed(there, Learning::Locked, START);
        assert_eq!(moved.judge(here, START), Verdict::Refused);
        assert_eq!(moved.judge(there, START), Verdict::Learned);
    }

    #[test]
    fn the_scope_of_an_address_does_not_count() {
        let mut lock = SourceLock::new(address("[fe80::1%3]:4000"), Learning::Locked, START);
        lock.judge(address("[fe80::1]:4000"), START);
        assert_eq!(lock.judge(address("[fe80::1%2]:4000"), START), Verdict::Known);
    }
}
