//! What each device of the exchange does when it is called.

use directory::ServiceKind;
use exchange::AnsweredMedia;
use media_plan::PlaySource;

/// What a device plays to its caller. What is not repeated ends the call when it ends: the exchange clears it then.
pub(crate) fn answer(kind: &ServiceKind) -> AnsweredMedia {
    match kind {
        ServiceKind::Echo => AnsweredMedia::Treatment { source: PlaySource::Echo, repeat: true },
        ServiceKind::Music => AnsweredMedia::Treatment { source: PlaySource::Music, repeat: true },
        ServiceKind::Announcement(name) => {
            AnsweredMedia::Treatment { source: PlaySource::Announcement(name.clone()), repeat: false }
        }
    }
}

/// The name under which a device is shown to its caller.
pub(crate) fn name(kind: &ServiceKind) -> String {
    match kind {
        ServiceKind::Echo => "Echo".to_owned(),
        ServiceKind::Music => "Music".to_owned(),
        ServiceKind::Announcement(name) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_announcement_ends_by_itself() {
        let repeats = |kind| matches!(answer(&kind), AnsweredMedia::Treatment { repeat: true, .. });
        assert!(repeats(ServiceKind::Echo) && repeats(ServiceKind::Music));
        assert!(!repeats(ServiceKind::Announcement("welcome".into())));
    }
}
