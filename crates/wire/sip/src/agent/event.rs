//! What the agent reports.

use super::command::{ReferId, RequestId, SessionId};
use crate::dialog::BindingName;
use crate::message::Message;
use crate::registrar::{Binding, Gone};
use crate::transaction::Flow;
use ground::{FlowId, TrunkId};

/// Who stands behind a request, as far as it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An account that proved itself by digest, now or when its flow registered.
    Account(Box<str>),
    /// A trunk, by its source address.
    Trunk(TrunkId),
    /// Nobody, on a network that challenges nobody.
    Unproved,
}

/// A report. Each session that was ordered or reported ends in exactly one [`Event::Ended`].
#[derive(Clone, Debug)]
pub enum Event {
    /// An INVITE came in. The owner answers it with [`super::Command::Respond`].
    Invited(Box<Invited>),
    /// 100 Trying came for an outgoing INVITE, first or again: there is somebody (RFC 3261 section 21.1.1).
    Trying {
        /// The session.
        session: SessionId,
    },
    /// An INVITE was refused before it became a session: it was malformed, demanded what is not supported, came twice, or found the
    /// tables full. It has been answered, with a Reason header. What a proved sender repeats is told once.
    Refused {
        /// Where it came from.
        flow: Flow,
        /// The status that refused it.
        status: u16,
        /// The INVITE, when its sender is proved, and once for each INVITE however often it is repeated.
        refused: Option<Box<RefusedInvite>>,
    },
    /// A provisional response of 101 to 199 came for an outgoing INVITE.
    Provisional {
        /// The session.
        session: SessionId,
        /// The To tag: forks differ in it. Empty when the response has none.
        fork: Box<str>,
        /// The response.
        response: Message,
    },
    /// A 2xx came for an outgoing INVITE; its dialog won.
    Answered {
        /// The session.
        session: SessionId,
        /// The To tag of the winner.
        fork: Box<str>,
        /// The response.
        response: Message,
        /// The INVITE had no offer: the owner owes [`super::Command::Acknowledge`].
        owes_ack: bool,
    },
    /// The ACK of a 2xx that we sent came; with a delayed offer its body is the answer.
    Acknowledged {
        /// The session.
        session: SessionId,
        /// The ACK.
        ack: Message,
    },
    /// A re-INVITE or UPDATE came in. The owner answers it with [`super::Command::Respond`].
    ChangeRequested {
        /// The session.
        session: SessionId,
        /// The request.
        request: Message,
    },
    /// Our re-INVITE was answered with a 2xx.
    Changed {
        /// The session.
        session: SessionId,
        /// The response.
        response: Message,
        /// The re-INVITE had no offer: the owner owes [`super::Command::Acknowledge`].
        owes_ack: bool,
    },
    /// Our re-INVITE was refused, or was given up; the call goes on as before.
    ChangeFailed {
        /// The session.
        session: SessionId,
        /// The status; 408 when no answer came.
        status: u16,
        /// The response, when there is one.
        response: Option<Message>,
    },
    /// A change that came in was cancelled, or its session ended, before the owner answered it.
    ChangeWithdrawn {
        /// The session.
        session: SessionId,
    },
    /// An UPDATE without an offer came in and was answered 200: the target, or who is there, may have changed
    /// (RFC 3311 section 5.2, RFC 4916 section 4.5).
    Updated {
        /// The session.
        session: SessionId,
        /// The request.
        request: Message,
    },
    /// A REFER came in. The owner answers it with [`super::Command::AcceptRefer`] or [`super::Command::RefuseRefer`].
    Referred(Box<Referred>),
    /// Nobody wants reports on this REFER any more: it was not answered in time, its subscription has run out, was ended by
    /// the other side, or ended with its session.
    ReferClosed {
        /// The session.
        session: SessionId,
        /// The REFER.
        refer: ReferId,
    },
    /// The other side tells how a REFER of ours goes on (RFC 3515 section 2.4.5).
    ReferProgress {
        /// The session.
        session: SessionId,
        /// The number of the order.
        request: RequestId,
        /// The status of the reference, 100 to 699; 408 when nothing was told in time, 481 when the session or the subscription
        /// ended before a final status was told.
        status: u16,
        /// Nothing more will be reported.
        done: bool,
    },
    /// An INFO came in and was answered 200.
    Info {
        /// The session.
        session: SessionId,
        /// The request.
        request: Message,
    },
    /// A request of [`super::Command::InDialog`] or [`super::Command::Request`] is done.
    RequestDone {
        /// Its number.
        request: RequestId,
        /// The status; 408 when no answer came, 503 when it could not be sent.
        status: u16,
        /// The response, when there is one.
        response: Option<Message>,
    },
    /// The session is over and nothing more will be reported of it, apart from requests that are still open
    /// ([`Event::RequestDone`]).
    Ended {
        /// The session.
        session: SessionId,
        /// Why.
        cause: EndCause,
        /// The message that ended it: a BYE, a CANCEL or a final response, for its Reason header or Contact.
        message: Option<Message>,
    },
    /// A binding is new or was refreshed.
    Registered {
        /// The binding.
        binding: Box<Binding>,
        /// It was not there before.
        new: bool,
    },
    /// A binding is gone.
    Unregistered {
        /// Its name.
        name: BindingName,
        /// Why.
        why: Gone,
    },
    /// A connection is gone. Its bindings and sessions stay for their bounds.
    FlowLost {
        /// The connection.
        connection: FlowId,
        /// The bindings that wait for re-registration.
        bindings: Vec<BindingName>,
        /// The sessions that were on it.
        sessions: Vec<SessionId>,
    },
}

