//! What came off the wire: responses to their transactions, requests through validity, identity and method to where they belong
//! (RFC 3261 section 8.2).

use super::Agent;
use super::answer::Say;
use super::authenticate::Verdict;
use super::event::Event;
use super::interface::{Direction, Output, SendId, Trace};
use super::session::ClientUse;
use super::wire::{ALLOW, ALLOW_OUTSIDE, SUPPORTED};
use crate::dialog::ExtraHeader;
use crate::header::HeaderName;
use crate::message::{Message, Method, ParseError, StatusCode};
use crate::transaction::{Destination, Flow, RequestHead, RequestMatch, TransactionId};
use crate::validate::{self, Capabilities, Rejection};
use bytes::Bytes;
use ground::FlowId;

impl Agent {
    pub(crate) fn received(&mut self, flow: Flow, message: Message) {
        if self.config.network(flow.network).is_none() {
            self.counters.unknown_network += 1;
            return;
        }
        if self.config.trace {
            let (peer, bytes) = (Destination::Flow(flow), message.bytes().clone());
            self.output.push_back(Output::Trace(Trace { direction: Direction::In, peer, session: None, bytes }));
        }
        if message.is_response() {
            self.response(message);
        } else {
            self.request_received(flow, message);
        }
    }

    /// Bytes that are no message: an answer without state when it is certain what is answered, RFC 3261 section 18.3.
    pub(crate) fn malformed(&mut self, flow: &Flow, error: ParseError, salvaged: Option<Message>) {
        self.counters.malformed += 1;
        let Some(request) = salvaged.filter(|m| m.is_request() && !m.is_method(&Method::Ack)) else { return };
        if self.config.network(flow.network).is_some() && self.guard.admit(self.now.moment, flow.peer.ip()) {
            let say = Say { phrase: Some(error.as_str()), ..Say::status(error.status().code()) };
            self.reply_stateless(flow, &request, say);
        }
    }

    /// RFC 5626 section 3.5.1: a ping on a connection is answered with CRLF.
    pub(crate) fn pong(&mut self, flow: Flow) {
        if flow.transport.is_reliable() {
            self.output.push_back(Output::Send {
                to: Destination::Flow(flow),
                bytes: Bytes::from_static(b"\r\n"),
                send: SendId::UNTRACKED,
            });
        }
    }

    /// A connection is gone: nothing ends for that alone.
    pub(crate) fn flow_closed(&mut self, connection: FlowId) {
        let bindings = self.registrar.flow_closed(connection);
        let sessions = self.flows.close(connection);
        for &id in &sessions {
            self.on_session(id, |_, session| session.way.lost = true);
        }
        self.report(Event::FlowLost { connection, bindings, sessions });
    }

    fn response(&mut self, response: Message) {
        let status = response.status().map_or(0, |status| status.code());
        let found = if validate::response(&response).is_ok()
            && let Ok(via) = response.top_via()
            && let Some(branch) = via.branch()
            && let Ok(cseq) = response.cseq()
        {
            let to = response.header_text(HeaderName::To).unwrap_or_default();
            self.layer.receive_response(self.now.moment, branch, cseq.method, status, to)
        } else {
            self.counters.malformed += 1;
            return;
        };
        let Some(found) = found else {
            let accepts = (200..300).contains(&status) && response.transaction_method() == Some(Method::Invite);
            if accepts && self.acknowledge_again(&response) {
                return;
            }
            self.counters.stray_responses += 1;
            return;
        };
        self.response_for(found.transaction, status, response);
    }

    fn response_for(&mut self, id: TransactionId, status: u16, response: Message) {
        let Some(used) = self.clients.remove(&id) else { return };
        match used {
            ClientUse::Invite(invite) => self.invite_response(id, invite, response),
            ClientUse::Change(change) => self.change_response(id, change, response),
            // What is not INVITE has nothing to do with a provisional response.
            other if status < 200 => {
                self.clients.insert(id, other);
            }
            ClientUse::Bye { session, authenticated } => self.bye_response(session, authenticated, response),
            ClientUse::InDialog { session, order, authenticated } => {
                self.in_dialog_response(session, *order, authenticated, response);
            }
            ClientUse::Notify { session, refer } => self.notify_done(session, refer, status),
            ClientUse::OutOfDialog(out) => self.out_of_dialog_response(*out, response),
            ClientUse::Ghost | ClientUse::Cancel => {}
        }
    }

