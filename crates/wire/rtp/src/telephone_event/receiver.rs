//! From event packets to events: RFC 4733 section 2.5.2. However many packets come or are lost, each event is reported
//! once, unless all its packets are lost.

use super::{Event, EventPayload};
use crate::{RtpPacket, SequenceNumber, Ssrc};
use ground::Moment;
use std::time::Duration;

/// Longest duration of one segment (RFC 4733 section 2.5.1.3).
const SEGMENT: u16 = 0xFFFF;
/// A packet at most this far behind the newest is late; farther behind it is a new beginning (RFC 3550 appendix A.1).
const MAX_MISORDER: i16 = 100;
/// Longest time by which one packet overtakes another. After a longer pause a number that seems to be behind has wrapped.
const REORDERING: Duration = Duration::from_secs(2);

/// An event that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventReport {
    /// The event.
    pub event: Event,
    /// How long it lasted as far as known, in timestamp units.
    pub duration: u32,
    /// Timestamp of its first packet.
    pub timestamp: u32,
    /// False when its last packets were lost: the duration is then the least it lasted.
    pub end_seen: bool,
}

impl EventReport {
    /// The DTMF digit, if it is one.
    pub fn digit(&self) -> Option<char> {
        self.event.digit()
    }
}

/// What one packet ended: at most the event before it, whose end was lost, and its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reports([Option<EventReport>; 2]);

impl Iterator for Reports {
    type Item = EventReport;

    fn next(&mut self) -> Option<EventReport> {
        let [first, second] = &mut self.0;
        first.take().or_else(|| second.take())
    }
}

/// The event that goes on, or the last one, kept to recognise its repeated packets.
#[derive(Clone, Copy, Debug)]
struct Current {
    event: Event,
    /// Timestamp of the event's first packet.
    start: u32,
    /// Timestamp of its present segment.
    segment: u32,
    /// Duration of the segments before.
    before: u32,
    duration: u16,
    reported: bool,
    last_packet: Moment,
}

impl Current {
    fn new(timestamp: u32, payload: EventPayload, now: Moment) -> Current {
        Current {
            event: payload.event,
            start: timestamp,
            segment: timestamp,
            before: 0,
            duration: payload.duration,
            reported: false,
            last_packet: now,
        }
    }

    fn report(&mut self, end_seen: bool) -> Option<EventReport> {
        if self.reported {
            return None;
        }
        self.reported = true;
        let duration = self.before.saturating_add(u32::from(self.duration));
        Some(EventReport { event: self.event, duration, timestamp: self.start, end_seen })
    }
}

/// How a packet relates to the current event.
enum Relation {
    Same,
    NextSegment,
    Moved,
    New,
}

/// The receiving state of one stream of events.
#[derive(Clone, Debug)]
pub struct EventReceiver {
    ssrc: Option<Ssrc>,
    newest: SequenceNumber,
    current: Option<Current>,
    patience: Duration,
}

impl Default for EventReceiver {
    /// Waits 200 ms for the next packet of an event, which is four of the usual intervals (RFC 4733 section 2.5.2.2).
    fn default() -> Self {
        EventReceiver::new(Duration::from_millis(200))
    }
}

impl EventReceiver {
    /// Takes an event for ended when no packet of it has come for `patience`.
    pub fn new(patience: Duration) -> EventReceiver {
        EventReceiver { ssrc: None, newest: SequenceNumber(0), current: None, patience }
    }

    /// Takes a packet whose payload type is that of telephone events. A malformed payload is ignored.
    pub fn receive(&mut self, packet: &RtpPacket<'_>, now: Moment) -> Reports {
        let Some(payload) = EventPayload::parse(packet.payload()) else { return Reports::default() };
        let sequence = packet.sequence();
        if self.ssrc != Some(packet.ssrc()) {
            // Another source has numbers and timestamps of its own.
            let ended = self.flush();
            self.ssrc = Some(packet.ssrc());
            self.newest = sequence;
            return Reports([ended, self.begin(packet.timestamp(), payload, now)]);
        }
        let behind = (-MAX_MISORDER..=0).contains(&sequence.distance(self.newest));
        if behind && self.current.is_some_and(|current| now.since(current.last_packet) < REORDERING) {
            return Reports([self.late(packet.timestamp(), payload), None]);
        }
        self.newest = sequence;
        self.newer(packet.marker(), packet.timestamp(), payload, now)
    }

    /// When [`EventReceiver::handle_timeout`] is due.
    pub fn next_timeout(&self) -> Option<Moment> {
        self.current.filter(|current| !current.reported).map(|current| current.last_packet + self.patience)
    }

    /// Ends an event whose packets have stopped.
    pub fn handle_timeout(&mut self, now: Moment) -> Option<EventReport> {
        if self.next_timeout()? > now { None } else { self.current.as_mut()?.report(false) }
    }

    /// Ends what goes on, as when the stream stops, and forgets everything.
    pub fn flush(&mut self) -> Option<EventReport> {
        self.ssrc = None;
        self.current.take()?.report(false)
    }

    /// A reordered or duplicated packet can only tell more about the current event.
    fn late(&mut self, timestamp: u32, payload: EventPayload) -> Option<EventReport> {
        let current = self.current.as_mut()?;
        if current.segment != timestamp || current.event != payload.event {
            return None;
        }
        current.duration = current.duration.max(payload.duration);
        if payload.end { current.report(true) } else { None }
    }

    fn newer(&mut self, marker: bool, timestamp: u32, payload: EventPayload, now: Moment) -> Reports {
        let Some(current) = self.current.as_mut() else { return Reports([self.begin(timestamp, payload, now), None]) };
        match relation(current, marker, timestamp, payload) {
            Relation::New => {
                let ended = current.report(false);
                return Reports([ended, self.begin(timestamp, payload, now)]);
            }
            Relation::NextSegment => {
                current.before = current.before.saturating_add(timestamp.wrapping_sub(current.segment));
                current.segment = timestamp;
                current.duration = payload.duration;
            }
            Relation::Moved => {
                current.segment = timestamp;
                current.duration = current.duration.max(payload.duration);
            }
            Relation::Same => current.duration = current.duration.max(payload.duration),
        }
        current.last_packet = now;
        Reports([if payload.end { current.report(true) } else { None }, None])
    }

    fn begin(&mut self, timestamp: u32, payload: EventPayload, now: Moment) -> Option<EventReport> {
        let current = self.current.insert(Current::new(timestamp, payload, now));
        if payload.end { current.report(true) } else { None }
    }
}

fn relation(current: &Current, marker: bool, timestamp: u32, payload: EventPayload) -> Relation {
    if payload.event != current.event {
        return Relation::New;
    }
    let ahead = timestamp.wrapping_sub(current.segment);
    if ahead == 0 {
        // A timestamp that stands still over several events is a fault of the sender; the marker and a duration that
        // begins anew still tell them apart.
        let again = marker && current.reported && payload.duration < current.duration;
        return if again { Relation::New } else { Relation::Same };
    }
    if marker {
        return Relation::New;
    }
    // RFC 4733 section 2.5.1.3: the segments of a long event follow without a gap and without a marker.
    let joins = ahead == u32::from(current.duration) && payload.duration < current.duration;
    if ahead == u32::from(SEGMENT) || joins {
        return Relation::NextSegment;
    }
    // No other event can begin before this one's end: the sender moves the timestamp of one event, which is a fault.
    if ahead <= u32::from(current.duration) { Relation::Moved } else { Relation::New }
}

#[cfg(test)]
mod tests;
