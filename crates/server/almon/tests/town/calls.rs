//! What people do with their calls, but for transfers.

use super::Town;
use super::site::EXTENSIONS;
use super::telephone::Stage;
use sip::agent::{Command, RequestId, SessionId};
use sip::dialog::{Body, ExtraHeader};

/// A telephone has so many calls at the most, and a trunk's far end.
const MOST_AT_ONCE: [usize; 2] = [3, 10];
/// So many calls are there at the most, in the eyes of the telephones.
const MOST: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Call,
    Answer,
    Refuse,
    Redirect,
    HangUp,
    Hold,
    Retrieve,
    Change,
    Update,
    Info,
    Consult,
    Attended,
    Ringing,
    Blind,
    Replace,
    Nonsense,
    Weather,
    Mishap,
    Vanish,
    Registration,
    Clear,
    Site,
    Engine,
    Restart,
}

const DEEDS: [(u32, Deed); 24] = [
    (150, Deed::Call),
    (260, Deed::Answer),
    (25, Deed::Refuse),
    (15, Deed::Redirect),
    (90, Deed::HangUp),
    (50, Deed::Hold),
    (60, Deed::Retrieve),
    (50, Deed::Change),
    (15, Deed::Update),
    (30, Deed::Info),
    (90, Deed::Consult),
    (110, Deed::Attended),
    (40, Deed::Ringing),
    (50, Deed::Blind),
    (30, Deed::Replace),
    (10, Deed::Nonsense),
    (4, Deed::Weather),
    (40, Deed::Mishap),
    (4, Deed::Vanish),
    (8, Deed::Registration),
    (4, Deed::Clear),
    (4, Deed::Site),
    (15, Deed::Engine),
    (3, Deed::Restart),
];

impl Town {
    /// Somebody does something.
    pub(super) fn act(&mut self) {
        let deed = self.dice.weighed(&DEEDS);
        if self.plan.without.iter().any(|without| *without == format!("{deed:?}").to_lowercase()) {
            return;
        }
        let step = self.memoir.step;
        if self.memoir.wanted {
            self.memoir.note(self.now.moment, format!("---- {step} {deed:?}"));
        }
        match deed {
            Deed::Call => self.call(),
            Deed::Answer => self.answer_a_call(),
            Deed::Refuse => self.refuse_a_call(),
            Deed::Redirect => self.redirect_a_call(),
            Deed::HangUp => self.end_a_call(),
            Deed::Hold => self.hold(true),
            Deed::Retrieve => self.hold(false),
            Deed::Change => self.change(),
            Deed::Update => self.update(),
            Deed::Info => self.info(),
            Deed::Consult => self.consult(),
            Deed::Attended => self.attended(),
            Deed::Ringing => self.transfer_while_ringing(),
            Deed::Blind => self.blind(),
            Deed::Replace => self.replace(),
            Deed::Nonsense => self.nonsense(),
            Deed::Weather => self.weather(),
            Deed::Mishap => self.mishap(),
            Deed::Vanish => self.vanish(),
            Deed::Registration => self.registration(),
            Deed::Clear => self.clear(),
            Deed::Site => self.change_the_site(),
            Deed::Engine => self.engine_tells(),
            Deed::Restart => self.restart(),
        }
    }

    /// A telephone that works and has a call in one of these stages, and the call.
    pub(super) fn somebody(&mut self, stages: &[Stage]) -> Option<(usize, SessionId)> {
        let mut all = Vec::new();
        for (person, one) in self.people.iter().enumerate().filter(|(_, one)| one.gone_until.is_none()) {
            all.extend(one.calls(stages).into_iter().map(|session| (person, session)));
        }
        self.dice.any(&all)
    }

    pub(super) fn number_to_dial(&mut self) -> String {
        match self.dice.roll(40) {
            0..=24 => (EXTENSIONS.start() + self.dice.roll(30) as u32).to_string(),
            25..=29 => format!("9555{:04}", self.dice.roll(10_000)),
            30..=31 => format!("8555{:04}", self.dice.roll(10_000)),
            32..=35 => self.dice.pick(&["600", "601", "602"]).to_owned(),
            // Vacant, too short, too long, an emergency, and no number at all.
            36 => self.dice.pick(&["9", "95", "10", "1", "1999", "1999"]).to_owned(),
            37 => self.dice.pick(&["95551234567890123456", "100100100100", "777"]).to_owned(),
            38 => "112".to_owned(),
            _ => self.dice.pick(&["almon", "+15551234", "1001;x=y", "%31001", "*21"]).to_owned(),
        }
    }

    fn may_call(&self, person: usize) -> bool {
        let one = &self.people[person];
        let all: usize = self.people.iter().map(|one| one.talks.len()).sum();
        one.gone_until.is_none() && one.talks.len() < MOST_AT_ONCE[usize::from(one.trunk)] && all < 2 * MOST
    }

