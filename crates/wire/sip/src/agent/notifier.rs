//! Reports on a REFER that came in: NOTIFY, refresh, end (RFC 3515 section 2.4.4 to 2.4.7, RFC 6665 section 4.2).
//!
//! A subscription ends with its session (RFC 5057 section 4.1 would let it go on): with the BYE of either side goes one last NOTIFY
//! with what was told last, and nothing of the dialog stays.

use super::Agent;
use super::answer::Say;
use super::calling::contact_uri;
use super::command::{ReferId, SessionId};
use super::event::Event;
use super::referral::{Heading, Progress};
use super::session::{AgentTimer, ClientUse, Phase, Session};
use super::update::was_overtaken;
use super::wire::Draft;
use crate::dialog::{Body, ExtraHeader};
use crate::header::HeaderName;
use crate::message::{Message, Method, StatusCode, sipfrag};
use crate::transaction::{Destination, Flow, TransactionId};
use std::time::Duration;

/// What Subscription-State says, RFC 6665 section 4.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subscription {
    /// There will be more.
    Active,
    /// The reference is done, or what reported on it is gone.
    NoResource,
    /// Its time is over, or the other side ended it.
    Timeout,
}

impl Agent {
    /// Carries out [`super::Command::NotifyRefer`]: now, or when the NOTIFY that is out is answered. NOTIFYs that overtake each
    /// other would be refused as out of order.
    pub(crate) fn tell(&mut self, session: &mut Session, refer: ReferId, status: u16, done: bool) {
        let status = status.clamp(100, 699);
        let Some(referral) = session.referrals.get(refer, Heading::In) else { return };
        match &mut referral.progress {
            Progress::Telling { done: true, .. } => {}
            Progress::Telling { out: Some(_), next, .. } => {
                if next.is_none_or(|(_, last)| !last) {
                    *next = Some((status, done));
                    session.mark();
                }
            }
            Progress::Telling { told, done: over, .. } => {
                *told = status;
                *over = done;
                session.mark();
                let state = if done { Subscription::NoResource } else { Subscription::Active };
                let sent = self.send_notify(session, refer, status, state);
                if done && !sent {
                    self.forget_refer(session, refer);
                }
            }
            Progress::Asked(_) | Progress::Listening { .. } => {}
        }
    }

    /// Writes and sends a NOTIFY. Without a way to the telephone it is left out: the next one tells more.
    fn send_notify(&mut self, session: &mut Session, refer: ReferId, status: u16, state: Subscription) -> bool {
        let way = session.dialog().and_then(|dialog| self.way_for(session, dialog));
        let left = session.referrals.get(refer, Heading::In).map_or(Duration::ZERO, |r| r.until.since(self.now.moment));
        let first = session.referrals.first(Heading::In) == Some(refer);
        let user = session.contact_user.clone();
        let sent = match (way, session.dialog_mut()) {
            (Some(way), Some(dialog)) => {
                let sequence = dialog.next_sequence();
                let headers = notify_headers(refer, first, state, left);
                let body = Body {
                    content_type: "message/sipfrag;version=2.0".into(),
                    bytes: sipfrag(StatusCode(status)).into(),
                };
                let draft = Draft {
                    dialog,
                    method: &Method::Notify,
                    sequence,
                    contact_user: Some(&user),
                    headers: &headers,
                    body: Some(&body),
                };
                self.transmit(&draft, way).map(|id| (id, sequence))
            }
            _ => None,
        };
        if let Some((id, _)) = sent {
            self.clients.insert(id, ClientUse::Notify { session: session.id, refer });
        }
        if let Some(Progress::Telling { out, .. }) =
            session.referrals.get(refer, Heading::In).map(|referral| &mut referral.progress)
        {
            *out = sent.map(|(_, sequence)| sequence);
        }
        sent.is_some()
    }

    /// Our NOTIFY was answered, or nobody answered it. One that was overtaken by another request, and refused for that, goes out
    /// again; another failure ends the subscription and nothing else (RFC 6665 section 4.2.2, RFC 5057 section 5.1).
    pub(crate) fn notify_done(&mut self, session: SessionId, refer: ReferId, status: u16) {
        self.on_session(session, |agent, session| {
            let Some(referral) = session.referrals.get(refer, Heading::In) else { return };
            let Progress::Telling { told, done, out, next } = &mut referral.progress else { return };
            let (sequence, next, last) = (out.take(), next.take(), (*told, *done));
            let overtaken = status == 500 && sequence.is_some_and(|sequence| was_overtaken(session, sequence));
            match next {
                Some((next, done)) if overtaken || status < 300 => agent.tell(session, refer, next, done),
                None if overtaken => agent.tell_again(session, refer, last),
                _ if last.1 => agent.forget_refer(session, refer),
                _ if status >= 300 => agent.close_refer(session, refer),
                _ => {}
            }
        });
    }

    /// What was told last goes out again.
    pub(crate) fn tell_again(&mut self, session: &mut Session, refer: ReferId, (status, last): (u16, bool)) {
        if let Some(Progress::Telling { done, .. }) =
            session.referrals.get(refer, Heading::In).map(|referral| &mut referral.progress)
        {
            *done = false;
            self.tell(session, refer, status, last);
        }
    }

