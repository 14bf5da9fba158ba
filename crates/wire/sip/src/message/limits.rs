//! The bounds of a message, and what breaks them.

use crate::StatusCode;
use std::fmt;

/// The largest message that is read, by subject. Nothing larger is ever stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole message. On a stream this is what one flow can make the framer hold.
    pub max_message: usize,
    /// Bytes of the start line.
    pub max_start_line: usize,
    /// Header lines, a folded one counted once.
    pub max_header_lines: usize,
    /// Bytes of one header line with its folds.
    pub max_header_length: usize,
    /// Bytes of the body.
    pub max_body: usize,
}

impl Default for Limits {
    /// 64 KiB a message, as in the largest datagram; room for the long headers of RFC 4475 section 3.1.1.7.
    fn default() -> Self {
        Limits {
            max_message: 65_536,
            max_start_line: 4_096,
            max_header_lines: 256,
            max_header_length: 8_192,
            max_body: 65_536,
        }
    }
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// There is nothing but line ends: a keep-alive (RFC 5626 section 4.4.1).
    Empty,
    /// The first line is neither a request line nor a status line of SIP.
    NotSip,
    /// The status code is not three digits from 100 to 699.
    Status,
    /// The start line is longer than the limit.
    StartLineTooLong,
    /// A CR or LF that stands alone, which two readers may understand differently.
    LineEnd,
    /// A header line without a colon, or with a name that is no token.
    HeaderName,
    /// The first header line begins with white space: it continues nothing.
    Continuation,
    /// No empty line ends the headers.
    Unterminated,
    /// More header lines than the limit.
    TooManyHeaders,
    /// A header line longer than the limit.
    HeaderTooLong,
    /// More bytes than the limit of a message.
    MessageTooLarge,
    /// A body longer than its limit.
    BodyTooLarge,
    /// A Content-Length that is missing, repeated or no number, on a stream, where nothing else says where the next message
    /// begins (RFC 3261 section 18.3).
    ContentLength,
}

impl ParseError {
    /// The status that answers a request with this fault, when it can be answered at all.
    pub fn status(self) -> StatusCode {
        match self {
            ParseError::StartLineTooLong => StatusCode::REQUEST_URI_TOO_LONG,
            ParseError::BodyTooLarge => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            ParseError::TooManyHeaders | ParseError::HeaderTooLong | ParseError::MessageTooLarge => {
                StatusCode::MESSAGE_TOO_LARGE
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// A short text for a log or a reason phrase.
    pub fn as_str(self) -> &'static str {
        match self {
            ParseError::Empty => "Empty Message",
            ParseError::NotSip => "Not SIP",
            ParseError::Status => "Bad Status Code",
            ParseError::StartLineTooLong => "Request-URI Too Long",
            ParseError::LineEnd => "Bad Line End",
            ParseError::HeaderName => "Bad Header Name",
            ParseError::Continuation => "Bad First Header",
            ParseError::Unterminated => "Headers Not Terminated",
            ParseError::TooManyHeaders => "Too Many Headers",
            ParseError::HeaderTooLong => "Header Too Long",
            ParseError::MessageTooLarge => "Message Too Large",
            ParseError::BodyTooLarge => "Request Entity Too Large",
            ParseError::ContentLength => "Bad Content-Length",
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for ParseError {}

/// What is wrong with a message that nevertheless frames as a datagram: it may be passed on, but not acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// White space around the Request-URI or inside it, or none where it belongs (RFC 4475 section 3.1.2.8 to 3.1.2.10).
    StartLine,
    /// A Content-Length that is no number.
    ContentLength,
    /// More than one Content-Length (RFC 4475 section 3.3.9).
    ContentLengthRepeated,
    /// Fewer bytes of body than Content-Length says (RFC 3261 section 18.3).
    BodyShort,
}
