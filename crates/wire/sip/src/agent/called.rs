//! INVITE as the called side: a new session, 100 Trying, CANCEL (RFC 3261 sections 13.3, 12.1.1 and 9.2).

use super::Agent;
use super::answer::Say;
use super::calling::{contact_uri, routes_of};
use super::config::Trying;
use super::event::{EndCause, Event, Invited, Peer};
use super::session::{OpenIn, Phase, Session, Wait, Way};
use crate::dialog::{BindingName, Dialog, Role, Stage};
use crate::header::HeaderName;
use crate::message::{Message, Method};
use crate::transaction::{Destination, Flow, RequestMatch, TransactionId};
use crate::uri::Scheme;

impl Agent {
    /// A new call for the owner.
    pub(crate) fn invited(&mut self, flow: Flow, request: Message, peer: Peer, id: TransactionId) {
        if self.sessions.len() >= self.config.limits.sessions {
            self.counters.overload += 1;
            let headers = self.overload_headers();
            self.refuse_invite(id, &flow, &request, peer, Say { headers: &headers, ..Say::status(503) });
            return;
        }
        let replaces = match self.replaced_by(&request) {
            Ok(replaces) => replaces,
            Err(status) => {
                self.refuse_invite(id, &flow, &request, peer, Say::status(status));
                return;
            }
        };
        let binding = self.binding_behind(&flow, &peer, &request);
        let Some(dialog) = self.called_dialog(&flow, &request, binding.clone()) else {
            self.refuse_invite(id, &flow, &request, peer, Say { phrase: Some("Bad Contact"), ..Say::status(400) });
            return;
        };
        let session_id = self.random.session();
        let tag = dialog.local_tag.clone();
        let way = self.way_back(flow, &request, &peer);
        let mut session = Box::new(Session::new(session_id, tag.clone(), Phase::Invited(dialog), way));
        session.contact_user =
            request.request_uri().ok().and_then(|uri| uri.user_unescaped()).unwrap_or_default().as_ref().into();
        session.learn(&request);
        let open = OpenIn {
            transaction: id,
            flow,
            request: request.clone(),
            method: Method::Invite,
            initial: true,
            said: None,
        };
        session.open_in = Some(open);
        self.belongs(id, session_id);
        self.by_tag.insert(tag, session_id);
        self.flows.enter(flow.connection, session_id);
        self.wait(&session, Wait::Ring, self.config.waits.ring);
        self.put(session);
        self.try_for_time(&flow, &request, id);
        self.report(Event::Invited(Box::new(Invited { session: session_id, peer, flow, binding, replaces, request })));
    }

    /// 100 Trying at once, or after a while (RFC 3261 section 17.2.1).
    pub(crate) fn try_for_time(&mut self, flow: &Flow, request: &Message, id: TransactionId) {
        match self.config.trying {
            Trying::Immediately => {
                self.reply(id, flow, request, Say::status(100));
            }
            Trying::After(wait) => self.layer.schedule_trying(self.now.moment, id, wait),
        }
    }

    /// The wait for 100 Trying is over and nothing else was sent.
    pub(crate) fn trying_due(&mut self, id: TransactionId) {
        let Some(&session) = self.servers.get(&id) else { return };
        self.on_session(session, |agent, session| {
            if let Some(open) = session.open_in.as_ref().filter(|open| open.transaction == id) {
                agent.reply(id, &open.flow, &open.request, Say::status(100));
            }
        });
    }

    /// A CANCEL, RFC 3261 section 9.2: 200 when there is something to cancel, 481 when not; an answer that is out stays.
    pub(crate) fn cancel_received(&mut self, flow: Flow, request: Message, found: RequestMatch) {
        let (cancel, invite) = match found {
            RequestMatch::Cancel { cancel, invite } => (cancel, invite),
            RequestMatch::StrayCancel => {
                if self.guard.admit(self.now.moment, flow.peer.ip()) {
                    self.reply_stateless(&flow, &request, Say::status(481));
                }
                return;
            }
            RequestMatch::Full => {
                self.refuse_overload(&flow, &request);
                return;
            }
            _ => return,
        };
        let session = self.servers.get(&invite).copied();
        let tag = session.and_then(|id| self.sessions.get(&id)).map(|session| session.local_tag.clone());
        self.reply(cancel, &flow, &request, Say { tag: tag.as_deref(), ..Say::status(200) });
        let Some(session) = session else { return };
        self.on_session(session, |agent, session| {
            if session.open_in.as_ref().is_none_or(|open| open.transaction != invite) {
                return;
            }
            let initial = session.open_in.as_ref().is_some_and(|open| open.initial);
            agent.withdraw_open(session, 487);
            if initial {
                agent.finish(session, EndCause::RemoteCancel, Some(request));
            } else {
                agent.next_change(session);
            }
        });
    }

