//! One source's reception statistics: RFC 3550 appendices A.1 (sequence numbers and probation), A.3 (loss), A.8 (jitter).

use crate::rtcp::ReportBlock;
use crate::{ExtendedSequence, Jitter, NtpTimestamp, SequenceNumber, ShortNtp, Ssrc, rtp_units};
use ground::Moment;

/// A jump ahead by this much or more is no loss but a restart (RFC 3550 appendix A.1, MAX_DROPOUT).
const MAX_DROPOUT: u16 = 3000;
/// A packet less than this far behind is late; farther behind it is a restart (MAX_MISORDER).
const MAX_MISORDER: u16 = 100;
/// Packets in sequence that make a source valid (MIN_SEQUENTIAL).
const MIN_SEQUENTIAL: u8 = 2;

/// What a packet is within its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The source is not valid yet: its packets have not come in sequence. Not counted.
    Probation,
    /// The newest packet, after `lost` that have not come (yet).
    Newest {
        /// Its number.
        sequence: ExtendedSequence,
        /// Packets missing before it.
        lost: u16,
    },
    /// Reordered, or a duplicate.
    Late(ExtendedSequence),
    /// Far from the others. Not counted; when the next one follows it, the source has restarted.
    Stray,
    /// The second packet of a source that starts anew; all counts begin with it.
    Restarted(ExtendedSequence),
}

/// The state of one source of packets.
#[derive(Clone, Debug)]
pub struct Source {
    ssrc: Ssrc,
    clock_rate: u32,
    highest: SequenceNumber,
    cycles: u64,
    base: SequenceNumber,
    /// The number that would confirm a restart.
    bad: Option<SequenceNumber>,
    probation: u8,
    received: u64,
    expected_prior: u64,
    received_prior: u64,
    jitter: Jitter,
    last_sender_report: Option<(ShortNtp, Moment)>,
    last_heard: Moment,
}

impl Source {
    /// A source of which nothing has come yet. `first` is its first packet's number, `clock_rate` in hertz.
    pub fn new(ssrc: Ssrc, first: SequenceNumber, clock_rate: u32, now: Moment) -> Source {
        Source {
            ssrc,
            clock_rate,
            highest: SequenceNumber(first.0.wrapping_sub(1)),
            cycles: 0,
            base: first,
            bad: None,
            probation: MIN_SEQUENTIAL,
            received: 0,
            expected_prior: 0,
            received_prior: 0,
            jitter: Jitter::default(),
            last_sender_report: None,
            last_heard: now,
        }
    }

    /// Takes a packet. `timestamp` feeds the jitter; leave it out where it does not say when the packet was sent, as in
    /// all but the first packet of a telephone event (RFC 4733 section 2.2.2).
    pub fn receive(&mut self, sequence: SequenceNumber, timestamp: Option<u32>, now: Moment) -> Arrival {
        self.last_heard = now;
        let arrival = if self.probation > 0 { self.prove(sequence) } else { self.advance(sequence) };
        match arrival {
            Arrival::Probation | Arrival::Stray => return arrival,
            Arrival::Restarted(_) => self.jitter.interrupt(),
            Arrival::Newest { .. } | Arrival::Late(_) => {}
        }
        self.received += 1;
        if let Some(timestamp) = timestamp {
            self.jitter.update(rtp_units(now, self.clock_rate), timestamp);
        }
        arrival
    }

    fn prove(&mut self, sequence: SequenceNumber) -> Arrival {
        if sequence == self.highest.next() {
            self.probation -= 1;
        } else {
            self.probation = MIN_SEQUENTIAL - 1;
        }
        self.highest = sequence;
        if self.probation > 0 {
            return Arrival::Probation;
        }
        self.restart(sequence);
        Arrival::Newest { sequence: self.extended_highest(), lost: 0 }
    }

    fn advance(&mut self, sequence: SequenceNumber) -> Arrival {
        let ahead = sequence.0.wrapping_sub(self.highest.0);
        match ahead {
            0 => Arrival::Late(self.extended_highest()),
            1..MAX_DROPOUT => {
                if sequence.0 < self.highest.0 {
                    self.cycles += 1 << 16;
                }
                self.highest = sequence;
                self.bad = None;
                Arrival::Newest { sequence: self.extended_highest(), lost: ahead - 1 }
            }
            _ if ahead > MAX_MISORDER.wrapping_neg() => Arrival::Late(self.extended_highest().extend(sequence)),
            _ if self.bad == Some(sequence) => {
                self.restart(sequence);
                Arrival::Restarted(self.extended_highest())
            }
            _ => {
                self.bad = Some(sequence.next());
                Arrival::Stray
            }
        }
    }

    fn restart(&mut self, sequence: SequenceNumber) {
        self.base = sequence;
        self.highest = sequence;
        self.cycles = 0;
        self.bad = None;
        self.received = 0;
        self.expected_prior = 0;
        self.received_prior = 0;
    }

    /// Changes the clock of the payload, for jitter from now on.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        if self.clock_rate != clock_rate {
            self.clock_rate = clock_rate;
            self.jitter.interrupt();
        }
    }

    /// Takes the time of a sender report, which our next report block names (RFC 3550 section 6.4.1, LSR and DLSR).
    pub fn sender_report(&mut self, ntp: NtpTimestamp, now: Moment) {
        self.last_sender_report = Some((ntp.short(), now));
        self.last_heard = now;
    }

    /// Who it is.
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// True when enough packets have come in sequence.
    pub fn is_valid(&self) -> bool {
        self.probation == 0
    }

    /// When it was last heard.
    pub fn last_heard(&self) -> Moment {
        self.last_heard
    }

    /// The highest number received.
    pub fn extended_highest(&self) -> ExtendedSequence {
        ExtendedSequence(self.cycles + u64::from(self.highest.0))
    }

    /// Packets received since the source became valid or restarted, late ones and duplicates included.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that should have come since then.
    pub fn expected(&self) -> u64 {
        if self.is_valid() { self.extended_highest().0.saturating_sub(u64::from(self.base.0)) + 1 } else { 0 }
    }

    /// Expected less received; negative when duplicates came (RFC 3550 appendix A.3).
    pub fn lost(&self) -> i64 {
        self.expected().wrapping_sub(self.received).cast_signed()
    }

    /// The jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter.value()
    }

    /// The block that reports this source, and the start of its next interval. Nothing while it is not valid.
    pub fn report(&mut self, now: Moment) -> Option<ReportBlock> {
        if !self.is_valid() {
            return None;
        }
        let expected = self.expected();
        let in_interval = expected.saturating_sub(self.expected_prior);
        let lost = in_interval.saturating_sub(self.received.saturating_sub(self.received_prior));
        self.expected_prior = expected;
        self.received_prior = self.received;
        let fraction = (lost << 8).checked_div(in_interval).unwrap_or(0);
        let (last_sender_report, delay) = match self.last_sender_report {
            Some((report, at)) => (report, ShortNtp::from_duration(now.since(at))),
            None => (ShortNtp(0), ShortNtp(0)),
        };
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: self.lost().clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest_sequence: self.extended_highest().0 as u32,
            jitter: self.jitter(),
            last_sender_report,
            delay,
        })
    }
}

#[cfg(test)]
mod tests;
