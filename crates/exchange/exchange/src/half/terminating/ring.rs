//! From the offer to the answer: ringing, media before the answer, telephones that drop out, redirections.

use super::{Branch, Next, Terminating, TerminatingState};
use crate::facilities::Facilities;
use crate::feature::treatment::more_telling;
use crate::half::input::Timer;
use crate::half::message::{Message, Redirection, Target};
use crate::route::decision::Rights;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::Order;
use crate::vocabulary::report::Report;
use ground::{ConnectionId, Number, Reason};
use media_plan::{MediaAnswer, MediaOrderKind};
use std::time::Duration;

impl Terminating {
    pub(super) fn before_answer(&mut self, f: &mut Facilities, at: ConnectionId, report: Report) -> Next {
        match report {
            // Only as long as nothing more was heard: a word that comes late takes nothing back.
            Report::Offered if f.timers.when(&Timer::Response(at)).is_some() => {
                f.after(Timer::Response(at), f.config.waits.alerting);
            }
            Report::Alerting => self.alerting(f, at),
            Report::Progress { media } => return self.progress(f, at, media),
            Report::Answered { media, connected } => return self.answered(f, at, media, connected),
            Report::Redirected(targets) => return self.redirected(f, at, targets),
            Report::MediaOffered(_) | Report::OfferRequested => {
                let refused = Order::MediaRefuse(Reason::TemporaryFailure);
                if let Some(branch) = self.branch(at) {
                    branch.connection.order(f, refused);
                }
            }
            _ => {}
        }
        Next::Stay
    }

    fn alerting(&mut self, f: &mut Facilities, at: ConnectionId) {
        f.timers.cancel(&Timer::Response(at));
        if let Some(branch) = self.branch(at) {
            branch.connection.state(f, ConnectionState::Alerting, EventCause::NewCall);
        }
        self.expect_answer(f);
        if self.state == TerminatingState::Offering {
            self.state = TerminatingState::Delivered;
            let (connected, waiting) = (self.called_party(), self.waiting);
            f.send(self.id, self.peer, Message::Alerting { connected, waiting });
        }
    }

    /// One telephone wants the call to go elsewhere: the call of the whole device goes. From a trunk only when the site follows it.
    fn redirected(&mut self, f: &mut Facilities, at: ConnectionId, targets: Vec<Number>) -> Next {
        let rights = match &self.setup.target {
            Target::Extension { device, .. } => Some(Rights::of_extension(*device, f.site.extension(*device))),
            Target::Trunk { trunk, .. } => {
                let known = f.site.directory.trunks.get(trunk);
                known.filter(|known| known.follow_redirects).map(|known| Rights::of_trunk(*trunk, Some(known)))
            }
            Target::Service { .. } => None,
        };
        let Some(rights) = rights else { return self.branch_fails(f, at, Reason::Redirected) };
        f.send(self.id, self.peer, Message::Redirected(Box::new(Redirection { targets, rights })));
        Next::Over(Reason::Redirected)
    }

    /// Something is under way: from now on the answer is awaited, the first time this happens.
    pub(super) fn expect_answer(&self, f: &mut Facilities) {
        if f.timers.when(&Timer::NoAnswer(self.id)).is_none() {
            let wait = match self.setup.target {
                Target::Trunk { .. } => f.config.waits.trunk_answer,
                _ => Duration::from_secs(f.site.directory.settings.no_answer_seconds.into()),
            };
            f.after(Timer::NoAnswer(self.id), wait);
        }
    }

    /// The first media before the answer goes to the caller; that of other telephones is kept for the case that they answer.
    pub(super) fn progress(&mut self, f: &mut Facilities, at: ConnectionId, media: Option<MediaAnswer>) -> Next {
        f.timers.cancel(&Timer::Response(at));
        self.expect_answer(f);
        let mut told = None;
        if let Some(answer) = media {
            match self.take_answer(at, answer) {
                Ok(true) => {}
                Ok(false) => return Next::Stay,
                Err(reason) => return self.branch_fails(f, at, reason),
            }
            let Some(branch) = self.branch(at) else { return Next::Stay };
            branch.connection.modify(f, false);
            let answer = branch.answer.clone();
            if self.early.is_some() {
                return Next::Stay;
            }
            self.early = Some(at);
            told = answer.map(|answer| (answer, at));
        }
        f.send(self.id, self.peer, Message::Progress { media: told });
        Next::Stay
    }

    /// The caller's digit before the answer, to the branch that it hears, in media.
    pub(super) fn early_digit(&self, f: &mut Facilities, digit: char, duration: Duration) {
        let heard = self.branches.iter().find(|branch| Some(branch.connection.id) == self.early);
        let takes =
            |branch: &&Branch| branch.connection.media.as_ref().is_some_and(|media| media.has_telephone_event());
        if let Some(branch) = heard.filter(takes) {
            f.media(branch.connection.id, MediaOrderKind::SendDigit { digit, duration });
        }
    }

    /// Takes a telephone's answer to our offer; false when it has given one already: before the answer of the call only the first
    /// counts (RFC 3261 section 13.2.1).
    pub(super) fn take_answer(&mut self, at: ConnectionId, answer: MediaAnswer) -> Result<bool, Reason> {
        let Some(branch) = self.branch(at).filter(|branch| branch.answer.is_none()) else { return Ok(false) };
        let media = branch.connection.media.as_mut().ok_or(Reason::ProtocolError)?;
        let offered = Box::new(media.clone());
        media.take_answer(answer.clone()).map_err(|error| error.reason())?;
        branch.answer = Some(answer);
        branch.offered = Some(offered);
        Ok(true)
    }

    /// One telephone drops out.
    pub(super) fn branch_fails(&mut self, f: &mut Facilities, at: ConnectionId, reason: Reason) -> Next {
        match self.take_branch(at) {
            Some(branch) => branch.connection.clear(f, reason),
            None => return Next::Stay,
        }
        self.dropped_out(at, reason)
    }

    /// The last word of a telephone.
    pub(super) fn branch_gone(&mut self, f: &mut Facilities, at: ConnectionId, reason: Reason) -> Next {
        match self.take_branch(at) {
            Some(branch) => branch.connection.gone(f, reason),
            None => return Next::Stay,
        }
        self.dropped_out(at, reason)
    }

    fn dropped_out(&mut self, at: ConnectionId, reason: Reason) -> Next {
        if self.early == Some(at) {
            self.early = None;
        }
        self.failure = Some(self.failure.map_or(reason, |before| more_telling(before, reason)));
        if self.branches.is_empty() { self.failed() } else { Next::Stay }
    }
}
