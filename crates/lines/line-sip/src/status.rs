//! Reasons and SIP status codes (RFC 3398 section 7.2.4.1, RFC 3261 section 21).

use ground::Reason;
use sip::{HeaderName, Message};

/// The status with which an INVITE that was not answered is refused.
pub fn status_of(reason: Reason) -> u16 {
    match reason {
        Reason::UserBusy => 486,
        Reason::NoAnswer | Reason::SubscriberAbsent | Reason::NoUserResponding => 480,
        Reason::CallRejected => 603,
        Reason::VacantNumber | Reason::InvalidNumber => 404,
        Reason::IncompleteNumber => 484,
        Reason::NotAuthorized | Reason::NotAuthenticated => 403,
        Reason::NoCommonCodec | Reason::MediaNotUnderstood => 488,
        Reason::NotImplemented => 501,
        // RFC 3261 section 21.4.21: the hops are used up.
        Reason::LoopDetected | Reason::RedirectionLimit => 483,
        Reason::NoSuchConnection => 481,
        Reason::ProtocolTimeout => 504,
        Reason::ProtocolError => 400,
        Reason::DestinationOutOfOrder => 502,
        Reason::InternalError => 500,
        Reason::NoRouteAvailable
        | Reason::TrunkUnreachable
        | Reason::TransportFailure
        | Reason::TemporaryFailure
        | Reason::Overload
        | Reason::Draining
        | Reason::Interrupted
        | Reason::NoMediaResource => 503,
        Reason::NormalClearing
        | Reason::Abandoned
        | Reason::AnsweredElsewhere
        | Reason::Transferred
        | Reason::Replaced
        | Reason::Redirected
        | Reason::MediaLost
        | Reason::DurationExceeded
        | Reason::ClearedByAdministrator => 480,
    }
}

/// The reason that a refusal of our INVITE tells.
pub fn reason_of(status: u16) -> Reason {
    match status {
        486 | 600 => Reason::UserBusy,
        404 | 410 | 604 => Reason::VacantNumber,
        484 => Reason::IncompleteNumber,
        485 => Reason::InvalidNumber,
        401 | 407 => Reason::NotAuthenticated,
        403 | 603 | 607 => Reason::CallRejected,
        408 => Reason::NoUserResponding,
        480 => Reason::NoUserResponding,
        487 => Reason::Abandoned,
        415 | 488 | 606 => Reason::NoCommonCodec,
        482 | 483 => Reason::LoopDetected,
        300..400 => Reason::Redirected,
        405 | 420 | 421 | 501 | 505 => Reason::NotImplemented,
        502 => Reason::DestinationOutOfOrder,
        504 => Reason::ProtocolTimeout,
        503 | 500 | 580 => Reason::TemporaryFailure,
        400..500 => Reason::ProtocolError,
        500..600 => Reason::TemporaryFailure,
        600..700 => Reason::CallRejected,
        _ => Reason::ProtocolError,
    }
}

/// The reason with which our own user agent refuses an INVITE by itself (RFC 3261 section 8.2): what the Reason header of its answer says.
pub fn reason_of_own(status: u16) -> Reason {
    match status {
        405 | 415 | 420 | 421 | 501 => Reason::NotImplemented,
        416 => Reason::InvalidNumber,
        481 => Reason::NoSuchConnection,
        486 => Reason::UserBusy,
        603 => Reason::CallRejected,
        482 | 483 => Reason::LoopDetected,
        503 => Reason::Overload,
        _ => Reason::ProtocolError,
    }
}

/// The reason that the Q.850 cause in a Reason header tells (RFC 3326 section 2), when it says more than the status does.
pub fn reason_in(message: &Message) -> Option<Reason> {
    message.headers(HeaderName::Reason).find_map(|line| std::str::from_utf8(line).ok().and_then(q850_in))
}

fn q850_in(line: &str) -> Option<Reason> {
    let value = line.split(',').map(str::trim).find(|value| has_prefix(value, "q.850"))?;
    let cause = value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("cause").then(|| value.trim().parse::<u8>().ok())?
    })?;
    match cause {
        1 => Some(Reason::VacantNumber),
        16 | 31 => Some(Reason::NormalClearing),
        17 => Some(Reason::UserBusy),
        18 => Some(Reason::NoUserResponding),
        19 => Some(Reason::NoAnswer),
        20 => Some(Reason::SubscriberAbsent),
        21 => Some(Reason::CallRejected),
        25 => Some(Reason::LoopDetected),
        26 => Some(Reason::AnsweredElsewhere),
        27 => Some(Reason::DestinationOutOfOrder),
        28 => Some(Reason::IncompleteNumber),
        34 => Some(Reason::NoRouteAvailable),
        38 => Some(Reason::TrunkUnreachable),
        41 => Some(Reason::TemporaryFailure),
        42 => Some(Reason::Overload),
        47 => Some(Reason::NoMediaResource),
        57 => Some(Reason::NotAuthorized),
        79 => Some(Reason::NotImplemented),
        88 => Some(Reason::NoCommonCodec),
        102 => Some(Reason::ProtocolTimeout),
        111 => Some(Reason::ProtocolError),
        _ => None,
    }
}

fn has_prefix(value: &str, prefix: &str) -> bool {
    value.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_refuses_with_a_final_status() {
        for reason in Reason::ALL {
            assert!((400..700).contains(&status_of(*reason)), "{reason}");
        }
    }

    #[test]
    fn every_status_has_a_reason() {
        assert_eq!(reason_of(486), Reason::UserBusy);
        assert_eq!(reason_of(302), Reason::Redirected);
        assert_eq!(reason_of(499), Reason::ProtocolError);
        assert_eq!(reason_of(699), Reason::CallRejected);
    }

    #[test]
    fn a_reason_header_says_more_than_the_status() {
        assert_eq!(q850_in("SIP;cause=487, Q.850 ;cause=17;text=\"busy\""), Some(Reason::UserBusy));
        assert_eq!(q850_in("q.850; text=\"x\" ; CAUSE = 19"), Some(Reason::NoAnswer));
        assert_eq!(q850_in("Q.850;cause=300"), None);
        assert_eq!(q850_in("SIP;cause=200"), None);
    }
}
