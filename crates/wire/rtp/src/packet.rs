//! RTP packets as views of received bytes: RFC 3550 sections 5.1 and 5.3.1.

use crate::{SequenceNumber, Ssrc};
use std::fmt;

/// A valid RTP packet. Parsing checks all lengths once; the parts are slices of the received bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    marker: bool,
    payload_type: u8,
    sequence: SequenceNumber,
    timestamp: u32,
    ssrc: Ssrc,
    csrcs: &'a [u8],
    extension: Option<Extension<'a>>,
    payload: &'a [u8],
    padding: u8,
}

/// A header extension (RFC 3550 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Defined by the profile; 0xBEDE marks one-byte elements (RFC 8285 section 4.2).
    pub profile: u16,
    /// The data, a multiple of four bytes.
    pub data: &'a [u8],
}

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtpError {
    /// Shorter than its header says.
    Truncated,
    /// The version is not 2.
    Version(u8),
    /// The padding is zero or longer than the payload.
    Padding,
    /// The type belongs to RTCP (RFC 5761 section 4).
    Rtcp,
}

impl fmt::Display for RtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RtpError::Truncated => f.write_str("RTP packet is truncated"),
            RtpError::Version(version) => write!(f, "RTP version is {version}"),
            RtpError::Padding => f.write_str("RTP padding is wrong"),
            RtpError::Rtcp => f.write_str("RTCP where RTP was expected"),
        }
    }
}

impl std::error::Error for RtpError {}

impl<'a> RtpPacket<'a> {
    /// Reads a packet. RFC 3550 appendix A.1 lists the checks; what belongs to RTCP on a shared port is refused.
    pub fn parse(bytes: &'a [u8]) -> Result<RtpPacket<'a>, RtpError> {
        let packet = RtpPacket::parse_encrypted(bytes)?;
        let padded = bytes.first().is_some_and(|first| first & 0x20 != 0);
        let padding = if padded { packet.payload.last().copied().unwrap_or(0) } else { 0 };
        if padded && padding == 0 {
            return Err(RtpError::Padding);
        }
        let length = packet.payload.len().checked_sub(usize::from(padding)).ok_or(RtpError::Padding)?;
        Ok(RtpPacket { payload: packet.payload.get(..length).ok_or(RtpError::Padding)?, padding, ..packet })
    }

    /// Reads the header of an SRTP packet, which is in the clear (RFC 3711 section 3.1). Its payload is all that follows:
    /// encrypted payload, padding and tag cannot be told apart.
    pub fn parse_encrypted(bytes: &'a [u8]) -> Result<RtpPacket<'a>, RtpError> {
        let (&header, rest) = bytes.split_first_chunk::<12>().ok_or(RtpError::Truncated)?;
        let [first, second, sequence_high, sequence_low, t0, t1, t2, t3, s0, s1, s2, s3] = header;
        if first >> 6 != 2 {
            return Err(RtpError::Version(first >> 6));
        }
        if (192..=223).contains(&second) {
            return Err(RtpError::Rtcp);
        }
        let (csrcs, rest) = rest.split_at_checked(usize::from(first & 0x0F) * 4).ok_or(RtpError::Truncated)?;
        let (extension, payload) = if first & 0x10 == 0 { (None, rest) } else { Extension::split(rest)? };
        Ok(RtpPacket {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7F,
            sequence: SequenceNumber(u16::from_be_bytes([sequence_high, sequence_low])),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            csrcs,
            extension,
            payload,
            padding: 0,
        })
    }

    /// The marker bit: in audio the first packet after silence (RFC 3551 section 4.1).
    pub fn marker(&self) -> bool {
        self.marker
    }

    /// Payload type, 0 to 127.
    pub fn payload_type(&self) -> u8 {
        self.payload_type
    }

    /// Sequence number.
    pub fn sequence(&self) -> SequenceNumber {
        self.sequence
    }

    /// Timestamp in units of the payload's clock.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Who sent it.
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Who contributed to it, at most 15.
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.csrcs.as_chunks::<4>().0.iter().map(|&bytes| Ssrc(u32::from_be_bytes(bytes)))
    }

    /// The header extension.
    pub fn extension(&self) -> Option<Extension<'a>> {
        self.extension
    }

