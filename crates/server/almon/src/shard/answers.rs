//! What the call thread answers other threads.

use super::driver::Shard;
use super::request::{Figures, LiveRegistration, Request};
use crate::switchboard::Input;
use ground::{Machine, Now};

impl Shard {
    pub(super) fn request(&mut self, now: Now, request: Request) {
        // Whoever asked may have gone meanwhile: then nobody wants the answer.
        match request {
            Request::Directory(directory, done) => {
                self.board.handle(now, Input::Directory(directory));
                let _ = done.send(());
            }
            Request::Calls(answer) => {
                let _ = answer.send(self.board.live().list());
            }
            Request::Explain(inquiry, at, answer) => {
                let _ = answer.send(self.board.exchange().explain(at.unwrap_or(now.utc), &inquiry));
            }
            Request::Trace(call, answer) => {
                let _ = answer.send(self.ladder.of(call));
            }
            Request::Registrations(answer) => {
                let _ = answer.send(self.registrations());
            }
            Request::Figures(answer) => {
                let _ = answer.send(self.figures());
            }
            Request::ClearCall(call, answer) => {
                let there = self.board.live().contains(call);
                self.board.handle(now, Input::ClearCall(call));
                let _ = answer.send(there);
            }
            Request::ClearAll(answer) => {
                let calls = self.board.live().list();
                for call in &calls {
                    self.board.handle(now, Input::ClearCall(call.call));
                }
                let _ = answer.send(calls.len());
            }
            Request::Drain(done) => self.drain(now, done),
            Request::Settings(settings) => {
                self.drain_bound = settings.drain;
                if let Some(recorder) = self.board.recorder() {
                    recorder.set_policy(settings.policy);
                }
            }
            Request::Stop => {
                self.board.end(now);
                self.stopped = true;
            }
        }
    }

    fn registrations(&self) -> Vec<LiveRegistration> {
        let one = |known: line_sip::RegisteredTelephone| LiveRegistration {
            number: known.number.to_string(),
            contact: known.contact,
            transport: known.flow.transport.to_string(),
            peer: known.flow.peer,
            translated: known.translated,
        };
        self.board.sip().registered().into_iter().map(one).collect()
    }

    fn figures(&self) -> Figures {
        let counters = self.board.sip().agent().counters();
        let dropped = [
            ("malformed", counters.malformed),
            ("stray responses", counters.stray_responses),
            ("stray ACKs", counters.stray_acks),
            ("beyond the rate of their address", counters.rate_limited),
            ("refused because a table was full", counters.overload),
            ("merged requests", counters.merged),
            ("challenges", counters.challenges),
            ("wrong credentials", counters.wrong_credentials),
            ("replayed credentials", counters.replays),
        ];
        Figures {
            calls: self.board.live().calls(),
            terminals: self.board.sip().tables().terminals,
            connections: self.flows.len(),
            dropped: dropped.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            alarms: self.alarms.iter().map(|code| code.code().to_owned()).collect(),
            ..self.figures.clone()
        }
    }
}
