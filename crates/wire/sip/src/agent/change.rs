//! Our own re-INVITE: one at a time, glare, what ends the change and what ends the call (RFC 3261 section 14.1).

use super::Agent;
use super::calling::contact_uri;
use super::command::SessionId;
use super::event::{EndCause, Event};
use super::session::{AgentTimer, ChangeOrder, ChangeUse, ClientUse, OpenOut, OwedAck, Phase, Session, Wait, Waiting};
use super::wire::Draft;
use crate::dialog::ExtraHeader;
use crate::message::{Message, Method};
use crate::transaction::TransactionId;

impl Agent {
    /// Carries out [`super::Command::Change`]: now, or when what is open is done.
    pub(crate) fn change(&mut self, session: &mut Session, order: ChangeOrder) {
        if session.ending.is_some() || !matches!(session.phase, Phase::Confirmed(_)) {
            self.report(Event::ChangeFailed { session: session.id, status: 481, response: None });
            return;
        }
        if !is_free(session) {
            if session.queued.is_some() {
                self.report(Event::ChangeFailed { session: session.id, status: 491, response: None });
            } else {
                session.queued = Some(order);
            }
            return;
        }
        let out = OpenOut { order, transaction: None, sequence: 0, glared: false, authenticated: false };
        self.send_change(session, out, None);
    }

    /// What was open is done: a change that waited may go.
    pub(crate) fn next_change(&mut self, session: &mut Session) {
        if session.over || session.ending.is_some() || !is_free(session) {
            return;
        }
        if let Some(order) = session.queued.take() {
            self.change(session, order);
        }
    }

    pub(crate) fn send_change(&mut self, session: &mut Session, mut out: OpenOut, credentials: Option<ExtraHeader>) {
        let Some(way) = session.dialog().map(|dialog| self.way_for(session, dialog)) else { return };
        let Some(way) = way else {
            self.wait_for_flow(session, Waiting::Change(out));
            return;
        };
        let mut headers = out.order.headers.clone();
        headers.extend(credentials);
        let user = session.contact_user.clone();
        let Some(dialog) = session.dialog_mut() else { return };
        let sequence = dialog.next_sequence();
        let draft = Draft {
            dialog,
            method: &Method::Invite,
            sequence,
            contact_user: Some(&user),
            headers: &headers,
            body: out.order.body.as_ref(),
        };
        let Some(id) = self.transmit(&draft, way) else {
            self.report(Event::ChangeFailed { session: session.id, status: 503, response: None });
            return;
        };
        let used =
            ChangeUse { session: session.id, sequence, offered: out.order.body.is_some(), answered: false, ack: None };
        self.clients.insert(id, ClientUse::Change(Box::new(used)));
        out.transaction = Some(id);
        out.sequence = sequence;
        session.open_out = Some(out);
        self.wait(session, Wait::Change, self.config.intervals.transaction_bound());
    }

    /// A response to a re-INVITE.
    pub(crate) fn change_response(&mut self, id: TransactionId, mut used: Box<ChangeUse>, response: Message) {
        let status = response.status().map_or(0, |status| status.code());
        match status {
            ..200 => {}
            200..300 => self.change_accepted(id, &mut used, response),
            _ => {
                self.change_failed(used.session, id, status, Some(response));
                return;
            }
        }
        self.clients.insert(id, ClientUse::Change(used));
    }

