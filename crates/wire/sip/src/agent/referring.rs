//! A REFER of ours: sent, and what its NOTIFYs tell (RFC 3515 section 2.4.1 and 2.4.5, RFC 3891 section 4).

use super::Agent;
use super::answer::Say;
use super::calling::contact_uri;
use super::command::{Refer, ReferId, SessionId};
use super::event::Event;
use super::referral::{Heading, Progress, Referral};
use super::referred::wants_no_reports;
use super::session::{AgentTimer, Phase, RequestOrder, Session};
use crate::dialog::ExtraHeader;
use crate::header::HeaderName;
use crate::message::{Message, Method, sipfrag_status};
use crate::transaction::{Flow, TransactionId};
use crate::uri::{EscapeSet, UriRef, escape};

impl Agent {
    /// Carries out [`super::Command::Refer`].
    pub(crate) fn refer(&mut self, order: Refer) {
        let request = order.request;
        let refused = |status| Event::RequestDone { request, status, response: None };
        let Some(refer_to) = self.refer_to(&order) else {
            self.report(refused(481));
            return;
        };
        let limit = self.config.limits.referrals;
        let mut headers = vec![ExtraHeader::new(HeaderName::ReferTo.as_str(), refer_to)];
        headers.extend(order.headers);
        let found = self.on_session(order.session, |agent, session| {
            if session.referrals.count(Heading::Out) >= limit {
                agent.report(refused(500));
                return;
            }
            agent.request(session, RequestOrder::new(request, Method::Refer, headers, None));
        });
        if found.is_none() {
            self.report(refused(481));
        }
    }

    /// The Refer-To value: the URI, and the dialog to be replaced as its target knows it. Its To tag is that of the side that gets
    /// the INVITE (RFC 3891 section 3).
    fn refer_to(&self, order: &Refer) -> Option<String> {
        let Some(replaced) = order.replaces else {
            let target = order.refer_to.as_deref()?;
            return Some(format!("<{target}>")).filter(|_| UriRef::parse(target.as_bytes()).is_ok());
        };
        let session = self.sessions.get(&replaced).filter(|session| session.ending.is_none())?;
        let Phase::Confirmed(dialog) = &session.phase else { return None };
        let target = order.refer_to.as_deref().unwrap_or(&dialog.target);
        let uri = UriRef::parse(target.as_bytes()).ok()?;
        let join = if uri.headers_text().is_some() { '&' } else { '?' };
        let value = format!("{};to-tag={};from-tag={}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
        Some(format!("<{target}{join}Replaces={}>", escape(&value, EscapeSet::Header)))
    }

    /// Our REFER is out: its NOTIFY may come before its answer (RFC 6665 section 4.1.2.4).
    pub(crate) fn refer_sent(&mut self, session: &mut Session, order: &RequestOrder) {
        let refer = ReferId(order.sequence);
        let until = self.now.moment + self.config.waits.referral;
        self.timers.set(AgentTimer::Refer(session.id, Heading::Out, refer), until);
        let progress = Progress::Listening { request: order.request, heard: 100, done: false };
        session.referrals.add(Referral { refer, heading: Heading::Out, progress, until });
    }

    /// Our REFER was answered. False when the owner need not hear of the answer.
    pub(crate) fn refer_answered(
        &mut self,
        session: &mut Session,
        sequence: u32,
        status: u16,
        response: Option<&Message>,
    ) -> bool {
        let refer = ReferId(sequence);
        if status >= 300 {
            let Some(referral) = self.unlist(session, refer) else { return false };
            return !matches!(referral.progress, Progress::Listening { done: true, .. });
        }
        if response.is_some_and(wants_no_reports)
            && let Some(referral) = self.unlist(session, refer)
            && let Progress::Listening { request, done: false, .. } = referral.progress
        {
            self.report(Event::ReferProgress { session: session.id, request, status, done: true });
        }
        false
    }

    /// A NOTIFY inside a dialog.
    pub(crate) fn notify_received(&mut self, session: &mut Session, id: TransactionId, flow: &Flow, request: &Message) {
        let tag = session.local_tag.clone();
        let event = request.event().ok().filter(|event| event.token == "refer");
        let meant = event.and_then(|event| session.referrals.meant(event.params.value("id"), Heading::Out));
        let Some(refer) = meant else {
            // RFC 6665 section 4.1.3: there is no such subscription.
            self.reply(id, flow, request, Say::tagged(481, &tag));
            return;
        };
        let Some((status, terminated)) = report_of(request) else {
            self.reply(id, flow, request, Say { phrase: Some("Bad Report"), ..Say::tagged(400, &tag) });
            return;
        };
        self.reply(id, flow, request, Say::tagged(200, &tag));
        if let Some(dialog) = session.dialog_mut() {
            dialog.refresh_target(contact_uri(request));
        }
        self.heard(session, refer, status, terminated);
    }

    /// What a NOTIFY told.
    fn heard(&mut self, session: &mut Session, refer: ReferId, status: Option<u16>, terminated: bool) {
        let Some(referral) = session.referrals.get(refer, Heading::Out) else { return };
        let Progress::Listening { request, heard, done } = &mut referral.progress else { return };
        let (request, told) = (*request, *done);
        if let Some(status) = status {
            *heard = status;
        }
        // A subscription that ends without a final status leaves the reference open: nobody knows.
        let status = match *heard {
            unfinished if terminated && unfinished < 200 => 481,
            status => status,
        };
        let over = terminated || status >= 200;
        *done = over;
        session.mark();
        if terminated {
            self.unlist(session, refer);
        }
        if !told {
            self.report(Event::ReferProgress { session: session.id, request, status, done: over });
        }
    }

    /// Nothing more will be told of a REFER of ours.
    pub(crate) fn lose_refer(&mut self, session: &mut Session, refer: ReferId, status: u16) {
        if let Some(referral) = self.unlist(session, refer)
            && let Progress::Listening { request, done: false, .. } = referral.progress
        {
            self.report(Event::ReferProgress { session: session.id, request, status, done: true });
        }
    }

    fn unlist(&mut self, session: &mut Session, refer: ReferId) -> Option<Referral> {
        self.stop_refer(session.id, Heading::Out, refer);
        session.mark();
        session.referrals.take(refer, Heading::Out)
    }

    /// The time of a subscription is over, in whichever direction.
    pub(crate) fn refer_timer(&mut self, session: SessionId, heading: Heading, refer: ReferId) {
        self.on_session(session, |agent, session| match heading {
            Heading::In => agent.refer_expired(session, refer),
            Heading::Out => agent.lose_refer(session, refer, 408),
        });
    }
}

/// The status that a NOTIFY reports and whether it is the last; none when it is nonsense. The last one may have no body.
fn report_of(request: &Message) -> Option<(Option<u16>, bool)> {
    let state = request.subscription_state().ok()?;
    let terminated = state.token.eq_ignore_ascii_case("terminated");
    if request.body().is_empty() {
        return terminated.then_some((None, true));
    }
    let media = request.content_type().ok().flatten()?;
    let status = sipfrag_status(request.body()).filter(|_| media.is("message/sipfrag"))?;
    Some((Some(status.0), terminated))
}
