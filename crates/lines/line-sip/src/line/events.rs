//! What the user agent reports, and who hears it.

use super::LineSip;
use crate::status::reason_of;
use exchange::Report;
use sip::Message;
use sip::agent::{Answer, Command, Event, RequestId, SessionId};

impl LineSip {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Refused { flow, status, refused: _ } => self.refused(flow, reason_of(status)),
            Event::Invited(invited) => self.invited(&invited),
            Event::Trying { session } => self.with_session(session, |line, leg| line.tried(leg)),
            Event::Provisional { session, fork, response } => {
                self.with_session(session, |line, leg| line.progressed(leg, &fork, &response));
            }
            Event::Answered { session, fork, response, owes_ack } => {
                self.with_session(session, |line, leg| line.answered(leg, &fork, &response, owes_ack));
            }
            Event::Acknowledged { session, ack } => {
                self.with_session(session, |line, leg| line.acknowledged(leg, &ack))
            }
            Event::ChangeRequested { session, request } => self.change(session, &request),
            Event::Changed { session, response, .. } => {
                self.with_session(session, |line, leg| line.changed(leg, &response));
            }
            Event::ChangeFailed { session, status, .. } => {
                self.with_session(session, |line, leg| line.change_failed(leg, status));
            }
            Event::ChangeWithdrawn { session } => {
                self.with_session(session, |line, leg| line.change_withdrawn(leg));
            }
            Event::Info { session, request } => self.with_session(session, |line, leg| line.info(leg, &request)),
            Event::RequestDone { request, status, .. } => self.request_done(request, status),
            Event::Ended { session, cause, message } => self.ended(session, cause, message.as_ref()),
            Event::Registered { binding, new: _ } => self.binding_stored(&binding),
            Event::Unregistered { name, .. } => self.binding_gone(&name),
            Event::Updated { .. } | Event::ReferClosed { .. } | Event::ReferProgress { .. } | Event::FlowLost { .. } => {}
            Event::Referred(referred) => self.command(Command::RefuseRefer {
                session: referred.session,
                refer: referred.refer,
                status: 501,
                headers: Vec::new(),
            }),
        }
    }

    fn change(&mut self, session: SessionId, request: &Message) {
        if self.by_session.contains_key(&session) {
            self.with_session(session, |line, leg| line.change_requested(leg, request));
        } else {
            self.command(Command::Respond { session, answer: Answer::status(481) });
        }
    }

    /// A question was answered. 408 and 481 end the session, which is told by its own event (RFC 3261 section 12.2.1.2).
    fn request_done(&mut self, request: RequestId, status: u16) {
        let Some(connection) = self.probes.remove(&request) else { return };
        if !matches!(status, 408 | 481 | 503) {
            self.report(connection, Report::Probed);
        }
    }
}
