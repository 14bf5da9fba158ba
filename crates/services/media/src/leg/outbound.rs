//! What a leg is sent: where to, and the numbers of the stream that we originate ourselves.
//!
//! Relayed packets keep their sender's SSRC, sequence numbers and timestamps, so that what the sender's own reports say stays
//! true. What we play has an SSRC of its own, which is legal at any time (RFC 3550 section 8.2 is about collisions only, a
//! receiver has to cope with several sources), with one unbroken sequence over all that is ever played to the leg, and
//! timestamps that follow the clock through every pause. The first packet after any change of source has the marker bit
//! (RFC 3551 section 4.1).

use super::source_lock::SourceLock;
use crate::sound::{GRID, Law};
use media_plan::{CodecName, StreamSetup};
use rtp::{RtpHeader, SequenceNumber, Ssrc};
use std::net::SocketAddr;

/// Ticks between two sender reports.
const REPORT: u64 = 500;

/// The sending half of a leg.
#[derive(Debug)]
pub(crate) struct Outbound {
    /// Where RTP goes; none while nothing may be sent.
    pub(crate) rtp_to: Option<SocketAddr>,
    /// Where RTCP goes: also on hold (RFC 3264 section 5.1).
    pub(crate) rtcp_to: Option<SocketAddr>,
    /// Packets sent, relayed ones too.
    pub(crate) sent: u64,
    /// The next packet of speech begins something new.
    pub(crate) mark: bool,
    /// The law and payload type of what we play; none when the leg takes no G.711.
    pub(crate) law: Option<(Law, u8)>,
    /// The payload type of keypad events.
    pub(crate) event: Option<u8>,
    /// Grid steps a packet.
    pub(crate) steps: u64,
    own: OwnStream,
}

/// The numbers of the stream that we originate.
#[derive(Debug)]
struct OwnStream {
    ssrc: Ssrc,
    sequence: SequenceNumber,
    base: u32,
    packets: u32,
    octets: u32,
    /// The tick of the next report; none before the first packet.
    next_report: Option<u64>,
}

impl Outbound {
    /// Nothing agreed. `random` is two independent numbers (RFC 3550 section 5.1: all three begin at random).
    pub(crate) fn new(random: [u64; 2]) -> Self {
        let [first, second] = random;
        let own = OwnStream {
            ssrc: Ssrc(first as u32),
            sequence: SequenceNumber((first >> 32) as u16),
            base: second as u32,
            packets: 0,
            octets: 0,
            next_report: None,
        };
        Outbound { rtp_to: None, rtcp_to: None, sent: 0, mark: true, law: None, event: None, steps: 2, own }
    }

    /// This was agreed.
    pub(crate) fn agree(&mut self, setup: &StreamSetup) {
        self.law = setup.send.iter().find_map(|codec| Some((Law::of(codec)?, codec.payload_type)));
        let event = |codec: &&media_plan::Codec| codec.name == CodecName::TelephoneEvent && codec.clock_rate == 8000;
        self.event = setup.send.iter().find(event).map(|codec| codec.payload_type);
        self.steps = u64::from(setup.packet_time.clamp(10, 60) / 10);
    }

    /// Follows what the source locks know about the far side.
    pub(crate) fn aim(&mut self, setup: Option<&StreamSetup>, locks: Option<(&SourceLock, &SourceLock)>) {
        let sends = setup.is_some_and(|setup| setup.direction.sends());
        self.rtp_to = locks.filter(|_| sends).map(|(rtp, _)| rtp.destination());
        self.rtcp_to = locks.map(|(_, rtcp)| rtcp.destination());
    }

    /// Samples of one packet.
    pub(crate) fn samples(&self) -> usize {
        self.steps as usize * GRID
    }

    /// The timestamp of our stream at a tick of the grid.
    pub(crate) fn timestamp(&self, tick: u64) -> u32 {
        self.own.base.wrapping_add((tick as u32).wrapping_mul(GRID as u32))
    }

    /// What a report about our stream says when one is due at `tick`: its SSRC, packets and bytes of payload. Reports follow each
    /// other by 5 seconds, made longer by at random up to a half (RFC 3550 section 6.2).
    pub(crate) fn report_due(&mut self, tick: u64) -> Option<(Ssrc, u32, u32)> {
        let own = &mut self.own;
        let spread = u64::from(own.ssrc.0.rotate_left(own.packets) % (REPORT as u32 / 2));
        let due = *own.next_report.get_or_insert(tick + REPORT / 2 + spread);
        if tick < due || own.packets == 0 {
            return None;
        }
        own.next_report = Some(tick + REPORT + spread);
        Some((own.ssrc, own.packets, own.octets))
    }

    /// Puts the next header of our stream before a payload of `length` bytes that stands behind it.
    pub(crate) fn head(&mut self, payload_type: u8, timestamp: u32, marker: bool, length: usize, out: &mut [u8]) {
        let header = RtpHeader {
            marker,
            payload_type,
            sequence: self.own.sequence,
            timestamp,
            ssrc: self.own.ssrc,
            ..RtpHeader::default()
        };
        // A header of twelve bytes and a payload type below 128 always fit a media buffer.
        let _ = header.write(&[], out);
        self.own.sequence = self.own.sequence.next();
        self.own.packets = self.own.packets.wrapping_add(1);
        self.own.octets = self.own.octets.wrapping_add(length as u32);
    }
}
