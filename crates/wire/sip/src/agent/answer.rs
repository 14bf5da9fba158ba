//! Responses: what they copy, where they go, and those that leave no state (RFC 3261 sections 8.2.6, 8.2.7 and 18.2.2).

use super::Agent;
use super::command::SessionId;
use super::event::{Event, Peer, RefusedInvite};
use super::interface::SendId;
use crate::dialog::{Body, ExtraHeader, finish};
use crate::header::HeaderName;
use crate::message::{Message, Method, ResponseBuilder, StatusCode};
use crate::transaction::{Destination, Flow, TransactionId};
use bytes::Bytes;
use std::net::SocketAddr;

/// What a response says.
#[derive(Clone, Copy, Default)]
pub(crate) struct Say<'a> {
    pub status: u16,
    pub phrase: Option<&'a str>,
    /// The To tag, where the request has none.
    pub tag: Option<&'a str>,
    /// Our Contact.
    pub contact: Option<&'a str>,
    /// What we allow.
    pub allow: Option<&'a str>,
    /// What we support.
    pub supported: Option<&'a str>,
    /// The response makes a dialog: Record-Route is copied (RFC 3261 section 12.1.1).
    pub dialog: bool,
    pub headers: &'a [ExtraHeader],
    pub body: Option<&'a Body>,
}

impl<'a> Say<'a> {
    pub fn status(status: u16) -> Self {
        Say { status, ..Say::default() }
    }

    pub fn tagged(status: u16, tag: &'a str) -> Self {
        Say { status, tag: Some(tag), ..Say::default() }
    }
}

impl Agent {
    /// Where the responses of a request go, RFC 3261 section 18.2.2 and RFC 3581 section 4: back on the connection; to the source
    /// of the datagram when `rport` asks for it, else to its address at the port of sent-by. Always from the socket on which
    /// the request came.
    pub(crate) fn response_way(&self, flow: Flow, request: &Message) -> Destination {
        if flow.transport.is_reliable() {
            return Destination::Flow(flow);
        }
        let Ok(via) = request.top_via() else { return Destination::Flow(flow) };
        if via.wants_rport() {
            return Destination::Flow(flow);
        }
        let port = via.port().unwrap_or_else(|| self.config.default_ports.of(flow.transport));
        Destination::Flow(Flow { peer: SocketAddr::new(flow.peer.ip(), port), ..flow })
    }

    /// Writes a response; none when the request cannot be answered.
    pub(crate) fn write_response(&self, request: &Message, source: SocketAddr, say: &Say<'_>) -> Option<Bytes> {
        let mut response = ResponseBuilder::to(request, StatusCode(say.status)).source(source);
        if let Some(phrase) = say.phrase {
            response = response.reason(phrase);
        }
        if let Some(tag) = say.tag {
            response = response.to_tag(tag);
        }
        let mut builder = response.begin().ok()?;
        if say.dialog {
            builder.copy(request, HeaderName::RecordRoute);
        }
        if let Some(contact) = say.contact {
            builder.header(HeaderName::Contact, contact);
        }
        if let Some(allow) = say.allow {
            builder.header(HeaderName::Allow, allow);
        }
        if let Some(supported) = say.supported {
            builder.header(HeaderName::Supported, supported);
        }
        Some(finish(builder, say.headers, say.body))
    }

    /// Answers in a transaction. A response without tag of its own gets a new one.
    pub(crate) fn reply(&mut self, id: TransactionId, flow: &Flow, request: &Message, say: Say<'_>) -> bool {
        let own = if say.tag.is_none() && say.status > 100 { Some(self.random.tag()) } else { None };
        let say = Say { tag: say.tag.or(own.as_deref()), ..say };
        match self.write_response(request, flow.peer, &say) {
            Some(bytes) => self.layer.respond(self.now.moment, id, say.status, bytes),
            None => false,
        }
    }

    /// Answers without a transaction, RFC 3261 section 8.2.7: repeats of the request bring the same answer again.
    pub(crate) fn reply_stateless(&mut self, flow: &Flow, request: &Message, say: Say<'_>) {
        let about = request.header(HeaderName::Via).unwrap_or_default();
        let tag = self.random.stateless_tag(about);
        let refuses = request.is_method(&Method::Invite) && refuses_a_call(say.status);
        let headers = if refuses { with_reason(say.headers, say.status) } else { Vec::new() };
        let headers = if refuses { headers.as_slice() } else { say.headers };
        let say = Say { tag: Some(&tag), headers, ..say };
        if let Some(bytes) = self.write_response(request, flow.peer, &say) {
            let to = self.response_way(*flow, request);
            self.emit(to, bytes, SendId::UNTRACKED, None);
        }
        if refuses {
            self.tell_refusal(flow, request, say.status);
        }
    }

    /// Refuses an INVITE in its transaction, before it becomes a session.
    pub(crate) fn refuse_invite(
        &mut self,
        id: TransactionId,
        flow: &Flow,
        request: &Message,
        peer: Peer,
        say: Say<'_>,
    ) {
        let headers = with_reason(say.headers, say.status);
        self.reply(id, flow, request, Say { headers: &headers, ..say });
        let refused = (peer != Peer::Unproved).then(|| Box::new(RefusedInvite { peer, request: request.clone() }));
        self.report(Event::Refused { flow: *flow, status: say.status, refused });
    }

