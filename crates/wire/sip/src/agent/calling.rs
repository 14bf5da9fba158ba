//! INVITE as a caller: sending, provisional responses, the winner, other forks, refusals (RFC 3261 sections 13.1 and 13.2).

use super::Agent;
use super::command::{Invite, SessionId};
use super::event::{EndCause, Event};
use super::session::{AgentTimer, ClientUse, InviteUse, OwedAck, Phase, Session, Wait, Way};
use super::wire::Draft;
use crate::dialog::{Body, Dialog, DialogSet, Prototype, Role, Stage};
use crate::header::HeaderName;
use crate::message::{Message, Method};
use crate::transaction::TransactionId;

impl Agent {
    /// Carries out [`super::Command::Invite`].
    pub(crate) fn invite(&mut self, order: Box<Invite>) {
        let id = order.session;
        if self.sessions.contains_key(&id) {
            // The number belongs to a call that goes on: an end reported under it would be taken for that call's.
            return;
        }
        if id.is_incoming() {
            self.report(Event::Ended { session: id, cause: EndCause::Invalid, message: None });
            return;
        }
        if self.sessions.len() >= self.config.limits.sessions {
            self.report(Event::Ended { session: id, cause: EndCause::Overload, message: None });
            return;
        }
        let prototype = Prototype {
            call_id: self.random.call_id(),
            local_tag: self.random.tag(),
            local: order.address.from.clone(),
            remote: order.address.to.clone(),
            sequence: 1,
            secure: order.address.target.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sips:")),
            binding: order.binding.clone(),
        };
        let nat = order.binding.as_ref().and_then(|name| self.registrar.binding(name)).is_some_and(|b| b.nat);
        let way = Way { to: order.to, pinned: order.pinned, nat, lost: false };
        let tag = prototype.local_tag.clone();
        let mut session = Box::new(Session::new(id, tag.clone(), Phase::Calling(TransactionId(0)), way));
        session.contact_user = order.address.contact_user.clone();
        session.credentials = order.credentials.clone();
        let set = DialogSet::new(prototype, self.config.limits.forks);
        if !self.send_invite(&mut session, set, order, false) {
            self.report(Event::Ended { session: id, cause: EndCause::Invalid, message: None });
            return;
        }
        self.by_tag.insert(tag, id);
        self.flows.enter(way.to.connection(), id);
        self.wait(&session, Wait::Ring, self.config.waits.ring);
        self.put(session);
    }

    /// Sends the INVITE of a set, first or with credentials.
    fn send_invite(&mut self, session: &mut Session, set: DialogSet, order: Box<Invite>, authenticated: bool) -> bool {
        let dialog = before_any_response(set.prototype(), &order);
        let draft = Draft {
            dialog: &dialog,
            method: &Method::Invite,
            sequence: dialog.local_sequence,
            contact_user: Some(&order.address.contact_user),
            headers: &order.headers,
            body: order.body.as_ref(),
        };
        let Some(transaction) = self.transmit(&draft, session.way) else { return false };
        session.phase = Phase::Calling(transaction);
        session.mark();
        let used = InviteUse {
            session: session.id,
            set,
            way: session.way,
            offered: order.body.is_some(),
            order: Some(order),
            acks: std::collections::BTreeMap::new(),
            authenticated,
            cancelled: false,
        };
        self.clients.insert(transaction, ClientUse::Invite(Box::new(used)));
        true
    }

    /// A response to an INVITE that began a session.
    pub(crate) fn invite_response(&mut self, id: TransactionId, mut used: Box<InviteUse>, response: Message) {
        let status = response.status().map_or(0, |status| status.code());
        match status {
            100 => {
                self.cancel_if_wanted(id, &mut used);
                if self.sessions.get(&used.session).is_some_and(|session| session.ending.is_none()) {
                    self.report(Event::Trying { session: used.session });
                }
            }
            101..=199 => {
                self.provisional(&mut used, response);
                self.cancel_if_wanted(id, &mut used);
            }
            200..=299 => self.accepted(id, &mut used, response),
            _ => {
                self.refused(id, used, status, response);
                return;
            }
        }
        self.clients.insert(id, ClientUse::Invite(used));
    }

    fn provisional(&mut self, used: &mut InviteUse, response: Message) {
        let fork: Box<str> = tag_of(&response).into();
        if !fork.is_empty() {
            let contact = contact_uri(&response);
            if used.set.provisional(&fork, contact, || routes_of(&response)).is_err() {
                self.counters.forks += 1;
                return;
            }
        }
        let session = used.session;
        let ending = self.sessions.get(&session).is_none_or(|session| session.ending.is_some());
        if !ending {
            self.report(Event::Provisional { session, fork, response });
        }
    }

    /// RFC 3261 section 9.1: a CANCEL waits for the first provisional response.
    fn cancel_if_wanted(&mut self, id: TransactionId, used: &mut InviteUse) {
        let wanted = self.sessions.get(&used.session).is_some_and(|session| session.ending.is_some());
        if wanted && !used.cancelled {
            used.cancelled = true;
            self.on_session(used.session, |agent, session| agent.send_cancel(session, id));
        }
    }