/// An INVITE that came in.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The number of the new session.
    pub session: SessionId,
    /// Who calls.
    pub peer: Peer,
    /// The flow on which it came.
    pub flow: Flow,
    /// The registration from which it came, when the account holds one on this flow.
    pub binding: Option<BindingName>,
    /// Our session that this one replaces (RFC 3891 section 3): early when we called, or confirmed. Whether the caller may is for
    /// the owner to say; after the answer the owner ends the replaced session.
    pub replaces: Option<SessionId>,
    /// The INVITE.
    pub request: Message,
}

/// An INVITE that never became a session, of somebody who is proved.
#[derive(Clone, Debug)]
pub struct RefusedInvite {
    /// Who sent it.
    pub peer: Peer,
    /// The INVITE, or what could be read of it: for a record, not to be acted on.
    pub request: Message,
}

/// A REFER that came in.
#[derive(Clone, Debug)]
pub struct Referred {
    /// The session.
    pub session: SessionId,
    /// Its number in the session.
    pub refer: ReferId,
    /// The URI to which it refers, sip, sips or tel, without its headers part.
    pub target: Box<str>,
    /// The dialog that the new call is to replace.
    pub replaces: ReplacedDialog,
    /// The Referred-By value as it was sent; it proves nothing (RFC 3892 section 2).
    pub referred_by: Option<Box<str>>,
    /// The sender wants no reports (RFC 4488 section 4): [`super::Command::NotifyRefer`] will do nothing.
    pub silent: bool,
    /// The REFER.
    pub message: Message,
}

/// The dialog that the Replaces in a Refer-To names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacedDialog {
    /// There is no Replaces.
    None,
    /// The dialog of this session, which goes on.
    Session(SessionId),
    /// No dialog that we have: the value, without escapes.
    Unknown(Box<str>),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The other side sent BYE.
    RemoteBye,
    /// The caller sent CANCEL before the answer.
    RemoteCancel,
    /// The owner ordered it.
    Ordered,
    /// The INVITE was refused with this status, 300 to 699, by the other side.
    Refused(u16),
    /// No response to the INVITE at all (timer B, RFC 3261 section 17.1.1.2).
    NoResponse,
    /// Nobody answered within the configured bound.
    RingTimeout,
    /// No ACK came for our 2xx within 64*T1 (RFC 3261 section 13.3.1.4); BYE was sent.
    NoAck,
    /// The owner did not give an answer that the ACK owed; BYE was sent.
    NoAnswerGiven,
    /// A request in the dialog was answered with 481 or 408, or not at all (RFC 3261 section 12.2.1.2).
    DialogGone(u16),
    /// The transport failed and there was no other way.
    TransportFailed,
    /// The limit of sessions or transactions stood in the way.
    Overload,
    /// The order itself could not be carried out: a number of the agent's own range, or a network without address for the
    /// transport.
    Invalid,
}
