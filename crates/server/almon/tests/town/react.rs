//! What a telephone does by itself with what it hears.

use super::Town;
use super::telephone::{Stage, Talk, Token};
use bytes::Bytes;
use ground::Moment;
use sip::Message;
use sip::agent::{Answer, Command, EndCause, Event, Invited, Referred, SessionId};
use sip::dialog::{Body, ExtraHeader};
use std::time::Duration;

impl Town {
    /// A call of a telephone begins: it gets a media port of its own.
    pub(super) fn new_talk(&mut self, person: usize, session: SessionId, stage: Stage) {
        self.next_port = if self.next_port >= 19_998 { 4000 } else { self.next_port + 2 };
        let talk = Talk {
            stage,
            port: self.next_port,
            held: false,
            ending: false,
            excused: self.network.weather.loss > 0 || self.is_restarting(),
            born: self.now.moment,
            changing: false,
            asked: false,
            token: None,
            call_id: String::new(),
            offered: Vec::new(),
        };
        self.people[person].talks.insert(session, talk);
    }

    /// The server is down, or something may still arrive that the process before sent in its last moments.
    fn is_restarting(&self) -> bool {
        self.down || self.now.moment < self.restarted + Duration::from_secs(1)
    }

    pub(super) fn react(&mut self, person: usize) {
        while let Some(event) = self.people[person].events.pop_front() {
            self.heard(person, event);
        }
    }

    fn heard(&mut self, person: usize, event: Event) {
        match event {
            Event::Invited(invited) => self.rings(person, &invited),
            Event::Provisional { session, fork, response } => self.progress(person, session, fork, &response),
            Event::Answered { session, owes_ack, response, .. } => {
                self.note_offer(person, session, &response);
                if let Some(talk) = self.people[person].talks.get_mut(&session) {
                    talk.stage = Stage::Talking;
                }
                self.owes(person, session, owes_ack);
            }
            Event::Changed { session, owes_ack, response, .. } => {
                self.note_offer(person, session, &response);
                if let Some(talk) = self.people[person].talks.get_mut(&session) {
                    talk.changing = false;
                }
                self.owes(person, session, owes_ack);
            }
            Event::ChangeFailed { session, .. } => {
                if let Some(talk) = self.people[person].talks.get_mut(&session) {
                    talk.changing = false;
                }
            }
            Event::ChangeRequested { session, request } => self.change_asked(person, session, &request),
            Event::ChangeWithdrawn { session } => {
                if let Some(talk) = self.people[person].talks.get_mut(&session) {
                    talk.asked = false;
                }
            }
            Event::Referred(referred) => self.referred(person, &referred),
            Event::ReferProgress { request, status, done: true, .. } => {
                let sessions = self.people[person].refers.remove(&request).unwrap_or_default();
                self.tally.see(format!("a transfer ends with {}", status / 100 * 100));
                if status < 300 && !self.dice.once_in(5) {
                    sessions.into_iter().for_each(|session| self.hang_up(person, session));
                }
            }
            Event::RequestDone { request, status, .. } => self.request_done(person, request, status),
            Event::Ended { session, cause, .. } => self.ended(person, session, cause),
            _ => {}
        }
    }

    fn rings(&mut self, person: usize, invited: &Invited) {
        let session = invited.session;
        self.new_talk(person, session, Stage::Ringing);
        self.note_offer(person, session, &invited.request);
        match self.dice.roll(30) {
            0..=18 => self.answer(person, session, 180),
            19..=20 => self.answer(person, session, 183),
            21..=22 => {
                self.tally.deed("answer at once");
                self.answer(person, session, 200);
            }
            23 => {
                self.tally.deed("busy");
                self.answer(person, session, 486);
            }
            24 => {
                let status = self.dice.pick(&[404, 408, 415, 480, 488, 500, 503, 600, 603, 604]);
                self.tally.deed("refuse");
                self.answer(person, session, status);
            }
            25 => self.redirect(person, session),
            _ => {}
        }
    }

