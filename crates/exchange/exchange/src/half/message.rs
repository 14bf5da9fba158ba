//! What halves say to one another. Everything is data, so that the other half may live on another server.

use super::HalfId;
use crate::route::decision::Rights;
use crate::vocabulary::report::Party;
use directory::ServiceKind;
use ground::{CallId, ConnectionId, DeviceId, Digits, Number, Reason, TrunkId};
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

/// What one half tells the other. Whoever is told something by a half that it does not talk to, or that is gone, answers with
/// `Release`; a `Release` is never answered.
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
        /// The device is talking and hears that a call waits.
        waiting: bool,
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
    /// Terminating to originating: the device wants the call to go elsewhere; nothing follows.
    Redirected(Box<Redirection>),
    /// A party to another half of its device: let our two parties talk to one another (ECMA-269: Transfer Call).
    Transfer(Box<Handover>),
    /// To the party that asked for a transfer: it was not done, and all is as before.
    TransferRefused(Reason),
    /// To the party that asked for a transfer: the target rings.
    TransferRinging,
    /// To the party that asked for a transfer: the target has answered and is about to take its place.
    TransferAnswered,
    /// To a party, from the half that it talks to: talk to this one from now on.
    NewPeer(Box<Partner>),
    /// To a party that is to talk to the sender from now on.
    Join(Box<Join>),
    /// The answer to `Join`: what this party speaks now.
    Joined(Box<View>),
    /// To the half that one talked to until now: somebody else has taken your place.
    Left,
    /// To the half that one talked to: I am gone, and somebody else is about to take my place.
    Leaving,
    /// A transferring party to the half that calls its target: I am gone, go on for the other one.
    TransferorLeft {
        /// The last segment of the call, as far as the sender kept the record.
        segment: Option<u16>,
    },
    /// A placing half to the party for which it calls: you are waiting for somebody else from now on.
    Waiting(Box<Waiting>),
    /// A placing half to a party that waits: nobody could be reached.
    Failed(Reason),
    /// A placing half to the party for which it calls: have your own line go to this number, as long as you talk to one of these. Answered
    /// by `Referred`, at once or when the line has said what became of it.
    Refer(Box<OwnWay>),
    /// What became of it. After success the party takes leave by itself.
    Referred(Result<(), Reason>),
    /// A caller to the half whose place it wants to take (RFC 3891).
    Replace(Box<Newcomer>),
    /// The answer: talk to this one.
    Take(Box<Partner>),
}

/// A redirection before the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    /// The numbers to try, most preferred first.
    pub targets: Vec<Number>,
    /// The rights of whoever redirects.
    pub rights: Rights,
}

/// Why two parties come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// A transfer.
    Transfer,
    /// A transfer to a number.
    Sent,
    /// One took the place of another within a conversation.
    Replaced,
    /// A ringing call was picked up.
    PickedUp,
}

/// A party as the half that it talks to knows it, to be handed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its half.
    pub half: HalfId,
    /// The halves of which it may take leave for this: it talks to one of them.
    pub instead_of: Vec<HalfId>,
    /// Its call.
    pub call: CallId,
    /// Who it is.
    pub shown: Party,
    /// Its device.
    pub device: Option<DeviceId>,
    /// Its leg; none when it has no media of its own.
    pub leg: Option<ConnectionId>,
    /// What it speaks; none when nothing was agreed or it has no media.
    pub media: Option<MediaOffer>,
    /// The last segment of its call, as far as it does not keep the record itself.
    pub segment: Option<u16>,
    /// Who brings the two together.
    pub by: Number,
    /// Why.
    pub why: Why,
}

/// What a party that wants a transfer tells the other half of its device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The device that asks.
    pub device: Option<DeviceId>,
    /// The other party.
    pub partner: Partner,
    /// The rights with which it calls.
    pub rights: Option<Rights>,
}

/// A party that introduces itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The party.
    pub view: View,
    /// The halves of which the other may take leave for it.
    pub instead_of: Vec<HalfId>,
    /// The last segment of the other's call, as far as it does not keep the record itself.
    pub segment: Option<u16>,
    /// Who brings the two together.
    pub by: Number,
    /// Why.
    pub why: Why,
}

/// A party as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its connection.
    pub connection: ConnectionId,
    /// Its call.
    pub call: CallId,
    /// Who it is.
    pub shown: Party,
    /// Its device.
    pub device: Option<DeviceId>,
    /// Its trunk.
    pub trunk: Option<TrunkId>,
    /// What it has to be heard.
    pub speaks: Speaks,
    /// It does not want to hear.
    pub holds: bool,
}

/// What a party has to be heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speaks {
    /// Media on the leg of its connection, in these codecs.
    Media(MediaOffer),
    /// Nothing of its own: this is played to the other, again and again or once.
    Plays(PlaySource, bool),
}

/// A call on behalf of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The half that the party talked to.
    pub instead_of: HalfId,
    /// Who is called.
    pub called: Party,
    /// The last segment of the call, as far as the party does not keep the record itself.
    pub segment: Option<u16>,
    /// Who transferred.
    pub by: Number,
}

/// A transfer that the trunk of the party is to carry out itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWay {
    /// The halves of which the party may take leave for this: it talks to one of them.
    pub instead_of: Vec<HalfId>,
    /// The number as it is sent over that trunk.
    pub number: Number,
    /// Who transfers.
    pub by: Number,
}

/// Who wants to take another's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// Who it is.
    pub shown: Party,
    /// Its device.
    pub device: Option<DeviceId>,
    /// Its trunk.
    pub trunk: Option<TrunkId>,
    /// Its pickup group.
    pub group: Option<u16>,
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
    /// Its device.
    pub device: Option<DeviceId>,
    /// The caller's media leg.
    pub leg: ConnectionId,
    /// The caller's offer; none when the called side has to offer.
    pub media: Option<MediaOffer>,
    /// An emergency call: no limit holds it back.
    pub emergency: bool,
    /// How many exchanges it may still pass.
    pub hops: u8,
    /// Who transfers the caller to this target.
    pub referred_by: Option<Party>,
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
    /// Its device.
    pub device: Option<DeviceId>,
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
