//! Answers to INVITE, re-INVITE and UPDATE, and the repeats of our 2xx until its ACK (RFC 3261 section 13.3.1).

use super::Agent;
use super::answer::Say;
use super::command::Answer;
use super::event::{EndCause, Event};
use super::in_dialog::take_over;
use super::session::{AckWait, OpenIn, Phase, Session, Wait};
use super::wire::{ALLOW, SUPPORTED};
use crate::dialog::{ExtraHeader, Stage};
use crate::message::{Message, Method};
use crate::transaction::Destination;
use std::time::Duration;

/// How long a proxy may be left without a word, RFC 3261 section 13.3.1.1.
const REFRESH: Duration = Duration::from_secs(60);

/// A final response without a body.
pub(crate) struct Final {
    pub status: u16,
    pub headers: Vec<ExtraHeader>,
}

impl Agent {
    /// Carries out [`super::Command::Respond`].
    pub(crate) fn respond(&mut self, session: &mut Session, answer: &Answer) {
        match answer.status {
            101..200 => self.ring(session, answer),
            200..300 => self.accept(session, answer),
            300..700 => {
                let Some(open) = session.open_in.take() else { return };
                session.mark();
                self.send_answer(session, &open, answer);
                self.answered(session);
                if open.initial {
                    self.finish(session, EndCause::Ordered, None);
                } else {
                    self.next_change(session);
                }
            }
            _ => {}
        }
    }

    /// 101 to 199. Only an INVITE has provisional responses here; a non-INVITE must not (RFC 4320 section 4.1).
    fn ring(&mut self, session: &mut Session, answer: &Answer) {
        if let Some(mut open) = session.open_in.take() {
            if open.method == Method::Invite {
                open.said = self.send_answer(session, &open, answer).map(|(bytes, _)| (answer.status, bytes));
                self.wait(session, Wait::Refresh, REFRESH);
            }
            session.open_in = Some(open);
        }
    }

    /// A minute has passed since the last provisional response: again, or proxies on the way would cancel (RFC 3261 section
    /// 13.3.1.1 with timer C of section 16.6).
    pub(crate) fn say_again(&mut self, session: &Session) {
        let Some((transaction, (status, bytes))) =
            session.open_in.as_ref().and_then(|open| Some((open.transaction, open.said.clone()?)))
        else {
            return;
        };
        self.layer.respond(self.now.moment, transaction, status, bytes);
        self.wait(session, Wait::Refresh, REFRESH);
    }

    /// 2xx, RFC 3261 section 13.3.1.4.
    fn accept(&mut self, session: &mut Session, answer: &Answer) {
        let Some(open) = session.open_in.take() else { return };
        // Section 12.2.2: a target refresh takes effect with its 2xx.
        take_over(session, &open.request);
        if let Some(dialog) = session.dialog_mut() {
            dialog.stage = Stage::Confirmed;
        }
        if open.initial {
            session.enter(Phase::Confirmed);
        }
        let sent = self.send_answer(session, &open, answer);
        self.answered(session);
        if open.method != Method::Invite {
            self.next_change(session);
            return;
        }
        let sequence = open.request.cseq().map_or(0, |cseq| cseq.number);
        if let Some((bytes, to)) = sent {
            let interval = self.config.intervals.t1;
            let deadline = self.now.moment + self.config.intervals.transaction_bound();
            session.ack_wait = Some(AckWait {
                transaction: open.transaction,
                sequence,
                flow: open.flow,
                request: open.request,
                status: answer.status,
                bytes,
                to,
                interval,
                deadline,
            });
            self.wait(session, Wait::Repeat, interval);
        }
        if session.ending.is_some() {
            self.leave(session);
        }
    }