    /// The dialog that an INVITE makes on our side, RFC 3261 section 12.1.1.
    fn called_dialog(&mut self, flow: &Flow, request: &Message, binding: Option<BindingName>) -> Option<Dialog> {
        let from = request.from().ok()?;
        let target = contact_uri(request);
        if target.is_empty() {
            return None;
        }
        let secure = flow.transport.is_secure() && request.request_uri().is_ok_and(|uri| uri.scheme() == Scheme::Sips);
        Some(Dialog {
            call_id: request.call_id().ok()?.as_str().into(),
            local_tag: self.random.tag(),
            remote_tag: from.tag().unwrap_or_default().into(),
            local: without_tag(request, HeaderName::To)?,
            remote: without_tag(request, HeaderName::From)?,
            target: target.into(),
            routes: routes_of(request),
            local_sequence: 0,
            remote_sequence: Some(request.cseq().ok()?.number),
            secure,
            role: Role::Called,
            stage: Stage::Early,
            binding,
        })
    }

    /// Where our requests in this dialog go. A telephone is reached on its flow; a trunk, and a telephone that sends from
    /// another port than it listens on and asks for no rport, where its Contact or route set says.
    fn way_back(&self, flow: Flow, request: &Message, peer: &Peer) -> Way {
        let nat = behind_translator(&flow, request);
        let symmetric = request.top_via().is_ok_and(|via| via.wants_rport());
        let trunk = matches!(peer, Peer::Trunk(_));
        let pinned = !trunk && (nat || symmetric || flow.transport.is_reliable());
        Way { to: Destination::Flow(flow), pinned, nat, lost: false }
    }

    /// The registration of the caller on this flow: the one whose Contact the INVITE shows, or the only one.
    fn binding_behind(&self, flow: &Flow, peer: &Peer, request: &Message) -> Option<BindingName> {
        let Peer::Account(account) = peer else { return None };
        let contact = contact_uri(request);
        let here = |binding: &&&crate::registrar::Binding| {
            binding.flow.connection == flow.connection && binding.flow.peer == flow.peer
        };
        let all = self.registrar.bindings(account);
        let exact = all.iter().find(|binding| *binding.contact == *contact);
        exact.or_else(|| all.iter().find(here)).map(|binding| binding.name.clone())
    }
}

/// True when the top Via names another host than the packet's source (RFC 3581 section 4).
pub(crate) fn behind_translator(flow: &Flow, request: &Message) -> bool {
    let Ok(via) = request.top_via() else { return false };
    let named = via.host().ip().map(|ip| ip.to_canonical());
    let other_host = named != Some(flow.peer.ip().to_canonical());
    let other_port = !flow.transport.is_reliable() && via.port().is_some_and(|port| port != flow.peer.port());
    other_host || (other_port && via.wants_rport())
}

/// The address of From or To without its tag: name-addr and the other parameters as they stood there, folds as spaces.
pub(crate) fn without_tag(request: &Message, name: HeaderName) -> Option<Box<str>> {
    let address = match name {
        HeaderName::From => request.from().ok()?,
        _ => request.to().ok()?,
    };
    let display = std::str::from_utf8(address.display_raw()).unwrap_or_default();
    let mut text = String::with_capacity(64);
    if !display.is_empty() {
        text.extend(display.chars().map(|c| if c == '\r' || c == '\n' { ' ' } else { c }));
        text.push(' ');
    }
    text.push('<');
    text.push_str(address.uri().as_str());
    text.push('>');
    for param in address.params().iter().filter(|param| !param.name.eq_ignore_ascii_case("tag")) {
        text.push(';');
        text.push_str(param.name);
        if let Some(value) = param.value {
            text.push('=');
            let quote = if param.quoted { "\"" } else { "" };
            text.push_str(quote);
            text.push_str(value);
            text.push_str(quote);
        }
    }
    Some(text.into())
}
