//! What happens to a packet that arrives: one receive, one send, nothing allocated and nothing copied in between.

use super::Worker;
use crate::leg::{Leg, Locks, Payload, Verdict};
use media_plan::MediaEvent;
use rtp::{PacketKind, RtpPacket, classify};
use std::net::SocketAddr;
use std::time::Duration;

/// Payload types that with the marker bit look like RTCP (RFC 5761 section 4).
const AMBIGUOUS: std::ops::RangeInclusive<u8> = 64..=95;

/// Where a packet goes, and under which payload type.
enum Way {
    /// To the leg in this slot.
    Relay(usize, u8),
    /// Back to where it came from.
    Echo(u8),
    Nowhere,
}

impl Worker {
    /// Takes one packet from the RTP socket of a leg.
    pub(super) fn receive_rtp(&mut self, slot: usize) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        // An error is what an earlier packet of ours met on its way (ICMP); it is taken by having been read.
        self.calls.receives += 1;
        let Ok((length, from)) = leg.sockets.rtp.recv_from(&mut self.buffer[..]) else { return };
        let Some(verdict) = judge(leg, length, from, self.buffer.len(), self.now.moment) else { return };
        let bytes = self.buffer.get_mut(..length).unwrap_or_default();
        let Ok(packet) = RtpPacket::parse(bytes) else {
            leg.inbound.refused += 1;
            return;
        };
        let (number, marker) = (packet.payload_type(), packet.marker());
        let payload = leg.inbound.payload(number);
        if payload == Payload::Unknown {
            leg.inbound.refused += 1;
            return;
        }
        leg.inbound.count(&packet, payload, self.now.moment);
        let heard = std::mem::take(&mut leg.inbound.silence_told) || verdict == Verdict::Learned;
        let reports = match (&mut leg.inbound.events, payload) {
            (Some(events), Payload::Event) => Some(events.receive(&packet, self.now.moment)),
            _ => None,
        };
        let way = way(leg, number);
        let id = leg.id;
        match way {
            Way::Relay(to, number) => self.pass(to, length, payload, number, marker),
            Way::Echo(number) => {
                if let Some(leg) = self.legs.get_mut(slot) {
                    let bytes = self.buffer.get_mut(..length).unwrap_or_default();
                    self.calls.sends += send(leg, bytes, payload, number, marker);
                }
            }
            Way::Nowhere => {}
        }
        if heard {
            self.tell(MediaEvent::Receiving { leg: id, from });
        }
        for report in reports.into_iter().flatten() {
            self.report_digit(slot, number, report);
        }
    }

    /// Sends the packet in the buffer to another leg, unless that leg is played to.
    fn pass(&mut self, to: usize, length: usize, payload: Payload, number: u8, marker: bool) {
        let Some(leg) = self.legs.get_mut(to).filter(|leg| !leg.is_played_to()) else { return };
        let bytes = self.buffer.get_mut(..length).unwrap_or_default();
        self.calls.sends += send(leg, bytes, payload, number, marker);
    }

    /// Takes one packet from the RTCP socket of a leg, and relays it untouched.
    pub(super) fn receive_rtcp(&mut self, slot: usize) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        self.calls.receives += 1;
        let Ok((length, from)) = leg.sockets.rtcp.recv_from(&mut self.buffer[..]) else { return };
        let Some(locks) = leg.locks.as_mut().filter(|_| length < self.buffer.len()) else { return };
        let verdict = locks.judge_rtcp(from, self.now.moment);
        let bytes = self.buffer.get(..length).unwrap_or_default();
        if verdict == Verdict::Refused || classify(bytes) != PacketKind::Rtcp {
            leg.inbound.refused += 1;
            return;
        }
        if !leg.inbound.admit() {
            return;
        }
        if verdict == Verdict::Learned {
            leg.aim();
        }
        let Some(to) = leg.relay.as_ref().map(|relay| relay.slot) else { return };
        let Some(other) = self.legs.get(to) else { return };
        // What is played to the other leg has reports of its own; those of a stream that it does not hear would only confuse.
        if let (Some(address), false) = (other.outbound.rtcp_to, other.is_played_to()) {
            self.calls.sends += 1;
            let _ = other.sockets.rtcp.send_to(bytes, address);
        }
    }

    /// Tells of a digit whose event has ended.
    pub(super) fn report_digit(&mut self, slot: usize, number: u8, report: rtp::telephone_event::EventReport) {
        let (Some(digit), Some(leg)) = (report.digit(), self.legs.get(slot)) else { return };
        let codecs = leg.setup.iter().flat_map(|setup| &setup.receive);
        let rate = codecs.filter(|codec| codec.payload_type == number).map(|codec| codec.clock_rate).next();
        let micros = u64::from(report.duration) * 1_000_000 / u64::from(rate.unwrap_or(8000).max(1));
        let event = MediaEvent::Digit { leg: leg.id, digit, duration: Duration::from_micros(micros) };
        self.tell(event);
    }
}

/// Judges the source of an RTP packet; none when the packet is not taken.
fn judge(leg: &mut Leg, length: usize, from: SocketAddr, most: usize, now: ground::Moment) -> Option<Verdict> {
    let verdict = match &mut leg.locks {
        // A packet that fills the buffer was cut off.
        Some(Locks { rtp, .. }) if length < most => rtp.judge(from, now),
        _ => Verdict::Refused,
    };
    match verdict {
        Verdict::Refused => {
            leg.inbound.refused += 1;
            return None;
        }
        Verdict::Learned => leg.aim(),
        Verdict::Known => {}
    }
    leg.inbound.admit().then_some(verdict)
}

/// Where a packet of this payload type goes.
fn way(leg: &mut Leg, number: u8) -> Way {
    if !leg.setup.as_ref().is_some_and(|setup| setup.direction.receives()) {
        return Way::Nowhere;
    }
    if let Some(map) = &leg.echo {
        return map.get(usize::from(number)).copied().flatten().map_or(Way::Nowhere, Way::Echo);
    }
    let Some(relay) = &leg.relay else { return Way::Nowhere };
    match relay.map.get(usize::from(number)).copied().flatten() {
        Some(target) => Way::Relay(relay.slot, target),
        None => {
            leg.inbound.refused += 1;
            Way::Nowhere
        }
    }
}

/// Sends a packet to the far side of a leg: untouched but for its payload type, and for the marker when it begins something
/// new. The marker of an event means something else (RFC 4733 section 2.2.1) and stays. Returns the sends attempted.
fn send(leg: &mut Leg, bytes: &mut [u8], payload: Payload, number: u8, marker: bool) -> u64 {
    let Some(address) = leg.outbound.rtp_to else { return 0 };
    let first = payload == Payload::Audio && std::mem::take(&mut leg.outbound.mark);
    if let Some(byte) = bytes.get_mut(1) {
        let marked = (marker || first) && !AMBIGUOUS.contains(&number);
        *byte = number | u8::from(marked) << 7;
    }
    // A full buffer or an unreachable far side loses the packet, as any network may.
    if leg.sockets.rtp.send_to(bytes, address).is_ok() {
        leg.outbound.sent += 1;
    }
    1
}
