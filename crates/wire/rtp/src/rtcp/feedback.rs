//! Feedback messages: RFC 4585 section 6.1.

use super::split_ssrc;
use crate::Ssrc;

/// What feedback is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackKind {
    /// The transport: lost packets and the like (RFC 4585 section 6.2).
    Transport,
    /// The payload: lost pictures and the like (RFC 4585 section 6.3).
    Payload,
}

/// A feedback message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feedback<'a> {
    /// What it is about.
    pub kind: FeedbackKind,
    /// Type of the message within its kind, 0 to 31.
    pub format: u8,
    /// Who sends it.
    pub sender: Ssrc,
    /// The source it is about.
    pub media: Ssrc,
    /// Feedback control information.
    pub information: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(kind: FeedbackKind, format: u8, body: &'a [u8]) -> Option<Feedback<'a>> {
        let (sender, rest) = split_ssrc(body)?;
        let (media, information) = split_ssrc(rest)?;
        Some(Feedback { kind, format, sender, media, information })
    }
}
