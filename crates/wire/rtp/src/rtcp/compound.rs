//! Compound packets: RFC 3550 section 6.1 and appendix A.2.

use super::{
    APPLICATION, Application, Feedback, FeedbackKind, GOODBYE, Goodbye, PAYLOAD_FEEDBACK, RECEIVER_REPORT,
    ReceiverReport, RtcpError, SENDER_REPORT, SOURCE_DESCRIPTION, SenderReport, SourceDescription, TRANSPORT_FEEDBACK,
};

/// A valid datagram of RTCP packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compound<'a> {
    bytes: &'a [u8],
}

/// One packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPacket<'a> {
    /// Sender report.
    SenderReport(SenderReport<'a>),
    /// Receiver report.
    ReceiverReport(ReceiverReport<'a>),
    /// Source description.
    SourceDescription(SourceDescription<'a>),
    /// Goodbye.
    Goodbye(Goodbye<'a>),
    /// Application-defined.
    Application(Application<'a>),
    /// Feedback.
    Feedback(Feedback<'a>),
    /// A type that is not read here, for example 207, extended reports (RFC 3611).
    Other {
        /// Packet type.
        packet_type: u8,
        /// The five bits that count or name a subtype.
        count: u8,
        /// What follows the first four bytes, without padding.
        body: &'a [u8],
    },
}

impl<'a> Compound<'a> {
    /// Checks a datagram: it must begin with a report (RFC 3550 section 6.1).
    pub fn parse(bytes: &'a [u8]) -> Result<Compound<'a>, RtcpError> {
        let compound = Compound::parse_reduced_size(bytes)?;
        match bytes.get(1) {
            Some(&(SENDER_REPORT | RECEIVER_REPORT)) => Ok(compound),
            Some(&other) => Err(RtcpError::FirstPacket(other)),
            None => Err(RtcpError::Truncated),
        }
    }

    /// Checks a datagram that may begin with any packet, where that was agreed (RFC 5506).
    pub fn parse_reduced_size(bytes: &'a [u8]) -> Result<Compound<'a>, RtcpError> {
        if bytes.is_empty() {
            return Err(RtcpError::Truncated);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            (_, rest) = split(rest)?;
        }
        Ok(Compound { bytes })
    }

    /// The packets in order.
    pub fn packets(&self) -> impl Iterator<Item = RtcpPacket<'a>> + use<'a> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let (packet, after) = split(rest).ok()?;
            rest = after;
            Some(packet)
        })
    }
}

/// The packet at the beginning of `bytes`, and what follows it.
fn split(bytes: &[u8]) -> Result<(RtcpPacket<'_>, &[u8]), RtcpError> {
    let (&[first, packet_type, l0, l1], after) = bytes.split_first_chunk::<4>().ok_or(RtcpError::Truncated)?;
    if first >> 6 != 2 {
        return Err(RtcpError::Version(first >> 6));
    }
    let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
    let (mut body, rest) = after.split_at_checked(length).ok_or(RtcpError::Truncated)?;
    if first & 0x20 != 0 {
        // Only the last packet is padded, by a multiple of four bytes (RFC 3550 section 6.4.1).
        let padding = body.last().copied().map(usize::from).filter(|padding| *padding > 0 && padding % 4 == 0);
        let length = padding.and_then(|padding| body.len().checked_sub(padding)).filter(|_| rest.is_empty());
        body = length.and_then(|length| body.get(..length)).ok_or(RtcpError::Padding)?;
    }
    let count = first & 0x1F;
    let packet = match packet_type {
        SENDER_REPORT => SenderReport::parse(count, body).map(RtcpPacket::SenderReport),
        RECEIVER_REPORT => ReceiverReport::parse(count, body).map(RtcpPacket::ReceiverReport),
        SOURCE_DESCRIPTION => SourceDescription::parse(count, body).map(RtcpPacket::SourceDescription),
        GOODBYE => Goodbye::parse(count, body).map(RtcpPacket::Goodbye),
        APPLICATION => Application::parse(count, body).map(RtcpPacket::Application),
        TRANSPORT_FEEDBACK => Feedback::parse(FeedbackKind::Transport, count, body).map(RtcpPacket::Feedback),
        PAYLOAD_FEEDBACK => Feedback::parse(FeedbackKind::Payload, count, body).map(RtcpPacket::Feedback),
        packet_type => Some(RtcpPacket::Other { packet_type, count, body }),
    };
    packet.map(|packet| (packet, rest)).ok_or(RtcpError::Malformed(packet_type))
}

#[cfg(test)]
mod tests;