    /// A 2xx, first or again: each is acknowledged, also when nobody waits for it any more (RFC 3261 section 13.2.2.4).
    fn change_accepted(&mut self, id: TransactionId, used: &mut ChangeUse, response: Message) {
        if used.answered {
            if let Some(ack) = used.ack.clone() {
                self.emit(ack.to, ack.bytes, super::SendId::UNTRACKED, Some(used.session));
            }
            return;
        }
        used.answered = true;
        self.timers.cancel(&AgentTimer::Cancelled(id));
        let ack = self.on_session(used.session, |agent, session| {
            if let Some(dialog) = session.dialog_mut() {
                dialog.refresh_target(contact_uri(&response));
            }
            session.learn(&response);
            let wanted = session.open_out.as_ref().is_some_and(|out| out.transaction == Some(id));
            let owes_ack = wanted && !used.offered;
            let (way, session_id) = (session.way, session.id);
            let ack = match session.dialog() {
                Some(dialog) if !owes_ack => agent.acknowledge(dialog, used.sequence, None, way, Some(session_id)),
                _ => None,
            };
            if wanted {
                session.open_out = None;
                agent.stop_wait(session, Wait::Change);
                if owes_ack {
                    session.owed = Some(OwedAck { transaction: id, sequence: used.sequence });
                    agent.wait(session, Wait::Owed, agent.config.waits.order);
                }
                agent.report(Event::Changed { session: session_id, response, owes_ack });
                agent.next_change(session);
            }
            ack
        });
        used.ack = ack.flatten();
    }

    /// A re-INVITE was refused (300 to 699), or no answer came (408), or it could not be sent (503).
    pub(crate) fn change_failed(
        &mut self,
        session: SessionId,
        id: TransactionId,
        status: u16,
        response: Option<Message>,
    ) {
        self.on_session(session, |agent, session| {
            let Some(out) = session.open_out.take_if(|out| out.transaction == Some(id)) else { return };
            agent.stop_wait(session, Wait::Change);
            let Some(out) = agent.change_again(session, out, status, response.as_ref()) else { return };
            drop(out);
            agent.report(Event::ChangeFailed { session: session.id, status, response });
            // Section 14.1 with 12.2.1.2: these two say that the other side knows nothing of the call.
            if matches!(status, 408 | 481) {
                agent.begin_end(session, EndCause::DialogGone(status), None);
            } else {
                agent.next_change(session);
            }
        });
    }

    /// Tries once more after a 491, a 500 with Retry-After and a challenge; gives the change back when it has failed for good.
    fn change_again(
        &mut self,
        session: &mut Session,
        mut out: OpenOut,
        status: u16,
        response: Option<&Message>,
    ) -> Option<OpenOut> {
        let wait = if out.glared { None } else { self.wait_before_another(session, status, response, out.sequence) };
        if let Some(time) = wait {
            out.glared = true;
            out.transaction = None;
            self.wait(session, Wait::Glare, time);
            session.open_out = Some(out);
            return None;
        }
        match status {
            401 | 407 if !out.authenticated => {
                let Some(response) = response else { return Some(out) };
                let known = session.credentials.clone().zip(session.dialog().map(|dialog| dialog.target.clone()));
                let Some((credentials, target)) = known else { return Some(out) };
                let Some(line) = self.credentials_for(response, &credentials, &Method::Invite, &target) else {
                    return Some(out);
                };
                out.authenticated = true;
                self.send_change(session, out, Some(line));
                None
            }
            _ => Some(out),
        }
    }

    /// The wait after a 491 is over: once more, unless the other side's change came in meanwhile.
    pub(crate) fn glare_is_over(&mut self, session: &mut Session) {
        let Some(out) = session.open_out.take() else { return };
        if session.open_in.is_some() || session.ack_wait.is_some() {
            let busy = out.order;
            if session.queued.is_none() {
                session.queued = Some(busy);
            } else {
                self.report(Event::ChangeFailed { session: session.id, status: 491, response: None });
            }
            return;
        }
        self.send_change(session, out, None);
    }

    /// No final answer to our re-INVITE within 64*T1: the change is given up, not the call.
    pub(crate) fn change_is_late(&mut self, session: &mut Session) {
        let Some(id) = session.open_out.as_ref().and_then(|out| out.transaction) else { return };
        if !self.layer.is_proceeding(id) {
            return;
        }
        session.open_out = None;
        self.send_cancel(session, id);
        self.report(Event::ChangeFailed { session: session.id, status: 408, response: None });
        self.next_change(session);
    }
}

/// True when no INVITE or UPDATE of either side is open, RFC 3261 section 14.1.
fn is_free(session: &Session) -> bool {
    session.open_out.is_none() && session.open_in.is_none() && session.ack_wait.is_none() && session.owed.is_none()
}
