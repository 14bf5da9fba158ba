//! What a session is to an agent that goes on with it after a restart: plain data that serialises, without timers, transactions
//! or connections, none of which survives.

use super::command::{ReferId, RequestId, SessionId};
use crate::dialog::{Body, Dialog, ExtraHeader};
use crate::transaction::{Destination, Flow};
use bytes::Bytes;
use ground::Utc;
use serde::{Deserialize, Serialize};

/// One session, from [`super::Agent::export`] and for [`super::Agent::import`].
///
/// A session whose INVITE has no final answer holds what it takes to end it. Credentials are no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Its number.
    pub session: SessionId,
    /// How far it is.
    pub stage: StageState,
    /// Where its requests go.
    pub way: WayState,
    /// The user part of our Contact.
    pub contact_user: Box<str>,
    /// What the other side can do.
    pub peer: super::Abilities,
    /// The end was ordered; the lines that its CANCEL or BYE carries.
    pub ending: Option<Vec<ExtraHeader>>,
    /// A 2xx of ours whose ACK has not come.
    pub unacknowledged: Option<UnacknowledgedState>,
    /// The CSeq number of a 2xx whose ACK waits for a body from the owner.
    pub owed: Option<u32>,
    /// The body of the last ACK that had one, and its CSeq number: for repeats of its 2xx.
    pub answer: Option<(u32, Body)>,
    /// The REFERs that are not over.
    pub referrals: Vec<ReferralState>,
    /// The first REFER that came in and the first that was sent: their subscriptions may go without `id` (RFC 3515 section
    /// 2.4.6).
    pub first_refers: [Option<ReferId>; 2],
}

/// How far a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StageState {
    /// Our INVITE is out.
    Calling {
        /// Its identifiers and addresses, without a remote tag.
        dialog: Dialog,
        /// The branch of its Via.
        branch: Box<str>,
        /// Where it went.
        to: Destination,
    },
    /// An INVITE came in and has no final answer.
    Invited {
        /// The dialog that its answer makes.
        dialog: Dialog,
        /// What an answer copies of it.
        invite: RequestState,
    },
    /// A 2xx was sent or received.
    Confirmed(Dialog),
}

/// What is needed of a request that came in to answer it, and to know it when it comes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestState {
    /// Where it came from.
    pub flow: Flow,
    /// The start line and the headers that an answer copies.
    pub bytes: Bytes,
}

/// A 2xx to an INVITE that is repeated until its ACK comes (RFC 3261 section 13.3.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnacknowledgedState {
    /// The INVITE or re-INVITE.
    pub invite: RequestState,
    /// The status.
    pub status: u16,
    /// The 2xx.
    pub response: Bytes,
}

/// Where the requests of a session go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayState {
    /// The flow or address of the last message.
    pub to: Destination,
    /// Requests stay on the flow, whatever Contact says.
    pub pinned: bool,
    /// The flow crosses an address translator.
    pub nat: bool,
}

/// A REFER and its subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralState {
    /// Its CSeq number.
    pub refer: ReferId,
    /// The order of ours from which it comes; none for a REFER that came in.
    pub request: Option<RequestId>,
    /// When its subscription runs out.
    pub until: Utc,
    /// The last status that was told.
    pub status: u16,
    /// It is the last: no more will be told.
    pub done: bool,
}
