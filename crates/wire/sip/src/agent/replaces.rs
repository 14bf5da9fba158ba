//! Which of our sessions a Replaces names, and what becomes of an INVITE that carries one (RFC 3891 section 3).

use super::Agent;
use super::command::SessionId;
use super::session::{ClientUse, Phase, Session};
use crate::header::{DialogName, HeaderName};
use crate::message::Message;

/// The dialog that a Replaces names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// None of ours.
    Unknown,
    /// One that ends, or ended a short while ago.
    Over,
    /// An early one whose INVITE came in.
    Called(SessionId),
    /// An early one whose INVITE is ours.
    Calling(SessionId),
    /// A confirmed one.
    Confirmed(SessionId),
}

impl Agent {
    /// Finds the dialog of this name: its To tag is ours.
    pub(crate) fn named(&self, name: &DialogName<'_>) -> Named {
        let found = self.by_tag.get(name.to_tag).and_then(|id| Some((*id, self.sessions.get(id)?)));
        let Some((id, session)) = found.filter(|(_, session)| self.is_named(session, name)) else {
            let gone = self.recent.ended.contains(&(name.call_id, name.to_tag, name.from_tag));
            return if gone { Named::Over } else { Named::Unknown };
        };
        if session.ending.is_some() {
            return Named::Over;
        }
        match &session.phase {
            Phase::Calling(_) => Named::Calling(id),
            Phase::Invited(_) => Named::Called(id),
            Phase::Confirmed(_) => Named::Confirmed(id),
            Phase::Leaving(_) => Named::Over,
        }
    }

    fn is_named(&self, session: &Session, name: &DialogName<'_>) -> bool {
        match &session.phase {
            Phase::Calling(invite) => match self.clients.get(invite) {
                Some(ClientUse::Invite(used)) => {
                    *used.set.prototype().call_id == *name.call_id
                        && used.set.early().any(|dialog| *dialog.remote_tag == *name.from_tag)
                }
                _ => false,
            },
            Phase::Invited(dialog) | Phase::Confirmed(dialog) | Phase::Leaving(dialog) => {
                dialog.is(name.call_id, name.to_tag, name.from_tag)
            }
        }
    }

    /// The session that a new INVITE replaces; the status that refuses it otherwise.
    pub(crate) fn replaced_by(&self, request: &Message) -> Result<Option<SessionId>, u16> {
        let name = match request.replaces() {
            Ok(None) => return Ok(None),
            Ok(Some(name)) => name,
            Err(_) => return Err(400),
        };
        if request.has_header(HeaderName::Join) {
            return Err(400);
        }
        match self.named(&name) {
            Named::Calling(id) => Ok(Some(id)),
            Named::Confirmed(_) if name.early_only => Err(486),
            Named::Confirmed(id) => Ok(Some(id)),
            // An early dialog may be replaced by the side that began it alone.
            Named::Called(_) | Named::Unknown => Err(481),
            Named::Over => Err(603),
        }
    }
}
