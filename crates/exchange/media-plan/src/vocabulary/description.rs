//! Offers and answers (RFC 3264), in words that SDP and H.245 both translate to.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What one side proposes: one description a stream, in the order of the media lines.
///
/// The order and number of streams is part of the agreement (RFC 3264 section 6): an answer has as many, in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaOffer {
    /// The streams.
    pub streams: Vec<StreamDescription>,
}

/// What the other side makes of an offer: as many streams as the offer, refused ones without an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaAnswer {
    /// The streams.
    pub streams: Vec<StreamDescription>,
}

/// One stream of an offer or answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamDescription {
    /// Audio, video or another kind.
    pub kind: MediaKind,
    /// How packets travel.
    pub transport: TransportProfile,
    /// Where packets are wanted; none when the stream is refused or switched off (port 0).
    pub rtp: Option<SocketAddr>,
    /// Where RTCP is wanted; none when it is the port above `rtp` or there is no RTCP.
    pub rtcp: Option<SocketAddr>,
    /// Who sends, from the describer's point of view.
    pub direction: Direction,
    /// Payload formats in order of preference, `telephone-event` among them.
    pub codecs: Vec<Codec>,
    /// Milliseconds of media in a packet that the describer asks for (RFC 8866 section 6.4).
    pub packet_time: Option<u16>,
    /// The most milliseconds in a packet that the describer accepts.
    pub max_packet_time: Option<u16>,
}

/// The kind of a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Anything else, by its name: kept so that it can be refused in its place.
    Other(String),
}

/// How the packets of a stream travel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TransportProfile {
    /// RTP/AVP (RFC 3551).
    RtpAvp,
    /// RTP/SAVP (RFC 3711).
    RtpSavp,
    /// RTP/AVPF (RFC 4585).
    RtpAvpf,
    /// RTP/SAVPF (RFC 5124).
    RtpSavpf,
    /// UDP/TLS/RTP/SAVPF (RFC 5764).
    DtlsSavpf,
    /// Anything else, by its name: kept so that it can be refused in its place.
    Other(String),
}

/// Who sends, from the describer's point of view (RFC 3264 section 5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// Both sides send.
    #[default]
    SendReceive,
    /// Only the describer sends.
    SendOnly,
    /// Only the other side sends.
    ReceiveOnly,
    /// Nobody sends.
    Inactive,
}

impl Direction {
    /// The describer sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// The describer wants to receive.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }

    /// The direction in which exactly these happen.
    pub fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendReceive,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::ReceiveOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// The same agreement seen from the other side.
    pub fn reversed(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What remains when both this and `other` (both from the same side) have to permit it.
    pub fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }
}

/// A payload format and the number it has in one description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Codec {
    /// The RTP payload type in this description, 0 to 127.
    pub payload_type: u8,
    /// The encoding name.
    pub name: CodecName,
    /// The RTP clock in hertz (8000 for G.722, RFC 3551 section 4.5.2).
    pub clock_rate: u32,
    /// Channels, 1 when not told.
    pub channels: u8,
    /// The format parameters as they were written, without the payload type.
    pub parameters: Option<String>,
}

/// An encoding name, compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CodecName {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
    /// G.729 with or without its annexes.
    G729,
    /// Opus.
    Opus,
    /// RFC 4733 events.
    TelephoneEvent,
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Any other, by its name in upper case: passed untouched between sides that share it.
    Other(String),
}

impl CodecName {
    /// Reads an encoding name as `rtpmap` writes it.
    pub fn parse(name: &str) -> CodecName {
        match name.to_ascii_uppercase().as_str() {
            "PCMU" => CodecName::Pcmu,
            "PCMA" => CodecName::Pcma,
            "G722" => CodecName::G722,
            "G729" => CodecName::G729,
            "OPUS" => CodecName::Opus,
            "TELEPHONE-EVENT" => CodecName::TelephoneEvent,
            "CN" => CodecName::ComfortNoise,
            other => CodecName::Other(other.to_owned()),
        }
    }

    /// The name as `rtpmap` writes it.
    pub fn as_str(&self) -> &str {
        match self {
            CodecName::Pcmu => "PCMU",
            CodecName::Pcma => "PCMA",
            CodecName::G722 => "G722",
            CodecName::G729 => "G729",
            CodecName::Opus => "opus",
            CodecName::TelephoneEvent => "telephone-event",
            CodecName::ComfortNoise => "CN",
            CodecName::Other(name) => name,
        }
    }
}
