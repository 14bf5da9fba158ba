//! Requests inside a dialog, in both directions (RFC 3261 sections 12.2.2, 14.2, 15.1.2; RFC 3311; RFC 6086).

use super::Agent;
use super::answer::Say;
use super::called::without_tag;
use super::calling::contact_uri;
use super::command::SessionId;
use super::event::{EndCause, Event};
use super::receive::head_of;
use super::session::{OpenIn, Phase, Session, Wait, Waiting};
use super::wire::{ALLOW, SUPPORTED};
use crate::dialog::{BindingName, ExtraHeader, uri_of};
use crate::header::HeaderName;
use crate::message::{Message, Method};
use crate::registrar::Binding;
use crate::transaction::{Destination, Flow, TransactionId};

impl Agent {
    /// An ACK that belongs to no failure: that of a 2xx, found by its dialog (RFC 3261 section 13.3.1.4).
    pub(crate) fn ack(&mut self, request: &Message) {
        let found = head_of(request).and_then(|head| {
            let id = *self.by_tag.get(head.to_tag)?;
            let dialog = self.sessions.get(&id)?.dialog()?;
            dialog.is(head.call_id, head.to_tag, head.from_tag).then_some((id, head.sequence))
        });
        let Some((id, sequence)) = found else {
            self.counters.stray_acks += 1;
            return;
        };
        self.on_session(id, |agent, session| agent.ack_received(session, sequence, request.clone()));
    }

    /// A request with a To tag.
    pub(crate) fn inside_a_dialog(&mut self, flow: Flow, request: Message, method: Method) {
        let found = head_of(&request).and_then(|head| {
            let id = *self.by_tag.get(head.to_tag)?;
            let ours = match self.sessions.get(&id)?.dialog() {
                Some(dialog) => dialog.is(head.call_id, head.to_tag, head.from_tag),
                None => self.has_early_dialog(id, head.from_tag),
            };
            ours.then_some((id, head.sequence))
        });
        let Some((session, sequence)) = found else {
            // RFC 3261 section 12.2.2: a tag that means nothing here; the dialog is gone.
            if self.guard.admit(self.now.moment, flow.peer.ip()) {
                self.reply_stateless(&flow, &request, Say::status(481));
            }
            return;
        };
        let Some(id) = self.admitted(&flow, &request) else { return };
        self.belongs(id, session);
        self.on_session(session, |agent, session| {
            agent.follow(session, &flow);
            session.learn(&request);
            let tag = session.local_tag.clone();
            let in_order =
                session.dialog_mut().is_none_or(|dialog| dialog.accept_sequence(method.as_str(), sequence).is_ok());
            if !in_order {
                // RFC 3261 section 12.2.2.
                agent.reply(id, &flow, &request, Say::tagged(500, &tag));
                return;
            }
            agent.dispatch(session, id, flow, request, &method);
        });
    }

    fn dispatch(&mut self, session: &mut Session, id: TransactionId, flow: Flow, request: Message, method: &Method) {
        let tag = session.local_tag.clone();
        match method {
            Method::Invite | Method::Update => self.change_received(session, id, flow, request, method),
            Method::Bye if matches!(session.phase, Phase::Calling(_)) => {
                // RFC 3261 section 15: the called side must not send BYE on an early dialog.
                self.reply(id, &flow, &request, Say::tagged(500, &tag));
            }
            Method::Bye => {
                self.reply(id, &flow, &request, Say::tagged(200, &tag));
                self.bye_received(session, request);
            }
            Method::Info => self.info_received(session, id, &flow, request),
            Method::Options => {
                let headers = self.options_headers();
                let say =
                    Say { allow: Some(ALLOW), supported: Some(SUPPORTED), headers: &headers, ..Say::tagged(200, &tag) };
                self.reply(id, &flow, &request, say);
            }
            Method::Refer => self.refer_received(session, id, &flow, request),
            Method::Notify => self.notify_received(session, id, &flow, &request),
            Method::Subscribe => self.subscribe_received(session, id, &flow, &request),
            // RFC 3262 section 3: no reliable response is open.
            Method::Prack => {
                self.reply(id, &flow, &request, Say::tagged(481, &tag));
            }
            known => {
                let status = if known.is_known() { 405 } else { 501 };
                self.reply(id, &flow, &request, Say { allow: Some(ALLOW), ..Say::tagged(status, &tag) });
            }
        }
    }

    /// A re-INVITE or UPDATE, RFC 3261 section 14.2 and RFC 3311 section 5.2.
    fn change_received(
        &mut self,
        session: &mut Session,
        id: TransactionId,
        flow: Flow,
        request: Message,
        method: &Method,
    ) {
        let tag = session.local_tag.clone();
        let offers = !request.body().is_empty();
        if matches!(session.phase, Phase::Leaving(_)) || session.ending.is_some() {
            self.reply(id, &flow, &request, Say::tagged(481, &tag));
            return;
        }
        if *method == Method::Update && !offers {
            self.refresh(session, id, &flow, &request);
            self.report(Event::Updated { session: session.id, request });
            return;
        }
        let early = !matches!(session.phase, Phase::Confirmed(_));
        if early || session.open_in.is_some() || session.ack_wait.is_some() {
            self.busy_with_another(id, &flow, &request);
            return;
        }
        let ours_is_out = session.open_out.as_ref().is_some_and(|out| out.transaction.is_some());
        if ours_is_out || session.owed.is_some() {
            // Glare, RFC 3261 section 14.2.
            self.reply(id, &flow, &request, Say::tagged(491, &tag));
            return;
        }
        if *method == Method::Invite {
            self.try_for_time(&flow, &request, id);
        }
        self.wait(session, Wait::Order, self.config.waits.order);
        session.open_in = Some(OpenIn {
            transaction: id,
            flow,
            request: request.clone(),
            method: method.clone(),
            initial: false,
            said: None,
        });
        self.report(Event::ChangeRequested { session: session.id, request });
    }

