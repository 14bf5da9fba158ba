//! What halves say to one another. Everything is data, so that the other half may live on another server.

use super::HalfId;
use crate::vocabulary::report::Party;
use directory::ServiceKind;
use ground::{CallId, ConnectionId, DeviceId, Digits, Reason, TrunkId};
use media_plan::{MediaAnswer, MediaOffer, PlaySource};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who says it.
    pub from: HalfId,
    /// To whom.
    pub to: HalfId,
    /// What.
    pub message: Message,
}

/// What one half tells the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Originating to a new terminating half: offer the call.
    Setup(Box<Setup>),
    /// Either way: the call is over, or this attempt is; nothing follows.
    Release(Reason),
    /// A terminal rings.
    Alerting {
        /// Who is rung.
        connected: Party,
    },
    /// Something happens before the answer.
    Progress {
        /// The called side's media and its leg, when there is something to hear.
        media: Option<(MediaAnswer, ConnectionId)>,
    },
    /// The called side answered.
    Answered(Box<Answered>),
    /// A change of media that this party's line offers.
    MediaOffer(MediaOffer),
    /// The answer of the other line.
    MediaAnswer(MediaAnswer),
    /// The other side does not take the change; what was agreed goes on.
    MediaRefuse(Reason),
    /// The party holds.
    Held,
    /// The party is back.
    Retrieved,
    /// The party sent a digit.
    Digit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long.
        duration: Duration,
        /// It came in media, so that the relay has brought it to whoever takes such digits.
        in_media: bool,
    },
}

/// A call for a terminating half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The call.
    pub call: CallId,
    /// Where to.
    pub target: Target,
    /// Who calls.
    pub caller: Party,
    /// The caller's media leg.
    pub leg: ConnectionId,
    /// The caller's offer; none when the called side has to offer.
    pub media: Option<MediaOffer>,
    /// An emergency call: no limit holds it back.
    pub emergency: bool,
    /// How many exchanges it may still pass.
    pub hops: u8,
}

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// All telephones of an extension.
    Extension {
        /// Its device.
        device: DeviceId,
        /// Its number.
        number: Digits,
        /// Its name.
        name: String,
    },
    /// A trunk.
    Trunk {
        /// The trunk.
        trunk: TrunkId,
        /// The number to send.
        number: Digits,
    },
    /// A service inside the exchange.
    Service {
        /// Its device.
        device: DeviceId,
        /// Its number.
        number: Digits,
        /// What answers.
        kind: ServiceKind,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Its media.
    pub media: PeerMedia,
    /// The answering leg; none when the device has none.
    pub leg: Option<ConnectionId>,
    /// Who answered.
    pub connected: Party,
    /// It answered holding: the caller hears music.
    pub holds: bool,
}

/// The media of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeerMedia {
    /// The answer to the caller's offer.
    Answer(MediaAnswer),
    /// The called side's own offer, since the caller made none; answered by [`Message::MediaAnswer`].
    Offer(MediaOffer),
    /// No media of its own: this is played to the caller, again and again or once.
    Treatment(PlaySource, bool),
}
