//! The owner's commands, each handed to the file that carries it out.

use super::Agent;
use super::command::Command;
use super::event::EndCause;
use super::session::{ChangeOrder, Ending, RequestOrder};
use crate::message::Method;

impl Agent {
    pub(crate) fn obey(&mut self, command: Command) {
        match command {
            Command::Invite(invite) => self.invite(invite),
            Command::Respond { session, answer } => {
                self.on_session(session, |agent, session| agent.respond(session, &answer));
            }
            Command::Acknowledge { session, body } => {
                self.on_session(session, |agent, session| agent.pay_ack(session, body.as_ref()));
            }
            Command::Change { session, body, headers } => {
                let found =
                    self.on_session(session, |agent, session| agent.change(session, ChangeOrder { body, headers }));
                if found.is_none() {
                    self.report(super::Event::ChangeFailed { session, status: 481, response: None });
                }
            }
            Command::InDialog { session, request, method, headers, body } => {
                let method = Method::parse(&method).unwrap_or(Method::Options);
                let order = RequestOrder { request, method, headers, body };
                if self.on_session(session, |agent, session| agent.request(session, order)).is_none() {
                    self.report(super::Event::RequestDone { request, status: 481, response: None });
                }
            }
            Command::Update { request, .. } => {
                self.report(super::Event::RequestDone { request, status: 501, response: None });
            }
            Command::Refer(refer) => {
                self.report(super::Event::RequestDone { request: refer.request, status: 501, response: None });
            }
            Command::Identify { .. }
            | Command::AcceptRefer { .. }
            | Command::RefuseRefer { .. }
            | Command::NotifyRefer { .. } => {}
            Command::End { session, status, headers } => {
                self.on_session(session, |agent, session| {
                    if session.ending.is_none() {
                        session.ending = Some(Ending { cause: EndCause::Ordered, headers, message: None });
                        agent.end(session, status);
                    }
                });
            }
            Command::Request(request) => self.out_of_dialog(*request),
            Command::RemoveBindings { aor } => {
                for change in self.registrar.remove(&aor) {
                    self.report_change(change);
                }
            }
        }
    }
}
