//! Source descriptions: RFC 3550 section 6.5.

use super::split_ssrc;
use crate::Ssrc;

/// What sources say about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDescription<'a> {
    count: u8,
    body: &'a [u8],
}

/// One source's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The source.
    pub ssrc: Ssrc,
    items: &'a [u8],
}

/// One item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// What it is.
    pub kind: SdesKind,
    /// Its text, by the standard UTF-8, at most 255 bytes.
    pub text: &'a [u8],
}

/// Kind of an item (RFC 3550 sections 6.5.1 to 6.5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdesKind {
    /// Canonical name of the endpoint.
    Cname,
    /// Name of the user.
    Name,
    /// Address of mail.
    Email,
    /// Telephone number.
    Phone,
    /// Place.
    Location,
    /// Program.
    Tool,
    /// Passing state.
    Note,
    /// Private extension.
    Private,
    /// Anything else, for example 15 for the media's identification (RFC 9143 section 15).
    Other(u8),
}

impl SdesKind {
    /// The kind of a number; 0 ends a list and is no kind.
    pub fn from_code(code: u8) -> SdesKind {
        match code {
            1 => SdesKind::Cname,
            2 => SdesKind::Name,
            3 => SdesKind::Email,
            4 => SdesKind::Phone,
            5 => SdesKind::Location,
            6 => SdesKind::Tool,
            7 => SdesKind::Note,
            8 => SdesKind::Private,
            other => SdesKind::Other(other),
        }
    }

    /// The number of a kind.
    pub fn code(self) -> u8 {
        match self {
            SdesKind::Cname => 1,
            SdesKind::Name => 2,
            SdesKind::Email => 3,
            SdesKind::Phone => 4,
            SdesKind::Location => 5,
            SdesKind::Tool => 6,
            SdesKind::Note => 7,
            SdesKind::Private => 8,
            SdesKind::Other(code) => code,
        }
    }
}

impl<'a> SourceDescription<'a> {
    /// The sources.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        let mut rest = self.body;
        (0..self.count).map_while(move |_| {
            let (chunk, after) = Chunk::split(rest)?;
            rest = after;
            Some(chunk)
        })
    }

    /// The canonical name of `ssrc`.
    pub fn cname(&self, ssrc: Ssrc) -> Option<&'a [u8]> {
        let mut items = self.chunks().filter(|chunk| chunk.ssrc == ssrc).flat_map(|chunk| chunk.items());
        items.find(|item| item.kind == SdesKind::Cname).map(|item| item.text)
    }

    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<SourceDescription<'a>> {
        let description = SourceDescription { count, body };
        (description.chunks().count() == usize::from(count)).then_some(description)
    }
}

impl<'a> Chunk<'a> {
    /// The items.
    pub fn items(&self) -> impl Iterator<Item = SdesItem<'a>> + use<'a> {
        let mut rest = self.items;
        std::iter::from_fn(move || {
            let (item, after) = split_item(rest)?;
            rest = after;
            Some(item)
        })
    }

    /// The chunk at the beginning of `bytes`: its items end in one or more zeros, up to a multiple of four bytes.
    fn split(bytes: &'a [u8]) -> Option<(Chunk<'a>, &'a [u8])> {
        let (ssrc, after) = split_ssrc(bytes)?;
        let mut rest = after;
        while let Some((_, next)) = split_item(rest) {
            rest = next;
        }
        let length = after.len().checked_sub(rest.len())?;
        let (items, _) = after.split_at_checked(length)?;
        // Whatever stopped the items must be the zero that ends them.
        rest.first().filter(|&&end| end == 0)?;
        let padded = (length / 4 + 1) * 4;
        Some((Chunk { ssrc, items }, after.get(padded..)?))
    }
}

fn split_item(bytes: &[u8]) -> Option<(SdesItem<'_>, &[u8])> {
    let (&[kind, length], rest) = bytes.split_first_chunk::<2>()?;
    if kind == 0 {
        return None;
    }
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    Some((SdesItem { kind: SdesKind::from_code(kind), text }, rest))
}
