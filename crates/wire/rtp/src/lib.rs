//! RTP and RTCP (RFC 3550, RFC 3551): packets as views of their bytes, reception statistics, telephone events
//! (RFC 4733) and the arithmetic of G.711. Reading a packet allocates nothing.

pub mod payload;
pub mod rtcp;
pub mod telephone_event;

mod classify;
mod jitter;
mod ntp;
mod packet;
mod rewrite;
mod sequence;
mod source;
mod source_table;
mod ssrc;
mod writer;

pub use classify::{PacketKind, classify};
pub use jitter::{Jitter, rtp_units};
pub use ntp::{NtpTimestamp, ShortNtp, round_trip};
pub use packet::{Extension, RtpError, RtpPacket};
pub use rewrite::RtpPacketMut;
pub use sequence::{ExtendedSequence, SequenceNumber};
pub use source::{Arrival, Source};
pub use source_table::{Heard, SourceTable};
pub use ssrc::Ssrc;
pub use writer::{RtpHeader, WriteError};
