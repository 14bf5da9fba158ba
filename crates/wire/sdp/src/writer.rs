//! Writing a new description straight into one buffer, in the order of RFC 8866 section 5.

use crate::origin::address_type;
use crate::text::breaks_line;
use crate::{Attribute, Crypto, Direction, Fmtp, Media, Origin, Rtpmap};
use bytes::Bytes;
use std::fmt::{self, Write};
use std::net::IpAddr;

/// Writes one description, line after line. The first fault is kept and returned by [`Writer::finish`], so that calls
/// can be chained.
#[derive(Debug)]
pub struct Writer {
    out: String,
    last: Place,
    in_media: bool,
    fault: Option<WriteError>,
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// A value contains NUL, CR or LF, or an empty name.
    LineBreak,
    /// A line came before one that RFC 8866 section 5 puts first, or `o=`, `s=` or `t=` is missing.
    Order,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WriteError::LineBreak => "value contains NUL, CR or LF, or a name is empty",
            WriteError::Order => "lines out of order or missing",
        })
    }
}

impl std::error::Error for WriteError {}

/// Where a line stands within its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Start,
    Origin,
    Name,
    Information,
    Connection,
    Bandwidth,
    Timing,
    Attribute,
}

impl Default for Writer {
    fn default() -> Self {
        Writer::new()
    }
}

impl Writer {
    /// Starts with `v=0` and room for a usual audio description.
    pub fn new() -> Writer {
        let mut out = String::with_capacity(512);
        out.push_str("v=0\r\n");
        Writer { out, last: Place::Start, in_media: false, fault: None }
    }

    /// `o=`, who writes.
    pub fn origin(&mut self, origin: &Origin) -> &mut Self {
        self.line(Place::Origin, format_args!("o={origin}"))
    }

    /// `o=` of an exchange's own session: user `-`, numbers, and the address it is reached at.
    pub fn own_origin(&mut self, session_id: u64, session_version: u64, address: IpAddr) -> &mut Self {
        let kind = address_type(address);
        self.line(Place::Origin, format_args!("o=- {session_id} {session_version} IN {kind} {address}"))
    }

    /// `s=`, `-` where there is no name.
    pub fn session_name(&mut self, name: &str) -> &mut Self {
        self.line(Place::Name, format_args!("s={name}"))
    }

    /// `i=`, of the session or the last media.
    pub fn information(&mut self, text: &str) -> &mut Self {
        self.line(Place::Information, format_args!("i={text}"))
    }

    /// `c=`, of the session or the last media.
    pub fn connection(&mut self, address: IpAddr) -> &mut Self {
        self.line(Place::Connection, format_args!("c=IN {} {address}", address_type(address)))
    }

    /// `b=`, of the session or the last media.
    pub fn bandwidth(&mut self, kind: &str, value: u64) -> &mut Self {
        self.line(Place::Bandwidth, format_args!("b={kind}:{value}"))
    }

    /// `t=`, seconds since 1900; both zero for a call.
    pub fn timing(&mut self, start: u64, stop: u64) -> &mut Self {
        self.line(Place::Timing, format_args!("t={start} {stop}"))
    }

    /// `m=`, with formats such as payload types.
    pub fn media<F: fmt::Display>(
        &mut self,
        kind: &str,
        port: u16,
        protocol: &str,
        formats: impl IntoIterator<Item = F>,
    ) -> &mut Self {
        self.start_media();
        self.line(Place::Start, format_args!("m={kind} {port} {protocol}"));
        // The line end is taken back, since the formats belong before it.
        self.out.truncate(self.out.len().saturating_sub(2));
        let start = self.out.len();
        for format in formats {
            self.put(format_args!(" {format}"));
        }
        self.close(start);
        self
    }

    /// `m=` that refuses `offered`: the same line with port 0 (RFC 3264 section 6).
    pub fn refused(&mut self, offered: &Media) -> &mut Self {
        if offered.formats.is_empty() {
            return self.media(offered.kind.as_str(), 0, &offered.protocol, [0]);
        }
        self.media(offered.kind.as_str(), 0, &offered.protocol, &offered.formats)
    }

    /// `a=rtpmap`.
    pub fn rtpmap(&mut self, rtpmap: &Rtpmap<'_>) -> &mut Self {
        self.attribute("rtpmap", rtpmap)
    }

    /// `a=fmtp`.
    pub fn fmtp(&mut self, fmtp: &Fmtp<'_>) -> &mut Self {
        self.attribute("fmtp", fmtp)
    }

    /// `a=ptime`, in milliseconds.
    pub fn ptime(&mut self, milliseconds: u16) -> &mut Self {
        self.attribute("ptime", milliseconds)
    }

    /// `a=crypto`.
    pub fn crypto(&mut self, crypto: &Crypto<'_>) -> &mut Self {
        self.attribute("crypto", crypto)
    }

    /// `a=sendrecv`, `sendonly`, `recvonly` or `inactive`.
    pub fn direction(&mut self, direction: Direction) -> &mut Self {
        self.flag(direction.as_str())
    }

    /// `a=name:value`.
    pub fn attribute(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        if name.is_empty() {
            self.fail(WriteError::LineBreak);
        }
        self.line(Place::Attribute, format_args!("a={name}:{value}"))
    }

    /// `a=name`.
    pub fn flag(&mut self, name: &str) -> &mut Self {
        if name.is_empty() {
            self.fail(WriteError::LineBreak);
        }
        self.line(Place::Attribute, format_args!("a={name}"))
    }

    /// An attribute as it was read.
    pub fn copy(&mut self, attribute: &Attribute) -> &mut Self {
        self.flag(attribute.as_str())
    }

    /// The body. The writer starts anew with the next call.
    pub fn finish(&mut self) -> Result<Bytes, WriteError> {
        self.start_media();
        let done = std::mem::take(self);
        match done.fault {
            Some(fault) => Err(fault),
            None => Ok(Bytes::from(done.out)),
        }
    }

    /// Leaves the session's section, which must be complete, or the last media's.
    fn start_media(&mut self) {
        if !self.in_media && self.last < Place::Timing {
            self.fail(WriteError::Order);
        }
        self.in_media = true;
        self.last = Place::Start;
    }

    /// Checks that a line may stand here, which keeps `o=`, `s=` and `t=` in the session and in their places.
    fn order(&mut self, place: Place) {
        let missing = if self.in_media {
            matches!(place, Place::Origin | Place::Name | Place::Timing)
        } else {
            (place > Place::Origin && self.last < Place::Origin)
                || (place > Place::Name && self.last < Place::Name)
                || (place > Place::Timing && self.last < Place::Timing)
        };
        let twice =
            place == self.last && !matches!(place, Place::Start | Place::Bandwidth | Place::Timing | Place::Attribute);
        if missing || twice || place < self.last {
            self.fail(WriteError::Order);
        }
        self.last = place;
    }

    fn line(&mut self, place: Place, text: fmt::Arguments<'_>) -> &mut Self {
        self.order(place);
        let start = self.out.len();
        self.put(text);
        self.close(start);
        self
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // A value that fails to format itself leaves an incomplete line, which is as bad as a broken one.
        if self.out.write_fmt(text).is_err() {
            self.fail(WriteError::LineBreak);
        }
    }

    /// Ends the line that began at `start`.
    fn close(&mut self, start: usize) {
        if self.out.as_bytes().iter().skip(start).copied().any(breaks_line) {
            self.fail(WriteError::LineBreak);
        }
        self.out.push_str("\r\n");
    }

    fn fail(&mut self, fault: WriteError) {
        self.fault.get_or_insert(fault);
    }
}

#[cfg(test)]
mod tests;