    fn request_received(&mut self, flow: Flow, request: Message) {
        let Some(method) = request.method().cloned() else { return };
        let checked = self.acceptance.check(&request);
        let Some(head) = head_of(&request) else {
            self.counters.malformed += 1;
            if let Err(problem) = checked {
                self.refuse(&flow, &request, &method, &problem);
            }
            return;
        };
        let to = self.response_way(flow, &request);
        let now = self.now.moment;
        if method == Method::Ack || self.layer.knows(&head) {
            match self.layer.receive_request(now, &head, to) {
                RequestMatch::Ack => self.ack(&request),
                _ => return,
            }
            return;
        }
        if let Err(problem) = checked {
            self.refuse(&flow, &request, &method, &problem);
            return;
        }
        if method == Method::Cancel {
            let found = self.layer.receive_request(now, &head, to);
            self.cancel_received(flow, request, found);
        } else if head.to_tag.is_empty() {
            self.outside_a_dialog(flow, request, &method);
        } else {
            self.inside_a_dialog(flow, request, method);
        }
    }

    /// A request that is not valid, RFC 3261 section 8.2: answered without state, an ACK never.
    fn refuse(&mut self, flow: &Flow, request: &Message, method: &Method, problem: &Rejection) {
        if *method == Method::Ack || !self.guard.admit(self.now.moment, flow.peer.ip()) {
            self.counters.malformed += 1;
            return;
        }
        if matches!(method, Method::Notify | Method::Prack) && problem.status == StatusCode::METHOD_NOT_ALLOWED {
            // RFC 6665 section 4.1.3 and RFC 3262 section 3: they belong to something that is not here.
            self.reply_stateless(flow, request, Say::status(481));
            return;
        }
        let inside = request.to().is_ok_and(|to| to.tag().is_some());
        let line = |(name, value): &(HeaderName, String)| match name {
            HeaderName::Allow => ExtraHeader::new(name.as_str(), if inside { ALLOW } else { ALLOW_OUTSIDE }),
            name => ExtraHeader::new(name.as_str(), value.as_str()),
        };
        let mut headers: Vec<ExtraHeader> = problem.lines.iter().map(line).collect();
        if *method == Method::Refer {
            headers.push(ExtraHeader::reason_sip(problem.status.code(), &problem.reason));
        }
        let say = Say { phrase: Some(&problem.reason), headers: &headers, ..Say::status(problem.status.code()) };
        self.reply_stateless(flow, request, say);
    }

    /// RFC 3261 section 8.2.1: a request that belongs to no dialog.
    fn outside_a_dialog(&mut self, flow: Flow, request: Message, method: &Method) {
        match method {
            Method::Invite => match self.identify(&flow, &request) {
                Verdict::Proved(peer) => {
                    if let Some(id) = self.admitted(&flow, &request) {
                        self.invited(flow, request, peer, id);
                    }
                }
                Verdict::Done => {}
            },
            Method::Register => match self.identify(&flow, &request) {
                Verdict::Proved(peer) => {
                    if let Some(id) = self.admitted(&flow, &request) {
                        self.register(&flow, &request, peer, id);
                    }
                }
                Verdict::Done => {}
            },
            _ => self.stranger(&flow, &request, method),
        }
    }

