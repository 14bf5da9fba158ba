//! What the agent keeps of one INVITE session, and of the requests that it sent.

use super::abilities::Abilities;
use super::accounts::ClientCredentials;
use super::command::{Invite, OutOfDialog, ReferId, RequestId, SessionId};
use super::event::EndCause;
use super::referral::{Heading, Referrals};
use super::update::Updates;
use crate::dialog::{Body, Dialog, DialogSet, ExtraHeader};
use crate::message::{Message, Method};
use crate::transaction::{Destination, Flow, TransactionId};
use bytes::Bytes;
use ground::Moment;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How far the session is, RFC 3261 section 13.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Our INVITE is out; its early dialogs stand with its transaction.
    Calling(TransactionId),
    /// An INVITE came in and is not answered.
    Invited(Dialog),
    /// A 2xx was sent or received.
    Confirmed(Dialog),
    /// Our BYE is out.
    Leaving(Dialog),
}

/// Where the requests of a session go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// The flow or address of the last message.
    pub to: Destination,
    /// Requests stay on the flow, whatever Contact says.
    pub pinned: bool,
    /// The flow crosses an address translator: no other transport reaches the peer.
    pub nat: bool,
    /// The connection is gone.
    pub lost: bool,
}

/// An INVITE, re-INVITE or UPDATE that came in and owes an answer.
#[derive(Debug)]
pub(crate) struct OpenIn {
    pub transaction: TransactionId,
    pub flow: Flow,
    pub request: Message,
    pub method: Method,
    /// It is the INVITE that began the session.
    pub initial: bool,
    /// The last provisional response, which is repeated each minute.
    pub said: Option<(u16, Bytes)>,
}

/// A 2xx of ours whose ACK has not come, RFC 3261 section 13.3.1.4.
#[derive(Debug)]
pub(crate) struct AckWait {
    pub transaction: TransactionId,
    pub sequence: u32,
    pub flow: Flow,
    pub request: Message,
    pub status: u16,
    pub bytes: Bytes,
    pub to: Destination,
    pub interval: Duration,
    pub deadline: Moment,
}

/// A re-INVITE of ours.
#[derive(Debug)]
pub(crate) struct OpenOut {
    pub order: ChangeOrder,
    /// The transaction while it is out; none during the wait after a 491.
    pub transaction: Option<TransactionId>,
    /// Its CSeq number, once it is sent.
    pub sequence: u32,
    /// It was refused with 491 once already (RFC 3261 section 14.1).
    pub glared: bool,
    /// It was repeated with credentials already.
    pub authenticated: bool,
}

/// What a re-INVITE carries.
#[derive(Clone, Debug)]
pub(crate) struct ChangeOrder {
    pub body: Option<Body>,
    pub headers: Vec<ExtraHeader>,
}

/// An ACK for which the owner owes the body, RFC 3261 section 13.2.2.4.
#[derive(Clone, Debug)]
pub(crate) struct OwedAck {
    pub transaction: TransactionId,
    pub sequence: u32,
}

/// An end that is under way.
#[derive(Debug)]
pub(crate) struct Ending {
    pub cause: EndCause,
    pub headers: Vec<ExtraHeader>,
    pub message: Option<Message>,
}

/// A request inside a dialog, as ordered.
#[derive(Clone, Debug)]
pub(crate) struct RequestOrder {
    pub request: RequestId,
    pub method: Method,
    pub headers: Vec<ExtraHeader>,
    pub body: Option<Body>,
    /// The CSeq number, once it is sent.
    pub sequence: u32,
    /// It was refused for glare once already.
    pub again: bool,
}

impl RequestOrder {
    pub fn new(request: RequestId, method: Method, headers: Vec<ExtraHeader>, body: Option<Body>) -> Self {
        RequestOrder { request, method, headers, body, sequence: 0, again: false }
    }
}

/// Whether the owner knows what the journal would hold of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It does.
    Known,
    /// Something changed.
    Changed,
    /// Something changed, and the session stands in the list of those to be told.
    Listed,
}

/// What waits for a telephone whose flow is lost to register again.
#[derive(Debug)]
pub(crate) enum Waiting {
    Bye,
    Change(OpenOut),
    Request(RequestOrder),
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub id: SessionId,
    pub local_tag: Box<str>,
    pub phase: Phase,
    pub way: Way,
    pub contact_user: Box<str>,
    pub credentials: Option<ClientCredentials>,
    pub open_in: Option<OpenIn>,
    pub ack_wait: Option<AckWait>,
    pub open_out: Option<OpenOut>,
    pub queued: Option<ChangeOrder>,
    pub owed: Option<OwedAck>,
    pub ending: Option<Ending>,
    pub waiting: VecDeque<Waiting>,
    /// Requests of ours inside the dialog that have no final response.
    pub requests: usize,
    /// What the other side can do.
    pub peer: Abilities,
    pub referrals: Referrals,
    pub updates: Updates,
    /// The body of the last ACK that had one, and its CSeq number.
    pub answer: Option<(u32, Body)>,
    pub mark: Mark,
    pub over: bool,
}