    /// A 2xx, RFC 3261 section 13.2.2.4: first or again, of the winner or of another fork, wanted or not any more.
    fn accepted(&mut self, id: TransactionId, used: &mut InviteUse, response: Message) {
        let fork: Box<str> = tag_of(&response).into();
        if let Some(ack) = used.acks.get(&fork) {
            // A repeat of a 2xx: the same ACK again, once there is one.
            if let Some(ack) = ack.clone() {
                self.emit(ack.to, ack.bytes, super::SendId::UNTRACKED, Some(used.session));
            }
            return;
        }
        if used.acks.len() >= self.config.limits.forks {
            self.counters.forks += 1;
            return;
        }
        let dialog = used.set.confirm(&fork, contact_uri(&response), routes_of(&response));
        used.order = None;
        self.timers.cancel(&AgentTimer::Cancelled(id));
        let wins = used.acks.is_empty() && self.sessions.get(&used.session).is_some_and(|s| s.ending.is_none());
        let sequence = dialog.local_sequence;
        if wins && !used.offered {
            used.acks.insert(fork.clone(), None);
        } else {
            let ack = self.acknowledge(&dialog, sequence, None, used.way, Some(used.session));
            used.acks.insert(fork.clone(), ack);
        }
        if wins {
            self.won(id, used, dialog, fork, response);
        } else if used.acks.len() == 1 && self.sessions.contains_key(&used.session) {
            // The 2xx crossed our CANCEL: the call exists and is ended as one.
            self.on_session(used.session, |agent, session| {
                session.phase = Phase::Confirmed(dialog);
                session.mark();
                agent.leave(session);
            });
        } else {
            self.end_ghost(dialog, used.way);
        }
    }

    fn won(&mut self, id: TransactionId, used: &InviteUse, dialog: Dialog, fork: Box<str>, response: Message) {
        let owes_ack = !used.offered;
        self.on_session(used.session, |agent, session| {
            agent.stop_wait(session, Wait::Ring);
            if owes_ack {
                session.owed = Some(OwedAck { transaction: id, sequence: dialog.local_sequence });
                agent.wait(session, Wait::Owed, agent.config.waits.order);
            }
            session.phase = Phase::Confirmed(dialog);
            session.mark();
            session.learn(&response);
            agent.report(Event::Answered { session: session.id, fork, response, owes_ack });
        });
    }

    /// RFC 3261 section 13.2.2.4: the dialog of a fork that nobody wants is acknowledged and ended with BYE.
    fn end_ghost(&mut self, mut dialog: Dialog, mut way: Way) {
        let sequence = dialog.next_sequence();
        let draft =
            Draft { dialog: &dialog, method: &Method::Bye, sequence, contact_user: None, headers: &[], body: None };
        way.to = self.towards(&dialog, &way);
        if let Some(id) = self.transmit(&draft, way) {
            self.clients.insert(id, ClientUse::Ghost);
        }
    }

    /// 300 to 699, RFC 3261 sections 13.2.2.2 and 13.2.2.3; once with credentials, section 22.2.
    fn refused(&mut self, id: TransactionId, mut used: Box<InviteUse>, status: u16, response: Message) {
        self.timers.cancel(&AgentTimer::Cancelled(id));
        let wanted = self.sessions.get(&used.session).is_some_and(|session| session.ending.is_none());
        if wanted
            && matches!(status, 401 | 407)
            && !used.authenticated
            && let Some(mut order) = used.order.take()
            && let Some(credentials) = &order.credentials
            && let Some(line) = self.credentials_for(&response, credentials, &Method::Invite, &order.address.target)
        {
            order.headers.push(line);
            self.on_session(used.session, |agent, session| {
                let mut prototype = used.set.prototype().clone();
                prototype.sequence += 1;
                let set = DialogSet::new(prototype, agent.config.limits.forks);
                if !agent.send_invite(session, set, order, true) {
                    agent.finish(session, EndCause::Refused(status), Some(response));
                }
            });
            return;
        }
        self.on_session(used.session, |agent, session| {
            agent.finish(session, EndCause::Refused(status), Some(response));
        });
    }

    /// Timer B, or a transport that failed, RFC 3261 section 8.1.3.1.
    pub(crate) fn invite_unanswered(&mut self, used: &InviteUse, status: u16) {
        let cause = if status == 408 { EndCause::NoResponse } else { EndCause::TransportFailed };
        self.on_session(used.session, |agent, session| {
            if matches!(session.phase, Phase::Calling(_)) {
                agent.finish(session, cause, None);
            }
        });
    }

