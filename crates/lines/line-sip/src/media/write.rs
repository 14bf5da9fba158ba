//! Our side's session description of one connection: its origin, version and the last text sent.

use bytes::Bytes;
use media_plan::{Codec, Direction, MediaKind, StreamDescription, TransportProfile};
use sdp::{Origin, Writer};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::net::IpAddr;

/// What we describe of ourselves in one dialog. The version rises with each change and only then (RFC 3264 section 8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalDescription {
    session: u64,
    version: u64,
    last: Bytes,
}

impl LocalDescription {
    /// A dialog whose description is named by `session`, unique within this server.
    pub fn new(session: u64) -> Self {
        LocalDescription { session, version: 0, last: Bytes::new() }
    }

    /// The body that describes `streams`; the same bytes as before when nothing changed.
    pub fn write(&mut self, streams: &[StreamDescription]) -> Bytes {
        let version = self.version.max(1);
        let same = body(self.session, version, streams);
        if same == self.last {
            return self.last.clone();
        }
        self.version += 1;
        self.last = if self.version == version { same } else { body(self.session, self.version, streams) };
        self.last.clone()
    }

    /// How often it changed.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The last body, none before the first.
    pub fn last(&self) -> Option<Bytes> {
        (!self.last.is_empty()).then(|| self.last.clone())
    }
}

fn body(session: u64, version: u64, streams: &[StreamDescription]) -> Bytes {
    let described = streams.iter().find_map(|stream| stream.rtp).map(|rtp| rtp.ip());
    // All streams refused: the address then stands for nothing.
    let address = described.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    let mut writer = Writer::new();
    writer.origin(&Origin::new(session, version, address)).session_name("-").connection(address).timing(0, 0);
    for stream in streams {
        write_stream(&mut writer, stream, address);
    }
    // The writer refuses line breaks only, and the texts below come from parsed lines, which have none.
    writer.finish().unwrap_or_default()
}

fn write_stream(writer: &mut Writer, stream: &StreamDescription, session: IpAddr) {
    let kind = match &stream.kind {
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Other(name) => name,
    };
    let transport = transport(&stream.transport);
    let Some(rtp) = stream.rtp else {
        // RFC 3264 section 6: at least one format, without meaning in a refused stream.
        let format = stream.codecs.first().map_or(0, |codec| codec.payload_type);
        let format =
            if transport.contains("RTP/") { format.to_string() } else { fallback_format(transport).to_owned() };
        writer.media(kind, 0, transport, [format]);
        return;
    };
    writer.media(kind, rtp.port(), transport, stream.codecs.iter().map(|codec| codec.payload_type));
    if rtp.ip() != session {
        writer.connection(rtp.ip());
    }
    for codec in &stream.codecs {
        write_codec(writer, codec);
    }
    if let Some(time) = stream.packet_time {
        writer.ptime(time);
    }
    if let Some(time) = stream.max_packet_time {
        writer.attribute("maxptime", time);
    }
    if let Some(rtcp) = stream.rtcp.filter(|rtcp| rtcp.port() != rtp.port().wrapping_add(1)) {
        writer.attribute("rtcp", rtcp.port());
    }
    writer.flag(match stream.direction {
        Direction::SendReceive => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::ReceiveOnly => "recvonly",
        Direction::Inactive => "inactive",
    });
}

fn write_codec(writer: &mut Writer, codec: &Codec) {
    let mut map = format!("{} {}/{}", codec.payload_type, codec.name.as_str(), codec.clock_rate);
    if codec.channels > 1 {
        let _ = write!(map, "/{}", codec.channels);
    }
    writer.attribute("rtpmap", map);
    if let Some(parameters) = &codec.parameters {
        writer.attribute("fmtp", format_args!("{} {parameters}", codec.payload_type));
    }
}

fn transport(profile: &TransportProfile) -> &str {
    match profile {
        TransportProfile::RtpAvp => "RTP/AVP",
        TransportProfile::RtpAvpf => "RTP/AVPF",
        TransportProfile::RtpSavp => "RTP/SAVP",
        TransportProfile::RtpSavpf => "RTP/SAVPF",
        TransportProfile::DtlsSavpf => "UDP/TLS/RTP/SAVPF",
        TransportProfile::Other(name) => name,
    }
}

/// A format that dissectors take for the transport.
fn fallback_format(transport: &str) -> &'static str {
    if transport.eq_ignore_ascii_case("udptl") { "t38" } else { "*" }
}

#[cfg(test)]
mod tests {
    use super::super::read_description;
    use super::*;

    const BODY: &str = "v=0\r\no=- 9 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 101\r\n\
        a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n\
        m=video 0 RTP/AVP 31\r\nm=image 0 udptl t38\r\n";

    #[test]
    fn a_description_reads_back_as_it_was_written() {
        let streams = read_description(BODY.as_bytes()).unwrap();
        let written = LocalDescription::new(9).write(&streams);
        assert_eq!(std::str::from_utf8(&written).unwrap(), BODY);
        assert_eq!(read_description(&written).unwrap(), streams);
    }

    #[test]
    fn the_version_rises_with_each_change_and_only_then() {
        let mut streams = read_description(BODY.as_bytes()).unwrap();
        let mut local = LocalDescription::new(9);
        let first = local.write(&streams);
        assert_eq!(local.write(&streams), first);
        streams[0].direction = Direction::SendOnly;
        let held = local.write(&streams);
        assert!(held.starts_with(b"v=0\r\no=- 9 2 IN IP4"));
        assert_eq!(local.write(&streams), held);
        streams[0].direction = Direction::SendReceive;
        assert!(local.write(&streams).starts_with(b"v=0\r\no=- 9 3 IN IP4"));
        assert!(local.last().unwrap().ends_with(b"t38\r\n"));
    }
}