    /// Tells the owner of an INVITE that was refused without a transaction. The INVITE itself is told when its sender is proved
    /// without a challenge, and all of it once: each repeat is answered anew (RFC 3261 section 8.2.7) and told to nobody. A merged request
    /// is no call: its own goes on another way.
    fn tell_refusal(&mut self, flow: &Flow, request: &Message, status: u16) {
        let peer = self.proved_without_challenge(flow, request);
        let known = peer.is_some().then(|| self.refused_before(request));
        if known == Some(Known::Already) {
            return;
        }
        let refused = peer.filter(|_| status != 482 && known == Some(Known::Now)).map(|peer| {
            let request = request.clone();
            Box::new(RefusedInvite { peer, request })
        });
        self.report(Event::Refused { flow: *flow, status, refused });
    }

    /// Whether this request was refused before. One without branch, Call-ID or CSeq has nothing to be known by.
    fn refused_before(&mut self, request: &Message) -> Known {
        let via = request.top_via().ok();
        let branch = via.as_ref().and_then(|via| via.branch());
        let (Some(branch), Ok(call_id), Ok(cseq)) = (branch, request.call_id(), request.cseq()) else {
            return Known::Never;
        };
        let what = (branch, call_id.as_str(), cseq.number);
        if self.recent.refused.contains(&what) {
            Known::Already
        } else if self.recent.refused.note(self.now.moment, &what) {
            Known::Now
        } else {
            Known::Never
        }
    }

    /// A 503 with Retry-After, RFC 3261 section 21.5.4.
    pub(crate) fn refuse_overload(&mut self, flow: &Flow, request: &Message) {
        self.counters.overload += 1;
        let headers = self.overload_headers();
        self.reply_stateless(flow, request, Say { headers: &headers, ..Say::status(503) });
    }

    /// When to try again, and why: Q.850 cause 42, switching equipment congestion (RFC 3326 section 2).
    pub(crate) fn overload_headers(&self) -> [ExtraHeader; 2] {
        [self.retry_after(self.config.limits.retry_after), ExtraHeader::reason_q850(42, "congestion")]
    }

    pub(crate) fn retry_after(&self, seconds: u32) -> ExtraHeader {
        ExtraHeader::new("Retry-After", seconds.to_string())
    }

    /// 500 with a Retry-After of 0 to 10 s, RFC 3261 section 14.2.
    pub(crate) fn busy_with_another(&mut self, id: TransactionId, flow: &Flow, request: &Message) {
        let seconds = u32::try_from(self.random.below(11)).unwrap_or_default();
        let headers = [self.retry_after(seconds)];
        self.reply(id, flow, request, Say { headers: &headers, ..Say::status(500) });
    }

    /// Remembers to which session a server transaction belongs.
    pub(crate) fn belongs(&mut self, id: TransactionId, session: SessionId) {
        self.servers.insert(id, session);
    }
}

/// Whether a request is known by what it is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It was refused before.
    Already,
    /// From now on.
    Now,
    /// It cannot be: it has no name, or there is no room.
    Never,
}

/// A final answer that ends a call attempt. A challenge does not: the telephone comes again.
fn refuses_a_call(status: u16) -> bool {
    (400..700).contains(&status) && !matches!(status, 401 | 407)
}

/// The headers of a refusal and, where none of them says why, a Reason with the Q.850 cause that fits the status (RFC 3326
/// section 2, RFC 3398 section 8.2.6.1).
fn with_reason(headers: &[ExtraHeader], status: u16) -> Vec<ExtraHeader> {
    let mut all = headers.to_vec();
    if !all.iter().any(|header| header.name.eq_ignore_ascii_case("Reason")) {
        let (cause, text) = match status {
            // What a Replaces names: nothing; a call that is answered when only a ringing one was meant; one that has ended (RFC 3891
            // section 3).
            481 => (31, "no such call"),
            486 => (17, "the call is answered"),
            603 => (21, "the call has ended"),
            405 | 415 | 420 | 421 | 501 => (79, "not implemented"),
            416 => (28, "not a valid number"),
            482 | 483 => (25, "loop detected"),
            503 => (42, "exchange overloaded"),
            _ => (111, "protocol error"),
        };
        all.push(ExtraHeader::reason_q850(cause, text));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_a_call_says_why_and_a_challenge_says_nothing() {
        assert!(refuses_a_call(400) && refuses_a_call(503) && !refuses_a_call(401) && !refuses_a_call(200));
        let said = with_reason(&[ExtraHeader::new("Unsupported", "100rel")], 420);
        assert_eq!(said.len(), 2);
        assert_eq!(&*said[1].value, "Q.850;cause=79;text=\"not implemented\"");
        for (status, cause) in [(481, 31), (486, 17), (603, 21), (400, 111)] {
            let said = with_reason(&[], status);
            assert!(said[0].value.starts_with(&format!("Q.850;cause={cause};text=\"")), "{status}: {said:?}");
        }
        let kept = with_reason(&[ExtraHeader::reason_q850(42, "congestion")], 503);
        assert_eq!(kept.len(), 1);
    }
}
