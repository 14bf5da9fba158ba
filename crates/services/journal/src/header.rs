//! The head of a journal file.
//!
//! Magic (8 bytes), format (u16), length of the build (u16), number of the file (u64), position of its first record (u64), UTC in
//! microseconds (i64), the build as UTF-8, CRC-32C of all that (u32). Numbers are little-endian.

use crate::checksum::crc32c;
use ground::Utc;
use std::fmt;

/// Begins every file. The line end and the byte above 127 show a transfer as text.
const MAGIC: [u8; 8] = *b"ALMONJ\xb5\n";
/// The format that this build writes.
pub const FORMAT: u16 = 1;
/// The longest name of a build, in bytes.
pub const LONGEST_BUILD: usize = 64;
const FIXED: usize = 36;

/// What stands at the head of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The build that wrote it: records of another build are not to be read.
    pub build: String,
    /// The number of the file; the one before has the number before.
    pub sequence: u64,
    /// The position of the first record behind the snapshot.
    pub position: u64,
    /// When it was begun.
    pub begun: Utc,
}

/// Why bytes are no head of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// They are something else.
    NotAJournal,
    /// A journal whose format this build does not know.
    OtherFormat {
        /// The format.
        format: u16,
    },
    /// They end before the head does.
    Cut,
    /// The checksum is wrong.
    Damaged,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderError::NotAJournal => write!(f, "not a journal"),
            HeaderError::OtherFormat { format } => write!(f, "format {format}; this build knows {FORMAT}"),
            HeaderError::Cut => write!(f, "cut within its head"),
            HeaderError::Damaged => write!(f, "damaged in its head"),
        }
    }
}

impl std::error::Error for HeaderError {}

impl Header {
    /// Its bytes. A name of a build that is too long is cut.
    pub fn bytes(&self) -> Vec<u8> {
        let longest = (0..=LONGEST_BUILD).rev().find(|at| self.build.is_char_boundary(*at)).unwrap_or(0);
        let build = &self.build.as_bytes()[..longest.min(self.build.len())];
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(build.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&self.position.to_le_bytes());
        bytes.extend_from_slice(&self.begun.as_micros().to_le_bytes());
        bytes.extend_from_slice(build);
        bytes.extend_from_slice(&crc32c(0, &bytes).to_le_bytes());
        bytes
    }

    /// Reads a head; and how many bytes it has.
    pub fn read(bytes: &[u8]) -> Result<(Header, usize), HeaderError> {
        if !bytes.starts_with(&MAGIC) {
            let cut = bytes.len() < MAGIC.len() && MAGIC.starts_with(bytes);
            return Err(if cut { HeaderError::Cut } else { HeaderError::NotAJournal });
        }
        let format = u16::from_le_bytes(field(bytes, 8)?);
        if format != FORMAT {
            return Err(HeaderError::OtherFormat { format });
        }
        let length = usize::from(u16::from_le_bytes(field(bytes, 10)?));
        if length > LONGEST_BUILD {
            return Err(HeaderError::Damaged);
        }
        let end = FIXED + length;
        let sum = u32::from_le_bytes(field(bytes, end)?);
        let build = bytes.get(FIXED..end).ok_or(HeaderError::Cut)?;
        if bytes.get(..end).map(|head| crc32c(0, head)) != Some(sum) {
            return Err(HeaderError::Damaged);
        }
        let build = str::from_utf8(build).map_err(|_| HeaderError::Damaged)?.to_owned();
        let sequence = u64::from_le_bytes(field(bytes, 12)?);
        let position = u64::from_le_bytes(field(bytes, 20)?);
        let begun = Utc::from_micros(i64::from_le_bytes(field(bytes, 28)?));
        Ok((Header { build, sequence, position, begun }, end + 4))
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], HeaderError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(HeaderError::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let build = "0.1.0+1234".to_owned();
        Header { build, sequence: 7, position: 900, begun: Utc::from_seconds(1_700_000_000) }
    }

    #[test]
    fn it_reads_back() {
        let mut bytes = header().bytes();
        let length = bytes.len();
        bytes.push(9);
        assert_eq!(Header::read(&bytes), Ok((header(), length)));
    }

    #[test]
    fn every_cut_and_every_damage_is_told() {
        let bytes = header().bytes();
        for end in 0..bytes.len() {
            assert_eq!(Header::read(&bytes[..end]), Err(HeaderError::Cut), "{end}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x40;
            let error = Header::read(&bad).unwrap_err();
            match at {
                0..8 => assert_eq!(error, HeaderError::NotAJournal),
                8..10 => assert!(matches!(error, HeaderError::OtherFormat { .. })),
                10..12 => assert!(matches!(error, HeaderError::Damaged | HeaderError::Cut), "{error}"),
                _ => assert_eq!(error, HeaderError::Damaged),
            }
        }
        assert_eq!(Header::read(b"#!/bin/sh\n"), Err(HeaderError::NotAJournal));
    }

    #[test]
    fn a_long_name_is_cut_at_a_letter() {
        let header = Header { build: "é".repeat(50), ..header() };
        let (read, _) = Header::read(&header.bytes()).unwrap();
        assert_eq!(read.build, "é".repeat(32));
    }
}
