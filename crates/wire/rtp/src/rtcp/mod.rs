//! RTCP: RFC 3550 section 6. A compound packet is checked once and then read as views of its bytes.

mod application;
mod compound;
mod error;
mod feedback;
mod goodbye;
mod report;
mod report_block;
mod source_description;
mod writer;

pub use application::Application;
pub use compound::{Compound, RtcpPacket};
pub use error::RtcpError;
pub use feedback::{Feedback, FeedbackKind};
pub use goodbye::Goodbye;
pub use report::{ReceiverReport, SenderInfo, SenderReport};
pub use report_block::ReportBlock;
pub use source_description::{Chunk, SdesItem, SdesKind, SourceDescription};
pub use writer::CompoundWriter;

/// Sender report (RFC 3550 section 6.4.1).
const SENDER_REPORT: u8 = 200;
/// Receiver report (RFC 3550 section 6.4.2).
const RECEIVER_REPORT: u8 = 201;
/// Source description (RFC 3550 section 6.5).
const SOURCE_DESCRIPTION: u8 = 202;
/// Goodbye (RFC 3550 section 6.6).
const GOODBYE: u8 = 203;
/// Application-defined (RFC 3550 section 6.7).
const APPLICATION: u8 = 204;
/// Transport-layer feedback (RFC 4585 section 6.2).
const TRANSPORT_FEEDBACK: u8 = 205;
/// Payload-specific feedback (RFC 4585 section 6.3).
const PAYLOAD_FEEDBACK: u8 = 206;

/// The first four bytes as a source, and the rest.
fn split_ssrc(bytes: &[u8]) -> Option<(crate::Ssrc, &[u8])> {
    let (&ssrc, rest) = bytes.split_first_chunk::<4>()?;
    Some((crate::Ssrc(u32::from_be_bytes(ssrc)), rest))
}
