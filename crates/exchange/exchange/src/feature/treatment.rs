//! What becomes of a call that fails, reason by reason.
//!
//! The policy: before the answer, a telephone makes the tone itself when it is told the reason (RFC 3261 section 21; Q.850
//! causes go along), so the exchange refuses at once and plays no tone of its own. An announcement is played where a tone would
//! not tell enough; it is progress before the answer, so nobody pays for it. After the answer a party that is left alone hears
//! nothing from the exchange: it is cleared.

use directory::Outcome;
use ground::Reason;

/// What becomes of a call that fails for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// The announcement that the caller hears before the clear, when the site wants announcements.
    pub announcement: Option<&'static str>,
    /// The next choice of the route is tried.
    pub next_choice: bool,
    /// How the record says that the call ended.
    pub outcome: Outcome,
}

const REFUSED: Treatment = Treatment { announcement: None, next_choice: false, outcome: Outcome::Refused };
const UNANSWERED: Treatment = Treatment { outcome: Outcome::NotAnswered, ..REFUSED };
const ANOTHER_CHOICE: Treatment = Treatment { next_choice: true, ..REFUSED };

/// The table.
pub const fn treatment(reason: Reason) -> Treatment {
    match reason {
        // The number leads nowhere: a voice tells, since a tone would be taken for a fault.
        Reason::VacantNumber => Treatment { announcement: Some("number-not-in-use"), ..REFUSED },
        // The exchange itself was gone.
        Reason::Interrupted => Treatment { outcome: Outcome::Interrupted, ..REFUSED },
        // Nobody refused anything.
        Reason::NormalClearing
        | Reason::Abandoned
        | Reason::NoAnswer
        | Reason::AnsweredElsewhere
        | Reason::Transferred
        | Reason::Replaced => UNANSWERED,
        // The way failed and not the destination: another way may do.
        Reason::NoRouteAvailable
        | Reason::TrunkUnreachable
        | Reason::TemporaryFailure
        | Reason::ProtocolTimeout
        | Reason::TransportFailure
        | Reason::NoUserResponding
        // A trunk knows another way, which the site does not let it choose: the site's own next way is tried.
        | Reason::Redirected => ANOTHER_CHOICE,
        // The destination, or the exchange itself, has spoken.
        Reason::UserBusy
        | Reason::RedirectionLimit
        | Reason::NoSuchConnection
        | Reason::SubscriberAbsent
        | Reason::CallRejected
        | Reason::IncompleteNumber
        | Reason::InvalidNumber
        | Reason::DestinationOutOfOrder
        | Reason::Overload
        | Reason::Draining
        | Reason::NoMediaResource
        | Reason::NotAuthorized
        | Reason::NotAuthenticated
        | Reason::NoCommonCodec
        | Reason::MediaNotUnderstood
        | Reason::NotImplemented
        | Reason::MediaLost
        | Reason::ProtocolError
        | Reason::LoopDetected
        | Reason::DurationExceeded
        | Reason::ClearedByAdministrator
        | Reason::InternalError => REFUSED,
    }
}

/// Of two reasons why terminals of one number failed, the one that the caller is told: what a person did or is doing counts
/// before what a telephone could not.
pub fn more_telling(one: Reason, other: Reason) -> Reason {
    if rank(other) > rank(one) { other } else { one }
}

const fn rank(reason: Reason) -> u8 {
    match reason {
        Reason::CallRejected => 4,
        Reason::UserBusy => 3,
        Reason::NoAnswer => 2,
        Reason::SubscriberAbsent | Reason::NoUserResponding | Reason::TransportFailure => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_refused_counts_before_a_telephone_that_failed() {
        assert_eq!(more_telling(Reason::NoUserResponding, Reason::UserBusy), Reason::UserBusy);
        assert_eq!(more_telling(Reason::CallRejected, Reason::UserBusy), Reason::CallRejected);
        assert_eq!(more_telling(Reason::NoCommonCodec, Reason::TransportFailure), Reason::NoCommonCodec);
    }

    #[test]
    fn only_failures_of_the_way_lead_to_the_next_choice() {
        let ways: Vec<_> = Reason::ALL.iter().filter(|r| treatment(**r).next_choice).map(|r| r.code()).collect();
        assert_eq!(
            ways,
            [
                "redirected",
                "no-user-responding",
                "no-route-available",
                "trunk-unreachable",
                "temporary-failure",
                "protocol-timeout",
                "transport-failure"
            ]
        );
        assert!(!treatment(Reason::UserBusy).next_choice && !treatment(Reason::VacantNumber).next_choice);
    }
}
