//! Requests of ours inside a dialog beside INVITE and BYE: sent, repeated with credentials, done (RFC 3261 section 12.2.1).

use super::Agent;
use super::command::{ReferId, SessionId};
use super::event::{EndCause, Event};
use super::referral::Heading;
use super::session::{ClientUse, Phase, RequestOrder, Session, Waiting};
use super::update::was_overtaken;
use super::wire::Draft;
use crate::dialog::ExtraHeader;
use crate::message::{Message, Method};

impl Agent {
    /// Carries out [`super::Command::InDialog`], and what else sends a request inside a dialog.
    pub(crate) fn request(&mut self, session: &mut Session, order: RequestOrder) {
        let leaving = session.ending.is_some() || !matches!(session.phase, Phase::Confirmed(_));
        let allowed =
            !matches!(order.method, Method::Invite | Method::Ack | Method::Cancel | Method::Bye | Method::Prack);
        session.requests += 1;
        if leaving || !allowed || session.requests > self.config.limits.pending_requests {
            self.request_over(session, &order, 481, None);
            return;
        }
        self.send_in_dialog(session, order, None);
    }

    pub(crate) fn send_in_dialog(
        &mut self,
        session: &mut Session,
        mut order: RequestOrder,
        credentials: Option<ExtraHeader>,
    ) {
        let Some(way) = session.dialog().map(|dialog| self.way_for(session, dialog)) else { return };
        let Some(way) = way else {
            self.wait_for_flow(session, Waiting::Request(order));
            return;
        };
        let authenticated = credentials.is_some();
        let mut headers = order.headers.clone();
        headers.extend(credentials);
        // RFC 3311 section 5.1 and RFC 3515 section 2.2: these two name our Contact.
        let refreshes = matches!(order.method, Method::Update | Method::Refer);
        let user = refreshes.then(|| session.contact_user.clone());
        let Some(dialog) = session.dialog_mut() else { return };
        let sequence = dialog.next_sequence();
        order.sequence = sequence;
        let draft = Draft {
            dialog,
            method: &order.method,
            sequence,
            contact_user: user.as_deref(),
            headers: &headers,
            body: order.body.as_ref(),
        };
        match self.transmit(&draft, way) {
            Some(id) => {
                if order.method == Method::Refer {
                    self.refer_sent(session, &order);
                }
                let used = ClientUse::InDialog { session: session.id, order: Box::new(order), authenticated };
                self.clients.insert(id, used);
            }
            None => self.request_over(session, &order, 503, None),
        }
    }

    pub(crate) fn in_dialog_response(
        &mut self,
        id: SessionId,
        order: RequestOrder,
        authenticated: bool,
        response: Message,
    ) {
        let status = response.status().map_or(0, |status| status.code());
        let challenged = matches!(status, 401 | 407) && !authenticated;
        let known = self.sessions.get(&id).filter(|_| challenged);
        let known = known.and_then(|session| Some((session.credentials.clone()?, session.dialog()?.target.clone())));
        let line = known
            .and_then(|(credentials, target)| self.credentials_for(&response, &credentials, &order.method, &target));
        match line {
            Some(line) => {
                self.on_session(id, |agent, session| {
                    agent.withdraw_refer(session, &order);
                    agent.send_in_dialog(session, order, Some(line));
                });
            }
            None => self.in_dialog_done(id, order, status, Some(response)),
        }
    }

    /// A request inside a dialog is done; 481 and 408 end the dialog, RFC 3261 section 12.2.1.2.
    pub(crate) fn in_dialog_done(
        &mut self,
        id: SessionId,
        order: RequestOrder,
        status: u16,
        response: Option<Message>,
    ) {
        if !self.sessions.contains_key(&id) {
            // The end of the session has told the owner of its REFERs.
            if order.method != Method::Refer {
                self.report(Event::RequestDone { request: order.request, status, response });
            }
            return;
        }
        self.on_session(id, |agent, session| {
            let method = order.method.clone();
            if status == 500 && method != Method::Update && !order.again && was_overtaken(session, order.sequence) {
                agent.send_once_more(session, order);
                return;
            }
            match method {
                Method::Update => match agent.update_answered(session, order, status, response.as_ref()) {
                    Some(order) => agent.request_over(session, &order, status, response),
                    None => session.requests = session.requests.saturating_sub(1),
                },
                Method::Refer if !agent.refer_answered(session, order.sequence, status, response.as_ref()) => {
                    session.requests = session.requests.saturating_sub(1);
                }
                _ => {
                    if let Some(response) = &response {
                        session.learn(response);
                    }
                    agent.request_over(session, &order, status, response);
                }
            }
            // RFC 5057 section 5.1: for these it is a subscription, or a reference, that is gone, and not the call.
            let other_usage = matches!(method, Method::Notify | Method::Subscribe | Method::Refer);
            if matches!(status, 408 | 481) && !other_usage && matches!(session.phase, Phase::Confirmed(_)) {
                agent.begin_end(session, EndCause::DialogGone(status), None);
            }
        });
    }

    /// A request was overtaken by a later one and refused for that: once more, under a new number.
    fn send_once_more(&mut self, session: &mut Session, mut order: RequestOrder) {
        order.again = true;
        self.withdraw_refer(session, &order);
        if session.ending.is_some() {
            self.request_over(session, &order, 487, None);
        } else {
            self.send_in_dialog(session, order, None);
        }
    }

    /// A REFER is sent again: its old number counts for nothing.
    fn withdraw_refer(&mut self, session: &mut Session, order: &RequestOrder) {
        if order.method == Method::Refer {
            self.stop_refer(session.id, Heading::Out, ReferId(order.sequence));
            session.referrals.withdraw(ReferId(order.sequence));
        }
    }

    /// Tells the owner that a request is done.
    pub(crate) fn request_over(
        &mut self,
        session: &mut Session,
        order: &RequestOrder,
        status: u16,
        response: Option<Message>,
    ) {
        session.requests = session.requests.saturating_sub(1);
        self.report(Event::RequestDone { request: order.request, status, response });
        if order.method == Method::Update {
            self.next_update(session);
        }
    }
}