    /// A request that anybody may send, or that is not carried out: answered without state (RFC 3261 section 8.2.7).
    fn stranger(&mut self, flow: &Flow, request: &Message, method: &Method) {
        if self.trunk(flow.network, flow.peer.ip()).is_none() && !self.guard.admit(self.now.moment, flow.peer.ip()) {
            self.counters.rate_limited += 1;
            return;
        }
        let say = match method {
            // RFC 3261 section 11.2.
            Method::Options => {
                let mut headers = self.options_headers();
                headers.push(ExtraHeader::new(HeaderName::Supported.as_str(), "path"));
                let (allow, supported) = (Some(ALLOW_OUTSIDE), Some(SUPPORTED));
                self.reply_stateless(flow, request, Say { allow, supported, headers: &headers, ..Say::status(200) });
                return;
            }
            Method::Refer => {
                self.refer_of_a_stranger(flow, request);
                return;
            }
            // RFC 3261 section 15.1.2; RFC 6665 section 4.1.3; RFC 6086 section 4.2.2; RFC 3262 section 3.
            Method::Bye | Method::Notify | Method::Info | Method::Update | Method::Prack => Say::status(481),
            // RFC 3261 section 8.2.1: known and not carried out.
            _ if method.is_known() => Say { allow: Some(ALLOW_OUTSIDE), ..Say::status(405) },
            // RFC 3261 section 21.5.2.
            _ => Say { allow: Some(ALLOW_OUTSIDE), ..Say::status(501) },
        };
        self.reply_stateless(flow, request, say);
    }

    /// Makes the server transaction of a request that was let in; none when it is answered already.
    pub(crate) fn admitted(&mut self, flow: &Flow, request: &Message) -> Option<TransactionId> {
        let head = head_of(request)?;
        let to = self.response_way(*flow, request);
        match self.layer.receive_request(self.now.moment, &head, to) {
            RequestMatch::New(id) => return Some(id),
            RequestMatch::Merged => {
                self.counters.merged += 1;
                self.reply_stateless(flow, request, Say { phrase: Some("Merged Request"), ..Say::status(482) });
            }
            RequestMatch::Full => self.refuse_overload(flow, request),
            _ => {}
        }
        None
    }

    /// What an answer to OPTIONS tells beside Allow, RFC 3261 section 11.2.
    pub(crate) fn options_headers(&self) -> Vec<ExtraHeader> {
        vec![
            ExtraHeader::new("Accept", "application/sdp"),
            ExtraHeader::new("Accept-Encoding", "identity"),
            ExtraHeader::new("Accept-Language", "en"),
        ]
    }
}

/// What the agent can do, for the check of every request.
#[derive(Debug)]
pub(crate) struct Acceptance {
    requests: Capabilities,
    /// NOTIFY alone carries reports (RFC 3515 section 2.4.5).
    notifications: Capabilities,
}

impl Acceptance {
    pub fn new(info_types: &[Box<str>]) -> Self {
        let mut methods = ALLOW_OUTSIDE.split(", ").filter_map(Method::parse).collect::<Vec<_>>();
        methods.push(Method::Subscribe);
        let mut options = SUPPORTED.split(", ").collect::<Vec<_>>();
        options.push("path");
        let mut bodies = vec!["application/sdp", "multipart/*"];
        bodies.extend(info_types.iter().map(AsRef::<str>::as_ref));
        let schemes = ["sip", "sips", "tel"];
        let requests = Capabilities::new(&methods, &options, &bodies, &schemes);
        let notifications = Capabilities::new(&methods, &options, &["message/sipfrag"], &schemes);
        Acceptance { requests, notifications }
    }

    fn check(&self, request: &Message) -> Result<(), Rejection> {
        let notifies = request.is_method(&Method::Notify);
        validate::request(request, if notifies { &self.notifications } else { &self.requests })?;
        // RFC 3891 section 3: Replaces stands in an INVITE and nowhere else.
        if request.has_header(HeaderName::Replaces) && !request.is_method(&Method::Invite) {
            return Err(Rejection::bad_request("Replaces Outside INVITE"));
        }
        Ok(())
    }
}

/// What matters of a request for matching; none when it cannot be matched to anything.
pub(crate) fn head_of(request: &Message) -> Option<RequestHead<'_>> {
    let via = request.top_via().ok()?;
    let cseq = request.cseq().ok()?;
    Some(RequestHead {
        method: request.method()?.as_str(),
        uri: std::str::from_utf8(request.request_uri_raw()).ok()?,
        branch: via.branch(),
        sent_by: (via.host_text(), via.port()),
        from_tag: request.from().ok()?.tag().unwrap_or_default(),
        to_tag: request.to().ok()?.tag().unwrap_or_default(),
        call_id: request.call_id().ok()?.as_str(),
        sequence: cseq.number,
    })
}
