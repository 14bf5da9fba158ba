//! What an implementation of `MediaControl` can do, so that nobody orders what it cannot.

use crate::vocabulary::control::{PlaySource, StreamSetup};
use crate::vocabulary::description::{Codec, CodecName};
use serde::{Deserialize, Serialize};

/// Kinds of things that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SourceKind {
    /// [`PlaySource::Tone`].
    Tone,
    /// [`PlaySource::Announcement`].
    Announcement,
    /// [`PlaySource::Music`].
    Music,
    /// [`PlaySource::Echo`].
    Echo,
}

impl SourceKind {
    /// The kind of a source.
    pub fn of(source: &PlaySource) -> SourceKind {
        match source {
            PlaySource::Tone(_) => SourceKind::Tone,
            PlaySource::Announcement(_) => SourceKind::Announcement,
            PlaySource::Music => SourceKind::Music,
            PlaySource::Echo => SourceKind::Echo,
        }
    }
}

/// What one implementation of `MediaControl` can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Codecs in which it can originate media, at 8000 Hz and one channel.
    pub originate: Vec<CodecName>,
    /// Codecs that it converts into one another; empty when it converts nothing.
    pub convert: Vec<CodecName>,
    /// What it plays.
    pub play: Vec<SourceKind>,
    /// It reports telephone-events (`Collection::Events`).
    pub collect_events: bool,
    /// It sends digits as telephone-events.
    pub send_events: bool,
    /// It sends digits as dual tones where no telephone-event was negotiated.
    pub send_digit_tones: bool,
    /// It relays between an IPv4 leg and an IPv6 leg.
    pub relay_between_families: bool,
}

impl Capabilities {
    /// It can originate media in this codec.
    pub fn originates(&self, codec: &Codec) -> bool {
        codec.clock_rate == 8000 && codec.channels == 1 && self.originate.contains(&codec.name)
    }

    /// It can play this towards a leg that is set up so. Echo returns what comes, in any codec.
    pub fn plays(&self, source: &PlaySource, setup: &StreamSetup) -> bool {
        let kind = SourceKind::of(source);
        self.play.contains(&kind) && (kind == SourceKind::Echo || setup.send.iter().any(|codec| self.originates(codec)))
    }

    /// It can convert between these two.
    pub fn converts(&self, one: &Codec, other: &Codec) -> bool {
        self.convert.contains(&one.name) && self.convert.contains(&other.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::control::Tone;
    use crate::vocabulary::description::Direction;

    #[test]
    fn what_is_played_needs_a_codec_that_can_be_made() {
        let engine = Capabilities {
            originate: vec![CodecName::Pcma],
            play: vec![SourceKind::Tone, SourceKind::Echo],
            ..Capabilities::default()
        };
        let setup = |name: CodecName| StreamSetup {
            remote: None,
            direction: Direction::SendReceive,
            send: Codec::with_static_number(name).into_iter().collect(),
            receive: Vec::new(),
            packet_time: 20,
            silence_after: None,
        };
        assert!(engine.plays(&PlaySource::Tone(Tone::Dial), &setup(CodecName::Pcma)));
        assert!(!engine.plays(&PlaySource::Tone(Tone::Dial), &setup(CodecName::G729)));
        assert!(engine.plays(&PlaySource::Echo, &setup(CodecName::G729)));
        assert!(!engine.plays(&PlaySource::Music, &setup(CodecName::Pcma)));
        assert!(!engine.converts(&Codec::telephone_event(), &Codec::telephone_event()));
    }
}
