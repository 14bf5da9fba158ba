//! The whole description: RFC 8866 section 5.

use crate::{Attributes, Bandwidth, Connection, Direction, Limits, Media, Origin, ParseError, Text, Timing, parse};
use bytes::Bytes;
use std::fmt;

/// A session description. Its version is always 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`, who wrote this and which version it is.
    pub origin: Origin,
    /// `s=`, name of the session, `-` where there is none.
    pub session_name: Text,
    /// `i=`, about the session.
    pub information: Option<Text>,
    /// `u=`, where more is said about it.
    pub uri: Option<Text>,
    /// `e=`, addresses of those responsible.
    pub emails: Vec<Text>,
    /// `p=`, their telephone numbers.
    pub phones: Vec<Text>,
    /// `c=`, for every media that has none of its own.
    pub connection: Option<Connection>,
    /// `b=`, bandwidths of the whole session.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=`, `r=`, `z=`; when empty, `t=0 0` is written.
    pub timings: Vec<Timing>,
    /// `k=`, obsolete.
    pub key: Option<Key>,
    /// `a=` before the first media.
    pub attributes: Attributes,
    /// The media in their order, which an answer repeats (RFC 3264 section 6).
    pub media: Vec<Media>,
}

/// The value of a `k=` line. RFC 8866 section 5.12 says that it must not be sent and must not be used when received; it
/// is kept only so that a body passes unchanged, and it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Text);

impl Key {
    /// Keeps `text`.
    pub(crate) fn new(text: Text) -> Key {
        Key(text)
    }

    /// The value of the line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl SessionDescription {
    /// A description without media.
    pub fn new(origin: Origin) -> SessionDescription {
        SessionDescription {
            origin,
            session_name: Text::literal("-"),
            information: None,
            uri: None,
            emails: Vec::new(),
            phones: Vec::new(),
            connection: None,
            bandwidths: Vec::new(),
            timings: vec![Timing::UNBOUNDED],
            key: None,
            attributes: Attributes::new(),
            media: Vec::new(),
        }
    }

    /// Reads a body within the default [`Limits`].
    pub fn parse(body: impl AsRef<[u8]>) -> Result<SessionDescription, ParseError> {
        parse::parse(body.as_ref(), &Limits::default())
    }

    /// Reads a body within `limits`.
    pub fn parse_within(body: impl AsRef<[u8]>, limits: &Limits) -> Result<SessionDescription, ParseError> {
        parse::parse(body.as_ref(), limits)
    }

    /// The body, in the order of RFC 8866 section 5, each line ended by CRLF.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from(self.to_string())
    }

    /// Where `media` is received: its own connection, else the session's.
    pub fn connection_of<'a>(&'a self, media: &'a Media) -> Option<&'a Connection> {
        media.connections.first().or(self.connection.as_ref())
    }

    /// The direction of `media`: its own, else the session's, else both ways (RFC 8866 section 6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        media.attributes.direction().or_else(|| self.attributes.direction()).unwrap_or_default()
    }
}

impl fmt::Display for SessionDescription {
    /// The body, keys included: this is what goes on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v=0\r\no={}\r\ns={}\r\n", self.origin, self.session_name)?;
        if let Some(information) = &self.information {
            write!(f, "i={information}\r\n")?;
        }
        if let Some(uri) = &self.uri {
            write!(f, "u={uri}\r\n")?;
        }
        for email in &self.emails {
            write!(f, "e={email}\r\n")?;
        }
        for phone in &self.phones {
            write!(f, "p={phone}\r\n")?;
        }
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        for bandwidth in &self.bandwidths {
            write!(f, "b={bandwidth}\r\n")?;
        }
        if self.timings.is_empty() {
            f.write_str("t=0 0\r\n")?;
        }
        for timing in &self.timings {
            write!(f, "t={} {}\r\n", timing.start, timing.stop)?;
            for repeat in &timing.repeats {
                write!(f, "r={repeat}\r\n")?;
            }
            if let Some(zone) = &timing.zone {
                write!(f, "z={zone}\r\n")?;
            }
        }
        if let Some(key) = &self.key {
            write!(f, "k={}\r\n", key.as_str())?;
        }
        for attribute in &self.attributes {
            write!(f, "a={attribute}\r\n")?;
        }
        self.media.iter().try_for_each(|media| media.write(f))
    }
}
