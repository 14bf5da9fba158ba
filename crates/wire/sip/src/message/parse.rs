//! Level 1: where the start line, the header lines and the body of a message lie (RFC 3261 section 7). Nothing is
//! repaired, re-joined or dropped here, because whoever reads the bytes next might repair them otherwise.

use super::limits::{Limits, ParseError};
use super::method::Method;
use crate::StatusCode;
use crate::grammar::{chars, decimal, text, trim};
use crate::header::HeaderName;
use memchr::memchr2;
use smallvec::SmallVec;

/// A stretch of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// One header line with its folds; the lines lie one behind the other, so each ends where the next one starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: HeaderName,
    pub(crate) name_length: u16,
    pub(crate) start: u32,
    pub(crate) value: Span,
}

impl Entry {
    pub(crate) fn name_text<'a>(&self, bytes: &'a [u8]) -> &'a str {
        let end = self.start.saturating_add(u32::from(self.name_length));
        text(Span { start: self.start, end }.of(bytes))
    }
}

/// The first line (RFC 3261 section 7.1 and 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StartLine {
    Request { method: Method, uri: Span },
    Response { status: StatusCode, reason: Span },
}

/// What the Content-Length lines say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    Absent,
    Bytes(usize),
    Malformed,
    Repeated,
}

/// Everything before the body.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) start_line: StartLine,
    /// The version is `SIP/2.0`.
    pub(crate) version_2: bool,
    /// The start line keeps to single spaces.
    pub(crate) well_spaced: bool,
    pub(crate) entries: SmallVec<[Entry; 32]>,
    /// Where the empty line starts that ends the headers.
    pub(crate) lines_end: usize,
    /// Where the body starts.
    pub(crate) end: usize,
    pub(crate) declared: Declared,
}

/// Whether a broken header line ends the reading or is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Anything ambiguous is an error.
    Strict,
    /// Broken lines are passed over: only to find what an error response must copy, never to forward or act.
    Salvage,
}

fn span(start: usize, end: usize) -> Span {
    // Limits keep messages below 4 GiB; larger offsets saturate and then lie outside of every message.
    Span { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
}

/// The place of the CR of the next CRLF. A lone CR or LF is an error.
fn line_end(bytes: &[u8], from: usize, mode: Mode) -> Result<usize, ParseError> {
    let rest = bytes.get(from..).unwrap_or_default();
    let at = memchr2(b'\r', b'\n', rest).ok_or(ParseError::Unterminated)?;
    match (rest.get(at), rest.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(from + at),
        (Some(b'\r'), None) => Err(ParseError::Unterminated),
        _ if mode == Mode::Salvage => next_crlf(bytes, from + at),
        _ => Err(ParseError::LineEnd),
    }
}

fn next_crlf(bytes: &[u8], from: usize) -> Result<usize, ParseError> {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, b"\r\n").map(|at| from + at).ok_or(ParseError::Unterminated)
}

/// Reads the head of a message that starts at the first byte.
pub(crate) fn head(bytes: &[u8], limits: &Limits, mode: Mode) -> Result<Head, ParseError> {
    let first_end = match line_end(bytes, 0, mode) {
        Ok(end) => end,
        Err(ParseError::Unterminated) if bytes.len() > limits.max_start_line => {
            return Err(ParseError::StartLineTooLong);
        }
        Err(error) => return Err(error),
    };
    if first_end > limits.max_start_line && mode == Mode::Strict {
        return Err(ParseError::StartLineTooLong);
    }
    let (start_line, version_2, well_spaced) = start_line(bytes.get(..first_end).unwrap_or_default())?;
    let mut head = Head {
        start_line,
        version_2,
        well_spaced,
        entries: SmallVec::new(),
        lines_end: 0,
        end: 0,
        declared: Declared::Absent,
    };
    let mut at = first_end + 2;
    loop {
        if bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n') {
            (head.lines_end, head.end) = (at, at + 2);
            return Ok(head);
        }
        let end = match header_end(bytes, at, mode) {
            Ok(end) => end,
            Err(_) if mode == Mode::Salvage => {
                (head.lines_end, head.end) = (at, bytes.len());
                return Ok(head);
            }
            Err(error) => return Err(error),
        };
        match entry(bytes, at, end, limits) {
            Ok(_) if head.entries.len() >= limits.max_header_lines && mode == Mode::Strict => {
                return Err(ParseError::TooManyHeaders);
            }
            Ok(_) if head.entries.len() >= limits.max_header_lines => {}
            Ok(entry) => {
                if entry.name == HeaderName::ContentLength {
                    head.declared = declare(head.declared, entry.value.of(bytes));
                }
                head.entries.push(entry);
            }
            Err(_) if mode == Mode::Salvage => {}
            Err(error) => return Err(error),
        }
        at = end + 2;
    }
}

/// The end of a header line with its folds (RFC 3261 section 7.3.1).
fn header_end(bytes: &[u8], start: usize, mode: Mode) -> Result<usize, ParseError> {
    let mut end = line_end(bytes, start, mode)?;
    while let Some(b' ' | b'\t') = bytes.get(end + 2) {
        end = line_end(bytes, end + 2, mode)?;
    }
    Ok(end)
}

