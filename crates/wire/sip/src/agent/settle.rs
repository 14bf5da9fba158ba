//! The inner loop: what the transaction layer, the registrar and the timers bring is worked off until nothing is left.

use super::Agent;
use super::command::SessionId;
use super::event::{EndCause, Event};
use super::interface::{Output, SendId};
use super::session::{AgentTimer, ClientUse, Ending, Mark, Phase, Session, Wait};
use crate::message::Message;
use crate::registrar::{Change, RegistrarOutput};
use crate::transaction::{Destination, LayerOutput, TransactionId};
use bytes::Bytes;

impl Agent {
    /// Works until nothing is left to do.
    pub(crate) fn settle(&mut self) {
        loop {
            if let Some(output) = self.layer.poll() {
                self.on_layer(output);
            } else if let Some(output) = self.registrar.poll() {
                match output {
                    RegistrarOutput::Changed(change) => self.report_change(change),
                    // RFC 5626 section 3.5.1 form of the ping; as a datagram it only keeps the translator's entry alive.
                    RegistrarOutput::KeepAlive(flow) => self.output.push_back(Output::Send {
                        to: Destination::Flow(flow),
                        bytes: Bytes::from_static(b"\r\n\r\n"),
                        send: SendId::UNTRACKED,
                    }),
                }
            } else {
                return;
            }
        }
    }

    /// Tells the owner.
    pub(crate) fn report(&mut self, event: Event) {
        self.output.push_back(Output::Event(event));
    }

    pub(crate) fn report_change(&mut self, change: Change) {
        match change {
            Change::Stored { binding, new } => {
                let name = binding.name.clone();
                self.report(Event::Registered { binding, new });
                self.binding_is_back(&name);
            }
            Change::Gone { name, why } => self.report(Event::Unregistered { name, why }),
        }
    }

    /// Takes a session out, works on it, and puts it back, or buries it when it is over.
    pub(crate) fn on_session<R>(
        &mut self,
        id: SessionId,
        work: impl FnOnce(&mut Agent, &mut Session) -> R,
    ) -> Option<R> {
        let mut session = self.sessions.remove(&id)?;
        let result = work(self, &mut session);
        if session.over {
            self.bury(&session);
        } else {
            self.put(session);
        }
        Some(result)
    }

    /// Puts a session into the table; when it changed, the owner is to hear of it.
    pub(crate) fn put(&mut self, mut session: Box<Session>) {
        if session.mark == Mark::Changed {
            session.mark = Mark::Listed;
            self.changed.push(session.id);
        }
        self.sessions.insert(session.id, session);
    }