    /// A SUBSCRIBE inside a dialog refreshes or ends the subscription of a REFER, RFC 3515 section 2.4.4.
    pub(crate) fn subscribe_received(
        &mut self,
        session: &mut Session,
        id: TransactionId,
        flow: &Flow,
        request: &Message,
    ) {
        let tag = session.local_tag.clone();
        let Ok(event) = request.event() else {
            self.reply(id, flow, request, Say::tagged(400, &tag));
            return;
        };
        if event.token != "refer" {
            // RFC 6665 section 4.2.1.1.
            let headers = [ExtraHeader::new(HeaderName::AllowEvents.as_str(), "refer")];
            self.reply(id, flow, request, Say { headers: &headers, ..Say::tagged(489, &tag) });
            return;
        }
        let meant = session.referrals.meant(event.params.value("id"), Heading::In);
        let told = meant.and_then(|refer| match session.referrals.get(refer, Heading::In)?.progress {
            Progress::Telling { told, done: false, .. } => Some((refer, told)),
            Progress::Asked(_) | Progress::Telling { .. } | Progress::Listening { .. } => None,
        });
        let Some((refer, told)) = told.filter(|_| matches!(session.phase, Phase::Confirmed(_))) else {
            self.reply(id, flow, request, Say::tagged(481, &tag));
            return;
        };
        let longest = self.config.waits.referral;
        let asked = request.expires().ok().flatten().map_or(longest, |seconds| Duration::from_secs(seconds.into()));
        let granted = asked.min(longest);
        if let Some(dialog) = session.dialog_mut() {
            dialog.refresh_target(contact_uri(request));
        }
        let secure = session.dialog().is_some_and(|dialog| dialog.secure);
        let contact = self.contact(&session.contact_user, &Destination::Flow(*flow), secure);
        let headers = [ExtraHeader::new(HeaderName::Expires.as_str(), granted.as_secs().to_string())];
        let say = Say { contact: contact.as_deref(), headers: &headers, ..Say::tagged(200, &tag) };
        self.reply(id, flow, request, say);
        if granted.is_zero() {
            self.send_notify(session, refer, told, Subscription::Timeout);
            self.close_refer(session, refer);
            return;
        }
        let until = self.now.moment + granted;
        if let Some(referral) = session.referrals.get(refer, Heading::In) {
            referral.until = until;
        }
        self.timers.set(AgentTimer::Refer(session.id, Heading::In, refer), until);
        self.tell(session, refer, told, false);
    }

    /// The time of a REFER that came in is over: nobody answered it, or its subscription has run out.
    pub(crate) fn refer_expired(&mut self, session: &mut Session, refer: ReferId) {
        let Some(referral) = session.referrals.get(refer, Heading::In) else { return };
        match &referral.progress {
            Progress::Asked(asked) => {
                let (id, flow, request) = (asked.transaction, asked.flow, asked.request.clone());
                self.busy_with_another(id, &flow, &request);
            }
            Progress::Telling { done: true, .. } => {
                self.forget_refer(session, refer);
                return;
            }
            Progress::Telling { told, .. } => {
                let told = *told;
                self.send_notify(session, refer, told, Subscription::Timeout);
            }
            Progress::Listening { .. } => return,
        }
        self.close_refer(session, refer);
    }

    /// The session ends: what waits for an answer gets 487, and each subscription its last NOTIFY.
    pub(crate) fn end_referrals(&mut self, session: &mut Session) {
        for at in (0..session.referrals.list.len()).rev() {
            let Some(referral) = session.referrals.list.get(at) else { continue };
            let refer = referral.refer;
            match &referral.progress {
                Progress::Asked(asked) => {
                    let (id, flow, request) = (asked.transaction, asked.flow, asked.request.clone());
                    // RFC 3261 section 15.1.2.
                    self.reply(id, &flow, &request, Say::tagged(487, &session.local_tag));
                    self.close_refer(session, refer);
                }
                Progress::Telling { done: true, .. } => self.forget_refer(session, refer),
                Progress::Telling { told, next, .. } => {
                    let status = next.map_or(*told, |(status, _)| status);
                    self.send_notify(session, refer, status, Subscription::NoResource);
                    self.close_refer(session, refer);
                }
                Progress::Listening { .. } => self.lose_refer(session, refer, 481),
            }
        }
    }

    fn close_refer(&mut self, session: &mut Session, refer: ReferId) {
        self.forget_refer(session, refer);
        self.report(Event::ReferClosed { session: session.id, refer });
    }

    fn forget_refer(&mut self, session: &mut Session, refer: ReferId) {
        self.stop_refer(session.id, Heading::In, refer);
        session.referrals.take(refer, Heading::In);
        session.mark();
    }
}

/// Event and Subscription-State. The first REFER of a dialog needs no `id` (RFC 3515 section 2.4.6), and some telephones know none.
fn notify_headers(refer: ReferId, first: bool, state: Subscription, left: Duration) -> [ExtraHeader; 2] {
    let event = if first { "refer".to_owned() } else { format!("refer;id={}", refer.0) };
    let state = match state {
        Subscription::Active => format!("active;expires={}", left.as_secs().max(1)),
        Subscription::NoResource => "terminated;reason=noresource".to_owned(),
        Subscription::Timeout => "terminated;reason=timeout".to_owned(),
    };
    [
        ExtraHeader::new(HeaderName::Event.as_str(), event),
        ExtraHeader::new(HeaderName::SubscriptionState.as_str(), state),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_refer_of_a_dialog_is_named() {
        let [event, state] = notify_headers(ReferId(7), true, Subscription::Active, Duration::from_millis(59_900));
        assert_eq!((&*event.value, &*state.value), ("refer", "active;expires=59"));
        let [event, state] = notify_headers(ReferId(9), false, Subscription::NoResource, Duration::ZERO);
        assert_eq!((&*event.value, &*state.value), ("refer;id=9", "terminated;reason=noresource"));
    }
}
