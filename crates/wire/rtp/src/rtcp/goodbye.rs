//! Goodbye: RFC 3550 section 6.6.

use crate::Ssrc;

/// Sources that leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goodbye<'a> {
    sources: &'a [[u8; 4]],
    /// Why, by the standard UTF-8; empty when not said.
    pub reason: &'a [u8],
}

impl<'a> Goodbye<'a> {
    /// The sources, at most 31.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.sources.iter().map(|&bytes| Ssrc(u32::from_be_bytes(bytes)))
    }

    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Goodbye<'a>> {
        let (sources, rest) = body.split_at_checked(usize::from(count) * 4)?;
        let reason = match rest.split_first() {
            None => &[],
            Some((&length, text)) => text.get(..usize::from(length))?,
        };
        Some(Goodbye { sources: sources.as_chunks().0, reason })
    }
}