    /// Tells the owner which sessions changed.
    pub(crate) fn tell_changes(&mut self) {
        for id in std::mem::take(&mut self.changed) {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.mark = Mark::Known;
                self.output.push_back(Output::SessionChanged { session: id });
            }
        }
    }

    /// The session is over: the owner hears of it once, and nothing of it stays.
    pub(crate) fn finish(&mut self, session: &mut Session, cause: EndCause, message: Option<Message>) {
        if session.over {
            return;
        }
        // RFC 3261 section 15.1.2: what is open ends with the session, in both directions.
        self.withdraw_open(session, 487);
        self.drop_change(session);
        self.drop_updates(session);
        self.end_referrals(session);
        session.over = true;
        let (cause, message) = match session.ending.take() {
            Some(Ending { cause, message: earlier, .. }) => (cause, earlier.or(message)),
            None => (cause, message),
        };
        self.report(Event::Ended { session: session.id, cause, message });
    }

    /// The session ends by our BYE, or by what stands for it in its state; the owner hears `cause` when it is gone.
    pub(crate) fn begin_end(&mut self, session: &mut Session, cause: EndCause, message: Option<Message>) {
        if session.ending.is_none() {
            session.ending = Some(Ending { cause, headers: Vec::new(), message });
            session.mark();
        }
        self.leave(session);
    }

    pub(crate) fn wait(&mut self, session: &Session, wait: Wait, time: std::time::Duration) {
        self.timers.set(AgentTimer::Session(session.id, wait), self.now.moment + time);
    }

    pub(crate) fn stop_wait(&mut self, session: &Session, wait: Wait) {
        self.timers.cancel(&AgentTimer::Session(session.id, wait));
    }

    fn bury(&mut self, session: &Session) {
        self.by_tag.remove(&session.local_tag);
        if let Phase::Confirmed(dialog) | Phase::Leaving(dialog) = &session.phase {
            let name = (&*dialog.call_id, &*dialog.local_tag, &*dialog.remote_tag);
            self.recent.ended.note(self.now.moment, &name);
        }
        for wait in Wait::ALL {
            self.stop_wait(session, wait);
        }
        self.flows.leave(session.way.to.connection(), session.id);
        self.waiting.remove(&session.id);
    }

    fn on_layer(&mut self, output: LayerOutput) {
        match output {
            LayerOutput::Send { transaction, to, bytes } => {
                let session = if self.config.trace { self.session_of(transaction) } else { None };
                self.emit(to, bytes, SendId(transaction.0), session);
            }
            LayerOutput::TimedOut(id) => self.unanswered(id, 408),
            LayerOutput::TransportError(id) => self.unanswered(id, 503),
            // RFC 3261 section 17.2.1: the transaction gives up; nothing depends on it.
            LayerOutput::NoAck(_) => {}
            LayerOutput::TryingDue(id) => self.trying_due(id),
            LayerOutput::Gone(id) => self.transaction_gone(id),
        }
    }

    fn session_of(&self, id: TransactionId) -> Option<SessionId> {
        if let Some(session) = self.servers.get(&id) {
            return Some(*session);
        }
        match self.clients.get(&id)? {
            ClientUse::Invite(invite) => Some(invite.session),
            ClientUse::Change(change) => Some(change.session),
            ClientUse::Bye { session, .. }
            | ClientUse::InDialog { session, .. }
            | ClientUse::Notify { session, .. } => Some(*session),
            ClientUse::Ghost | ClientUse::Cancel | ClientUse::OutOfDialog(_) => None,
        }
    }

    /// No response came (408), or the request could not be sent (503), RFC 3261 section 8.1.3.1.
    fn unanswered(&mut self, id: TransactionId, status: u16) {
        let Some(used) = self.clients.remove(&id) else { return };
        match used {
            ClientUse::Invite(invite) => self.invite_unanswered(&invite, status),
            ClientUse::Change(change) => self.change_failed(change.session, id, status, None),
            ClientUse::Bye { session, .. } => {
                self.on_session(session, |agent, session| agent.finish(session, EndCause::Ordered, None));
            }
            ClientUse::InDialog { session, order, .. } => self.in_dialog_done(session, *order, status, None),
            ClientUse::Notify { session, refer } => self.notify_done(session, refer, status),
            ClientUse::OutOfDialog(out) => {
                self.report(Event::RequestDone { request: out.order.request, status, response: None })
            }
            ClientUse::Ghost | ClientUse::Cancel => {}
        }
    }

    fn transaction_gone(&mut self, id: TransactionId) {
        self.servers.remove(&id);
        self.timers.cancel(&AgentTimer::Cancelled(id));
        self.clients.remove(&id);
    }

    pub(crate) fn fired(&mut self, timer: AgentTimer) {
        match timer {
            AgentTimer::Nonce(hash) => self.guard.forget(hash),
            AgentTimer::Cancelled(id) => self.never_answered(id),
            AgentTimer::Refer(id, heading, refer) => self.refer_timer(id, heading, refer),
            AgentTimer::Session(id, wait) => {
                self.on_session(id, |agent, session| agent.waited(session, wait));
            }
        }
    }

    fn waited(&mut self, session: &mut Session, wait: Wait) {
        match wait {
            Wait::Repeat => self.repeat_2xx(session),
            Wait::Ring => self.begin_end(session, EndCause::RingTimeout, None),
            Wait::Refresh => self.say_again(session),
            Wait::Order => self.owner_is_silent(session),
            Wait::Owed => self.begin_end(session, EndCause::NoAnswerGiven, None),
            Wait::Glare => self.glare_is_over(session),
            Wait::Change => self.change_is_late(session),
            Wait::Flow => self.flow_did_not_return(session),
            Wait::Update => self.update_again(session),
        }
    }
}
