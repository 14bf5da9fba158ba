//! One connection of the exchange as a SIP session.

mod called;
mod caller;
mod change;

use crate::media::{LocalDescription, description_in, read_description};
use exchange::TerminalId;
use ground::{ConnectionId, Reason};
use media_plan::StreamDescription;
use serde::{Deserialize, Serialize};
use sip::Message;
use sip::agent::SessionId;

/// Which side of the call the telephone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// It called us: we answer its INVITE.
    Caller,
    /// We call it: it answers ours.
    Called,
}

/// What we owe the far side's last offer, or its wish for one (RFC 3264 section 4, RFC 3261 section 13.2.2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Our offer stands in a 2xx: the ACK brings the answer.
    pub(crate) answer_in_ack: bool,
    /// The fork whose early description was reported, and a mark of that description.
    pub(crate) early: Option<(Box<str>, u64)>,
    /// The telephone that is called.
    pub(crate) terminal: Option<TerminalId>,
}

impl Leg {
    pub(crate) fn new(connection: ConnectionId, session: SessionId, side: Side) -> Self {
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
            answer_in_ack: false,
            early: None,
            terminal: None,
        }
    }
}

/// The streams that a message describes; none when it has no description.
pub(crate) fn described(message: &Message) -> Result<Option<Vec<StreamDescription>>, Reason> {
    let Some(text) = description_in(message) else { return Ok(None) };
    read_description(text).map(Some).map_err(|_| Reason::MediaNotUnderstood)
}