/// `header = field-name *( SP / HTAB ) ":" value`.
fn entry(bytes: &[u8], start: usize, end: usize, limits: &Limits) -> Result<Entry, ParseError> {
    if end - start > limits.max_header_length {
        return Err(ParseError::HeaderTooLong);
    }
    let line = bytes.get(start..end).unwrap_or_default();
    let name_length = line.iter().position(|&byte| !chars::is(byte, chars::TOKEN)).unwrap_or(line.len());
    if name_length == 0 {
        let fold = matches!(line.first(), Some(b' ' | b'\t'));
        return Err(if fold { ParseError::Continuation } else { ParseError::HeaderName });
    }
    let (name, rest) = line.split_at_checked(name_length).ok_or(ParseError::HeaderName)?;
    let gap = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if rest.get(gap) != Some(&b':') {
        return Err(ParseError::HeaderName);
    }
    let value = rest.get(gap + 1..).unwrap_or_default();
    let lead = value.len() - trim_start(value).len();
    let value_start = start + name_length + gap + 1 + lead;
    Ok(Entry {
        name: HeaderName::from_bytes(name),
        name_length: u16::try_from(name_length).map_err(|_| ParseError::HeaderTooLong)?,
        start: u32::try_from(start).map_err(|_| ParseError::MessageTooLarge)?,
        value: span(value_start, value_start + trim(value).len()),
    })
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn declare(before: Declared, value: &[u8]) -> Declared {
    if before != Declared::Absent {
        return Declared::Repeated;
    }
    match decimal(value, 10).and_then(|length| usize::try_from(length).ok()) {
        Some(length) => Declared::Bytes(length),
        None => Declared::Malformed,
    }
}

/// Tells a status line from a request line. The second value says that the version is 2.0, the third that the spaces are
/// where RFC 3261 section 7.1 and 7.2 want them.
fn start_line(line: &[u8]) -> Result<(StartLine, bool, bool), ParseError> {
    if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        return status_line(line);
    }
    let method_end = line.iter().position(|&byte| !chars::is(byte, chars::TOKEN)).ok_or(ParseError::NotSip)?;
    let method = Method::parse(text(line.get(..method_end).unwrap_or_default())).ok_or(ParseError::NotSip)?;
    if line.get(method_end) != Some(&b' ') {
        return Err(ParseError::NotSip);
    }
    let trimmed = line.get(..line.len() - line.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count());
    let trimmed = trimmed.unwrap_or_default();
    let version_start = trimmed.iter().rposition(|byte| matches!(byte, b' ' | b'\t')).map_or(0, |at| at + 1);
    let version_2 = version(trimmed.get(version_start..).unwrap_or_default())?;
    let middle = trimmed.get(method_end + 1..version_start.saturating_sub(1)).unwrap_or_default();
    let uri = trim(middle);
    if uri.is_empty() {
        return Err(ParseError::NotSip);
    }
    let well_spaced = trimmed.len() == line.len()
        && trimmed.get(version_start.saturating_sub(1)) == Some(&b' ')
        && !middle.iter().any(|byte| matches!(byte, b' ' | b'\t'));
    let uri_start = method_end + 1 + (middle.len() - trim_start(middle).len());
    let start_line = StartLine::Request { method, uri: span(uri_start, uri_start + uri.len()) };
    Ok((start_line, version_2, well_spaced))
}

/// `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase`.
fn status_line(line: &[u8]) -> Result<(StartLine, bool, bool), ParseError> {
    let version_end = line.iter().position(|&byte| byte == b' ').ok_or(ParseError::NotSip)?;
    let version_2 = version(line.get(..version_end).unwrap_or_default())?;
    let rest = line.get(version_end + 1..).unwrap_or_default();
    let digits = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let code = rest.get(..digits).filter(|code| code.len() == 3).and_then(|code| decimal(code, 3));
    let code = code.and_then(|code| u16::try_from(code).ok()).filter(|code| (100..700).contains(code));
    let status = StatusCode(code.ok_or(ParseError::Status)?);
    let reason_start = version_end + 1 + digits + 1;
    let reason = span(reason_start.min(line.len()), line.len());
    Ok((StartLine::Response { status, reason }, version_2, digits < rest.len()))
}

/// `SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT`, without case.
fn version(version: &[u8]) -> Result<bool, ParseError> {
    let numbers = match version.split_at_checked(4) {
        Some((name, numbers)) if name.eq_ignore_ascii_case(b"SIP/") => numbers,
        _ => return Err(ParseError::NotSip),
    };
    let dot = numbers.iter().position(|&byte| byte == b'.').ok_or(ParseError::NotSip)?;
    let (major, minor) = (numbers.get(..dot).unwrap_or_default(), numbers.get(dot + 1..).unwrap_or_default());
    if major.is_empty() || minor.is_empty() || !major.iter().chain(minor).all(u8::is_ascii_digit) {
        return Err(ParseError::NotSip);
    }
    Ok(numbers == b"2.0")
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
