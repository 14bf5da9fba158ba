//! What a line reports about a connection.

use super::order::TransferTarget;
use ground::{ConnectionId, DeviceId, Digits, NetworkId, Number, Reason, TrunkId};
use media_plan::{AddressFamily, MediaAnswer, MediaOffer, PlaySource};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LineKind {
    /// SIP extensions and trunks.
    Sip,
    /// Devices that live in the exchange.
    Voice,
}

/// A party as it is shown to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The number, with its presentation.
    pub number: Number,
    /// The display name; may be empty.
    pub name: String,
}

/// Who seized the exchange, as far as it proved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallingParty {
    /// An extension that has authenticated.
    Extension {
        /// Its device.
        device: DeviceId,
    },
    /// A trunk, known by where its call came from.
    Trunk {
        /// The trunk.
        trunk: TrunkId,
        /// The caller as the trunk told.
        party: Party,
    },
}

/// Where a connection's media goes to and comes from, before anything was negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLocation {
    /// The network whose media addresses are used.
    pub network: NetworkId,
    /// The family in which its signalling runs, and so its media unless an offer says otherwise.
    pub family: AddressFamily,
    /// The address that its signalling comes from.
    pub signalling: Option<IpAddr>,
    /// It stands behind a translator of addresses: what it says about its own address is wrong.
    pub translated: bool,
}

/// A call that arrives from a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seizure {
    /// The line.
    pub line: LineKind,
    /// Who calls.
    pub caller: CallingParty,
    /// The number dialled so far.
    pub dialled: Number,
    /// The line can deliver more digits; otherwise the number is complete.
    pub overlap: bool,
    /// The caller's offer; none when the exchange has to offer (delayed offer, slow start).
    pub media: Option<MediaOffer>,
    /// Where its media goes.
    pub location: MediaLocation,
    /// How many exchanges the call may pass from here on (SIP: Max-Forwards, RFC 7332; H.225.0: hopCount). With none left it
    /// reaches only services of this exchange: a call that comes back over a trunk again and again ends by this.
    pub hops: u8,
    /// The connection whose place the caller wants to take (RFC 3891), found by its line.
    pub replaces: Option<ConnectionId>,
}

/// What a line reports about one of its connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// A new call: the connection is initiated. Its identifier comes from the line.
    Seized(Box<Seizure>),
    /// A new call that its line cannot accept (a number that is none, media that cannot be understood). The exchange keeps
    /// the record of it and orders `Order::Clear` with this reason at once; no media, no routing.
    Unacceptable(Box<Seizure>, Reason),
    /// The caller dialled more.
    MoreDigits(Digits),
    /// The first sign of life after an offer (SIP: 100 Trying). A line that sends none is given up early.
    Offered,
    /// The called telephone rings.
    Alerting,
    /// The called side has media before the answer: its first answer to the offer.
    Progress {
        /// The answer; none for a mere indication.
        media: Option<MediaAnswer>,
    },
    /// The called side answered.
    Answered {
        /// Its media.
        media: AnsweredMedia,
        /// Who answered, when the line tells.
        connected: Option<Party>,
    },
    /// A new offer within the call. Answered by `Order::MediaAnswer` or `Order::MediaRefuse`.
    MediaOffered(MediaOffer),
    /// The far side asks for an offer within the call (a re-INVITE without a body): the exchange orders
    /// `Order::MediaOffer` with what the leg has agreed, or `Order::MediaRefuse`.
    OfferRequested,
    /// The answer to an offer that the exchange made.
    MediaAnswered(MediaAnswer),
    /// The offer that the exchange made within the call was refused; what was agreed before goes on.
    MediaRefused(Reason),
    /// The line took back what it said by `MediaOffered` or `OfferRequested` before it was answered; what was agreed before
    /// goes on and nothing is to be answered any more.
    MediaWithdrawn,
    /// A digit that came in signalling (SIP INFO, H.245 user input).
    Digit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was held.
        duration: Duration,
    },
    /// The called side does not answer and names other numbers instead, most preferred first (SIP: 3xx). `Report::Cleared` follows.
    Redirected(Vec<Number>),
    /// The party wants the other one transferred (RFC 3515). `Order::Transfer` follows.
    TransferRequested(TransferTarget),
    /// What became of `Order::Refer`. After success the far side ends the connection.
    Transferred(Result<(), Reason>),
    /// The telephone answered `Order::Probe`.
    Probed,
    /// The connection is over; nothing follows. Also the last word after `Order::Clear`.
    Cleared(Reason),
}

/// The media of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnsweredMedia {
    /// The answer to the exchange's offer.
    Answer(MediaAnswer),
    /// The exchange made no offer, and this is the line's own: answered by `Order::MediaAnswer`.
    Offer(MediaOffer),
    /// As it was agreed by `Report::Progress` already.
    AsAgreed,
    /// The device has no media of its own: the exchange plays this to the other party.
    Treatment {
        /// What is played.
        source: PlaySource,
        /// Again when it ends; otherwise the connection is cleared then.
        repeat: bool,
    },
}
