//! What the owner of the agent orders.

use super::accounts::ClientCredentials;
use crate::dialog::{BindingName, Body, ExtraHeader};
use crate::transaction::Destination;
use serde::{Deserialize, Serialize};

/// A call on the wire. The owner chooses the numbers of outgoing sessions, below [`SessionId::INCOMING`]; the agent numbers
/// incoming ones from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The first number of an incoming session.
    pub const INCOMING: u64 = 1 << 63;

    /// True when the agent gave the number to an INVITE that came in.
    pub fn is_incoming(self) -> bool {
        self.0 >= SessionId::INCOMING
    }
}

/// A request outside or inside a session whose result is reported; the owner chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// A REFER inside its session: the CSeq number that it had, RFC 3515 section 2.4.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReferId(pub u32);

/// An order.
#[derive(Clone, Debug)]
pub enum Command {
    /// Send an INVITE. It ends in [`super::Event::Answered`] or [`super::Event::Ended`].
    Invite(Box<Invite>),
    /// Answer what the session owes an answer: the INVITE, or a re-INVITE or UPDATE that came in.
    ///
    /// 101 to 199 for an INVITE any number of times, 200 to 699 once. Ignored when nothing is owed.
    Respond {
        /// The session.
        session: SessionId,
        /// The answer.
        answer: Answer,
    },
    /// Send the ACK of a 2xx that carried an offer (RFC 3261 section 13.2.2.4), with the answer as its body.
    Acknowledge {
        /// The session.
        session: SessionId,
        /// The answer.
        body: Option<Body>,
    },
    /// Send a re-INVITE, RFC 3261 section 14.1; without a body it asks for an offer.
    ///
    /// It waits while another INVITE of the session is open. Ends in [`super::Event::Changed`] or
    /// [`super::Event::ChangeFailed`].
    Change {
        /// The session.
        session: SessionId,
        /// The offer.
        body: Option<Body>,
        /// Further lines.
        headers: Vec<ExtraHeader>,
    },
    /// Send another request inside the session's dialog: INFO, OPTIONS, MESSAGE. Ends in [`super::Event::RequestDone`].
    InDialog {
        /// The session.
        session: SessionId,
        /// The number under which the result is reported.
        request: RequestId,
        /// The method.
        method: Box<str>,
        /// Further lines.
        headers: Vec<ExtraHeader>,
        /// The body.
        body: Option<Body>,
    },
    /// Send an UPDATE without a body, RFC 3311 section 5.1, for example with P-Asserted-Identity after a transfer. Ends in
    /// [`super::Event::RequestDone`]; see [`super::Agent::allows`].
    ///
    /// One UPDATE of a session is open at a time: the next waits for it, and one that waits is given up with status 487 when
    /// another is ordered.
    Update {
        /// The session.
        session: SessionId,
        /// The number under which the result is reported.
        request: RequestId,
        /// Further lines.
        headers: Vec<ExtraHeader>,
    },
    /// Change our address in From and To of all further requests of the session, RFC 4916 section 4.4. Carried out when the
    /// other side supports `from-change` ([`super::Agent::supports`]), else ignored; nothing is sent for it alone.
    Identify {
        /// The session.
        session: SessionId,
        /// The address without tag, for example `"Bell" <sip:bell@example.com>`.
        local: Box<str>,
    },
    /// Accept a REFER with 202 and, unless its sender wants no subscription, report `100 Trying` (RFC 3515 section 2.4.4).
    AcceptRefer {
        /// The session.
        session: SessionId,
        /// The REFER.
        refer: ReferId,
    },
    /// Refuse a REFER.
    RefuseRefer {
        /// The session.
        session: SessionId,
        /// The REFER.
        refer: ReferId,
        /// 300 to 699.
        status: u16,
        /// Further lines, such as Reason.
        headers: Vec<ExtraHeader>,
    },
    /// Report how the reference of an accepted REFER goes on, RFC 3515 section 2.4.5. Reports that come while one is on its way
    /// wait, the last one only. Ignored when nobody listens any more.
    NotifyRefer {
        /// The session.
        session: SessionId,
        /// The REFER.
        refer: ReferId,
        /// The status of the reference, 100 to 699.
        status: u16,
        /// Nothing more will be reported: the subscription ends with this report.
        done: bool,
    },
    /// Send a REFER inside the session, RFC 3515 section 2.4.1. Ends in [`super::Event::RequestDone`] with 300 to 699 when it is
    /// refused, and else in an [`super::Event::ReferProgress`] that is `done`.
    Refer(Box<Refer>),
    /// End the session in the way its state asks for: CANCEL, a final response, or BYE (RFC 3261 sections 9.1, 13.3.1.3, 15.1).
    ///
    /// [`super::Event::Ended`] follows when the session is gone from the wire.
    End {
        /// The session.
        session: SessionId,
        /// The final response for an INVITE that came in and is not answered, 300 to 699.
        status: u16,
        /// Further lines of the CANCEL, the response or the BYE, such as Reason (RFC 3326).
        headers: Vec<ExtraHeader>,
    },
    /// Send a request outside any dialog: OPTIONS, REGISTER, NOTIFY, MESSAGE. Ends in [`super::Event::RequestDone`].
    Request(Box<OutOfDialog>),
    /// Take all bindings of an address of record away, for example because its extension was removed.
    RemoveBindings {
        /// The address of record.
        aor: Box<str>,
    },
}

