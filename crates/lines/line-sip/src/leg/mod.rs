//! One connection of the exchange as a SIP session.

mod called;
mod caller;
mod change;
mod party;
mod transfer;

use crate::media::{LocalDescription, description_in, read_description};
use exchange::{Party, TerminalId};
use ground::{ConnectionId, Reason, TrunkId};
use media_plan::StreamDescription;
pub(crate) use party::identity_headers;
use serde::{Deserialize, Serialize};
use sip::Message;
use sip::agent::{RequestId, SessionId};
use std::hash::{BuildHasher, Hash, Hasher};
pub(crate) use transfer::Referral;

/// Which side of the call the telephone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// It called us: we answer its INVITE.
    Caller,
    /// We call it: it answers ours.
    Called,
}

/// What we owe the far side's last offer, or its wish for one (RFC 3264 section 4, RFC 3261 section 13.2.2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Owed {
    /// Nothing.
    #[default]
    Nothing,
    /// An answer in the 2xx to a re-INVITE or UPDATE.
    AnswerInResponse,
    /// An offer in the 2xx to a re-INVITE that had none.
    OfferInResponse,
    /// An answer in the ACK of a 2xx that had an offer.
    AnswerInAck,
}

/// What the ACK of a 2xx of ours is awaited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Awaited {
    /// No ACK is awaited, or nothing depends on it.
    #[default]
    Nothing,
    /// The ACK itself: until then the session has not begun (RFC 3261 section 13.3.1.4).
    Ack,
    /// The answer to the offer in the 2xx.
    Answer,
}

/// A re-INVITE of ours that has no final answer: one that is out, and perhaps one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The exchange offered something.
    Media,
    /// It tells who the other party is, and describes what was agreed already.
    Party,
}

/// The other party as the far side knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Who was told last.
    pub(crate) party: Option<Party>,
    /// Who is to be told when the negotiation that runs is over.
    pub(crate) next: Option<Party>,
    /// The UPDATE that is out.
    pub(crate) update: Option<RequestId>,
}

/// One connection as a SIP session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) connection: ConnectionId,
    pub(crate) session: SessionId,
    pub(crate) side: Side,
    /// The INVITE has its final 2xx.
    pub(crate) answered: bool,
    /// The exchange has ordered the end, for this reason.
    pub(crate) clearing: Option<Reason>,
    pub(crate) local: LocalDescription,
    pub(crate) owed: Owed,
    pub(crate) awaited: Awaited,
    /// Our re-INVITEs, in their order.
    pub(crate) changes: Vec<Change>,
    /// The fork whose early description was reported, and a mark of that description.
    pub(crate) early: Option<(Box<str>, u64)>,
    /// The telephone that is called.
    pub(crate) terminal: Option<TerminalId>,
    /// The trunk on which it is; none for a telephone.
    pub(crate) trunk: Option<TrunkId>,
    /// The host of our identities as the far side sees them.
    pub(crate) host: Box<str>,
    pub(crate) shown: Shown,
    /// The transfer that the far side asked for.
    pub(crate) referral: Option<Referral>,
    /// The REFER that we sent.
    pub(crate) referring: Option<RequestId>,
    /// It was asked whether it is there.
    pub(crate) probe: Option<RequestId>,
}

impl Leg {
    pub(crate) fn new(connection: ConnectionId, session: SessionId, side: Side, host: &str) -> Self {
        // The upper byte of a connection names its allocator; RFC 8866 section 5.2 wants a number that is unique here.
        let local = LocalDescription::new(connection.0);
        Leg {
            connection,
            session,
            side,
            answered: false,
            clearing: None,
            local,
            owed: Owed::Nothing,
            awaited: Awaited::Nothing,
            changes: Vec::new(),
            early: None,
            terminal: None,
            trunk: None,
            host: host.into(),
            shown: Shown::default(),
            referral: None,
            referring: None,
            probe: None,
        }
    }

    /// A mark of what a restart needs of it: equal marks, nothing new. Before the answer it is only ended after a restart, so
    /// nothing that happens until then is new.
    pub(crate) fn mark(&self) -> u64 {
        let mut hasher = seeded();
        (self.connection, self.answered, self.clearing).hash(&mut hasher);
        if self.answered {
            (self.owed, self.awaited, &self.changes, self.local.version()).hash(&mut hasher);
            (self.referral, self.referring, self.probe, self.shown.update).hash(&mut hasher);
            for party in [&self.shown.party, &self.shown.next] {
                party.as_ref().map(|party| (party.number, &*party.name)).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// A hasher that gives the same marks in every process.
pub(crate) fn seeded() -> impl Hasher {
    ahash::RandomState::with_seeds(1, 2, 3, 4).build_hasher()
}

/// The streams that a message describes; none when it has no description.
pub(crate) fn described(message: &Message) -> Result<Option<Vec<StreamDescription>>, Reason> {
    let Some(text) = description_in(message) else { return Ok(None) };
    read_description(text).map(Some).map_err(|_| Reason::MediaNotUnderstood)
}