    /// Sends an answer to a call or a change.
    pub(super) fn answer(&mut self, person: usize, session: SessionId, status: u16) {
        let body = (matches!(status, 183 | 200) && !self.dice.once_in(60)).then(|| self.body(person, session));
        let Some(talk) = self.people[person].talks.get_mut(&session) else { return };
        if status >= 200 {
            talk.asked = false;
        }
        if status == 200 {
            talk.stage = Stage::Talking;
        }
        self.order(person, Command::Respond { session, answer: Answer { body, ..Answer::status(status) } });
    }

    /// Answers with another number (RFC 3261 section 21.3.3).
    pub(super) fn redirect(&mut self, person: usize, session: SessionId) {
        self.tally.deed("redirect");
        let to = self.number_to_dial();
        let contact = ExtraHeader::new("Contact", format!("<sip:{to}@192.0.2.1>"));
        let answer = Answer { headers: vec![contact], ..Answer::status(302) };
        self.order(person, Command::Respond { session, answer });
    }

    fn note_offer(&mut self, person: usize, session: SessionId, message: &Message) {
        let text = String::from_utf8_lossy(message.body()).into_owned();
        let lines = text.lines().filter(|line| line.starts_with("m=")).map(str::to_owned).collect();
        if let Some(talk) = self.people[person].talks.get_mut(&session) {
            talk.offered = lines;
            if let Ok(call_id) = message.call_id() {
                talk.call_id = call_id.as_str().to_owned();
            }
        }
    }

    /// The codecs of a description: in an answer those that were offered, now and then something else.
    fn formats(&mut self, offered: Option<&str>) -> String {
        let some = self.dice.pick(&["8 0 101", "8 0 101", "8 0 101", "8 101", "0 101", "8", "0 8", "18 8 101"]);
        let Some(offered) = offered.filter(|_| !self.dice.once_in(100)) else { return some.to_owned() };
        let offered: Vec<&str> = offered.split(' ').skip(3).collect();
        let mut common: Vec<&str> = some.split(' ').filter(|one| offered.contains(one)).collect();
        if common.iter().all(|one| *one == "101") {
            common = offered;
        }
        common.join(" ")
    }

    /// A description of a call's media: always the call's own port, mostly what fits the other side's offer.
    pub(super) fn body(&mut self, person: usize, session: SessionId) -> Body {
        let one = &mut self.people[person];
        let ip = one.address.ip();
        let (port, held, offered) = match one.talks.get_mut(&session) {
            Some(talk) => (talk.port, talk.held, std::mem::take(&mut talk.offered)),
            None => (9, false, Vec::new()),
        };
        let formats = self.formats(offered.first().map(String::as_str));
        let direction = match (held, self.dice.roll(24)) {
            (true, 0..=17) | (false, 0) => "a=sendonly\r\n",
            (true, _) | (false, 1) => "a=inactive\r\n",
            (false, 2) => "a=recvonly\r\n",
            _ => "",
        };
        let more = match offered.len() {
            0 if self.dice.once_in(12) => "m=video 3998 RTP/AVP 31\r\n".to_owned(),
            0 | 1 => String::new(),
            more => "m=video 0 RTP/AVP 31\r\n".repeat(more - 1),
        };
        let text = format!(
            "v=0\r\no=- 1 {} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n\
             a=rtpmap:101 telephone-event/8000\r\n{direction}{more}",
            self.now.moment.since(Moment::ZERO).as_millis()
        );
        Body::sdp(Bytes::from(text.into_bytes()))
    }

    fn progress(&mut self, person: usize, session: SessionId, fork: Box<str>, response: &Message) {
        let call_id = response.call_id().ok().map(|call_id| call_id.as_str().to_owned());
        let ours = response.from().ok().and_then(|from| from.tag().map(str::to_owned));
        if let (Some(call_id), Some(ours)) = (call_id, ours)
            && let Some(talk) = self.people[person].talks.get_mut(&session)
        {
            talk.token = Some(Token { call_id: call_id.into(), theirs: fork, ours: ours.into() });
        }
    }

