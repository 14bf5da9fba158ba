//! Sessions of an earlier process go on (RFC 3261 section 12: a dialog is its identifiers, numbers, target and route set).

use super::Agent;
use super::accounts::ClientCredentials;
use super::command::{Addressing, Invite};
use super::event::EndCause;
use super::referral::{Heading, Progress, Referral, Referrals};
use super::session::{
    AckWait, AgentTimer, ClientUse, Ending, InviteUse, Mark, OpenIn, OwedAck, Phase, Session, Wait, Way,
};
use super::state::{ReferralState, RequestState, SessionState, StageState, UnacknowledgedState};
use super::wire::Draft;
use crate::dialog::{Dialog, DialogSet, Prototype};
use crate::message::{Message, Method};
use crate::transaction::{Destination, Flow, TransactionId};
use ground::Now;
use std::net::SocketAddr;
use std::time::Duration;

/// So many numbers of requests are passed over: the earlier process may have sent some of which nobody knows, and a number that
/// comes again is refused (RFC 3261 section 12.2.2, which permits gaps).
const UNHEARD_REQUESTS: u32 = 16;

impl Agent {
    /// Takes a session over from an earlier process; false when its number or its tag is in use, or when it cannot be read.
    /// Bindings are imported before.
    ///
    /// A confirmed session goes on: a 2xx without ACK is repeated, and a re-INVITE of ours that was open counts as failed. A
    /// session whose INVITE has no final answer is there to be ended ([`super::Command::End`]), and ends by itself after the
    /// longest ringing.
    pub fn import(&mut self, now: Now, state: SessionState, credentials: Option<ClientCredentials>) -> bool {
        self.now = now;
        let id = state.session;
        let tag = match &state.stage {
            StageState::Calling { dialog, .. } | StageState::Invited { dialog, .. } | StageState::Confirmed(dialog) => {
                dialog.local_tag.clone()
            }
        };
        if self.sessions.contains_key(&id) || self.by_tag.contains_key(&tag) {
            return false;
        }
        let lost = state.way.to.connection().is_some();
        let way = Way { to: without_connection(state.way.to), pinned: state.way.pinned, nat: state.way.nat, lost };
        let mut session = Box::new(Session::new(id, tag.clone(), Phase::Calling(TransactionId(0)), way));
        session.mark = Mark::Known;
        session.contact_user = state.contact_user.clone();
        session.credentials = credentials;
        session.peer = state.peer;
        if !self.resume(&mut session, state) {
            return false;
        }
        self.random.skip_session(id);
        self.by_tag.insert(tag, id);
        let ends = session.ending.is_some();
        // Whether the last report of a reference arrived is not known: it goes out again.
        let last = session.referrals.list.iter().filter_map(|referral| match referral.progress {
            Progress::Telling { told, done: true, .. } => Some((referral.refer, told)),
            _ => None,
        });
        let last: Vec<_> = last.collect();
        self.put(session);
        for (refer, status) in last {
            self.on_session(id, |agent, session| agent.tell_again(session, refer, (status, true)));
        }
        if ends {
            self.on_session(id, |agent, session| agent.leave(session));
        }
        self.settle();
        true
    }

    fn resume(&mut self, session: &mut Session, state: SessionState) -> bool {
        if let Some(headers) = state.ending {
            session.ending = Some(Ending { cause: EndCause::Ordered, headers, message: None });
        }
        match state.stage {
            StageState::Calling { dialog, branch, to } => {
                return self.resume_calling(session, dialog, &branch, without_connection(to));
            }
            StageState::Invited { dialog, invite } => {
                session.phase = Phase::Invited(dialog);
                return self.resume_invited(session, &invite);
            }
            StageState::Confirmed(mut dialog) => {
                dialog.local_sequence = dialog.local_sequence.saturating_add(UNHEARD_REQUESTS);
                session.phase = Phase::Confirmed(dialog);
            }
        }
        session.answer = state.answer;
        self.resume_referrals(session, &state.referrals, state.first_refers);
        if let Some(sequence) = state.owed {
            session.owed = Some(OwedAck { transaction: TransactionId(0), sequence });
            self.wait(session, Wait::Owed, self.config.waits.order);
        }
        if let Some(unacknowledged) = state.unacknowledged {
            self.resume_unacknowledged(session, unacknowledged);
        }
        true
    }

