//! The report block: RFC 3550 section 6.4.1.

use crate::{ShortNtp, Ssrc};

/// How well one source is received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: Ssrc,
    /// Share of packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost in all, negative when duplicates came: 24 bits.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with the count of wraps in the upper half.
    pub highest_sequence: u32,
    /// Jitter in timestamp units.
    pub jitter: u32,
    /// Middle bits of the time in the last sender report; zero when there was none.
    pub last_sender_report: ShortNtp,
    /// Time since that report came.
    pub delay: ShortNtp,
}

impl ReportBlock {
    /// Bytes of a block.
    pub const LENGTH: usize = 24;

    /// Reads a block.
    pub fn parse(bytes: &[u8; 24]) -> ReportBlock {
        let [s0, s1, s2, s3, fraction_lost, l0, l1, l2, h0, h1, h2, h3, j0, j1, j2, j3, r0, r1, r2, r3, d0, d1, d2, d3] =
            *bytes;
        ReportBlock {
            ssrc: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            fraction_lost,
            // The shift down again carries the sign of the 24 bits.
            cumulative_lost: i32::from_be_bytes([l0, l1, l2, 0]) >> 8,
            highest_sequence: u32::from_be_bytes([h0, h1, h2, h3]),
            jitter: u32::from_be_bytes([j0, j1, j2, j3]),
            last_sender_report: ShortNtp(u32::from_be_bytes([r0, r1, r2, r3])),
            delay: ShortNtp(u32::from_be_bytes([d0, d1, d2, d3])),
        }
    }

    /// Appends the block to `out`. A loss beyond 24 bits is clamped (RFC 3550 appendix A.3).
    pub fn write(&self, out: &mut Vec<u8>) {
        let [_, lost @ ..] = self.cumulative_lost.clamp(-0x80_0000, 0x7F_FFFF).to_be_bytes();
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        out.push(self.fraction_lost);
        out.extend_from_slice(&lost);
        out.extend_from_slice(&self.highest_sequence.to_be_bytes());
        out.extend_from_slice(&self.jitter.to_be_bytes());
        out.extend_from_slice(&self.last_sender_report.0.to_be_bytes());
        out.extend_from_slice(&self.delay.0.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through_bytes(lost: i32) -> i32 {
        let mut out = Vec::new();
        ReportBlock { cumulative_lost: lost, ..ReportBlock::default() }.write(&mut out);
        ReportBlock::parse(&out.try_into().unwrap()).cumulative_lost
    }

    #[test]
    fn loss_has_24_bits_and_a_sign() {
        for lost in [0, 1, -1, 0x7F_FFFF, -0x80_0000] {
            assert_eq!(through_bytes(lost), lost);
        }
        assert_eq!(through_bytes(i32::MAX), 0x7F_FFFF);
        assert_eq!(through_bytes(i32::MIN), -0x80_0000);
    }
}