/// A REFER to be sent.
#[derive(Clone, Debug)]
pub struct Refer {
    /// The session whose other side is referred.
    pub session: SessionId,
    /// The number under which the result is reported.
    pub request: RequestId,
    /// The URI to which it is referred; none takes the remote target of `replaces`.
    pub refer_to: Option<Box<str>>,
    /// Our confirmed session that the new INVITE replaces at its other side (RFC 3891 section 4).
    pub replaces: Option<SessionId>,
    /// Further lines, for example Referred-By (RFC 3892 section 3).
    pub headers: Vec<ExtraHeader>,
}

/// An INVITE to be sent.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The session's number. An order with the number of a session that goes on is ignored.
    pub session: SessionId,
    /// Where it goes.
    pub to: Destination,
    /// How it is addressed.
    pub address: Addressing,
    /// Further lines, for example P-Asserted-Identity.
    pub headers: Vec<ExtraHeader>,
    /// The offer; none asks for one in the 2xx.
    pub body: Option<Body>,
    /// The account for a 401 or 407.
    pub credentials: Option<ClientCredentials>,
    /// The registration to which it goes.
    pub binding: Option<BindingName>,
    /// Requests inside the dialog stay on the flow of the INVITE and its answers, whatever Contact says: right for telephones.
    /// Otherwise they go to the next hop of the dialog when that is an address literal: right for trunks.
    pub pinned: bool,
}

/// The addresses of a request outside a dialog.
#[derive(Clone, Debug)]
pub struct Addressing {
    /// The Request-URI.
    pub target: Box<str>,
    /// Route values, first hop first, for example the Path of a binding.
    pub routes: Vec<Box<str>>,
    /// The From value without tag, for example `"Bell" <sip:bell@example.com>`.
    pub from: Box<str>,
    /// The To value without tag.
    pub to: Box<str>,
    /// The user part of our Contact; empty for none.
    pub contact_user: Box<str>,
}

/// An answer to an INVITE, a re-INVITE or an UPDATE.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 101 to 699.
    pub status: u16,
    /// The reason phrase; none takes that of RFC 3261 section 21.
    pub phrase: Option<Box<str>>,
    /// Further lines.
    pub headers: Vec<ExtraHeader>,
    /// The body: an answer, or an offer when the INVITE had none.
    pub body: Option<Body>,
}

impl Answer {
    /// An answer with nothing but a status.
    pub fn status(status: u16) -> Self {
        Answer { status, phrase: None, headers: Vec::new(), body: None }
    }

    /// An answer with a body.
    pub fn with_body(status: u16, body: Body) -> Self {
        Answer { status, phrase: None, headers: Vec::new(), body: Some(body) }
    }
}

/// A request outside a dialog.
#[derive(Clone, Debug)]
pub struct OutOfDialog {
    /// The number under which the result is reported.
    pub request: RequestId,
    /// The method; not INVITE, ACK, CANCEL or BYE.
    pub method: Box<str>,
    /// Where it goes.
    pub to: Destination,
    /// How it is addressed.
    pub address: Addressing,
    /// A Call-ID and CSeq number that continue an earlier series, as REGISTER refreshes must (RFC 3261 section 10.2.4).
    pub series: Option<Series>,
    /// Further lines.
    pub headers: Vec<ExtraHeader>,
    /// The body.
    pub body: Option<Body>,
    /// The account for a 401 or 407.
    pub credentials: Option<ClientCredentials>,
}

/// The identity of a series of requests outside a dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The Call-ID.
    pub call_id: Box<str>,
    /// The CSeq number of the request; the one with credentials takes the next.
    pub sequence: u32,
}
