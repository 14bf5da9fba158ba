//! Changing the fixed header of a packet in place, as a relay does (RFC 3550 sections 5.1 and 7).

use crate::{RtpError, RtpPacket, SequenceNumber, Ssrc};

/// A valid RTP packet whose fixed header may be changed without copying it.
#[derive(Debug)]
pub struct RtpPacketMut<'a> {
    bytes: &'a mut [u8],
}

impl<'a> RtpPacketMut<'a> {
    /// Checks `bytes` as [`RtpPacket::parse`] does.
    pub fn parse(bytes: &'a mut [u8]) -> Result<RtpPacketMut<'a>, RtpError> {
        RtpPacket::parse(bytes)?;
        Ok(RtpPacketMut { bytes })
    }

    /// The packet as it is now. Setting a field cannot make it invalid.
    pub fn view(&self) -> Result<RtpPacket<'_>, RtpError> {
        RtpPacket::parse(self.bytes)
    }

    /// Sets or clears the marker bit. With payload types 64 to 95 and the marker the packet would look like RTCP, so
    /// that the marker stays clear there.
    pub fn set_marker(&mut self, marker: bool) {
        if let Some(byte) = self.bytes.get_mut(1) {
            let payload_type = *byte & 0x7F;
            *byte = mark(payload_type, marker);
        }
    }

    /// Sets the payload type, of which seven bits count.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        if let Some(byte) = self.bytes.get_mut(1) {
            *byte = mark(payload_type & 0x7F, *byte & 0x80 != 0);
        }
    }

    /// Sets the sequence number.
    pub fn set_sequence(&mut self, sequence: SequenceNumber) {
        self.set(2, sequence.0.to_be_bytes());
    }

    /// Sets the timestamp.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.set(4, timestamp.to_be_bytes());
    }

    /// Sets the sender.
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        self.set(8, ssrc.0.to_be_bytes());
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
    }

    fn set<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        if let Some(place) = self.bytes.get_mut(at..at + N) {
            place.copy_from_slice(&value);
        }
    }
}

/// The second byte of a packet; RFC 5761 section 4 gives 192 to 223 to RTCP.
fn mark(payload_type: u8, marker: bool) -> u8 {
    if marker && !(64..=95).contains(&payload_type) { payload_type | 0x80 } else { payload_type }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RtpHeader;

    #[test]
    fn fields_change_and_nothing_else() {
        let mut bytes = [0; 20];
        RtpHeader { marker: true, payload_type: 8, ..RtpHeader::default() }
            .write(&[1, 2, 3, 4, 5, 6, 7, 8], &mut bytes)
            .unwrap();
        let mut packet = RtpPacketMut::parse(&mut bytes).unwrap();
        packet.set_payload_type(0xFF);
        packet.set_sequence(SequenceNumber(0xABCD));
        packet.set_timestamp(0x0102_0304);
        packet.set_ssrc(Ssrc(0x0506_0708));
        let view = packet.view().unwrap();
        assert_eq!((view.marker(), view.payload_type(), view.sequence().0), (true, 127, 0xABCD));
        assert_eq!(
            (view.timestamp(), view.ssrc().0, view.payload()),
            (0x0102_0304, 0x0506_0708, &[1, 2, 3, 4, 5, 6, 7, 8][..])
        );
        packet.set_marker(false);
        assert_eq!(packet.as_bytes()[1], 127);
    }

    #[test]
    fn a_packet_never_turns_into_rtcp() {
        let mut bytes = [0; 12];
        RtpHeader { marker: true, payload_type: 8, ..RtpHeader::default() }.write(&[], &mut bytes).unwrap();
        let mut packet = RtpPacketMut::parse(&mut bytes).unwrap();
        packet.set_payload_type(72);
        assert_eq!(packet.view().map(|view| (view.marker(), view.payload_type())), Ok((false, 72)));
        packet.set_marker(true);
        assert_eq!(packet.view().map(|view| view.marker()), Ok(false));
        assert!(RtpPacketMut::parse(&mut [0; 12]).is_err());
    }
}
