//! The numbers of the stream that we originate towards a leg, and how another process goes on with it.
//!
//! # Going on
//!
//! A base says where the stream stood at one moment. Where it has come to when another process takes over is known exactly
//! for the timestamp, which follows the clock whether something is sent or not, and by a limit only for the sequence number,
//! which counts packets: the old process can have sent one packet each 10 ms, the shortest packet there is, and may as well
//! have sent none. The new process begins behind that limit, and a margin, so that no number is used a second time.
//!
//! What a receiver makes of the jump stands in RFC 3550 appendix A.1: a jump of less than 3000 (MAX_DROPOUT) counts as loss
//! and the stream goes on. A longer one is taken for a restart that has to prove itself, and one that leads around the circle
//! of 65536 numbers looks like packets that are late, which some throw away for a long time. So a base is good for as long as
//! the largest jump that can come out is below 3000, about 29 seconds; after that a new SSRC is better, which every receiver
//! takes at once. A base is told again every 15 seconds while packets are sent: a restart of up to 13 seconds is heard as a
//! gap and nothing else.

use crate::sound::{GRID, RATE};
use ground::Now;
use media_plan::StreamBase;
use rtp::{SequenceNumber, Ssrc};
use std::time::Duration;

/// Ticks between two sender reports.
const REPORT: u64 = 500;
/// Ticks after which a base is told again.
const BASE: u64 = 1500;
/// The shortest packet, and with it the fastest that sequence numbers can rise.
const SHORTEST: Duration = Duration::from_millis(10);
/// Numbers left out in addition: as many as the shortest packets of a second, by which the clocks of two processes may differ.
const MARGIN: u64 = 100;
/// The jump that a receiver does not take for loss any more (RFC 3550 appendix A.1, MAX_DROPOUT).
const MAX_DROPOUT: u64 = 3000;

/// The numbers of our stream.
#[derive(Debug)]
pub(crate) struct OwnStream {
    pub(crate) ssrc: Ssrc,
    sequence: SequenceNumber,
    /// The timestamp at tick zero.
    origin: u32,
    /// Taken over: the timestamp at a moment, until the first tick shows which origin that means.
    taken_over: Option<(u32, Now)>,
    packets: u32,
    octets: u32,
    /// The tick of the next report; none before the first packet.
    next_report: Option<u64>,
    /// The tick from which the next packet tells a base.
    next_base: u64,
}

impl OwnStream {
    /// A new stream. `random` is two independent numbers (RFC 3550 section 5.1: all three begin at random).
    pub(crate) fn new(random: [u64; 2]) -> Self {
        let [first, second] = random;
        OwnStream {
            ssrc: Ssrc(first as u32),
            sequence: SequenceNumber((first >> 32) as u16),
            origin: second as u32,
            taken_over: None,
            packets: 0,
            octets: 0,
            next_report: None,
            next_base: 0,
        }
    }

    /// The stream of another process, as far as it can be gone on with; else a new one.
    pub(crate) fn go_on(base: &StreamBase, random: [u64; 2], now: Now) -> Self {
        let fresh = OwnStream::new(random);
        let Some((sequence, timestamp)) = stand(base, now) else { return fresh };
        OwnStream { ssrc: Ssrc(base.ssrc), sequence, taken_over: Some((timestamp, now)), ..fresh }
    }

    /// A packet of `tick` is due. When it is time to tell where the stream stands, that.
    pub(crate) fn due(&mut self, tick: u64, now: Now) -> Option<StreamBase> {
        if let Some((timestamp, then)) = self.taken_over.take() {
            let here = timestamp.wrapping_add(units(now.moment.since(then.moment)));
            self.origin = here.wrapping_sub(self.timestamp(tick).wrapping_sub(self.origin));
        }
        (tick >= self.next_base).then(|| StreamBase {
            ssrc: self.ssrc.0,
            sequence: self.sequence.0,
            timestamp: self.timestamp(tick),
            clock_rate: RATE as u32,
            at: now,
        })
    }

