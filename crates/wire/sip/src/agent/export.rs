//! A session as plain data, for a journal or a snapshot (RFC 3261 section 12: what a dialog is).

use super::Agent;
use super::session::{Phase, Session};
use super::state::{SessionState, StageState, WayState};

impl Agent {
    /// The exportable part of a session.
    pub(crate) fn export_session(&self, session: &Session) -> Option<SessionState> {
        let stage = match &session.phase {
            Phase::Confirmed(dialog) | Phase::Leaving(dialog) => StageState::Confirmed(dialog.clone()),
            _ => return None,
        };
        let way = WayState { to: session.way.to, pinned: session.way.pinned, nat: session.way.nat };
        Some(SessionState {
            session: session.id,
            stage,
            way,
            contact_user: session.contact_user.clone(),
            peer: session.peer,
            ending: session.ending.as_ref().map(|ending| ending.headers.clone()),
            unacknowledged: None,
            owed: session.owed.as_ref().map(|owed| owed.sequence),
            answer: None,
            referrals: Vec::new(),
            referred: [None; 2],
        })
    }
}
