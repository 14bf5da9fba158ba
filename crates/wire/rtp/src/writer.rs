//! Writing RTP packets: RFC 3550 section 5.1.

use crate::{Extension, SequenceNumber, Ssrc};
use std::fmt;

/// The header of a packet to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpHeader<'a> {
    /// Marker bit.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: SequenceNumber,
    /// Timestamp in units of the payload's clock.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: Ssrc,
    /// Who contributed, at most 15.
    pub csrcs: &'a [Ssrc],
    /// Header extension; its data a multiple of four bytes, at most 262,140.
    pub extension: Option<Extension<'a>>,
}

/// Why a packet cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The buffer is shorter than the packet.
    NoRoom,
    /// A payload type above 127, more than 15 contributors, or an extension that is no multiple of four bytes or too long.
    Header,
    /// More sources or report blocks than a packet's five-bit count takes, or a text above 255 bytes.
    TooMany,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WriteError::NoRoom => "buffer too short",
            WriteError::Header => "impossible RTP header",
            WriteError::TooMany => "too much for one RTCP packet",
        })
    }
}

impl std::error::Error for WriteError {}

impl RtpHeader<'_> {
    /// Bytes that the header takes.
    pub fn length(&self) -> usize {
        12 + self.csrcs.len() * 4 + self.extension.map_or(0, |extension| 4 + extension.data.len())
    }

    /// Writes header and payload to the beginning of `out`; returns the packet's length.
    pub fn write(&self, payload: &[u8], out: &mut [u8]) -> Result<usize, WriteError> {
        self.write_padded(payload, 0, out)
    }

    /// Writes header, payload and `padding` bytes, the last of which counts them.
    pub fn write_padded(&self, payload: &[u8], padding: u8, out: &mut [u8]) -> Result<usize, WriteError> {
        let extension_words = self.extension.map_or(0, |extension| extension.data.len() / 4);
        let aligned = self.extension.is_none_or(|extension| extension.data.len() % 4 == 0);
        if self.payload_type > 127 || self.csrcs.len() > 15 || !aligned || extension_words > 0xFFFF {
            return Err(WriteError::Header);
        }
        let total = self.length() + payload.len() + usize::from(padding);
        let out = out.get_mut(..total).ok_or(WriteError::NoRoom)?;
        let mut place = Cursor { rest: out };
        let flags = u8::from(padding > 0) << 5 | u8::from(self.extension.is_some()) << 4;
        place.put(&[0x80 | flags | self.csrcs.len() as u8, u8::from(self.marker) << 7 | self.payload_type])?;
        place.put(&self.sequence.0.to_be_bytes())?;
        place.put(&self.timestamp.to_be_bytes())?;
        place.put(&self.ssrc.0.to_be_bytes())?;
        for csrc in self.csrcs {
            place.put(&csrc.0.to_be_bytes())?;
        }
        if let Some(extension) = self.extension {
            place.put(&extension.profile.to_be_bytes())?;
            place.put(&(extension_words as u16).to_be_bytes())?;
            place.put(extension.data)?;
        }
        place.put(payload)?;
        place.rest.fill(0);
        if let Some(last) = place.rest.last_mut() {
            *last = padding;
        }
        Ok(total)
    }
}

/// Fills a buffer from its beginning.
struct Cursor<'a> {
    rest: &'a mut [u8],
}

impl Cursor<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let rest = std::mem::take(&mut self.rest);
        let (head, tail) = rest.split_at_mut_checked(bytes.len()).ok_or(WriteError::NoRoom)?;
        head.copy_from_slice(bytes);
        self.rest = tail;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RtpPacket;

    #[test]
    fn what_is_written_is_read_alike() {
        let header = RtpHeader {
            marker: true,
            payload_type: 101,
            sequence: SequenceNumber(65_535),
            timestamp: 0xFFFF_FFFF,
            ssrc: Ssrc(7),
            csrcs: &[Ssrc(1), Ssrc(2), Ssrc(3)],
            extension: Some(Extension { profile: 0x1000, data: &[9; 8] }),
        };
        let mut out = [0xAA; 64];
        let length = header.write_padded(b"abc", 5, &mut out).unwrap();
        assert_eq!(length, 12 + 12 + 12 + 3 + 5);
        let packet = RtpPacket::parse(&out[..length]).unwrap();
        assert_eq!((packet.marker(), packet.payload_type(), packet.sequence().0), (true, 101, 65_535));
        assert_eq!((packet.timestamp(), packet.ssrc(), packet.csrcs().len()), (0xFFFF_FFFF, Ssrc(7), 3));
        assert_eq!((packet.extension(), packet.payload(), packet.padding()), (header.extension, &b"abc"[..], 5));
        assert_eq!(out[length], 0xAA);
    }

    #[test]
    fn impossible_headers_and_short_buffers_are_refused() {
        let mut out = [0; 64];
        let bad = RtpHeader { payload_type: 128, ..RtpHeader::default() };
        assert_eq!(bad.write(&[], &mut out), Err(WriteError::Header));
        let bad = RtpHeader { csrcs: &[Ssrc(0); 16], ..RtpHeader::default() };
        assert_eq!(bad.write(&[], &mut out), Err(WriteError::Header));
        let bad = RtpHeader { extension: Some(Extension { profile: 0, data: &[0; 3] }), ..RtpHeader::default() };
        assert_eq!(bad.write(&[], &mut out), Err(WriteError::Header));
        assert_eq!(RtpHeader::default().write(&[0; 53], &mut out), Err(WriteError::NoRoom));
        assert_eq!(RtpHeader::default().write(&[0; 52], &mut out), Ok(64));
    }
}