    /// A base was told at `tick`.
    pub(crate) fn told(&mut self, tick: u64) {
        self.next_base = tick + BASE;
    }

    /// The timestamp at a tick of the grid.
    pub(crate) fn timestamp(&self, tick: u64) -> u32 {
        self.origin.wrapping_add((tick as u32).wrapping_mul(GRID as u32))
    }

    /// The number of the next packet, whose payload has `length` bytes.
    pub(crate) fn number(&mut self, length: usize) -> SequenceNumber {
        let number = self.sequence;
        self.sequence = number.next();
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(length as u32);
        number
    }

    /// What a report about the stream says when one is due at `tick`: its SSRC, packets and bytes of payload. Reports follow each
    /// other by 5 seconds, made longer by at random up to a half (RFC 3550 section 6.2).
    pub(crate) fn report_due(&mut self, tick: u64) -> Option<(Ssrc, u32, u32)> {
        let spread = u64::from(self.ssrc.0.rotate_left(self.packets) % (REPORT as u32 / 2));
        let due = *self.next_report.get_or_insert(tick + REPORT / 2 + spread);
        if tick < due || self.packets == 0 {
            return None;
        }
        self.next_report = Some(tick + REPORT + spread);
        Some((self.ssrc, self.packets, self.octets))
    }
}

/// The sequence number and the timestamp with which a stream goes on now; none when a new one is better.
fn stand(base: &StreamBase, now: Now) -> Option<(SequenceNumber, u32)> {
    let by_utc = now.utc.as_micros().checked_sub(base.at.utc.as_micros())?;
    // A clock that was set back says nothing about what was sent meanwhile.
    let by_utc = Duration::from_micros(u64::try_from(by_utc).ok()?);
    // The monotonic clock goes on from one process to the next, or begins again and says too little.
    let elapsed = by_utc.max(now.moment.since(base.at.moment));
    let jump = u64::try_from(elapsed.as_micros().div_ceil(SHORTEST.as_micros())).ok()?.checked_add(MARGIN)?;
    // The number before the base's may be the last that was heard.
    if base.clock_rate as usize != RATE || jump + 1 >= MAX_DROPOUT {
        return None;
    }
    Some((SequenceNumber(base.sequence.wrapping_add(jump as u16)), base.timestamp.wrapping_add(units(elapsed))))
}