    fn owes(&mut self, person: usize, session: SessionId, owes: bool) {
        if owes {
            let body = (!self.dice.once_in(40)).then(|| self.body(person, session));
            self.order(person, Command::Acknowledge { session, body });
        }
    }

    fn change_asked(&mut self, person: usize, session: SessionId, request: &Message) {
        self.note_offer(person, session, request);
        if let Some(talk) = self.people[person].talks.get_mut(&session) {
            talk.asked = true;
        }
        match self.dice.roll(40) {
            0 => {}
            1 => self.answer(person, session, 488),
            2 => self.answer(person, session, 500),
            _ => self.answer(person, session, 200),
        }
    }

    /// The exchange asks a trunk's far end to carry out a transfer.
    fn referred(&mut self, person: usize, referred: &Referred) {
        let Referred { session, refer, .. } = *referred;
        self.tally.see("a far end is referred");
        match self.dice.roll(4) {
            0 => self.order(person, Command::RefuseRefer { session, refer, status: 603, headers: Vec::new() }),
            1 => self.order(person, Command::AcceptRefer { session, refer }),
            kind => {
                self.order(person, Command::AcceptRefer { session, refer });
                let status = if kind == 2 { 200 } else { 486 };
                self.order(person, Command::NotifyRefer { session, refer, status, done: true });
            }
        }
    }

    fn request_done(&mut self, person: usize, request: sip::agent::RequestId, status: u16) {
        let now = self.now.moment;
        let one = &mut self.people[person];
        if one.registering == Some(request) {
            one.registering = None;
            let wait = if status == 200 { 1500 } else { 30 };
            if one.registers_at.is_some() {
                one.registers_at = Some(now + Duration::from_secs(wait));
            }
            self.tally.see(format!("REGISTER {status}"));
        } else if one.refers.remove(&request).is_some() {
            self.tally.see(format!("REFER {status}"));
        }
    }

    /// The exchange has a session of this name.
    fn is_known(&self, call_id: &str) -> bool {
        let agent = self.board.sip().agent();
        let named = |session| agent.dialog(session).is_some_and(|dialog| &*dialog.call_id == call_id);
        agent.sessions().into_iter().any(named)
    }

    fn ended(&mut self, person: usize, session: SessionId, cause: EndCause) {
        let one = &mut self.people[person];
        assert!(one.ended.insert(session), "{session:?} of {} ended twice", one.number);
        let Some(talk) = one.talks.remove(&session) else { return };
        let since = |at: Option<Moment>| at.is_some_and(|at| at >= talk.born);
        let (excused, late) = (talk.excused || since(one.lost_at), since(one.late_at));
        let (number, trunk) = (one.number.clone(), one.trunk);
        let gone = matches!(cause, EndCause::DialogGone(_));
        let overtaken = gone && !excused && (late || self.is_known(&talk.call_id));
        if !excused {
            let bad = match cause {
                // The exchange answers every INVITE, and acknowledges every answer.
                EndCause::NoResponse | EndCause::NoAck | EndCause::TransportFailed => true,
                EndCause::RingTimeout => true,
                // A dialog that it ended by itself it ended with BYE, or is about to; one that it does not know yet was overtaken.
                EndCause::DialogGone(_) => !overtaken,
                EndCause::Invalid | EndCause::Overload => true,
                _ => false,
            };
            assert!(!bad, "{session:?} of {number} (trunk: {trunk}): {cause:?}, {talk:?}");
        }
        let cause = match cause {
            EndCause::Refused(status) => format!("an INVITE ends with {status}"),
            cause => format!("a session ends: {cause:?}"),
        };
        self.tally.see(cause);
    }
}
