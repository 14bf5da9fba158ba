//! Writing compound packets: RFC 3550 section 6.1.

use super::{
    APPLICATION, Application, Feedback, FeedbackKind, GOODBYE, PAYLOAD_FEEDBACK, RECEIVER_REPORT, ReportBlock,
    SENDER_REPORT, SOURCE_DESCRIPTION, SdesKind, SenderInfo, TRANSPORT_FEEDBACK,
};
use crate::{Ssrc, WriteError};

/// Most sources or blocks in one packet: the count has five bits.
const MOST: usize = 31;

/// Appends packets to a buffer. Begin with a report and add a canonical name: every compound packet has both.
#[derive(Debug)]
pub struct CompoundWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> CompoundWriter<'a> {
    /// Empties `out` and writes to it.
    pub fn new(out: &'a mut Vec<u8>) -> CompoundWriter<'a> {
        out.clear();
        CompoundWriter { out }
    }

    /// A sender report. Blocks beyond the first 31 follow in receiver reports.
    pub fn sender_report(&mut self, ssrc: Ssrc, info: &SenderInfo, blocks: &[ReportBlock]) -> Result<(), WriteError> {
        let (first, rest) = blocks.split_at(blocks.len().min(MOST));
        self.packet(SENDER_REPORT, first.len(), |out| {
            out.extend_from_slice(&ssrc.0.to_be_bytes());
            out.extend_from_slice(&info.ntp.0.to_be_bytes());
            out.extend_from_slice(&info.rtp_timestamp.to_be_bytes());
            out.extend_from_slice(&info.packets.to_be_bytes());
            out.extend_from_slice(&info.octets.to_be_bytes());
            first.iter().for_each(|block| block.write(out));
        })?;
        if rest.is_empty() { Ok(()) } else { self.receiver_report(ssrc, rest) }
    }

    /// A receiver report, or several when there are more than 31 blocks.
    pub fn receiver_report(&mut self, ssrc: Ssrc, blocks: &[ReportBlock]) -> Result<(), WriteError> {
        let mut rest = blocks;
        loop {
            let (some, more) = rest.split_at(rest.len().min(MOST));
            self.packet(RECEIVER_REPORT, some.len(), |out| {
                out.extend_from_slice(&ssrc.0.to_be_bytes());
                some.iter().for_each(|block| block.write(out));
            })?;
            rest = more;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// A source description of one source.
    pub fn source_description(&mut self, ssrc: Ssrc, items: &[(SdesKind, &str)]) -> Result<(), WriteError> {
        if items.iter().any(|(kind, text)| kind.code() == 0 || text.len() > 255) {
            return Err(WriteError::TooMany);
        }
        self.packet(SOURCE_DESCRIPTION, 1, |out| {
            out.extend_from_slice(&ssrc.0.to_be_bytes());
            for (kind, text) in items {
                out.extend_from_slice(&[kind.code(), text.len() as u8]);
                out.extend_from_slice(text.as_bytes());
            }
            // One zero ends the items; the packet's own alignment adds the others.
            out.push(0);
        })
    }

    /// The canonical name that every compound packet carries (RFC 3550 section 6.5.1).
    pub fn cname(&mut self, ssrc: Ssrc, name: &str) -> Result<(), WriteError> {
        self.source_description(ssrc, &[(SdesKind::Cname, name)])
    }

    /// Goodbye of at most 31 sources.
    pub fn goodbye(&mut self, sources: &[Ssrc], reason: &str) -> Result<(), WriteError> {
        if reason.len() > 255 {
            return Err(WriteError::TooMany);
        }
        self.packet(GOODBYE, sources.len(), |out| {
            sources.iter().for_each(|ssrc| out.extend_from_slice(&ssrc.0.to_be_bytes()));
            if !reason.is_empty() {
                out.push(reason.len() as u8);
                out.extend_from_slice(reason.as_bytes());
            }
        })
    }

    /// An application-defined packet; data is filled up with zeros to a multiple of four bytes.
    pub fn application(&mut self, packet: &Application<'_>) -> Result<(), WriteError> {
        self.packet(APPLICATION, usize::from(packet.subtype), |out| {
            out.extend_from_slice(&packet.ssrc.0.to_be_bytes());
            out.extend_from_slice(&packet.name);
            out.extend_from_slice(packet.data);
        })
    }

    /// A feedback message.
    pub fn feedback(&mut self, packet: &Feedback<'_>) -> Result<(), WriteError> {
        let packet_type = match packet.kind {
            FeedbackKind::Transport => TRANSPORT_FEEDBACK,
            FeedbackKind::Payload => PAYLOAD_FEEDBACK,
        };
        self.packet(packet_type, usize::from(packet.format), |out| {
            out.extend_from_slice(&packet.sender.0.to_be_bytes());
            out.extend_from_slice(&packet.media.0.to_be_bytes());
            out.extend_from_slice(packet.information);
        })
    }

    /// Writes a header, the body and zeros up to a multiple of four bytes; on error nothing.
    fn packet(&mut self, packet_type: u8, count: usize, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
        if count > MOST {
            return Err(WriteError::TooMany);
        }
        let start = self.out.len();
        self.out.extend_from_slice(&[0x80 | count as u8, packet_type, 0, 0]);
        body(self.out);
        let length = (self.out.len() - start).next_multiple_of(4);
        self.out.resize(start + length, 0);
        match (u16::try_from(length / 4 - 1), self.out.get_mut(start + 2..start + 4)) {
            (Ok(words), Some(place)) => {
                place.copy_from_slice(&words.to_be_bytes());
                Ok(())
            }
            _ => {
                self.out.truncate(start);
                Err(WriteError::TooMany)
            }
        }
    }
}
