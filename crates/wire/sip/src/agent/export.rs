//! A session as plain data, for a journal or a snapshot (RFC 3261 section 12: what a dialog is).

use super::Agent;
use super::calling::before_any_response;
use super::referral::{Progress, Referral};
use super::session::{ClientUse, Phase, Session};
use super::state::{ReferralState, RequestState, SessionState, StageState, UnacknowledgedState, WayState};
use crate::dialog::Dialog;
use crate::header::HeaderName;
use crate::message::{Builder, Message, Method};
use crate::transaction::{Flow, TransactionId};

impl Agent {
    /// The exportable part of a session; none while there is nothing of it that could be ended.
    pub(crate) fn export_session(&self, session: &Session) -> Option<SessionState> {
        let stage = match &session.phase {
            Phase::Calling(invite) => self.export_calling(*invite)?,
            Phase::Invited(dialog) => {
                let open = session.open_in.as_ref()?;
                StageState::Invited { dialog: dialog.clone(), invite: essence(&open.request, open.flow) }
            }
            Phase::Confirmed(dialog) | Phase::Leaving(dialog) => StageState::Confirmed(as_answered(session, dialog)),
        };
        let unacknowledged = session.ack_wait.as_ref().map(|wait| UnacknowledgedState {
            invite: essence(&wait.request, wait.flow),
            status: wait.status,
            response: wait.bytes.clone(),
        });
        let leaving = matches!(session.phase, Phase::Leaving(_));
        Some(SessionState {
            session: session.id,
            stage,
            way: WayState { to: session.way.to, pinned: session.way.pinned, nat: session.way.nat },
            contact_user: session.contact_user.clone(),
            peer: session.peer,
            ending: match &session.ending {
                Some(ending) => Some(ending.headers.clone()),
                None => leaving.then(Vec::new),
            },
            unacknowledged,
            owed: session.owed.as_ref().map(|owed| owed.sequence),
            answer: session.answer.clone(),
            referrals: session.referrals.list.iter().filter_map(|referral| self.export_referral(referral)).collect(),
            first_refers: session.referrals.first,
        })
    }

    fn export_calling(&self, invite: TransactionId) -> Option<StageState> {
        let Some(ClientUse::Invite(used)) = self.clients.get(&invite) else { return None };
        let (branch, to) = self.layer.sent(invite)?;
        let dialog = before_any_response(used.set.prototype(), used.order.as_ref()?);
        Some(StageState::Calling { dialog, branch: branch.into(), to })
    }

    fn export_referral(&self, referral: &Referral) -> Option<ReferralState> {
        let (request, status, done) = match &referral.progress {
            // Its sender repeats it, and it is asked for anew.
            Progress::Asked(_) => return None,
            Progress::Telling { told, done, next, .. } => {
                let (status, done) = next.unwrap_or((*told, *done));
                (None, status, done)
            }
            Progress::Listening { request, heard, done } => (Some(*request), *heard, *done),
        };
        let until = self.now.utc + referral.until.since(self.now.moment);
        Some(ReferralState { refer: referral.refer, request, until, status, done })
    }
}

/// The dialog with the number of the last request that was answered: what has no answer comes again, and must not seem out of
/// order then (RFC 3261 section 12.2.2).
fn as_answered(session: &Session, dialog: &Dialog) -> Dialog {
    let mut dialog = dialog.clone();
    let change = session.open_in.as_ref().map(|open| &open.request);
    let refers = session.referrals.list.iter().filter_map(|referral| match &referral.progress {
        Progress::Asked(asked) => Some(&asked.request),
        Progress::Telling { .. } | Progress::Listening { .. } => None,
    });
    for request in change.into_iter().chain(refers) {
        if let Ok(cseq) = request.cseq() {
            let before = cseq.number.checked_sub(1);
            dialog.remote_sequence = dialog.remote_sequence.min(before);
        }
    }
    dialog
}

/// What is needed of an INVITE to answer it and to know it again: RFC 3261 sections 8.2.6.2 and 17.2.3.
fn essence(request: &Message, flow: Flow) -> RequestState {
    let uri = std::str::from_utf8(request.request_uri_raw()).unwrap_or_default();
    let mut builder = Builder::request(request.method().unwrap_or(&Method::Invite), uri);
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
        builder.copy(request, name);
    }
    RequestState { flow, bytes: builder.finish() }
}