    /// An UPDATE without an offer only refreshes the target, RFC 3311 section 5.2.
    fn refresh(&mut self, session: &mut Session, id: TransactionId, flow: &Flow, request: &Message) {
        take_over(session, request);
        let secure = session.dialog().is_some_and(|dialog| dialog.secure);
        let contact = self.contact(&session.contact_user, &Destination::Flow(*flow), secure);
        let say = Say {
            contact: contact.as_deref(),
            allow: Some(ALLOW),
            supported: Some(SUPPORTED),
            ..Say::tagged(200, &session.local_tag)
        };
        self.reply(id, flow, request, say);
    }

    /// RFC 6086 section 4.2.2: 469 for a package that was not agreed, 415 for a body that nobody here reads.
    fn info_received(&mut self, session: &Session, id: TransactionId, flow: &Flow, request: Message) {
        let tag = &session.local_tag;
        if request.header_named("Info-Package").is_some() {
            let headers = [ExtraHeader::new("Recv-Info", "")];
            self.reply(id, flow, &request, Say { headers: &headers, ..Say::tagged(469, tag) });
            return;
        }
        let kind = request.header_text(HeaderName::ContentType).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let reads = self.config.info_types.iter().any(|known| known.eq_ignore_ascii_case(kind));
        if !request.body().is_empty() && !reads {
            let headers = [ExtraHeader::new("Accept", self.config.info_types.join(", "))];
            self.reply(id, flow, &request, Say { headers: &headers, ..Say::tagged(415, tag) });
            return;
        }
        self.reply(id, flow, &request, Say::tagged(200, tag));
        self.report(Event::Info { session: session.id, request });
    }

    /// The other side came over another flow: ours follow it there.
    fn follow(&mut self, session: &mut Session, flow: &Flow) {
        let here = Destination::Flow(*flow);
        if !session.way.pinned || session.way.to == here {
            return;
        }
        self.flows.leave(session.way.to.connection(), session.id);
        self.flows.enter(flow.connection, session.id);
        session.way.to = here;
        session.way.lost = false;
        session.mark();
        self.flow_is_back(session);
    }

    /// A request that cannot leave waits for its telephone to register again, bounded in number and time.
    pub(crate) fn wait_for_flow(&mut self, session: &mut Session, what: Waiting) {
        if session.waiting.len() >= self.config.limits.pending_requests && !matches!(what, Waiting::Bye) {
            self.give_up(session, what);
            return;
        }
        session.waiting.push_back(what);
        self.waiting.insert(session.id);
        self.wait(session, Wait::Flow, self.config.waits.flow);
    }

    /// A telephone registered: the sessions that waited for it go on over its new flow.
    pub(crate) fn binding_is_back(&mut self, name: &BindingName) {
        let waiting: Vec<SessionId> = self.waiting.iter().copied().collect();
        for id in waiting {
            let theirs =
                self.sessions.get(&id).and_then(|s| s.dialog()).is_some_and(|d| d.binding.as_ref() == Some(name));
            if theirs {
                self.on_session(id, |agent, session| agent.flow_is_back(session));
            }
        }
    }

    fn flow_is_back(&mut self, session: &mut Session) {
        self.waiting.remove(&session.id);
        self.stop_wait(session, Wait::Flow);
        if session.way.lost
            && let Some(flow) = self.flow_of(session)
        {
            self.flows.leave(session.way.to.connection(), session.id);
            self.flows.enter(flow.connection, session.id);
            session.way.to = Destination::Flow(flow);
            session.way.lost = false;
            session.mark();
        }
        for what in std::mem::take(&mut session.waiting) {
            match what {
                Waiting::Bye => self.send_bye(session, None),
                Waiting::Change(out) => self.send_change(session, out, None),
                Waiting::Request(order) => self.send_in_dialog(session, order, None),
            }
        }
    }

    fn flow_of(&self, session: &Session) -> Option<Flow> {
        let name = session.dialog()?.binding.as_ref()?;
        self.registrar.binding(name).filter(|binding: &&Binding| binding.live).map(|binding| binding.flow)
    }

    /// The telephone did not register again in time: what waited is given up, and with it the call.
    pub(crate) fn flow_did_not_return(&mut self, session: &mut Session) {
        self.waiting.remove(&session.id);
        for what in std::mem::take(&mut session.waiting) {
            self.give_up(session, what);
        }
        self.finish(session, EndCause::TransportFailed, None);
    }

    pub(crate) fn give_up(&mut self, session: &mut Session, what: Waiting) {
        match what {
            Waiting::Bye => {}
            Waiting::Change(_) => {
                self.report(Event::ChangeFailed { session: session.id, status: 503, response: None });
            }
            Waiting::Request(order) => self.request_over(session, &order, 503, None),
        }
    }
}

/// What a request that refreshes the target says of its sender: the Contact (RFC 3261 section 12.2.2), and an address in From that
/// is another than before (RFC 4916 section 4.5).
pub(crate) fn take_over(session: &mut Session, request: &Message) {
    let Some(dialog) = session.dialog_mut() else { return };
    dialog.refresh_target(contact_uri(request));
    let uri = |value: &str| -> Box<str> { uri_of(value).into() };
    if let Some(from) = without_tag(request, HeaderName::From)
        && uri(&from) != uri(&dialog.remote)
    {
        dialog.remote = from;
    }
}
