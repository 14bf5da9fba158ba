//! What the exchange orders from a line.

use super::input::TerminalId;
use super::report::Party;
use directory::ServiceKind;
use ground::{ConnectionId, DeviceId, Number, Reason, TrunkId};
use media_plan::{MediaAnswer, MediaOffer};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where a call is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferTarget {
    /// One registered telephone of a device.
    Terminal {
        /// The device.
        device: DeviceId,
        /// The telephone.
        terminal: TerminalId,
    },
    /// A trunk.
    Trunk(TrunkId),
    /// A device that lives in the exchange.
    Service(ServiceKind),
}

/// A call as it is offered to a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedCall {
    /// Where to.
    pub target: OfferTarget,
    /// Who calls, as the called side may see it.
    pub caller: Party,
    /// The number that the target is called by: an extension's own, or what is sent over a trunk.
    pub called: Number,
    /// The offer; none when the called side has to offer.
    pub media: Option<MediaOffer>,
    /// An emergency call: never held back.
    pub emergency: bool,
    /// How many exchanges it may still pass: one less than it had when it came in.
    pub hops: u8,
    /// The device is talking already: the telephone may knock instead of ringing.
    pub waiting: bool,
    /// Who sent the caller here, when it is transferred to this target (RFC 3892).
    pub referred_by: Option<Party>,
}

/// Where a party is to be transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferTarget {
    /// To a number that is yet to be called (ECMA-269: single step transfer).
    Number(Number),
    /// To the other party of this connection (ECMA-269: transfer call).
    Connection(ConnectionId),
}

/// How a transfer that a party asked for goes on. `Done` and `Failed` are the last word; each request gets exactly one of them, unless
/// its connection ends before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferProgress {
    /// The target is being called.
    Trying,
    /// The target rings.
    Ringing,
    /// The other party talks to the target: this connection is about to end, and its telephone may end it first.
    Done,
    /// Why not; the parties go on as they were.
    Failed(Reason),
}

/// What the exchange orders for one connection. Every connection ends with `Report::Cleared`, whoever clears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Offer a call. The connection's identifier comes from the exchange.
    Offer(Box<OfferedCall>),
    /// Tell the caller that the called telephone rings; its own telephone makes the tone.
    Alert {
        /// The called party is talking to somebody else and hears that a call waits.
        waiting: bool,
    },
    /// Tell the caller that something happens before the answer.
    Progress {
        /// The answer to its offer, when there is media to hear.
        media: Option<MediaAnswer>,
        /// Why, when the call has failed and an announcement follows.
        reason: Option<Reason>,
    },
    /// Tell the caller that its call is answered.
    Answer {
        /// The answer to its offer; none when it was given by `Progress` already, or the caller made no offer.
        answer: Option<MediaAnswer>,
        /// The exchange's own offer, when the caller made none.
        offer: Option<MediaOffer>,
        /// Who answered.
        connected: Party,
    },
    /// Offer a change of media within the call; also, the exchange's answer is expected by `Report::MediaAnswered`.
    MediaOffer(MediaOffer),
    /// Answer to `Report::MediaOffered`, or to the offer in `Report::Answered`.
    MediaAnswer(MediaAnswer),
    /// Refuse `Report::MediaOffered`; what was agreed before goes on.
    MediaRefuse(Reason),
    /// Send a digit in signalling, to a side that takes none in media.
    SendDigit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long.
        duration: Duration,
    },
    /// The other party is another one from now on, or its name or number changed: show it (RFC 4916).
    UpdateParty(Party),
    /// How the transfer that this party asked for goes on.
    Transfer(TransferProgress),
    /// Ask the far side to transfer itself, on a trunk whose profile permits it. `Report::Transferred` follows.
    Refer {
        /// Where to.
        target: TransferTarget,
        /// On whose behalf (RFC 3892).
        by: Number,
    },
    /// Ask the telephone within the dialog whether it is there; `Report::Probed` or `Report::Cleared` follows.
    Probe,
    /// End the connection: refuse it before the answer, hang up after.
    Clear(Reason),
}