    fn call(&mut self) {
        let person = self.dice.roll(self.people.len());
        let dialled = self.number_to_dial();
        self.place(person, "call", &dialled, Vec::new());
    }

    pub(super) fn place(&mut self, person: usize, kind: &'static str, dialled: &str, headers: Vec<ExtraHeader>) {
        if !self.may_call(person) {
            return;
        }
        self.tally.deed(kind);
        let (session, mut command) = self.people[person].invite(dialled, None, headers);
        self.new_talk(person, session, Stage::Calling);
        if let Command::Invite(invite) = &mut command
            && !self.dice.once_in(6)
        {
            invite.body = Some(self.body(person, session));
        }
        self.order(person, command);
    }

    fn answer_a_call(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Ringing]) else { return };
        self.tally.deed("answer");
        self.answer(person, session, 200);
    }

    fn refuse_a_call(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Ringing]) else { return };
        self.tally.deed("refuse");
        let status = self.dice.pick(&[486, 486, 603, 480, 600, 503, 404]);
        self.answer(person, session, status);
    }

    fn redirect_a_call(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Ringing]) else { return };
        self.redirect(person, session);
    }

    fn end_a_call(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Calling, Stage::Ringing, Stage::Talking]) else { return };
        let stage = self.people[person].talks[&session].stage;
        self.tally.deed(match stage {
            Stage::Calling => "cancel",
            Stage::Ringing => "refuse",
            Stage::Talking => "hang up",
        });
        self.hang_up(person, session);
    }

    pub(super) fn hang_up(&mut self, person: usize, session: SessionId) {
        if let Some(talk) = self.people[person].talks.get_mut(&session) {
            talk.ending = true;
            self.order(person, Command::End { session, status: 486, headers: Vec::new() });
        }
    }

    fn hold(&mut self, held: bool) {
        let mut fitting = Vec::new();
        for (person, one) in self.people.iter().enumerate().filter(|(_, one)| one.gone_until.is_none()) {
            let fits = |session: &SessionId| one.talks[session].held != held && !one.talks[session].changing;
            fitting.extend(one.calls(&[Stage::Talking]).into_iter().filter(fits).map(|session| (person, session)));
        }
        let Some((person, session)) = self.dice.any(&fitting) else { return };
        self.tally.deed(if held { "hold" } else { "retrieve" });
        self.set_held(person, session, held);
    }

    pub(super) fn set_held(&mut self, person: usize, session: SessionId, held: bool) {
        if let Some(talk) = self.people[person].talks.get_mut(&session) {
            talk.held = held;
            talk.changing = true;
            talk.offered.clear();
        }
        let body = self.body(person, session);
        self.offer_change(person, session, Some(body));
    }

    fn offer_change(&mut self, person: usize, session: SessionId, body: Option<Body>) {
        self.order(person, Command::Change { session, body, headers: Vec::new() });
    }

    /// Another codec, another direction, or the wish for an offer.
    fn change(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking]) else { return };
        self.tally.deed("re-INVITE");
        if let Some(talk) = self.people[person].talks.get_mut(&session) {
            talk.changing = true;
            talk.offered.clear();
        }
        let body = (!self.dice.once_in(6)).then(|| self.body(person, session));
        self.offer_change(person, session, body);
    }

    fn update(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking, Stage::Calling]) else { return };
        self.tally.deed("UPDATE");
        let request = RequestId(self.people[person].number_of_next());
        let headers = vec![ExtraHeader::new("P-Asserted-Identity", "<sip:1002@192.0.2.1>")];
        self.order(person, Command::Update { session, request, headers });
    }

    fn info(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking]) else { return };
        self.tally.deed("INFO");
        let request = RequestId(self.people[person].number_of_next());
        let (kind, text) = self.dice.pick(&[
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"),
            ("application/dtmf-relay", "Signal=#\r\n"),
            ("application/dtmf", "7"),
            ("application/dtmf-relay", "Signal=nothing\r\n"),
            ("text/plain", "ahoy"),
        ]);
        let body = Some(Body { content_type: kind.into(), bytes: bytes::Bytes::from_static(text.as_bytes()) });
        let method = if self.dice.once_in(5) { "OPTIONS" } else { "INFO" };
        self.order(person, Command::InDialog { session, request, method: method.into(), headers: Vec::new(), body });
    }

    /// The call is held, mostly, and somebody is asked.
    fn consult(&mut self) {
        let Some((person, session)) = self.somebody(&[Stage::Talking]) else { return };
        if !self.may_call(person) || self.people[person].trunk {
            return;
        }
        if !self.people[person].talks[&session].held && !self.dice.once_in(8) {
            self.tally.deed("hold");
            self.set_held(person, session, true);
        }
        let dialled = self.number_to_dial();
        self.place(person, "consult", &dialled, Vec::new());
    }
}