impl Session {
    pub fn new(id: SessionId, local_tag: Box<str>, phase: Phase, way: Way) -> Self {
        Session {
            id,
            local_tag,
            phase,
            way,
            contact_user: "".into(),
            credentials: None,
            open_in: None,
            ack_wait: None,
            open_out: None,
            queued: None,
            owed: None,
            ending: None,
            waiting: VecDeque::new(),
            requests: 0,
            peer: Abilities::default(),
            referrals: Referrals::default(),
            updates: Updates::default(),
            answer: None,
            mark: Mark::Changed,
            over: false,
        }
    }

    /// The dialog, once there is exactly one.
    pub fn dialog(&self) -> Option<&Dialog> {
        match &self.phase {
            Phase::Calling(_) => None,
            Phase::Invited(dialog) | Phase::Confirmed(dialog) | Phase::Leaving(dialog) => Some(dialog),
        }
    }

    /// What is exported of the session has changed.
    pub fn mark(&mut self) {
        if self.mark == Mark::Known {
            self.mark = Mark::Changed;
        }
    }

    /// Takes over what a message of the other side says about its abilities.
    pub fn learn(&mut self, message: &Message) {
        if self.peer.learn(message) {
            self.mark();
        }
    }

    /// The same, to be changed.
    pub fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        self.mark();
        match &mut self.phase {
            Phase::Calling(_) => None,
            Phase::Invited(dialog) | Phase::Confirmed(dialog) | Phase::Leaving(dialog) => Some(dialog),
        }
    }

    /// Takes the dialog out of its phase and puts it into another.
    pub fn enter(&mut self, phase: fn(Dialog) -> Phase) {
        self.mark();
        let old = std::mem::replace(&mut self.phase, Phase::Calling(TransactionId(0)));
        self.phase = match old {
            Phase::Calling(transaction) => Phase::Calling(transaction),
            Phase::Invited(dialog) | Phase::Confirmed(dialog) | Phase::Leaving(dialog) => phase(dialog),
        };
    }
}

/// What a client transaction is for.
#[derive(Debug)]
pub(crate) enum ClientUse {
    Invite(Box<InviteUse>),
    Change(Box<ChangeUse>),
    Bye {
        session: SessionId,
        authenticated: bool,
    },
    /// The BYE of a dialog that no session wanted: a late fork (RFC 3261 section 13.2.2.4).
    Ghost,
    Cancel,
    InDialog {
        session: SessionId,
        order: Box<RequestOrder>,
        authenticated: bool,
    },
    /// A report on a REFER.
    Notify {
        session: SessionId,
        refer: ReferId,
    },
    OutOfDialog(Box<OutUse>),
}

/// An ACK that was sent and is repeated with each repeat of its 2xx.
#[derive(Clone, Debug)]
pub(crate) struct SentAck {
    pub to: Destination,
    pub bytes: Bytes,
}

/// An INVITE that began a session. It outlives the session, for the 2xx of other forks.
#[derive(Debug)]
pub(crate) struct InviteUse {
    pub session: SessionId,
    pub set: DialogSet,
    pub way: Way,
    /// What was ordered, until the final response: for a repeat with credentials.
    pub order: Option<Box<Invite>>,
    /// The ACK for each To tag; none while the owner owes the body.
    pub acks: BTreeMap<Box<str>, Option<SentAck>>,
    pub offered: bool,
    pub authenticated: bool,
    pub cancelled: bool,
}

/// A re-INVITE.
#[derive(Debug)]
pub(crate) struct ChangeUse {
    pub session: SessionId,
    pub sequence: u32,
    pub offered: bool,
    pub answered: bool,
    pub ack: Option<SentAck>,
}

/// A request outside a dialog.
#[derive(Debug)]
pub(crate) struct OutUse {
    pub order: OutOfDialog,
    pub dialog: Dialog,
    pub authenticated: bool,
}

/// What a timer of the agent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AgentTimer {
    Session(SessionId, Wait),
    /// A REFER that is not answered, or its subscription.
    Refer(SessionId, Heading, ReferId),
    /// A cancelled INVITE that may never get a final response, RFC 3261 section 9.1.
    Cancelled(TransactionId),
    /// A nonce whose count need not be kept any longer.
    Nonce(u64),
}

/// The waits of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wait {
    /// The next repeat of a 2xx, RFC 3261 section 13.3.1.4.
    Repeat,
    /// The longest ringing.
    Ring,
    /// The next repeat of a provisional response, RFC 3261 section 13.3.1.1.
    Refresh,
    /// The longest wait for the owner's answer.
    Order,
    /// The ACK body that the owner owes.
    Owed,
    /// The random wait after a 491, RFC 3261 section 14.1.
    Glare,
    /// The longest wait for an answer to our re-INVITE.
    Change,
    /// The longest wait for a lost flow.
    Flow,
    /// The wait before an UPDATE is sent again, RFC 3311 section 5.3.
    Update,
}

impl Wait {
    pub const ALL: [Wait; 9] = [
        Wait::Repeat,
        Wait::Ring,
        Wait::Refresh,
        Wait::Order,
        Wait::Owed,
        Wait::Glare,
        Wait::Change,
        Wait::Flow,
        Wait::Update,
    ];
}
