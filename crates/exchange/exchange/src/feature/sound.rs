//! What a party hears: the other party, music while the other holds, a treatment, or nothing while it holds itself.

use ground::ConnectionId;
use media_plan::{MediaOrderKind, PlaySource};
use serde::{Deserialize, Serialize};

/// What a leg was ordered last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sound {
    /// Nothing.
    #[default]
    Nothing,
    /// The relay with the other leg.
    Relay,
    /// Music: the other party holds.
    Music,
    /// What the answering device plays.
    Treatment,
}

/// What a leg hears in a conversation, and from whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// What was ordered last.
    pub sound: Sound,
    /// This party holds: it hears nothing.
    pub holds: bool,
    /// The other party holds: this one hears music.
    pub held: bool,
    /// What the other side plays instead of having media, and whether again and again.
    pub treatment: Option<(PlaySource, bool)>,
    /// The other leg, when it has one.
    pub other: Option<ConnectionId>,
}

impl Hearing {
    /// What should be heard now.
    pub fn wanted(&self) -> Sound {
        match (&self.treatment, self.other) {
            _ if self.holds => Sound::Nothing,
            _ if self.held => Sound::Music,
            (Some(_), _) => Sound::Treatment,
            (None, Some(_)) => Sound::Relay,
            (None, None) => Sound::Nothing,
        }
    }

    /// The order for what is heard now, for an engine that knows nothing of it.
    pub fn again(&self, connects: bool) -> Option<MediaOrderKind> {
        match self.sound {
            Sound::Nothing => None,
            Sound::Relay => self.other.filter(|_| connects).map(|with| MediaOrderKind::Connect { with }),
            Sound::Music => Some(MediaOrderKind::Play { source: PlaySource::Music, repeat: true }),
            Sound::Treatment => self.treatment.clone().map(|(source, repeat)| MediaOrderKind::Play { source, repeat }),
        }
    }

    /// Goes over to what should be heard now, and tells the order that does it.
    ///
    /// `connects`: this half orders the relay, which is one order for both legs. A relay ends by the order of the half whose party
    /// began to hold, before the other half hears of it; so going from the relay to music takes no second one.
    pub fn change(&mut self, connects: bool) -> Option<MediaOrderKind> {
        let (before, wanted) = (self.sound, self.wanted());
        if before == wanted {
            return None;
        }
        self.sound = wanted;
        match wanted {
            Sound::Relay => self.other.filter(|_| connects).map(|with| MediaOrderKind::Connect { with }),
            Sound::Music => Some(MediaOrderKind::Play { source: PlaySource::Music, repeat: true }),
            Sound::Treatment => self.treatment.clone().map(|(source, repeat)| MediaOrderKind::Play { source, repeat }),
            Sound::Nothing if before == Sound::Relay => Some(MediaOrderKind::Disconnect),
            Sound::Nothing => Some(MediaOrderKind::Stop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talking() -> Hearing {
        Hearing { other: Some(ConnectionId(2)), sound: Sound::Relay, ..Hearing::default() }
    }

    #[test]
    fn the_holding_party_hears_nothing_and_the_held_one_music() {
        let mut holding = Hearing { holds: true, ..talking() };
        assert_eq!(holding.change(true), Some(MediaOrderKind::Disconnect));
        let mut held = Hearing { held: true, ..talking() };
        assert_eq!(held.change(false), Some(MediaOrderKind::Play { source: PlaySource::Music, repeat: true }));
        assert_eq!(held.change(false), None);
    }

    #[test]
    fn who_holds_while_held_hears_no_music() {
        let mut both = Hearing { held: true, ..talking() };
        both.change(true);
        both.holds = true;
        assert_eq!(both.change(true), Some(MediaOrderKind::Stop));
        both.holds = false;
        assert!(matches!(both.change(true), Some(MediaOrderKind::Play { .. })));
        both.held = false;
        assert_eq!(both.change(true), Some(MediaOrderKind::Connect { with: ConnectionId(2) }));
    }

    #[test]
    fn a_treatment_begins_again_after_hold() {
        let echo = Some((PlaySource::Echo, true));
        let mut hearing = Hearing { treatment: echo, ..Hearing::default() };
        assert!(matches!(hearing.change(true), Some(MediaOrderKind::Play { source: PlaySource::Echo, repeat: true })));
        hearing.holds = true;
        assert_eq!(hearing.change(true), Some(MediaOrderKind::Stop));
        hearing.holds = false;
        assert!(matches!(hearing.change(true), Some(MediaOrderKind::Play { .. })));
    }
}