    /// The payload without padding.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Bytes of padding after the payload.
    pub fn padding(&self) -> u8 {
        self.padding
    }
}

impl<'a> Extension<'a> {
    fn split(bytes: &'a [u8]) -> Result<(Option<Extension<'a>>, &'a [u8]), RtpError> {
        let (&[p0, p1, l0, l1], rest) = bytes.split_first_chunk::<4>().ok_or(RtpError::Truncated)?;
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let (data, rest) = rest.split_at_checked(length).ok_or(RtpError::Truncated)?;
        Ok((Some(Extension { profile: u16::from_be_bytes([p0, p1]), data }), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 2, padding, extension, two contributors, marker, type 8.
    const FULL: [u8; 36] = [
        0xB2, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xDE, 0xAD, 0xBE, 0xEF, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 1, 2,
        3, 4, 0xD5, 0xD5, 0xD5, 0x55, 0, 0, 0, 4,
    ];

    #[test]
    fn every_part_of_a_full_header_is_found() {
        let packet = RtpPacket::parse(&FULL).unwrap();
        assert!(packet.marker());
        assert_eq!((packet.payload_type(), packet.sequence().0, packet.timestamp()), (8, 0x1234, 160));
        assert_eq!(packet.ssrc(), Ssrc(0xDEAD_BEEF));
        assert_eq!(packet.csrcs().collect::<Vec<_>>(), [Ssrc(1), Ssrc(2)]);
        assert_eq!(packet.extension(), Some(Extension { profile: 0xBEDE, data: &[1, 2, 3, 4] }));
        assert_eq!((packet.payload(), packet.padding()), (&[0xD5, 0xD5, 0xD5, 0x55][..], 4));
    }

    #[test]
    fn every_truncation_of_the_header_is_refused() {
        for length in 0..28 {
            assert!(RtpPacket::parse(&FULL[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn wrong_version_padding_and_type_are_refused() {
        let with = |at: usize, byte: u8| {
            let mut bytes = FULL;
            bytes[at] = byte;
            RtpPacket::parse(&bytes).map(|_| ())
        };
        assert_eq!(with(0, 0x32), Err(RtpError::Version(0)));
        assert_eq!(with(35, 0), Err(RtpError::Padding));
        assert_eq!(with(35, 9), Err(RtpError::Padding));
        assert_eq!(with(35, 8), Ok(()));
        assert_eq!(with(23, 200), Err(RtpError::Truncated));
        assert_eq!(with(1, 200), Err(RtpError::Rtcp));
        assert_eq!(with(1, 224), Ok(()));
    }

    #[test]
    fn an_encrypted_packet_has_a_clear_header_and_no_visible_padding() {
        let mut bytes = FULL;
        bytes[35] = 0xFF;
        assert_eq!(RtpPacket::parse(&bytes), Err(RtpError::Padding));
        let packet = RtpPacket::parse_encrypted(&bytes).unwrap();
        assert_eq!((packet.sequence().0, packet.ssrc(), packet.csrcs().len()), (0x1234, Ssrc(0xDEAD_BEEF), 2));
        assert_eq!((packet.payload(), packet.padding()), (&bytes[28..], 0));
        assert_eq!(RtpPacket::parse_encrypted(&bytes[..27]), Err(RtpError::Truncated));
    }

    #[test]
    fn a_payload_may_be_empty() {
        let mut bytes = [0u8; 12];
        bytes[0] = 0x80;
        assert_eq!(RtpPacket::parse(&bytes).map(|packet| packet.payload().len()), Ok(0));
        bytes[0] = 0xA0;
        assert_eq!(RtpPacket::parse(&bytes), Err(RtpError::Padding));
    }
}
