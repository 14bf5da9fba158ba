//! What a leg is sent: where to, and under which numbers.
//!
//! Relayed packets keep their sender's SSRC, sequence numbers and timestamps, so that what the sender's own reports say stays
//! true. What we play has an SSRC of its own, which is legal at any time (RFC 3550 section 8.2 is about collisions only, a
//! receiver has to cope with several sources), with one unbroken sequence over all that is ever played to the leg, and
//! timestamps that follow the clock through every pause. The first packet after any change of source has the marker bit
//! (RFC 3551 section 4.1).

use super::own_stream::OwnStream;
use super::source_lock::SourceLock;
use crate::sound::{GRID, Law};
use media_plan::{CodecName, StreamSetup};
use rtp::RtpHeader;
use std::net::SocketAddr;

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

impl Outbound {
    /// Nothing agreed, and this stream of our own.
    pub(crate) fn new(own: OwnStream) -> Self {
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

    /// Our stream.
    pub(crate) fn own(&mut self) -> &mut OwnStream {
        &mut self.own
    }

    /// The timestamp of our stream at a tick of the grid.
    pub(crate) fn timestamp(&self, tick: u64) -> u32 {
        self.own.timestamp(tick)
    }

    /// Puts the next header of our stream before a payload of `length` bytes that stands behind it.
    pub(crate) fn head(&mut self, payload_type: u8, timestamp: u32, marker: bool, length: usize, out: &mut [u8]) {
        let header = RtpHeader {
            marker,
            payload_type,
            sequence: self.own.number(length),
            timestamp,
            ssrc: self.own.ssrc,
            ..RtpHeader::default()
        };
        // A header of twelve bytes and a payload type below 128 always fit a media buffer.
        let _ = header.write(&[], out);
    }
}
