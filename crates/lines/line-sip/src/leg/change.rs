//! Changes within a session: offers and answers both ways, digits, and asking whether the telephone is there.

use super::{Awaited, Change, Leg, Owed, described};
use crate::digit::{read_digit, write_digit};
use crate::line::LineSip;
use crate::status::{reason_of, status_of};
use exchange::Report;
use ground::Reason;
use media_plan::{MediaAnswer, MediaOffer, StreamDescription};
use sip::agent::{Answer, Command};
use sip::dialog::{Body, ExtraHeader};
use sip::{HeaderName, Message};
use std::time::Duration;

impl LineSip {
    /// A re-INVITE or UPDATE came in.
    pub(crate) fn change_requested(&mut self, leg: &mut Leg, request: &Message) {
        if leg.clearing.is_some() {
            return self.refuse_change(leg, Reason::TemporaryFailure);
        }
        match described(request) {
            Ok(Some(streams)) => {
                leg.owed = Owed::AnswerInResponse;
                self.report(leg.connection, Report::MediaOffered(MediaOffer { streams }));
            }
            // An UPDATE without an offer changes nothing about the media (RFC 3311 section 5.2).
            Ok(None) if request.is_method(&sip::Method::Update) => {
                self.command(Command::Respond { session: leg.session, answer: Answer::status(200) });
            }
            Ok(None) => {
                leg.owed = Owed::OfferInResponse;
                self.report(leg.connection, Report::OfferRequested);
            }
            Err(reason) => self.refuse_change(leg, reason),
        }
    }

    fn refuse_change(&mut self, leg: &mut Leg, reason: Reason) {
        leg.owed = Owed::Nothing;
        let headers = vec![ExtraHeader::reason_q850(reason.q850(), reason.text())];
        // RFC 3261 section 14.2: 488 leaves the session as it was. 500 with Retry-After would be for overlapping changes.
        let status = if reason == Reason::TemporaryFailure { 491 } else { status_of(reason) };
        let answer = Answer { status, phrase: None, headers, body: None };
        self.command(Command::Respond { session: leg.session, answer });
    }

    /// The exchange answers the far side's offer.
    pub(crate) fn media_answer(&mut self, leg: &mut Leg, streams: &[StreamDescription]) {
        let owed = std::mem::take(&mut leg.owed);
        let session = leg.session;
        match owed {
            Owed::AnswerInResponse => {
                let answer = Answer::with_body(200, Body::sdp(leg.local.write(streams)));
                self.command(Command::Respond { session, answer });
            }
            Owed::AnswerInAck => {
                let body = Some(Body::sdp(leg.local.write(streams)));
                self.command(Command::Acknowledge { session, body });
            }
            Owed::Nothing | Owed::OfferInResponse => leg.owed = owed,
        }
    }

    /// The exchange refuses the far side's offer.
    pub(crate) fn media_refuse(&mut self, leg: &mut Leg, reason: Reason) {
        match leg.owed {
            Owed::AnswerInResponse | Owed::OfferInResponse => self.refuse_change(leg, reason),
            // The offer came in a 2xx: it can only be answered, or the session ended (RFC 3261 section 13.2.2.4).
            Owed::AnswerInAck => {
                leg.owed = Owed::Nothing;
                self.command(Command::Acknowledge { session: leg.session, body: None });
                self.end(leg, reason);
            }
            Owed::Nothing => {}
        }
    }

    /// The exchange offers a change.
    pub(crate) fn media_offer(&mut self, leg: &mut Leg, streams: &[StreamDescription]) {
        let body = Body::sdp(leg.local.write(streams));
        let session = leg.session;
        if leg.owed == Owed::OfferInResponse {
            leg.owed = Owed::Nothing;
            leg.awaited = Awaited::Answer;
            self.command(Command::Respond { session, answer: Answer::with_body(200, body) });
        } else {
            leg.changes.push(Change::Media);
            self.command(Command::Change { session, body: Some(body), headers: Vec::new() });
        }
    }

    /// The ACK of our 2xx came: with an offer of ours in the 2xx it brings the answer.
    pub(crate) fn acknowledged(&mut self, leg: &mut Leg, ack: &Message) {
        if std::mem::take(&mut leg.awaited) != Awaited::Answer || leg.clearing.is_some() {
            return;
        }
        match described(ack) {
            Ok(Some(streams)) => self.report(leg.connection, Report::MediaAnswered(MediaAnswer { streams })),
            // Before the first agreement that ends the call; later what was agreed goes on.
            Ok(None) => self.report(leg.connection, Report::MediaRefused(Reason::ProtocolError)),
            Err(reason) => self.report(leg.connection, Report::MediaRefused(reason)),
        }
    }

    /// The far side took its re-INVITE back, or the agent did not wait any longer for our answer to it.
    pub(crate) fn change_withdrawn(&mut self, leg: &mut Leg) {
        if std::mem::take(&mut leg.owed) != Owed::Nothing && leg.clearing.is_none() {
            self.report(leg.connection, Report::MediaWithdrawn);
        }
    }

    /// Our re-INVITE was answered.
    pub(crate) fn changed(&mut self, leg: &mut Leg, response: &Message) {
        // The answer to a description that was agreed before says nothing new.
        if next_done(leg) != Change::Media {
            return;
        }
        match described(response) {
            Ok(Some(streams)) => self.report(leg.connection, Report::MediaAnswered(MediaAnswer { streams })),
            Ok(None) => self.report(leg.connection, Report::MediaRefused(Reason::ProtocolError)),
            Err(reason) => self.report(leg.connection, Report::MediaRefused(reason)),
        }
    }

    /// Our re-INVITE was refused or given up. 487 is the answer to what is open when a dialog ends (RFC 3261 section 15.1.2): the
    /// end itself says why.
    pub(crate) fn change_failed(&mut self, leg: &mut Leg, status: u16) {
        if next_done(leg) != Change::Media || status == 487 {
            return;
        }
        self.report(leg.connection, Report::MediaRefused(reason_of(status)));
    }

    /// An INFO came in; the agent has answered it.
    pub(crate) fn info(&mut self, leg: &mut Leg, request: &Message) {
        let kind = request.header(HeaderName::ContentType).and_then(|value| std::str::from_utf8(value).ok());
        if let Some((digit, duration)) = kind.and_then(|kind| read_digit(kind, request.body())) {
            self.report(leg.connection, Report::Digit { digit, duration });
        }
    }

    /// Sends a digit in an INFO.
    pub(crate) fn send_digit(&mut self, leg: &Leg, digit: char, duration: Duration) {
        let (session, request) = (leg.session, self.next_request());
        let body = Some(write_digit(digit, duration));
        self.command(Command::InDialog { session, request, method: "INFO".into(), headers: Vec::new(), body });
    }

    /// Asks within the dialog whether the telephone is there (RFC 3261 section 11).
    pub(crate) fn probe(&mut self, leg: &mut Leg) {
        let (session, request) = (leg.session, self.ask(leg.connection));
        leg.probe = Some(request);
        self.command(Command::InDialog { session, request, method: "OPTIONS".into(), headers: Vec::new(), body: None });
    }
}

/// Takes the change off that is done: they are done in their order.
fn next_done(leg: &mut Leg) -> Change {
    if leg.changes.is_empty() { Change::Media } else { leg.changes.remove(0) }
}
