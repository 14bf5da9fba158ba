//! What the exchange orders from a line.

use super::input::TerminalId;
use super::report::Party;
use directory::ServiceKind;
use ground::{DeviceId, Number, Reason, TrunkId};
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
}

/// What the exchange orders for one connection. Every connection ends with `Report::Cleared`, whoever clears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Offer a call. The connection's identifier comes from the exchange.
    Offer(Box<OfferedCall>),
    /// Tell the caller that the called telephone rings; its own telephone makes the tone.
    Alert,
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
    /// Ask the telephone within the dialog whether it is there; `Report::Probed` or `Report::Cleared` follows.
    Probe,
    /// End the connection: refuse it before the answer, hang up after.
    Clear(Reason),
}