    /// The INVITE is out, for all that is known with a provisional response: if it never arrived, its CANCEL is answered 481.
    fn resume_calling(&mut self, session: &mut Session, dialog: Dialog, branch: &str, to: Destination) -> bool {
        let sequence = dialog.local_sequence;
        let method = &Method::Invite;
        let draft = Draft { dialog: &dialog, method, sequence, contact_user: None, headers: &[], body: None };
        let Some(bytes) = self.write(&draft, &to, branch) else { return false };
        let id = self.layer.resume_invite(branch, bytes, to);
        session.phase = Phase::Calling(id);
        let order = Invite {
            session: session.id,
            to,
            address: Addressing {
                target: dialog.target,
                routes: dialog.routes,
                from: dialog.local.clone(),
                to: dialog.remote.clone(),
                contact_user: session.contact_user.clone(),
            },
            headers: Vec::new(),
            body: None,
            credentials: None,
            binding: dialog.binding.clone(),
            pinned: session.way.pinned,
        };
        let prototype = Prototype {
            call_id: dialog.call_id,
            local_tag: dialog.local_tag,
            local: dialog.local,
            remote: dialog.remote,
            sequence,
            secure: dialog.secure,
            binding: dialog.binding,
        };
        let used = InviteUse {
            session: session.id,
            set: DialogSet::new(prototype, self.config.limits.forks),
            way: session.way,
            order: Some(Box::new(order)),
            acks: std::collections::BTreeMap::new(),
            offered: true,
            authenticated: true,
            cancelled: false,
        };
        self.clients.insert(id, ClientUse::Invite(Box::new(used)));
        self.wait(session, Wait::Ring, self.config.waits.ring);
        true
    }

    fn resume_invited(&mut self, session: &mut Session, invite: &RequestState) -> bool {
        let Some((transaction, flow, request)) = self.resume_request(session, invite) else { return false };
        let method = Method::Invite;
        session.open_in = Some(OpenIn { transaction, flow, request, method, initial: true, said: None });
        self.wait(session, Wait::Ring, self.config.waits.ring);
        true
    }

    /// RFC 3261 section 13.3.1.4: the 2xx goes out now and again until its ACK comes, for another 64*T1.
    fn resume_unacknowledged(&mut self, session: &mut Session, state: UnacknowledgedState) {
        let Some((transaction, flow, request)) = self.resume_request(session, &state.invite) else { return };
        self.layer.respond(self.now.moment, transaction, state.status, state.response.clone());
        let interval = self.config.intervals.t1;
        session.ack_wait = Some(AckWait {
            transaction,
            sequence: request.cseq().map_or(0, |cseq| cseq.number),
            flow,
            to: self.way_of_answers(flow, &request),
            request,
            status: state.status,
            bytes: state.response,
            interval,
            deadline: self.now.moment + self.config.intervals.transaction_bound(),
        });
        self.wait(session, Wait::Repeat, interval);
    }

    /// Makes the server transaction of an INVITE anew, so that its repeats are absorbed (RFC 3261 section 17.2.3).
    fn resume_request(&mut self, session: &Session, state: &RequestState) -> Option<(TransactionId, Flow, Message)> {
        let request = Message::parse_datagram(state.bytes.clone()).ok()?;
        let flow = Flow { connection: None, ..state.flow };
        let id = self.admitted(&flow, &request)?;
        self.layer.redirect(id, self.way_of_answers(flow, &request));
        self.belongs(id, session.id);
        Some((id, flow, request))
    }

    /// RFC 3261 section 18.2.2: the connection is gone; a new one to the source address and the port of sent-by.
    fn way_of_answers(&self, flow: Flow, request: &Message) -> Destination {
        if !flow.transport.is_reliable() {
            return self.response_way(flow, request);
        }
        let named = request.top_via().ok().and_then(|via| via.port());
        let port = named.unwrap_or_else(|| self.config.default_ports.of(flow.transport));
        let address = SocketAddr::new(flow.peer.ip(), port);
        Destination::Address { transport: flow.transport, network: flow.network, address }
    }

    fn resume_referrals(
        &mut self,
        session: &mut Session,
        states: &[ReferralState],
        first: [Option<super::ReferId>; 2],
    ) {
        let mut referrals = Referrals { list: Vec::new(), first };
        for state in states.iter().take(self.config.limits.referrals.saturating_mul(2)) {
            let left = state.until.as_micros().saturating_sub(self.now.utc.as_micros());
            let left = Duration::from_micros(u64::try_from(left).unwrap_or(0)).min(self.config.waits.referral);
            let until = self.now.moment + left;
            let (heading, progress) = match state.request {
                None => {
                    let (told, done) = (state.status, state.done);
                    (Heading::In, Progress::Telling { told, done, out: None, next: None })
                }
                Some(request) => {
                    let (heard, done) = (state.status, state.done);
                    (Heading::Out, Progress::Listening { request, heard, done })
                }
            };
            self.timers.set(AgentTimer::Refer(session.id, heading, state.refer), until);
            referrals.add(Referral { refer: state.refer, heading, progress, until });
        }
        session.referrals = referrals;
    }
}

/// No connection of an earlier process is there any more, and its number may soon mean another.
fn without_connection(to: Destination) -> Destination {
    match to {
        Destination::Flow(Flow { transport, network, peer, connection: Some(_), .. }) => {
            Destination::Address { transport, network, address: peer }
        }
        to => to,
    }
}