/// Timestamp units of a duration.
fn units(duration: Duration) -> u32 {
    (duration.as_micros() * RATE as u128 / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::{Moment, Utc};
    use proptest::prelude::*;
    use rtp::{Arrival, Source};

    const RANDOM: [u64; 2] = [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210];

    fn at(millis: u64) -> Now {
        Now { moment: Moment::from_millis(millis), utc: Utc::from_micros(1_700_000_000_000_000 + millis as i64 * 1000) }
    }

    fn base(sequence: u16, timestamp: u32) -> StreamBase {
        StreamBase { ssrc: 7, sequence, timestamp, clock_rate: 8000, at: at(0) }
    }

    #[test]
    fn a_base_is_told_with_the_first_packet_and_rarely_after_it() {
        let mut stream = OwnStream::new(RANDOM);
        let first = stream.due(100, at(0)).expect("it begins");
        assert_eq!((first.ssrc, first.timestamp, first.at), (stream.ssrc.0, stream.timestamp(100), at(0)));
        stream.told(100);
        assert_eq!(stream.number(160).0, first.sequence);
        assert!((101..1600).all(|tick| stream.due(tick, at(0)).is_none()));
        let again = stream.due(1600, at(15_000)).expect("15 seconds later");
        assert_eq!(again.sequence, first.sequence.wrapping_add(1));
        assert_eq!(again.timestamp, first.timestamp.wrapping_add(15 * 8000));
    }

    #[test]
    fn a_stream_that_is_taken_over_follows_the_clock_until_its_first_packet_and_after_it() {
        let mut stream = OwnStream::go_on(&base(65_530, u32::MAX - 100), RANDOM, at(2000));
        // Half a second passes before something is played.
        let told = stream.due(77, at(2500)).expect("a new process tells where it stands");
        assert_eq!((told.ssrc, told.sequence), (7, 65_530u16.wrapping_add(200 + 100)));
        assert_eq!(told.timestamp, (u32::MAX - 100).wrapping_add(2500 * 8));
        stream.told(77);
        assert_eq!(stream.timestamp(79), told.timestamp.wrapping_add(160));
        assert_eq!(stream.due(79, at(2520)), None);
        assert_eq!(stream.timestamp(79), told.timestamp.wrapping_add(160));
    }

    #[test]
    fn what_is_too_old_or_from_another_clock_is_not_gone_on_with() {
        let ssrc = |base: &StreamBase, now| OwnStream::go_on(base, RANDOM, now).ssrc.0;
        assert_eq!(ssrc(&base(1, 1), at(28_980)), 7);
        let fresh = OwnStream::new(RANDOM).ssrc.0;
        assert_eq!(ssrc(&base(1, 1), at(28_981)), fresh);
        assert_eq!(ssrc(&StreamBase { clock_rate: 16_000, ..base(1, 1) }, at(10)), fresh);
        let set_back = Now { utc: Utc::from_micros(0), ..at(10) };
        assert_eq!(ssrc(&base(1, 1), set_back), fresh);
        // A monotonic clock that begins again does no harm: what passed by UTC counts.
        let late = StreamBase { at: Now { moment: Moment::from_millis(9_999_999), ..at(0) }, ..base(1, 1) };
        assert_eq!(ssrc(&late, at(28_980)), 7);
        assert_eq!(ssrc(&late, at(28_981)), fresh);
        // Nor does one that knows of more time than UTC.
        let stepped = Now { moment: Moment::from_millis(40_000), ..at(10) };
        assert_eq!(ssrc(&base(1, 1), stepped), fresh);
        let extreme = StreamBase { at: Now { utc: Utc::from_micros(i64::MIN), ..at(0) }, ..base(1, 1) };
        assert_eq!(ssrc(&extreme, at(10)), fresh);
    }

    proptest! {
        /// Whatever the old process sent between its last base and its end, a receiver by RFC 3550 appendix A.1 that heard all
        /// of it takes the first packet of the new process as the next of the same stream, or hears a new SSRC.
        #[test]
        fn a_receiver_takes_the_first_packet_for_the_next(
            sequence in any::<u16>(),
            timestamp in any::<u32>(),
            packet in 1u64..=6,
            sending in 0u64..20_000,
            pausing in 0u64..20_000,
            gap in 0u64..20_000,
        ) {
            let base = base(sequence, timestamp);
            let mut receiver = Source::new(Ssrc(7), SequenceNumber(sequence.wrapping_sub(2)), 8000, Moment::ZERO);
            receiver.receive(SequenceNumber(sequence.wrapping_sub(2)), None, Moment::ZERO);
            receiver.receive(SequenceNumber(sequence.wrapping_sub(1)), None, Moment::ZERO);
            let sent = sending / (10 * packet) + 1;
            for number in 0..sent {
                receiver.receive(SequenceNumber(sequence.wrapping_add(number as u16)), None, Moment::from_millis(number));
            }
            let last = timestamp.wrapping_add(((sent - 1) * packet * 80) as u32);
            let now = at(sending + pausing + gap);
            let mut stream = OwnStream::go_on(&base, RANDOM, now);
            if stream.ssrc == Ssrc(7) {
                let told = stream.due(5, now).unwrap();
                let arrival = receiver.receive(SequenceNumber(told.sequence), None, now.moment);
                prop_assert!(matches!(arrival, Arrival::Newest { .. }), "{arrival:?}");
                prop_assert!(told.timestamp.wrapping_sub(last) < 1 << 31);
                prop_assert!(gap < 10 || told.timestamp != last);
            } else {
                prop_assert!(sending + pausing + gap > 28_000);
            }
        }
    }
}
