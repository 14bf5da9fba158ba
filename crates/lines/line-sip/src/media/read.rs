//! A session description of the far side as streams (RFC 3264, RFC 8866).

use media_plan::{Codec, CodecName, Direction, MediaKind, StreamDescription, TransportProfile};
use sdp::{Host, Media, ParseError, SessionDescription, Transport};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Why a body says nothing that a call can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionFault {
    /// It is not a session description.
    Malformed(ParseError),
    /// It has no media line.
    NoMedia,
}

impl fmt::Display for DescriptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DescriptionFault::Malformed(error) => write!(f, "session description: {error}"),
            DescriptionFault::NoMedia => write!(f, "session description without a media line"),
        }
    }
}

impl std::error::Error for DescriptionFault {}

/// Reads a body.
pub fn read_description(body: &[u8]) -> Result<Vec<StreamDescription>, DescriptionFault> {
    let description = SessionDescription::parse(body).map_err(DescriptionFault::Malformed)?;
    if description.media.is_empty() {
        return Err(DescriptionFault::NoMedia);
    }
    Ok(description.media.iter().map(|media| stream(&description, media)).collect())
}

fn stream(description: &SessionDescription, media: &Media) -> StreamDescription {
    let rtp = address(description, media);
    StreamDescription {
        kind: kind(media),
        transport: profile(media),
        rtp,
        rtcp: rtp.and_then(|rtp| control_address(media, rtp)),
        direction: direction(description.direction_of(media)),
        codecs: if media.transport().is_rtp() { media.codecs().map(codec).collect() } else { Vec::new() },
        packet_time: media.attributes.ptime(),
        max_packet_time: media.attributes.maxptime(),
    }
}

/// Where packets are wanted; none for a stream that is switched off, or whose address is a name: a telephone that
/// describes itself by name would make the exchange ask the name service for every call.
fn address(description: &SessionDescription, media: &Media) -> Option<SocketAddr> {
    if media.is_disabled() {
        return None;
    }
    match description.connection_of(media)?.host() {
        Host::Ip(address) if !address.is_multicast() => Some(SocketAddr::new(address, media.port)),
        _ => None,
    }
}

/// RFC 3605: a port, and perhaps an address, other than the one above RTP's.
fn control_address(media: &Media, rtp: SocketAddr) -> Option<SocketAddr> {
    let rtcp = media.attributes.rtcp()?;
    let ip = rtcp.ip().filter(|ip| ip.is_ipv4() == rtp.is_ipv4()).unwrap_or(rtp.ip());
    (rtcp.port != 0).then(|| SocketAddr::new(ip, rtcp.port))
}

fn kind(media: &Media) -> MediaKind {
    match &media.kind {
        sdp::MediaKind::Audio => MediaKind::Audio,
        sdp::MediaKind::Video => MediaKind::Video,
        other => MediaKind::Other(other.as_str().to_owned()),
    }
}

fn profile(media: &Media) -> TransportProfile {
    match media.transport() {
        Transport::RtpAvp => TransportProfile::RtpAvp,
        Transport::RtpAvpf => TransportProfile::RtpAvpf,
        Transport::RtpSavp => TransportProfile::RtpSavp,
        Transport::RtpSavpf => TransportProfile::RtpSavpf,
        Transport::DtlsSavpf => TransportProfile::DtlsSavpf,
        Transport::DtlsSavp | Transport::Udptl | Transport::Other => {
            TransportProfile::Other(media.protocol.to_string())
        }
    }
}

fn direction(direction: sdp::Direction) -> Direction {
    Direction::of(direction.sends(), direction.receives())
}

fn codec(codec: sdp::Codec<'_>) -> Codec {
    Codec {
        payload_type: codec.rtpmap.payload_type,
        name: CodecName::parse(codec.rtpmap.encoding),
        clock_rate: codec.rtpmap.clock_rate,
        channels: codec.rtpmap.channels(),
        parameters: codec.parameters.map(str::to_owned),
    }
}

/// Whether a telephone whose packets come from `source` stands behind a translator of addresses: it describes an address that
/// can only be right on its own side of one (RFC 1918, RFC 4193, RFC 6598, link-local, loopback), and another one than ours.
pub fn stands_behind_translator(streams: &[StreamDescription], source: IpAddr) -> bool {
    let described = streams.iter().filter_map(|stream| stream.rtp).map(|rtp| rtp.ip());
    let source = source.to_canonical();
    described
        .into_iter()
        .any(|ip| !ip.is_unspecified() && ip != source && ip.is_ipv4() == source.is_ipv4() && is_local(ip))
}

fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.segments()[0] & 0xfe00 == 0xfc00 || v6.segments()[0] & 0xffc0 == 0xfe80
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "v=0\r\no=reis 1 1 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.7\r\nt=0 0\r\na=sendonly\r\n\
        m=audio 4000 RTP/AVP 8 0 18 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=fmtp:18 annexb=no\r\n\
        a=ptime:30\r\na=rtcp:4100\r\nm=video 0 RTP/AVP 31\r\nm=image 4004 udptl t38\r\n";

    #[test]
    fn streams_keep_their_places_and_what_they_say() {
        let streams = read_description(BODY.as_bytes()).unwrap();
        assert_eq!(streams.len(), 3);
        let audio = &streams[0];
        assert_eq!(audio.rtp, Some("10.0.0.7:4000".parse().unwrap()));
        assert_eq!(audio.rtcp, Some("10.0.0.7:4100".parse().unwrap()));
        assert_eq!(audio.direction, Direction::SendOnly);
        assert_eq!(audio.packet_time, Some(30));
        let names: Vec<_> = audio.codecs.iter().map(|c| (c.payload_type, c.name.as_str())).collect();
        assert_eq!(names, [(8, "PCMA"), (0, "PCMU"), (18, "G729"), (101, "telephone-event")]);
        assert_eq!(audio.codecs[2].parameters.as_deref(), Some("annexb=no"));
        assert_eq!((streams[1].kind.clone(), streams[1].rtp), (MediaKind::Video, None));
        assert_eq!(streams[2].kind, MediaKind::Other("image".into()));
        assert_eq!(streams[2].transport, TransportProfile::Other("udptl".into()));
    }

    #[test]
    fn what_is_no_description_is_told() {
        assert!(matches!(read_description(b"hello"), Err(DescriptionFault::Malformed(_))));
        let empty = "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.7\r\nt=0 0\r\n";
        assert_eq!(read_description(empty.as_bytes()), Err(DescriptionFault::NoMedia));
    }

    #[test]
    fn a_private_address_from_a_public_source_means_a_translator() {
        let streams = read_description(BODY.as_bytes()).unwrap();
        assert!(stands_behind_translator(&streams, "198.51.100.4".parse().unwrap()));
        assert!(stands_behind_translator(&streams, "10.0.0.1".parse().unwrap()));
        assert!(!stands_behind_translator(&streams, "10.0.0.7".parse().unwrap()));
        let public = BODY.replace("10.0.0.7", "198.51.100.9");
        let streams = read_description(public.as_bytes()).unwrap();
        assert!(!stands_behind_translator(&streams, "198.51.100.4".parse().unwrap()));
    }
}
