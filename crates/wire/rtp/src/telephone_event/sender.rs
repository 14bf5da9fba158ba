//! From an event to its packets: RFC 4733 section 2.5.1.

use super::{Event, EventPayload};

/// Longest duration of one segment (RFC 4733 section 2.5.1.3).
const SEGMENT: u32 = 0xFFFF;
/// How often the last packet is sent (RFC 4733 section 2.5.1.4).
const ENDS: u8 = 3;

/// One packet to be sent; sequence numbers go on by one as always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// True in the event's first packet (RFC 4733 section 2.2.1).
    pub marker: bool,
    /// Timestamp of the event's beginning, or of its present segment.
    pub timestamp: u32,
    /// What it says.
    pub payload: EventPayload,
}

/// Sends one event: ask for a packet at every interval until there is none.
#[derive(Clone, Debug)]
pub struct EventSender {
    event: Event,
    volume: u8,
    /// Timestamp of the present segment.
    segment: u32,
    /// Duration of the segments before.
    before: u32,
    interval: u16,
    elapsed: u32,
    total: Option<u32>,
    started: bool,
    ends_left: u8,
}

impl EventSender {
    /// An event that begins at `timestamp`. `interval` is the time between packets and `duration` that of the event, both
    /// in timestamp units; without a duration it lasts until [`EventSender::release`].
    pub fn new(event: Event, volume: u8, timestamp: u32, interval: u16, duration: Option<u32>) -> EventSender {
        EventSender {
            event,
            volume,
            segment: timestamp,
            before: 0,
            interval: interval.max(1),
            elapsed: 0,
            total: duration.map(|duration| duration.max(1)),
            started: false,
            ends_left: ENDS,
        }
    }

    /// Ends the event with the next packet.
    pub fn release(&mut self) {
        let ends_at = self.elapsed.saturating_add(u32::from(self.interval));
        self.total = Some(self.total.map_or(ends_at, |total| total.min(ends_at)));
    }

    /// True when the last packet has been sent for the third time.
    pub fn is_finished(&self) -> bool {
        self.ends_left == 0
    }

    /// How long the event has lasted so far, in timestamp units.
    pub fn elapsed(&self) -> u32 {
        self.elapsed
    }

    /// The packet of the interval that now ends.
    pub fn next_packet(&mut self) -> Option<EventPacket> {
        if self.ends_left == 0 {
            return None;
        }
        let further = self.elapsed.saturating_add(u32::from(self.interval));
        self.elapsed = self.total.map_or(further, |total| further.min(total));
        let last = self.total.is_some_and(|total| self.elapsed >= total) || self.elapsed == u32::MAX;
        let duration = self.elapsed.saturating_sub(self.before);
        // A full segment that the event outlasts is closed without the end bit; the next interval opens another.
        let full = duration > SEGMENT || (duration == SEGMENT && !last);
        let end = last && !full;
        let packet = EventPacket {
            marker: !self.started,
            timestamp: self.segment,
            payload: EventPayload {
                event: self.event,
                end,
                volume: self.volume,
                duration: u16::try_from(duration).unwrap_or(u16::MAX),
            },
        };
        self.started = true;
        if full {
            self.segment = self.segment.wrapping_add(SEGMENT);
            self.before = self.before.saturating_add(SEGMENT);
        }
        self.ends_left -= u8::from(end);
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut sender: EventSender) -> Vec<(bool, u32, u16, bool)> {
        let mut packets = Vec::new();
        while let Some(packet) = sender.next_packet() {
            packets.push((packet.marker, packet.timestamp, packet.payload.duration, packet.payload.end));
            assert!(packets.len() < 1000);
        }
        assert!(sender.is_finished());
        packets
    }

    #[test]
    fn a_digit_grows_and_ends_three_times() {
        let packets = all(EventSender::new(Event(1), 10, 7, 160, Some(400)));
        assert_eq!(
            packets,
            [
                (true, 7, 160, false),
                (false, 7, 320, false),
                (false, 7, 400, true),
                (false, 7, 400, true),
                (false, 7, 400, true)
            ]
        );
    }

    #[test]
    fn a_held_key_lasts_until_its_release() {
        let mut sender = EventSender::new(Event(1), 10, 7, 160, None);
        for step in 1..=20 {
            assert_eq!(sender.next_packet().map(|packet| packet.payload.end), Some(false), "{step}");
        }
        sender.release();
        assert_eq!(sender.elapsed(), 3200);
        let ends = all(sender);
        assert_eq!(ends, [(false, 7, 3360, true); 3]);
    }

    #[test]
    fn a_key_released_at_once_still_has_a_packet_with_a_marker() {
        let mut sender = EventSender::new(Event(1), 10, 7, 160, None);
        sender.release();
        assert_eq!(all(sender), [(true, 7, 160, true), (false, 7, 160, true), (false, 7, 160, true)]);
        let mut fixed = EventSender::new(Event(1), 10, 7, 160, Some(100));
        fixed.release();
        assert_eq!(all(fixed)[0], (true, 7, 100, true));
    }

    #[test]
    fn a_long_event_goes_on_in_segments_without_gap_or_marker() {
        let packets = all(EventSender::new(Event(1), 10, u32::MAX - 9, 8000, Some(140_000)));
        let segments: Vec<_> = packets.iter().filter(|packet| packet.2 == 0xFFFF).collect();
        assert_eq!(segments, [&(false, u32::MAX - 9, 0xFFFF, false), &(false, 65_525, 0xFFFF, false)]);
        assert_eq!(packets.iter().filter(|packet| packet.0).count(), 1);
        let end = (false, 131_060, (140_000 - 2 * 0xFFFF) as u16, true);
        assert_eq!(packets[packets.len() - 3..], [end; 3]);
    }

    #[test]
    fn an_event_of_exactly_one_segment_needs_no_second() {
        let packets = all(EventSender::new(Event(1), 10, 0, 0xFFFF, Some(0xFFFF)));
        assert_eq!(packets, [(true, 0, 0xFFFF, true), (false, 0, 0xFFFF, true), (false, 0, 0xFFFF, true)]);
        let packets = all(EventSender::new(Event(1), 10, 0, 0xFFFF, Some(0x1_0000)));
        assert_eq!(packets[..2], [(true, 0, 0xFFFF, false), (false, 0xFFFF, 1, true)]);
    }
}
