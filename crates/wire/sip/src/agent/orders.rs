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
                if matches!(method, Method::Update | Method::Refer) {
                    // These have orders of their own.
                    self.report(super::Event::RequestDone { request, status: 400, response: None });
                    return;
                }
                let order = RequestOrder::new(request, method, headers, body);
                if self.on_session(session, |agent, session| agent.request(session, order)).is_none() {
                    self.report(super::Event::RequestDone { request, status: 481, response: None });
                }
            }
            Command::Update { session, request, headers } => {
                let order = RequestOrder::new(request, Method::Update, headers, None);
                if self.on_session(session, |agent, session| agent.update(session, order)).is_none() {
                    self.report(super::Event::RequestDone { request, status: 481, response: None });
                }
            }
            Command::Identify { session, local } => {
                self.on_session(session, |_, session| super::update::identify(session, &local));
            }
            Command::AcceptRefer { session, refer } => {
                self.on_session(session, |agent, session| agent.accept_refer(session, refer));
            }
            Command::RefuseRefer { session, refer, status, headers } => {
                self.on_session(session, |agent, session| agent.refuse_refer(session, refer, status, &headers));
            }
            Command::NotifyRefer { session, refer, status, done } => {
                self.on_session(session, |agent, session| agent.tell(session, refer, status, done));
            }
            Command::Refer(order) => self.refer(*order),
            Command::End { session, status, headers } => {
                self.on_session(session, |agent, session| {
                    if session.ending.is_none() {
                        session.ending = Some(Ending { cause: EndCause::Ordered, headers, message: None });
                        session.mark();
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
