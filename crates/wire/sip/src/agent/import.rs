//! Sessions of an earlier process go on (RFC 3261 section 12: a dialog is its identifiers, numbers, target and route set).

use super::Agent;
use super::accounts::ClientCredentials;
use super::session::{Phase, Session, Way};
use super::state::{SessionState, StageState};
use ground::Now;

impl Agent {
    /// Takes a session over from an earlier process; false when its number or its tag is in use. Bindings are imported before.
    ///
    /// A confirmed session goes on: a 2xx without ACK is repeated, and a re-INVITE of ours that was open counts as failed. A
    /// session whose INVITE has no final answer is there to be ended ([`super::Command::End`]), and ends by itself after the
    /// longest ringing.
    pub fn import(&mut self, now: Now, state: SessionState, credentials: Option<ClientCredentials>) -> bool {
        self.now = now;
        let StageState::Confirmed(dialog) = state.stage else { return false };
        if self.sessions.contains_key(&state.session) || self.by_tag.contains_key(&dialog.local_tag) {
            return false;
        }
        self.random.skip_session(state.session);
        let tag = dialog.local_tag.clone();
        // No connection of an earlier process is there any more.
        let lost = state.way.to.connection().is_some();
        let way = Way { to: state.way.to, pinned: state.way.pinned, nat: state.way.nat, lost };
        let mut session = Box::new(Session::new(state.session, tag.clone(), Phase::Confirmed(dialog), way));
        session.contact_user = state.contact_user;
        session.credentials = credentials;
        session.peer = state.peer;
        self.by_tag.insert(tag, state.session);
        self.sessions.insert(state.session, session);
        true
    }
}
