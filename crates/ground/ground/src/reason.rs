//! Stable reason codes: why a call was refused or ended, the same word in the log, the record and the Reason header.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = ($code:literal, $q850:literal, $text:literal),)*) => {
        /// Why a call was refused or ended. [`Reason::code`] never changes once released.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// All reasons, in the order of this page.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),*];

            /// The stable name, for logs, records and documentation.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// The cause value of Q.850 table 1 that tells the same to other networks.
            pub fn q850(self) -> u8 {
                match self { $(Reason::$name => $q850,)* }
            }

            /// A short English text for people, without quotation marks.
            pub fn text(self) -> &'static str {
                match self { $(Reason::$name => $text,)* }
            }

            /// The reason with this stable name.
            pub fn from_code(code: &str) -> Option<Reason> {
                match code { $($code => Some(Reason::$name),)* _ => None }
            }
        }
    };
}

reasons! {
    /// A party hung up.
    NormalClearing = ("normal-clearing", 16, "hung up"),
    /// The caller gave up before the answer.
    Abandoned = ("abandoned", 16, "caller gave up"),
    /// Another terminal of the number answered.
    AnsweredElsewhere = ("answered-elsewhere", 26, "answered elsewhere"),
    /// The parties were joined with others; what follows has a record of its own.
    Transferred = ("transferred", 16, "transferred"),
    /// Another telephone took over the connection.
    Replaced = ("replaced", 16, "taken over by another telephone"),
    /// The call was redirected, and no target of it could be reached or permitted.
    Redirected = ("redirected", 23, "redirected"),
    /// Redirected too often, or back to where it has been.
    RedirectionLimit = ("redirection-limit", 25, "redirected too often"),
    /// The connection to transfer to, or to take over, does not exist.
    NoSuchConnection = ("no-such-connection", 31, "no such connection"),
    /// The called party is busy.
    UserBusy = ("user-busy", 17, "busy"),
    /// The called party's telephone did not answer to signalling at all.
    NoUserResponding = ("no-user-responding", 18, "telephone does not respond"),
    /// It rang, and nobody answered in time.
    NoAnswer = ("no-answer", 19, "no answer"),
    /// The number exists and no telephone is registered for it.
    SubscriberAbsent = ("subscriber-absent", 20, "no telephone registered"),
    /// The called party rejected the call.
    CallRejected = ("call-rejected", 21, "rejected"),
    /// The number is not in use.
    VacantNumber = ("vacant-number", 1, "number not in use"),
    /// The digits are not a complete number.
    IncompleteNumber = ("incomplete-number", 28, "number incomplete"),
    /// What was dialled is no number that this exchange can analyse.
    InvalidNumber = ("invalid-number", 28, "not a valid number"),
    /// Every choice of the route is busy or out of service.
    NoRouteAvailable = ("no-route-available", 34, "no line available"),
    /// The trunk does not answer.
    TrunkUnreachable = ("trunk-unreachable", 38, "trunk does not answer"),
    /// The far side reported that it is out of order.
    DestinationOutOfOrder = ("destination-out-of-order", 27, "destination out of order"),
    /// The far side failed for a while.
    TemporaryFailure = ("temporary-failure", 41, "temporary failure"),
    /// The exchange has too much to do.
    Overload = ("overload", 42, "exchange overloaded"),
    /// The exchange is being stopped and takes no new calls.
    Draining = ("draining", 42, "exchange is being stopped"),
    /// No media port is left.
    NoMediaResource = ("no-media-resource", 47, "no media resource"),
    /// The class of service or the list of permitted callers says no.
    NotAuthorized = ("not-authorized", 57, "not permitted"),
    /// The caller did not prove who it is.
    NotAuthenticated = ("not-authenticated", 57, "not authenticated"),
    /// The two sides share no codec or media type.
    NoCommonCodec = ("no-common-codec", 88, "no common codec"),
    /// The description of the media cannot be understood.
    MediaNotUnderstood = ("media-not-understood", 88, "media description not understood"),
    /// The called party demands something that is not supported.
    NotImplemented = ("not-implemented", 79, "not implemented"),
    /// No media arrived for so long, and the telephone did not answer when asked, that the call was cleared.
    MediaLost = ("media-lost", 27, "telephone vanished"),
    /// An answer that the protocol owes did not come in time.
    ProtocolTimeout = ("protocol-timeout", 102, "protocol time-out"),
    /// The other side broke the protocol.
    ProtocolError = ("protocol-error", 111, "protocol error"),
    /// The transport to the other side failed.
    TransportFailure = ("transport-failure", 38, "transport failed"),
    /// The request visited too many hops or came back.
    LoopDetected = ("loop-detected", 25, "loop detected"),
    /// The permitted duration was reached.
    DurationExceeded = ("duration-exceeded", 31, "longest duration reached"),
    /// An administrator cleared the call.
    ClearedByAdministrator = ("cleared-by-administrator", 31, "cleared by an administrator"),
    /// The exchange ended without closing the call; found at the next start.
    Interrupted = ("interrupted", 41, "exchange restarted"),
    /// The exchange contradicted itself; a fault to be reported.
    InternalError = ("internal-error", 41, "internal error"),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            assert!((1..128).contains(&reason.q850()), "{reason}");
            assert!(!reason.text().contains('"'));
        }
        assert_eq!(Reason::from_code("no such code"), None);
    }
}
