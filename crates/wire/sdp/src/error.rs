//! Why a body is no session description.

use std::fmt;

/// A fault and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, counted from 1; 0 when the fault concerns the whole body.
    pub line: u32,
    /// The fault.
    pub kind: ParseErrorKind,
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// The body exceeds [`crate::Limits::bytes`].
    TooLarge,
    /// A line exceeds [`crate::Limits::line`].
    LineTooLong,
    /// More media than [`crate::Limits::media`].
    TooManyMedia,
    /// More attributes than [`crate::Limits::attributes`], or formats on one line than [`crate::Limits::formats`].
    TooManyAttributes,
    /// More lines of one kind than [`crate::Limits::repeated`].
    TooManyLines,
    /// Not UTF-8 (RFC 8866 section 4.5).
    NotUtf8,
    /// NUL or CR inside a line.
    ControlCharacter,
    /// Not a letter, an equals sign and a value, or an empty line before the end.
    NotALine,
    /// A type letter that RFC 8866 does not know in this section; its section 5 demands refusal.
    UnknownType(char),
    /// A line that may stand once stands twice.
    Repeated(char),
    /// A line that must be there is not: `v` or `o`.
    Missing(char),
    /// The version is not 0 (RFC 8866 section 5.1).
    Version,
    /// Malformed `o=` (RFC 8866 section 5.2).
    Origin,
    /// Malformed `c=` (RFC 8866 section 5.7).
    Connection,
    /// Malformed `b=` (RFC 8866 section 5.8).
    Bandwidth,
    /// Malformed `t=`, or `r=` or `z=` without one (RFC 8866 sections 5.9 to 5.11).
    Timing,
    /// An attribute without a name (RFC 8866 section 5.13).
    Attribute,
    /// Malformed `m=` (RFC 8866 section 5.14).
    Media,
    /// A media port that is no number from 0 to 65535, or a count of ports that is no number from 1 to 65535.
    Port,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            ParseErrorKind::TooLarge => "body too large",
            ParseErrorKind::LineTooLong => "line too long",
            ParseErrorKind::TooManyMedia => "too many media",
            ParseErrorKind::TooManyAttributes => "too many attributes or formats",
            ParseErrorKind::TooManyLines => "too many lines of one kind",
            ParseErrorKind::NotUtf8 => "not UTF-8",
            ParseErrorKind::ControlCharacter => "NUL or CR inside a line",
            ParseErrorKind::NotALine => "not a letter, an equals sign and a value",
            ParseErrorKind::UnknownType(letter) => return write!(f, "unknown type {letter:?}"),
            ParseErrorKind::Repeated(letter) => return write!(f, "repeated {letter}= line"),
            ParseErrorKind::Missing(letter) => return write!(f, "missing {letter}= line"),
            ParseErrorKind::Version => "version is not 0",
            ParseErrorKind::Origin => "malformed origin",
            ParseErrorKind::Connection => "malformed connection",
            ParseErrorKind::Bandwidth => "malformed bandwidth",
            ParseErrorKind::Timing => "malformed or misplaced timing",
            ParseErrorKind::Attribute => "attribute without a name",
            ParseErrorKind::Media => "malformed media line",
            ParseErrorKind::Port => "bad media port",
        };
        f.write_str(text)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "SDP: {}", self.kind)
        } else {
            write!(f, "SDP line {}: {}", self.line, self.kind)
        }
    }
}

impl std::error::Error for ParseError {}