    /// Writes and sends an answer of a session; gives back what went where.
    fn send_answer(
        &mut self,
        session: &mut Session,
        open: &OpenIn,
        answer: &Answer,
    ) -> Option<(bytes::Bytes, Destination)> {
        let secure = session.dialog().is_some_and(|dialog| dialog.secure);
        let dialog_making = open.method == Method::Invite && answer.status < 300;
        let refresh = answer.status < 300;
        let contact =
            if refresh { self.contact(&session.contact_user, &Destination::Flow(open.flow), secure) } else { None };
        let say = Say {
            status: answer.status,
            phrase: answer.phrase.as_deref(),
            tag: Some(&session.local_tag),
            contact: contact.as_deref(),
            allow: (answer.status >= 200 && refresh).then_some(ALLOW),
            supported: (answer.status >= 200 && refresh).then_some(SUPPORTED),
            dialog: dialog_making && open.initial,
            headers: &answer.headers,
            body: answer.body.as_ref(),
        };
        let bytes = self.write_response(&open.request, open.flow.peer, &say)?;
        self.layer.respond(self.now.moment, open.transaction, answer.status, bytes.clone());
        Some((bytes, self.response_way(open.flow, &open.request)))
    }

    /// Refuses what is open, without a body.
    pub(crate) fn refuse_open(&mut self, session: &mut Session, refusal: &Final) {
        let Some(open) = session.open_in.take() else { return };
        session.mark();
        let answer = Answer { status: refusal.status, phrase: None, headers: refusal.headers.clone(), body: None };
        self.send_answer(session, &open, &answer);
        self.answered(session);
    }

    fn answered(&mut self, session: &Session) {
        for wait in [Wait::Ring, Wait::Refresh, Wait::Order] {
            self.stop_wait(session, wait);
        }
    }

    /// The next repeat of a 2xx: T1, doubling up to T2, also over reliable transports, until 64*T1 have passed
    /// (RFC 3261 section 13.3.1.4).
    pub(crate) fn repeat_2xx(&mut self, session: &mut Session) {
        let t2 = self.config.intervals.t2;
        let Some(wait) = session.ack_wait.as_mut() else { return };
        if self.now.moment >= wait.deadline {
            session.ack_wait = None;
            if session.ending.is_none() {
                self.begin_end(session, EndCause::NoAck, None);
            } else {
                self.leave(session);
            }
            return;
        }
        wait.interval = wait.interval.saturating_mul(2).min(t2);
        let (bytes, mut to, interval, transaction) = (wait.bytes.clone(), wait.to, wait.interval, wait.transaction);
        let left = wait.deadline.since(self.now.moment);
        if session.way.lost {
            // The flow is gone and the repeats are still owed: they go where a request would.
            if let Some(way) = session.dialog().and_then(|dialog| self.way_for(session, dialog)) {
                to = way.to;
                self.layer.redirect(transaction, to);
            }
        }
        self.emit(to, bytes, super::SendId::UNTRACKED, Some(session.id));
        self.wait(session, Wait::Repeat, interval.min(left));
    }

    /// The ACK of our 2xx, RFC 3261 section 13.3.1.4.
    pub(crate) fn ack_received(&mut self, session: &mut Session, sequence: u32, ack: Message) {
        if session.ack_wait.as_ref().is_none_or(|wait| wait.sequence != sequence) {
            return;
        }
        session.ack_wait = None;
        session.mark();
        self.stop_wait(session, Wait::Repeat);
        if session.ending.is_some() {
            self.leave(session);
            return;
        }
        self.report(Event::Acknowledged { session: session.id, ack });
        self.next_change(session);
    }

    /// The owner did not answer a change in time: it is refused, and the call goes on as before.
    pub(crate) fn owner_is_silent(&mut self, session: &mut Session) {
        let seconds = self.random.below(11);
        let headers = vec![ExtraHeader::new("Retry-After", seconds.to_string())];
        self.refuse_open(session, &Final { status: 500, headers });
        self.report(Event::ChangeWithdrawn { session: session.id });
        self.next_change(session);
    }
}
