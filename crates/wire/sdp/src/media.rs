//! A media section: RFC 8866 section 5.14 and what follows it.

use crate::attribute::Rtpmap;
use crate::timing::digits;
use crate::{Attributes, Bandwidth, Connection, Key, ParseErrorKind, Text, Transport, static_payload};
use std::fmt;

/// One media line and the lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What is sent.
    pub kind: MediaKind,
    /// First port; 0 when the media is refused or disabled (RFC 3264 section 6).
    pub port: u16,
    /// How many ports, when stated.
    pub port_count: Option<u16>,
    /// Protocol as written; [`Media::transport`] says what it means.
    pub protocol: Text,
    /// Formats in order of preference, in RTP payload types.
    pub formats: Vec<Text>,
    /// Value of `i=`.
    pub information: Option<Text>,
    /// Values of `c=`; several only for layered multicast.
    pub connections: Vec<Connection>,
    /// Values of `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// Value of the obsolete `k=`.
    pub key: Option<Key>,
    /// Values of `a=`.
    pub attributes: Attributes,
}

/// Kind of media (RFC 8866 section 8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Text in real time (RFC 4103).
    Text,
    /// Application data.
    Application,
    /// Messages (RFC 4975).
    Message,
    /// Still pictures, fax (ITU-T T.38).
    Image,
    /// Anything else, as written.
    Other(Text),
}

/// A payload type of a media with its meaning, stated or static.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec<'a> {
    /// Payload type, encoding, clock, channels.
    pub rtpmap: Rtpmap<'a>,
    /// Parameters (`a=fmtp`), if stated.
    pub parameters: Option<&'a str>,
}

impl MediaKind {
    const NAMED: [MediaKind; 6] = [
        MediaKind::Audio,
        MediaKind::Video,
        MediaKind::Text,
        MediaKind::Application,
        MediaKind::Message,
        MediaKind::Image,
    ];

    /// The kind as written on a media line.
    pub fn as_str(&self) -> &str {
        match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Text => "text",
            MediaKind::Application => "application",
            MediaKind::Message => "message",
            MediaKind::Image => "image",
            MediaKind::Other(text) => text,
        }
    }

    fn parse(text: &str, keep: impl Fn(&str) -> Text) -> MediaKind {
        MediaKind::NAMED.into_iter().find(|kind| kind.as_str() == text).unwrap_or_else(|| MediaKind::Other(keep(text)))
    }
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Media {
    /// A media without lines below it.
    pub fn new(kind: MediaKind, port: u16, protocol: Text, formats: Vec<Text>) -> Media {
        Media {
            kind,
            port,
            port_count: None,
            protocol,
            formats,
            information: None,
            connections: Vec::new(),
            bandwidths: Vec::new(),
            key: None,
            attributes: Attributes::new(),
        }
    }

    /// What the protocol means.
    pub fn transport(&self) -> Transport {
        Transport::of(&self.protocol)
    }

    /// True when the port is 0: refused or disabled (RFC 3264 sections 6 and 8.2).
    pub fn is_disabled(&self) -> bool {
        self.port == 0
    }

    /// The formats that are RTP payload types, in order.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| crate::attribute::payload_type_of(format))
    }

    /// The payload types with their meaning, in order: by `rtpmap`, else by RFC 3551. Those without meaning are left out.
    pub fn codecs(&self) -> impl Iterator<Item = Codec<'_>> {
        self.payload_types().filter_map(|payload_type| self.codec(payload_type))
    }

    /// The meaning of one payload type.
    pub fn codec(&self, payload_type: u8) -> Option<Codec<'_>> {
        let stated = self.attributes.rtpmap(payload_type);
        let rtpmap = stated.or_else(|| static_payload(payload_type).map(Rtpmap::from))?;
        Some(Codec { rtpmap, parameters: self.attributes.fmtp(payload_type).map(|fmtp| fmtp.parameters) })
    }

    /// Reads the value of an `m=` line.
    pub(crate) fn parse(value: &str, formats: usize, keep: impl Fn(&str) -> Text) -> Result<Media, ParseErrorKind> {
        let mut fields = value.split(' ');
        let mut field = || fields.next().filter(|field| !field.is_empty()).ok_or(ParseErrorKind::Media);
        let kind = MediaKind::parse(field()?, &keep);
        let (port, count) = ports(field()?)?;
        let protocol = keep(field()?);
        let mut list = Vec::new();
        for format in fields.filter(|format| !format.is_empty()) {
            if list.len() == formats {
                return Err(ParseErrorKind::TooManyAttributes);
            }
            list.push(keep(format));
        }
        if list.is_empty() && port != 0 {
            return Err(ParseErrorKind::Media);
        }
        Ok(Media { port_count: count, ..Media::new(kind, port, protocol, list) })
    }

    /// Writes the section, each line ended by CRLF.
    pub(crate) fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        write!(out, "m={} {}", self.kind, self.port)?;
        if let Some(count) = self.port_count {
            write!(out, "/{count}")?;
        }
        write!(out, " {}", self.protocol)?;
        for format in &self.formats {
            write!(out, " {format}")?;
        }
        out.write_str("\r\n")?;
        if let Some(information) = &self.information {
            write!(out, "i={information}\r\n")?;
        }
        for connection in &self.connections {
            write!(out, "c={connection}\r\n")?;
        }
        for bandwidth in &self.bandwidths {
            write!(out, "b={bandwidth}\r\n")?;
        }
        if let Some(key) = &self.key {
            write!(out, "k={}\r\n", key.as_str())?;
        }
        self.attributes.iter().try_for_each(|attribute| write!(out, "a={attribute}\r\n"))
    }
}

