//! UPDATE of ours without a body, and a changed address of ours (RFC 3311 sections 5.1 and 5.3, RFC 4916 section 4.4).

use super::Agent;
use super::calling::contact_uri;
use super::event::Event;
use super::session::{Phase, RequestOrder, Session, Wait};
use crate::dialog::Role;
use crate::header::{HeaderName, NameAddr};
use crate::message::Message;
use std::time::Duration;

/// The longest Retry-After that is waited for inside a call (RFC 3261 section 14.2 gives 0 to 10 s).
const PATIENCE: Duration = Duration::from_secs(10);

/// The UPDATEs of ours: one at a time.
#[derive(Debug, Default)]
pub(crate) struct Updates {
    /// One is out.
    pub out: bool,
    /// The one that waits before it is sent again.
    pub again: Option<RequestOrder>,
    /// The one that waits for the other.
    pub next: Option<RequestOrder>,
}

impl Agent {
    /// Carries out [`super::Command::Update`].
    pub(crate) fn update(&mut self, session: &mut Session, order: RequestOrder) {
        if !session.updates.out && session.updates.again.is_none() {
            session.updates.out = true;
            self.request(session, order);
            return;
        }
        if let Some(older) = session.updates.next.replace(order) {
            self.report(Event::RequestDone { request: older.request, status: 487, response: None });
        }
    }

    /// Our UPDATE was answered; the order back when that was its end, none when it is sent again.
    pub(crate) fn update_answered(
        &mut self,
        session: &mut Session,
        mut order: RequestOrder,
        status: u16,
        response: Option<&Message>,
    ) -> Option<RequestOrder> {
        if let Some(response) = response {
            // A 405 says what is allowed instead (RFC 3261 section 21.4.6).
            session.learn(response);
        }
        if let Some(response) = response.filter(|_| (200..300).contains(&status))
            && let Some(dialog) = session.dialog_mut()
        {
            dialog.refresh_target(contact_uri(response));
        }
        let wait = self
            .wait_before_another(session, status, response, order.sequence)
            .filter(|_| !order.again && session.ending.is_none() && matches!(session.phase, Phase::Confirmed(_)));
        if let Some(wait) = wait {
            order.again = true;
            session.updates.again = Some(order);
            session.updates.out = false;
            self.wait(session, Wait::Update, wait);
            return None;
        }
        Some(order)
    }

    /// The UPDATE that was out is done for good: the next may go.
    pub(crate) fn next_update(&mut self, session: &mut Session) {
        session.updates.out = false;
        if session.over || session.ending.is_some() {
            return;
        }
        if let Some(next) = session.updates.next.take() {
            self.update(session, next);
        }
    }

    /// The wait before an UPDATE is sent again is over.
    pub(crate) fn update_again(&mut self, session: &mut Session) {
        if let Some(order) = session.updates.again.take() {
            session.updates.out = true;
            self.request(session, order);
        }
    }

    /// What waits is given up: the session ends.
    pub(crate) fn drop_updates(&mut self, session: &mut Session) {
        self.stop_wait(session, Wait::Update);
        for order in [session.updates.again.take(), session.updates.next.take()].into_iter().flatten() {
            self.report(Event::RequestDone { request: order.request, status: 487, response: None });
        }
    }

    /// How long to wait before a re-INVITE or UPDATE is sent once more: after 491 a random time (RFC 3261 section 14.1, RFC 3311
    /// section 5.3), after 500 what its Retry-After says, and none at all when a later request had overtaken it. None when it is
    /// not to be sent again.
    pub(crate) fn wait_before_another(
        &mut self,
        session: &Session,
        status: u16,
        response: Option<&Message>,
        sequence: u32,
    ) -> Option<Duration> {
        match status {
            491 => Some(self.glare_wait(session.dialog()?.role)),
            500 => match response?.retry_after().ok()? {
                Some(seconds) => Some(Duration::from_secs(seconds.into())).filter(|wait| *wait <= PATIENCE),
                None => was_overtaken(session, sequence).then_some(Duration::ZERO),
            },
            _ => None,
        }
    }

    /// The wait after a 491, RFC 3261 section 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side, in
    /// steps of 10 ms.
    fn glare_wait(&mut self, role: Role) -> Duration {
        let (first, steps) = match role {
            Role::Caller => (2100, 191),
            Role::Called => (0, 201),
        };
        Duration::from_millis(first + 10 * self.random.below(steps))
    }
}

/// True when a later request of ours went out: where that came first, this one was out of order and got 500 (RFC 3261 section
/// 12.2.2).
pub(crate) fn was_overtaken(session: &Session, sequence: u32) -> bool {
    session.dialog().is_some_and(|dialog| sequence < dialog.local_sequence)
}

/// Carries out [`super::Command::Identify`].
pub(crate) fn identify(session: &mut Session, local: &str) {
    let readable = NameAddr::parse(HeaderName::From, local.as_bytes()).is_ok_and(|address| address.tag().is_none());
    if !readable || local.contains(['\r', '\n']) || !session.peer.supports("from-change") {
        return;
    }
    if let Some(dialog) = session.dialog_mut() {
        dialog.local = local.into();
    }
}
