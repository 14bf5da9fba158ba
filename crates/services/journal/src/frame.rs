//! Frames: a length (u32), a kind (u8), a check of these two (u16), a CRC-32C of all before it and of the content (u32), and the content.
//!
//! The check of the length by itself is what tells a cut tail from damage: a length that reaches beyond the end of the file is
//! believed only when its own check is right.

use crate::checksum::crc32c;

/// Bytes before the content.
pub const HEAD: usize = 11;
/// The longest content of a frame; a longer message goes into several.
pub const LONGEST: usize = 1 << 20;
/// Set in the kind of a frame whose message goes on in the next one.
pub(crate) const MORE: u8 = 0x80;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A part of the snapshot with which a file begins.
    Section = 1,
    /// The end of that snapshot.
    Whole = 2,
    /// What happened since.
    Record = 3,
}

impl Kind {
    pub(crate) fn of(byte: u8) -> Option<Kind> {
        match byte & !MORE {
            1 => Some(Kind::Section),
            2 => Some(Kind::Whole),
            3 => Some(Kind::Record),
            _ => None,
        }
    }
}

/// The head of one frame as it was read.
pub(crate) struct Head {
    pub length: usize,
    pub kind: Kind,
    pub more: bool,
    sum: u32,
    first: [u8; 5],
}

fn check(first: &[u8]) -> u16 {
    let sum = crc32c(0, first);
    (sum ^ sum >> 16) as u16
}

impl Head {
    /// None when no frame begins so.
    pub(crate) fn read(bytes: &[u8; HEAD]) -> Option<Head> {
        let [a, b, c, d, kind, e, f, s0, s1, s2, s3] = *bytes;
        let first = [a, b, c, d, kind];
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        let right = check(&first) == u16::from_le_bytes([e, f]) && length <= LONGEST;
        let sum = u32::from_le_bytes([s0, s1, s2, s3]);
        right.then_some(())?;
        Some(Head { length, kind: Kind::of(kind)?, more: kind & MORE != 0, sum, first })
    }

    /// Whether this is the content that was written.
    pub(crate) fn fits(&self, content: &[u8]) -> bool {
        crc32c(crc32c(0, &self.first), content) == self.sum
    }
}

/// Appends the frames of one message.
pub fn write(kind: Kind, content: &[u8], out: &mut Vec<u8>) {
    let mut rest = content;
    loop {
        let (now, later) = rest.split_at(rest.len().min(LONGEST));
        let byte = kind as u8 | if later.is_empty() { 0 } else { MORE };
        let mut first = [0, 0, 0, 0, byte];
        first[..4].copy_from_slice(&(now.len() as u32).to_le_bytes());
        out.extend_from_slice(&first);
        out.extend_from_slice(&check(&first).to_le_bytes());
        out.extend_from_slice(&crc32c(crc32c(0, &first), now).to_le_bytes());
        out.extend_from_slice(now);
        if later.is_empty() {
            return;
        }
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_knows_its_content() {
        let mut bytes = Vec::new();
        write(Kind::Record, b"ahoy", &mut bytes);
        let (head, content) = bytes.split_first_chunk::<HEAD>().unwrap();
        let head = Head::read(head).unwrap();
        assert_eq!((head.length, head.kind, head.more), (4, Kind::Record, false));
        assert!(head.fits(content) && !head.fits(b"ahoi"));
    }

    #[test]
    fn a_long_message_goes_into_several_frames() {
        let mut bytes = Vec::new();
        write(Kind::Section, &vec![5; 2 * LONGEST], &mut bytes);
        assert_eq!(bytes.len(), 2 * (LONGEST + HEAD));
        let head = Head::read(bytes.first_chunk().unwrap()).unwrap();
        assert!(head.more && head.length == LONGEST);
    }

    #[test]
    fn a_length_that_was_changed_is_not_believed() {
        let mut bytes = Vec::new();
        write(Kind::Record, b"ahoy", &mut bytes);
        for bit in 0..56 {
            let mut bad = *bytes.first_chunk::<HEAD>().unwrap();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Head::read(&bad).is_none(), "bit {bit}");
        }
        assert!(Head::read(&[0; HEAD]).is_none(), "zeros are no frame");
    }
}
