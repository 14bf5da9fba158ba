//! What the agent reports.

use super::command::{RequestId, SessionId};
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
    /// tables full. It has been answered, with a Reason header.
    Refused {
        /// Where it came from.
        flow: Flow,
        /// The status that refused it.
        status: u16,
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
    /// The INVITE.
    pub request: Message,
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
