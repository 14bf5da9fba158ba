//! The two laws of G.711 as codecs of a leg.

use media_plan::{Codec, CodecName};
use rtp::payload::g711;

/// Which law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// A-law.
    A,
    /// µ-law.
    Mu,
}

impl Law {
    /// The law of a codec, if it is G.711 at its own rate.
    pub(crate) fn of(codec: &Codec) -> Option<Law> {
        match codec.name {
            CodecName::Pcma if codec.clock_rate == 8000 && codec.channels <= 1 => Some(Law::A),
            CodecName::Pcmu if codec.clock_rate == 8000 && codec.channels <= 1 => Some(Law::Mu),
            _ => None,
        }
    }

    /// The code of a 16-bit sample.
    pub(crate) fn encode(self, sample: i16) -> u8 {
        match self {
            Law::A => g711::encode_alaw(sample),
            Law::Mu => g711::encode_ulaw(sample),
        }
    }

    /// The 16-bit sample of a code.
    pub(crate) fn decode(self, code: u8) -> i16 {
        match self {
            Law::A => g711::decode_alaw(code),
            Law::Mu => g711::decode_ulaw(code),
        }
    }
}