/// `port` or `port/count`.
fn ports(text: &str) -> Result<(u16, Option<u16>), ParseErrorKind> {
    let number = |text: &str| Some(text).filter(|text| !text.is_empty()).and_then(digits::<u16>);
    let (port, count) = match text.split_once('/') {
        None => (text, None),
        Some((port, count)) => {
            let count = number(count).filter(|&count| count > 0).ok_or(ParseErrorKind::Port)?;
            (port, Some(count))
        }
    };
    Ok((number(port).ok_or(ParseErrorKind::Port)?, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Attribute;

    fn parse(value: &str) -> Result<Media, ParseErrorKind> {
        Media::parse(value, 4, |part| Text::new(part).unwrap())
    }

    #[test]
    fn kind_ports_protocol_and_formats() {
        let media = parse("audio 49170/2 RTP/AVP 0 8 101").unwrap();
        assert_eq!((media.kind.clone(), media.port, media.port_count), (MediaKind::Audio, 49_170, Some(2)));
        assert_eq!(media.transport(), Transport::RtpAvp);
        assert_eq!(media.payload_types().collect::<Vec<_>>(), [0, 8, 101]);
        let unknown = parse("hologram 9 X/Y/Z alpha beta").unwrap();
        assert_eq!((unknown.kind.as_str(), unknown.transport()), ("hologram", Transport::Other));
        assert_eq!(unknown.payload_types().count(), 0);
        assert_eq!(parse("audio 5004 RTP/AVP  0 8 ").map(|media| media.formats.len()), Ok(2));
    }

    #[test]
    fn only_a_refused_media_may_lack_formats() {
        assert_eq!(parse("audio 0 RTP/AVP").map(|media| media.is_disabled()), Ok(true));
        assert_eq!(parse("audio 4000 RTP/AVP"), Err(ParseErrorKind::Media));
    }

    #[test]
    fn malformed_lines_are_refused() {
        for bad in ["", "audio", "audio 5004", " 5004 RTP/AVP 0", "audio 5004  0"] {
            assert_eq!(parse(bad), Err(ParseErrorKind::Media), "{bad:?}");
        }
        for bad in ["65536", "-1", "+1", "x", "1/0", "1/x", "/2", "1/"] {
            assert_eq!(parse(&format!("audio {bad} RTP/AVP 0")), Err(ParseErrorKind::Port), "{bad:?}");
        }
        assert_eq!(parse("audio 1 RTP/AVP 1 2 3 4 5"), Err(ParseErrorKind::TooManyAttributes));
    }

    #[test]
    fn codecs_are_stated_or_static_or_left_out() {
        let mut media = parse("audio 5004 RTP/AVP 8 97 101 98").unwrap();
        for text in ["rtpmap:101 telephone-event/8000", "fmtp:101 0-15", "rtpmap:97 iLBC/8000"] {
            media.attributes.push(Attribute::literal(text).unwrap());
        }
        let codecs: Vec<_> = media.codecs().map(|codec| (codec.rtpmap.to_string(), codec.parameters)).collect();
        assert_eq!(
            codecs,
            [
                ("8 PCMA/8000".to_owned(), None),
                ("97 iLBC/8000".to_owned(), None),
                ("101 telephone-event/8000".to_owned(), Some("0-15")),
            ]
        );
    }

    #[test]
    fn a_stated_meaning_goes_before_the_static_one() {
        let mut media = parse("audio 5004 RTP/AVP 0").unwrap();
        media.attributes.push(Attribute::literal("rtpmap:0 pcmu/8000/2").unwrap());
        assert_eq!(media.codec(0).map(|codec| codec.rtpmap.channels()), Some(2));
    }
}