    /// RFC 3261 section 9.1: no final response came 64*T1 after the CANCEL; the INVITE counts as cancelled.
    pub(crate) fn never_answered(&mut self, id: TransactionId) {
        self.layer.abandon(id);
        if let Some(ClientUse::Invite(used)) = self.clients.remove(&id) {
            self.on_session(used.session, |agent, session| agent.finish(session, EndCause::NoResponse, None));
        }
    }

    /// Sends the CANCEL of a session's INVITE.
    pub(crate) fn send_cancel(&mut self, session: &Session, id: TransactionId) {
        let headers = session.ending.as_ref().map_or(&[][..], |ending| &ending.headers);
        if let Some(cancel) = self.layer.cancel(self.now.moment, id, headers) {
            self.clients.insert(cancel, ClientUse::Cancel);
            self.timers.set(AgentTimer::Cancelled(id), self.now.moment + self.config.intervals.transaction_bound());
        }
    }

    /// The owner pays the ACK that a 2xx with an offer is owed, RFC 3261 section 13.2.2.4.
    pub(crate) fn pay_ack(&mut self, session: &mut Session, body: Option<&Body>) {
        let Some(owed) = session.owed.take() else { return };
        session.answer = body.cloned().map(|body| (owed.sequence, body));
        session.mark();
        self.stop_wait(session, Wait::Owed);
        let (way, id) = (session.way, session.id);
        let Some(dialog) = session.dialog() else { return };
        let ack = self.acknowledge(dialog, owed.sequence, body, way, Some(id));
        match self.clients.get_mut(&owed.transaction) {
            Some(ClientUse::Invite(used)) => {
                if let Some(slot) = used.acks.get_mut(&dialog.remote_tag) {
                    *slot = ack;
                }
            }
            Some(ClientUse::Change(used)) => used.ack = ack,
            _ => {}
        }
        self.next_change(session);
    }

    /// A 2xx to an INVITE or re-INVITE of ours whose transaction is gone, as after a restart: when its dialog is one of ours its
    /// ACK was lost, and goes out again (RFC 3261 section 13.2.2.4). False when the response is nothing to us.
    pub(crate) fn acknowledge_again(&mut self, response: &Message) -> bool {
        let (Ok(from), Ok(call_id), Ok(cseq)) = (response.from(), response.call_id(), response.cseq()) else {
            return false;
        };
        let ours = from.tag().unwrap_or_default();
        let found = self.by_tag.get(ours).and_then(|id| self.sessions.get(id));
        let found = found.and_then(|session| Some((session, session.dialog()?)));
        let Some((session, dialog)) = found.filter(|(_, dialog)| dialog.is(call_id.as_str(), ours, tag_of(response)))
        else {
            return false;
        };
        let sequence = cseq.number;
        let awaits_body = session.owed.as_ref().is_some_and(|owed| owed.sequence == sequence);
        if sequence > dialog.local_sequence || awaits_body {
            return true;
        }
        let body = session.answer.as_ref().filter(|(answered, _)| *answered == sequence).map(|(_, body)| body.clone());
        let (dialog, way, id) = (dialog.clone(), session.way, session.id);
        self.acknowledge(&dialog, sequence, body.as_ref(), way, Some(id));
        true
    }

    /// The early dialog of an outgoing session with this remote tag: true when there is one.
    pub(crate) fn has_early_dialog(&self, session: SessionId, remote_tag: &str) -> bool {
        let Some(Phase::Calling(id)) = self.sessions.get(&session).map(|session| &session.phase) else { return false };
        match self.clients.get(id) {
            Some(ClientUse::Invite(used)) => used.set.early().any(|dialog| *dialog.remote_tag == *remote_tag),
            _ => false,
        }
    }
}

/// The INVITE itself is addressed as a request in a dialog is: target, routes, From, To, without a remote tag.
pub(crate) fn before_any_response(prototype: &Prototype, order: &Invite) -> Dialog {
    Dialog {
        call_id: prototype.call_id.clone(),
        local_tag: prototype.local_tag.clone(),
        remote_tag: "".into(),
        local: prototype.local.clone(),
        remote: prototype.remote.clone(),
        target: order.address.target.clone(),
        routes: order.address.routes.clone(),
        local_sequence: prototype.sequence,
        remote_sequence: None,
        secure: prototype.secure,
        role: Role::Caller,
        stage: Stage::Early,
        binding: prototype.binding.clone(),
    }
}

/// The To tag of a response; empty when it has none.
pub(crate) fn tag_of(response: &Message) -> &str {
    response.to().ok().and_then(|to| to.tag()).unwrap_or_default()
}

/// The URI of the single Contact; empty when there is none.
pub(crate) fn contact_uri(message: &Message) -> &str {
    message.contact().map(|contact| contact.uri().as_str()).unwrap_or_default()
}

/// Record-Route in message order, each entry as it stood there.
pub(crate) fn routes_of(message: &Message) -> Vec<Box<str>> {
    let values = message.headers(HeaderName::RecordRoute).filter_map(|value| std::str::from_utf8(value).ok());
    crate::dialog::record_route_of(values)
}
