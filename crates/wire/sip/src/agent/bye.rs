//! The end of a session: CANCEL, a final response or BYE, as its state asks for (RFC 3261 sections 9.1, 13.3.1.3 and 15).

use super::Agent;
use super::event::{EndCause, Event};
use super::respond::Final;
use super::session::{AgentTimer, ClientUse, Phase, Session, Wait, Waiting};
use super::wire::Draft;
use crate::message::{Message, Method};
use crate::transaction::TransactionId;

impl Agent {
    /// Ends a session whose [`Session::ending`] says why; `status` refuses an INVITE that is not answered yet.
    pub(crate) fn end(&mut self, session: &mut Session, status: u16) {
        match &session.phase {
            Phase::Calling(id) => {
                let id = *id;
                // Section 9.1: before any provisional response there is nothing to cancel yet.
                if self.layer.is_proceeding(id) {
                    self.mark_cancelled(id);
                    self.send_cancel(session, id);
                }
            }
            Phase::Invited(_) => {
                let headers = session.ending.as_mut().map(|ending| std::mem::take(&mut ending.headers));
                let status = if (300..700).contains(&status) { status } else { 480 };
                self.refuse_open(session, &Final { status, headers: headers.unwrap_or_default() });
                self.finish(session, EndCause::Ordered, None);
            }
            Phase::Confirmed(_) => self.leave_confirmed(session),
            Phase::Leaving(_) => {}
        }
    }

    /// The same with the refusal of a called party that did not answer in time, RFC 3261 section 21.4.18.
    pub(crate) fn leave(&mut self, session: &mut Session) {
        self.end(session, 480);
    }

    /// BYE for a confirmed dialog, but not before what it owes is out.
    fn leave_confirmed(&mut self, session: &mut Session) {
        if session.owed.is_some() {
            self.pay_ack(session, None);
        }
        self.withdraw_open(session, 487);
        self.drop_change(session);
        self.drop_updates(session);
        self.end_referrals(session);
        // Section 15: the called side must not send BYE before the ACK of its 2xx came, or its time is over.
        if session.ack_wait.is_none() {
            self.send_bye(session, None);
        }
    }

    /// Sends the BYE, or waits for the telephone's flow.
    pub(crate) fn send_bye(&mut self, session: &mut Session, credentials: Option<crate::dialog::ExtraHeader>) {
        let Some(way) = session.dialog().map(|dialog| self.way_for(session, dialog)) else { return };
        let Some(way) = way else {
            self.wait_for_flow(session, Waiting::Bye);
            return;
        };
        session.enter(Phase::Leaving);
        let mut headers = session.ending.as_ref().map(|ending| ending.headers.clone()).unwrap_or_default();
        let authenticated = credentials.is_some();
        headers.extend(credentials);
        let Some(dialog) = session.dialog_mut() else { return };
        let sequence = dialog.next_sequence();
        let draft = Draft { dialog, method: &Method::Bye, sequence, contact_user: None, headers: &headers, body: None };
        match self.transmit(&draft, way) {
            Some(id) => {
                self.clients.insert(id, ClientUse::Bye { session: session.id, authenticated });
            }
            None => self.finish(session, EndCause::TransportFailed, None),
        }
    }

    /// A final response to our BYE: the session is over whatever it says, RFC 3261 section 15.1.1.
    pub(crate) fn bye_response(&mut self, id: super::SessionId, authenticated: bool, response: Message) {
        let status = response.status().map_or(0, |status| status.code());
        self.on_session(id, |agent, session| {
            if matches!(status, 401 | 407)
                && !authenticated
                && let Some(credentials) = &session.credentials
                && let Some(target) = session.dialog().map(|dialog| dialog.target.clone())
                && let Some(line) = agent.credentials_for(&response, credentials, &Method::Bye, &target)
            {
                agent.send_bye(session, Some(line));
                return;
            }
            agent.finish(session, EndCause::Ordered, None);
        });
    }

    /// A BYE came in the dialog of this session, RFC 3261 section 15.1.2: what is open is answered 487.
    pub(crate) fn bye_received(&mut self, session: &mut Session, request: Message) {
        self.finish(session, EndCause::RemoteBye, Some(request));
    }

    /// Answers an INVITE, re-INVITE or UPDATE that came in and is open; for a change the owner hears that it is withdrawn.
    pub(crate) fn withdraw_open(&mut self, session: &mut Session, status: u16) {
        let Some(initial) = session.open_in.as_ref().map(|open| open.initial) else { return };
        self.refuse_open(session, &Final { status, headers: Vec::new() });
        if !initial {
            self.report(Event::ChangeWithdrawn { session: session.id });
        }
    }

    /// Our own re-INVITE is of no interest any more. Its transaction goes on by itself, and its 2xx is still acknowledged.
    /// What waits for a flow beside a BYE is given up.
    pub(crate) fn drop_change(&mut self, session: &mut Session) {
        self.stop_wait(session, Wait::Glare);
        self.stop_wait(session, Wait::Change);
        let out = session.open_out.take();
        if let Some(id) = out.as_ref().and_then(|out| out.transaction) {
            // A provisional response has stopped timer B: the other side owes a 487 now, but the wait has a bound.
            let bound = self.now.moment + self.config.intervals.transaction_bound();
            self.timers.set(AgentTimer::Cancelled(id), bound);
        }
        let dropped = usize::from(out.is_some()) + usize::from(session.queued.take().is_some());
        for _ in 0..dropped {
            self.report(Event::ChangeFailed { session: session.id, status: 487, response: None });
        }
        for what in std::mem::take(&mut session.waiting) {
            match what {
                Waiting::Bye => session.waiting.push_back(what),
                other => self.give_up(session, other),
            }
        }
    }

    fn mark_cancelled(&mut self, id: TransactionId) {
        if let Some(ClientUse::Invite(used)) = self.clients.get_mut(&id) {
            used.cancelled = true;
        }
    }
}
