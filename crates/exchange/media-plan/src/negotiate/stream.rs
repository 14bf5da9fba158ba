//! Streams: which one carries the call's sound, what a far side's description says in effect, and how a stream is refused.

use super::codec::usable;
use super::error::NegotiationError;
use crate::vocabulary::description::{Codec, Direction, MediaKind, StreamDescription, TransportProfile};
use std::net::SocketAddr;

/// The most streams of one description that are taken.
const MOST_STREAMS: usize = 16;
/// Milliseconds of media in a packet when nothing else is asked for (RFC 3551 section 4.5).
pub const DEFAULT_PACKET_TIME: u16 = 20;
/// The shortest packet that is sent, in milliseconds.
pub const SHORTEST_PACKET_TIME: u16 = 10;
/// The longest packet that is sent, in milliseconds.
pub const LONGEST_PACKET_TIME: u16 = 60;

/// The index of the stream that carries the call's sound: `before` when it still can, else the first that can.
pub(super) fn choose_audio(streams: &[StreamDescription], before: Option<usize>) -> Result<usize, NegotiationError> {
    if streams.len() > MOST_STREAMS {
        return Err(NegotiationError::TooManyStreams { offered: streams.len() });
    }
    if let Some(index) = before.filter(|index| streams.get(*index).is_some_and(carries_audio)) {
        return Ok(index);
    }
    if let Some(index) = streams.iter().position(carries_audio) {
        return Ok(index);
    }
    let active = |stream: &&StreamDescription| stream.kind == MediaKind::Audio && stream.rtp.is_some();
    match streams.iter().find(active) {
        Some(stream) if stream.transport != TransportProfile::RtpAvp => {
            Err(NegotiationError::UnsupportedTransport(stream.transport.clone()))
        }
        Some(_) => Err(NegotiationError::NoCommonCodec),
        None => Err(NegotiationError::NoAudio),
    }
}

/// Audio over plain RTP that is switched on and has a codec for speech. SRTP is refused: it cannot be terminated here, and
/// keys that pass through are not keys.
fn carries_audio(stream: &StreamDescription) -> bool {
    stream.kind == MediaKind::Audio
        && stream.transport == TransportProfile::RtpAvp
        && stream.rtp.is_some()
        && usable(&stream.codecs).iter().any(Codec::is_audio)
}

/// The direction that a far side's description has in effect: an address of zeros forbids to send there, as `sendonly` does
/// (RFC 3264 section 8.4).
pub(super) fn effective_direction(stream: &StreamDescription) -> Direction {
    match stream.rtp {
        None => Direction::Inactive,
        Some(address) if address.ip().is_unspecified() => stream.direction.and(Direction::SendOnly),
        Some(_) => stream.direction,
    }
}

/// Where packets may be sent according to a far side's description: RTP and RTCP; none when there is nowhere.
pub(super) fn destination(stream: &StreamDescription) -> Option<(SocketAddr, SocketAddr)> {
    let rtp = stream.rtp.filter(|address| !address.ip().is_unspecified() && address.port() != 0)?;
    // Without `a=rtcp` the port above is meant (RFC 3605 section 2.1).
    let above = SocketAddr::new(rtp.ip(), rtp.port().checked_add(1).unwrap_or(rtp.port()));
    Some((rtp, stream.rtcp.filter(|address| !address.ip().is_unspecified()).unwrap_or(above)))
}

/// Milliseconds a packet for media that we originate: what the far side asks for, within what we send, never above its
/// maximum (RFC 8866 section 6.4), in whole tens.
pub(super) fn packet_time(stream: &StreamDescription) -> u16 {
    let most = stream.max_packet_time.unwrap_or(LONGEST_PACKET_TIME).min(LONGEST_PACKET_TIME);
    let asked = stream.packet_time.unwrap_or(DEFAULT_PACKET_TIME).min(most);
    (asked / 10 * 10).clamp(SHORTEST_PACKET_TIME, LONGEST_PACKET_TIME)
}

/// The same stream, refused in an answer or switched off in an offer: port 0 (RFC 3264 sections 6 and 8.2). The formats stay,
/// since a media line without any is malformed.
pub(super) fn switched_off(stream: &StreamDescription) -> StreamDescription {
    StreamDescription {
        rtp: None,
        rtcp: None,
        direction: Direction::Inactive,
        packet_time: None,
        max_packet_time: None,
        ..stream.clone()
    }
}

/// An audio stream of ours.
pub(super) fn audio(local: SocketAddr, direction: Direction, codecs: Vec<Codec>) -> StreamDescription {
    StreamDescription {
        kind: MediaKind::Audio,
        transport: TransportProfile::RtpAvp,
        rtp: Some(local),
        rtcp: None,
        direction,
        codecs,
        packet_time: Some(DEFAULT_PACKET_TIME),
        max_packet_time: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::codec::OwnCodecs;
    use super::*;

    fn stream(address: &str) -> StreamDescription {
        audio(address.parse().unwrap(), Direction::SendReceive, OwnCodecs::default().0)
    }

    #[test]
    fn the_first_plain_audio_stream_carries_the_call() {
        let mut video = stream("192.0.2.1:4000");
        video.kind = MediaKind::Video;
        let mut secure = stream("192.0.2.1:4002");
        secure.transport = TransportProfile::RtpSavp;
        let plain = stream("192.0.2.1:4004");
        assert_eq!(choose_audio(&[video.clone(), secure.clone(), plain.clone()], None), Ok(2));
        assert_eq!(choose_audio(&[plain.clone(), plain.clone()], Some(1)), Ok(1));
        assert_eq!(choose_audio(&[plain.clone(), switched_off(&plain)], Some(1)), Ok(0));
        let error = choose_audio(&[video.clone(), secure], None);
        assert_eq!(error, Err(NegotiationError::UnsupportedTransport(TransportProfile::RtpSavp)));
        assert_eq!(choose_audio(&[video], None), Err(NegotiationError::NoAudio));
        assert_eq!(choose_audio(&vec![plain; 17], None), Err(NegotiationError::TooManyStreams { offered: 17 }));
    }

    #[test]
    fn an_address_of_zeros_forbids_to_send_there() {
        let held = stream("0.0.0.0:4000");
        assert_eq!(effective_direction(&held), Direction::SendOnly);
        assert_eq!(destination(&held), None);
        let plain = stream("192.0.2.1:4000");
        let (rtp, rtcp) = destination(&plain).unwrap();
        assert_eq!((rtp.port(), rtcp.port()), (4000, 4001));
    }

    #[test]
    fn the_packet_time_asked_for_is_kept_within_bounds() {
        let with = |asked: Option<u16>, most: Option<u16>| {
            packet_time(&StreamDescription { packet_time: asked, max_packet_time: most, ..stream("192.0.2.1:4000") })
        };
        assert_eq!(with(None, None), 20);
        assert_eq!(with(Some(30), None), 30);
        assert_eq!(with(Some(30), Some(20)), 20);
        assert_eq!(with(Some(0), None), 10);
        assert_eq!(with(Some(240), None), 60);
        assert_eq!(with(Some(25), None), 20);
        assert_eq!(with(None, Some(0)), 10);
    }
}
