//! What the user agent reports, and who hears it.

use super::LineSip;
use crate::status::reason_of_own;
use exchange::Report;
use sip::Message;
use sip::agent::{Answer, Command, Event, RequestId, SessionId};

impl LineSip {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Refused { flow, status, refused: None } => self.refused(flow, reason_of_own(status)),
            Event::Refused { flow, status, refused: Some(refused) } => self.invite_refused(flow, status, &refused),
            Event::Invited(invited) => self.invited(&invited),
            Event::Trying { session } => {
                self.with_session(session, |line, leg| line.tried(leg));
            }
            Event::Provisional { session, fork, response } => {
                self.with_session(session, |line, leg| line.progressed(leg, &fork, &response));
            }
            Event::Answered { session, fork, response, owes_ack } => {
                self.with_session(session, |line, leg| line.answered(leg, &fork, &response, owes_ack));
            }
            Event::Acknowledged { session, ack } => {
                self.with_session(session, |line, leg| line.acknowledged(leg, &ack));
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
            Event::Info { session, request } => {
                self.with_session(session, |line, leg| line.info(leg, &request));
            }
            Event::RequestDone { request, status, .. } => self.request_done(request, status),
            Event::Ended { session, cause, message } => self.ended(session, cause, message.as_ref()),
            Event::Registered { binding, new: _ } => self.binding_stored(&binding),
            Event::Unregistered { name, .. } => self.binding_gone(&name),
            Event::Referred(referred) => self.referred(&referred),
            Event::ReferClosed { session, refer } => {
                self.with_session(session, |line, leg| line.refer_closed(leg, refer));
            }
            Event::ReferProgress { request, status, done: true, .. } => self.request_done(request, status),
            Event::ReferProgress { .. } | Event::Updated { .. } | Event::FlowLost { .. } => {}
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
        let Some(connection) = self.questions.remove(&request) else { return };
        self.with_leg(connection, |line, leg| {
            if leg.probe == Some(request) {
                leg.probe = None;
                if !matches!(status, 408 | 481 | 503) {
                    line.report(connection, Report::Probed);
                }
            } else if leg.referring == Some(request) {
                line.refer_progressed(leg, status);
            } else if leg.shown.update == Some(request) {
                // Who does not take it keeps showing what it shows; the call is the same.
                leg.shown.update = None;
            }
        });
    }
}
