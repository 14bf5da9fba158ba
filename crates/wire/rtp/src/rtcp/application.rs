//! Application-defined packets: RFC 3550 section 6.7.

use super::split_ssrc;
use crate::Ssrc;

/// A packet whose meaning its four-letter name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Application<'a> {
    /// Subtype, 0 to 31.
    pub subtype: u8,
    /// Who sends it.
    pub ssrc: Ssrc,
    /// Name, ASCII.
    pub name: [u8; 4],
    /// The rest, a multiple of four bytes.
    pub data: &'a [u8],
}

impl<'a> Application<'a> {
    pub(super) fn parse(subtype: u8, body: &'a [u8]) -> Option<Application<'a>> {
        let (ssrc, rest) = split_ssrc(body)?;
        let (&name, data) = rest.split_first_chunk::<4>()?;
        Some(Application { subtype, ssrc, name, data })
    }
}
