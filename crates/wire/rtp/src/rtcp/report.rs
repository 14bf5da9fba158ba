//! Sender and receiver reports: RFC 3550 sections 6.4.1 and 6.4.2.

use super::{ReportBlock, split_ssrc};
use crate::{NtpTimestamp, Ssrc};

/// What a sender says about what it sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall-clock time of the report.
    pub ntp: NtpTimestamp,
    /// The same instant in the units of its RTP timestamps.
    pub rtp_timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of payload sent.
    pub octets: u32,
}

/// A sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// What it sent.
    pub info: SenderInfo,
    blocks: &'a [[u8; ReportBlock::LENGTH]],
}

/// A receiver report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    blocks: &'a [[u8; ReportBlock::LENGTH]],
}

impl<'a> SenderReport<'a> {
    /// The blocks, at most 31.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::parse)
    }

    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<SenderReport<'a>> {
        let (ssrc, body) = split_ssrc(body)?;
        let (&[n0, n1, n2, n3, n4, n5, n6, n7, t0, t1, t2, t3, p0, p1, p2, p3, o0, o1, o2, o3], body) =
            body.split_first_chunk::<20>()?;
        let info = SenderInfo {
            ntp: NtpTimestamp(u64::from_be_bytes([n0, n1, n2, n3, n4, n5, n6, n7])),
            rtp_timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            packets: u32::from_be_bytes([p0, p1, p2, p3]),
            octets: u32::from_be_bytes([o0, o1, o2, o3]),
        };
        Some(SenderReport { ssrc, info, blocks: blocks(count, body)? })
    }
}

impl<'a> ReceiverReport<'a> {
    /// The blocks, at most 31.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::parse)
    }

    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<ReceiverReport<'a>> {
        let (ssrc, body) = split_ssrc(body)?;
        Some(ReceiverReport { ssrc, blocks: blocks(count, body)? })
    }
}

/// The blocks that the header counts; what follows them is a profile's extension (RFC 3550 section 6.4.3).
fn blocks(count: u8, body: &[u8]) -> Option<&[[u8; ReportBlock::LENGTH]]> {
    body.as_chunks().0.get(..usize::from(count))
}
