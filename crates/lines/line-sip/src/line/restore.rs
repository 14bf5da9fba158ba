//! Dialogs over a restart: what is handed out of them, and how they go on.

use super::LineSip;
use crate::interface::Output;
use crate::leg::{Change, Leg, Owed};
use crate::snapshot::DialogSnapshot;
use exchange::Report;
use ground::Reason;
use sip::agent::{Command, SessionId, StageState};
use sip::dialog::Body;

impl LineSip {
    /// Every connection with its session as it would go on after a restart: what a snapshot of the whole state holds.
    pub fn dialogs(&self) -> impl Iterator<Item = DialogSnapshot> + '_ {
        self.legs.values().filter_map(|leg| self.dialog(leg))
    }

    fn dialog(&self, leg: &Leg) -> Option<DialogSnapshot> {
        let session = self.agent.export(leg.session)?;
        Some(DialogSnapshot { leg: leg.clone(), session })
    }

    /// Hands out what has changed since the last call. Provisional responses change nothing.
    pub(super) fn hand_out_dialogs(&mut self) {
        for (connection, changed) in self.snapshots.take_touched() {
            let Some(leg) = self.legs.get(&connection) else {
                if self.snapshots.forget(connection) {
                    self.outputs.push_back(Output::DialogGone(connection));
                }
                continue;
            };
            let mark = leg.mark();
            if !changed && self.snapshots.is_known(connection, mark) {
                continue;
            }
            let Some(dialog) = self.dialog(leg) else { continue };
            self.snapshots.hand_out(connection, mark);
            self.outputs.push_back(Output::Dialog(Box::new(dialog)));
        }
    }

    /// The dialogs of an earlier process go on.
    pub(super) fn restore_dialogs(&mut self, dialogs: Vec<DialogSnapshot>) {
        for dialog in dialogs {
            self.restore_dialog(dialog);
        }
    }

    fn restore_dialog(&mut self, dialog: DialogSnapshot) {
        let ending = dialog.is_ending();
        let DialogSnapshot { leg, session } = dialog;
        let connection = leg.connection;
        if self.legs.contains_key(&connection) || self.by_session.contains_key(&leg.session) {
            self.counters.lost_dialogs += 1;
            return;
        }
        // It was handed out by the earlier process: its end has to be told.
        self.snapshots.hand_out(connection, leg.mark());
        self.snapshots.touch(connection, false);
        let confirmed = leg.answered && matches!(session.stage, StageState::Confirmed(_));
        let (same, before) = (session.session == leg.session, session.clone());
        if !same || !self.agent.import(self.now, session, None) {
            self.counters.lost_dialogs += 1;
            return self.report(connection, Report::Cleared(Reason::Interrupted));
        }
        self.skip_session(leg.session);
        // What it sent at once raised its numbers.
        let moved = self.agent.export(leg.session).is_none_or(|now| now != before);
        self.snapshots.touch(connection, moved);
        self.add_leg(leg);
        self.with_leg(connection, |line, leg| match (confirmed, ending) {
            (false, _) => line.interrupt(leg),
            (true, false) => line.resume(leg),
            // Its agent sends the BYE once more.
            (true, true) => {}
        });
    }

    /// Its call was not answered: nobody knows what has become of it meanwhile (CANCEL, a final response, or BYE).
    fn interrupt(&mut self, leg: &mut Leg) {
        leg.clearing = None;
        self.end(leg, Reason::Interrupted);
    }

    /// What was under way is begun again, or taken back: no transaction survives a restart.
    fn resume(&mut self, leg: &mut Leg) {
        let session = leg.session;
        // The far side repeats its offer, and the exchange then hears it again.
        if matches!(leg.owed, Owed::AnswerInResponse | Owed::OfferInResponse) {
            leg.owed = Owed::Nothing;
            self.report(leg.connection, Report::MediaWithdrawn);
        }
        if leg.shown.update.take().is_some() || leg.changes.contains(&Change::Party) {
            let told = leg.shown.party.take();
            leg.shown.next = leg.shown.next.take().or(told);
        }
        let offered = std::mem::take(&mut leg.changes).contains(&Change::Media);
        match leg.local.last() {
            // The same offer once more (RFC 3264 section 8: the same version, so an answer that was given holds).
            Some(body) if offered => {
                leg.changes.push(Change::Media);
                self.command(Command::Change { session, body: Some(Body::sdp(body)), headers: Vec::new() });
            }
            None if offered => self.report(leg.connection, Report::MediaRefused(Reason::TemporaryFailure)),
            _ => {}
        }
        if leg.probe.take().is_some() {
            self.probe(leg);
        }
        if let Some(request) = leg.referring {
            self.questions.insert(request, leg.connection);
        }
    }

    fn skip_session(&mut self, used: SessionId) {
        if !used.is_incoming() {
            self.next_session = self.next_session.max(used.0);
        }
    }
}
