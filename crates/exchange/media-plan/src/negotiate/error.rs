//! Why two sides could not agree.

use crate::vocabulary::description::TransportProfile;
use ground::Reason;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an offer or answer cannot be taken or made. What was agreed before goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NegotiationError {
    /// No audio stream is proposed, or every one is switched off.
    NoAudio,
    /// Audio is proposed over this transport only, and no packet of it could be relayed.
    UnsupportedTransport(TransportProfile),
    /// The two sides share no audio codec (`telephone-event` and comfort noise do not count).
    NoCommonCodec,
    /// The answer refuses the audio stream.
    AudioRefused,
    /// An answer has as many streams as the offer (RFC 3264 section 6); this one has not.
    StreamCount {
        /// Streams in the offer.
        offered: usize,
        /// Streams in the answer.
        answered: usize,
    },
    /// An offer while another one awaits its answer (RFC 3264 section 4, glare).
    OfferPending,
    /// An answer, or an order to answer, without an offer.
    NoOfferPending,
    /// A new offer has fewer streams than were agreed before (RFC 3264 section 8).
    StreamsVanished {
        /// Streams agreed before.
        before: usize,
        /// Streams in the new offer.
        now: usize,
    },
    /// More streams than anyone has use for.
    TooManyStreams {
        /// Streams in the offer.
        offered: usize,
    },
    /// The other leg has described no media from which this leg's could be made.
    NothingToPass,
}

impl NegotiationError {
    /// The reason with which a call is refused or cleared because of this.
    pub fn reason(&self) -> Reason {
        match self {
            NegotiationError::NoAudio
            | NegotiationError::UnsupportedTransport(_)
            | NegotiationError::NoCommonCodec
            | NegotiationError::AudioRefused => Reason::NoCommonCodec,
            NegotiationError::StreamCount { .. }
            | NegotiationError::StreamsVanished { .. }
            | NegotiationError::TooManyStreams { .. } => Reason::MediaNotUnderstood,
            NegotiationError::OfferPending | NegotiationError::NoOfferPending => Reason::ProtocolError,
            NegotiationError::NothingToPass => Reason::InternalError,
        }
    }
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NegotiationError::NoAudio => f.write_str("no audio stream is offered"),
            NegotiationError::UnsupportedTransport(profile) => {
                write!(f, "audio is offered over {profile:?} only, which is not supported")
            }
            NegotiationError::NoCommonCodec => f.write_str("no codec is common to both sides"),
            NegotiationError::AudioRefused => f.write_str("the answer refuses the audio stream"),
            NegotiationError::StreamCount { offered, answered } => {
                write!(f, "{answered} streams answer an offer of {offered}")
            }
            NegotiationError::OfferPending => f.write_str("another offer awaits its answer"),
            NegotiationError::NoOfferPending => f.write_str("there is no offer to answer"),
            NegotiationError::StreamsVanished { before, now } => {
                write!(f, "{now} streams are offered where {before} were agreed")
            }
            NegotiationError::TooManyStreams { offered } => write!(f, "{offered} streams are too many"),
            NegotiationError::NothingToPass => f.write_str("the other side has described no media"),
        }
    }
}

impl std::error::Error for NegotiationError {}
