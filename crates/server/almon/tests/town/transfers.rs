//! Transfers of every kind, and calls that take the place of others.

use super::Town;
use super::telephone::{Stage, Token};
use sip::agent::{Command, Refer, RequestId, SessionId};
use sip::dialog::ExtraHeader;

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Town {
    /// Two calls of one telephone: one that talks, and another one in one of these stages.
    fn pair(&mut self, stages: &[Stage]) -> Option<(usize, SessionId, SessionId)> {
        let mut all = Vec::new();
        for (person, one) in self.people.iter().enumerate().filter(|(_, one)| one.gone_until.is_none()) {
            for first in one.calls(&[Stage::Talking]) {
                let others = one.calls(stages).into_iter().filter(|other| *other != first);
                all.extend(others.map(|second| (person, first, second)));
            }
        }
        self.dice.any(&all)
    }

    fn send_refer(
        &mut self,
        person: usize,
        session: SessionId,
        to: Option<&str>,
        replaces: Option<SessionId>,
        more: Vec<ExtraHeader>,
    ) -> RequestId {
        let request = RequestId(self.people[person].number_of_next());
        let mut ended = vec![session];
        ended.extend(replaces);
        self.people[person].refers.insert(request, ended);
        let refer = Refer { session, request, refer_to: to.map(Into::into), replaces, headers: more };
        self.order(person, Command::Refer(Box::new(refer)));
        request
    }

    /// RFC 5589 section 7.1; sometimes of a call that is being changed, sometimes twice.
    pub(super) fn attended(&mut self) {
        let Some((person, first, second)) = self.pair(&[Stage::Talking]) else { return };
        self.tally.deed("attended transfer");
        self.send_refer(person, first, None, Some(second), Vec::new());
        if self.dice.once_in(12) {
            self.tally.deed("attended transfer twice");
            self.send_refer(person, second, None, Some(first), Vec::new());
        }
        if self.dice.once_in(6) {
            self.tally.deed("hang up within a transfer");
            let session = self.dice.pick(&[first, second]);
            self.hang_up(person, session);
        }
    }

    /// The consultation still rings: its early dialog is named, or its number.
    pub(super) fn transfer_while_ringing(&mut self) {
        let Some((person, first, second)) = self.pair(&[Stage::Calling]) else { return };
        self.tally.deed("transfer while ringing");
        let token = self.people[person].talks[&second].token.clone();
        match token.filter(|_| !self.dice.once_in(3)) {
            Some(token) => {
                let to = format!("sip:1002@192.0.2.1?Replaces={}", escaped(&token.replaces()));
                self.send_refer(person, first, Some(&to), None, Vec::new());
            }
            None => {
                self.hang_up(person, second);
                let to = format!("sip:{}@192.0.2.1", self.number_to_dial());
                self.send_refer(person, first, Some(&to), None, Vec::new());
            }
        }
    }

    /// RFC 5589 section 6.1; some telephones hang up at once.
    pub(super) fn blind(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking]) else { return };
        self.tally.deed("blind transfer");
        let to = format!("sip:{}@192.0.2.1", self.number_to_dial());
        let more = match self.dice.roll(4) {
            0 => vec![ExtraHeader::new("Referred-By", format!("<sip:{}@192.0.2.1>", self.people[person].number))],
            1 => vec![ExtraHeader::new("Refer-Sub", "false"), ExtraHeader::new("Supported", "norefersub")],
            _ => Vec::new(),
        };
        self.send_refer(person, session, Some(&to), None, more);
        match self.dice.roll(5) {
            0 => {
                self.tally.deed("hang up right after REFER");
                self.hang_up(person, session);
            }
            1 => {
                let pause = self.dice.pick(&[10, 11, 12, 16, 21]);
                self.run(std::time::Duration::from_millis(pause));
                self.tally.deed("hang up right after 202");
                self.hang_up(person, session);
            }
            _ => {}
        }
    }

    /// The dialog of a ringing or talking telephone as the exchange knows it.
    fn some_token(&mut self) -> Option<(usize, Token)> {
        let (person, session) = self.somebody(&[Stage::Ringing, Stage::Talking, Stage::Calling])?;
        let early = || {
            let state = self.people[person].agent.export(session)?;
            match state.stage {
                sip::agent::StageState::Invited { dialog, .. } | sip::agent::StageState::Calling { dialog, .. } => {
                    Some(Token { call_id: dialog.call_id, theirs: dialog.remote_tag, ours: dialog.local_tag })
                }
                sip::agent::StageState::Confirmed(_) => None,
            }
        };
        let token = self.people[person].token(session).or_else(early)?;
        Some((person, token))
    }

    /// An INVITE with Replaces: of a colleague, of the own number, of somebody who has nothing to do with it, of nobody.
    pub(super) fn replace(&mut self) {
        let Some((whose, mut token)) = self.some_token() else { return };
        let own = self.people[whose].number.clone();
        let kind = self.dice.roll(8);
        let fitting: Vec<usize> = match kind {
            0..=2 => {
                (0..self.people.len()).filter(|&other| other != whose && self.people[other].number == own).collect()
            }
            3..=4 => (0..self.people.len()).filter(|&other| self.people[other].number.as_str() <= "1012").collect(),
            _ => (0..self.people.len()).collect(),
        };
        let Some(person) = self.dice.any(&fitting) else { return };
        if kind == 7 {
            token.theirs = "nobody".into();
        }
        let early = if self.dice.once_in(6) { ";early-only" } else { "" };
        let replaces = ExtraHeader::new("Replaces", format!("{}{early}", token.replaces()));
        let require = ExtraHeader::new("Require", "replaces");
        self.place(person, "INVITE with Replaces", &own, vec![replaces, require]);
    }

    /// A REFER to nothing that can be called.
    pub(super) fn nonsense(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking]) else { return };
        self.tally.deed("REFER to nonsense");
        let to = self.dice.pick(&[
            "http://example.com/",
            "mailto:bell@example.com",
            "sip:1002@elsewhere.example",
            "tel:+15551234",
            "sip:192.0.2.1",
            "sip:1002@192.0.2.1;method=BYE",
            "sip:1002@192.0.2.1?Replaces=nothing",
            "sip:1002@192.0.2.1?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2",
            "sip:1002@192.0.2.1?Subject=ahoy&Priority=urgent",
            "sips:1002@192.0.2.1",
            "urn:service:sos",
            "sip:%00%ff@192.0.2.1",
        ]);
        let more = match self.dice.roll(3) {
            0 => vec![ExtraHeader::new("Refer-To", "<sip:1003@192.0.2.1>")],
            1 => vec![ExtraHeader::new("Referred-By", "\"unfinished")],
            _ => Vec::new(),
        };
        self.send_refer(person, session, Some(to), None, more);
    }
}
