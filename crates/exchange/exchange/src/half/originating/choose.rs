//! The choice of a destination: digits, rights, trunks, redirections.

use super::{Next, Originating, OriginatingState};
use crate::facilities::Facilities;
use crate::half::input::Timer;
use crate::half::message::{Message, Redirection, Setup, Target};
use crate::media::agreement::family_for;
use crate::route::decision::Decision;
use crate::route::number_plan::{Destination, Dialling};
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::Order;
use crate::vocabulary::report::Party;
use ground::{AlarmCode, Digits, Number, Reason};
use std::time::Duration;

impl Originating {
    pub(super) fn more_digits(&mut self, f: &mut Facilities, digits: Digits) -> Next {
        for digit in digits.as_str().chars() {
            if self.dialled.digits.push(digit).is_err() {
                return Next::End(Reason::InvalidNumber);
            }
        }
        self.record.dialled(self.dialled);
        self.analyse(f, Dialling::Open)
    }

    pub(super) fn analyse(&mut self, f: &mut Facilities, dialling: Dialling) -> Next {
        f.timers.cancel(&Timer::InterDigit(self.id));
        match f.decide(self.caller.rights, &self.dialled, dialling, self.caller.hops) {
            Decision::More => {
                let wait = match self.dialled.digits.is_empty() {
                    true => f.config.waits.first_digit,
                    false => Duration::from_secs(f.site.directory.settings.inter_digit_seconds.into()),
                };
                f.after(Timer::InterDigit(self.id), wait);
                Next::Stay
            }
            Decision::Go(destination) => self.go(f, destination),
            Decision::Refuse(reason) => {
                if reason == Reason::Overload {
                    f.alarm(AlarmCode::Overload, true);
                }
                self.fail(f, reason)
            }
        }
    }

    /// The number is complete and permitted.
    fn go(&mut self, f: &mut Facilities, destination: Destination) -> Next {
        self.connection.state(f, ConnectionState::Connected, EventCause::NewCall);
        f.after(Timer::Duration(self.id), f.longest_call());
        match self.way.begin(destination) {
            Some(target) => self.try_target(f, target),
            None => self.fail(f, Reason::NoRouteAvailable),
        }
    }

    fn try_target(&mut self, f: &mut Facilities, target: Target) -> Next {
        if let Err(reason) = self.prepare_leg(f) {
            return Next::End(reason);
        }
        let (number, trunk) = match &target {
            Target::Extension { number, .. } | Target::Service { number, .. } => (*number, None),
            Target::Trunk { trunk, number } => (*number, Some(*trunk)),
        };
        self.record.offered(Number::private(number), trunk);
        if self.state != OriginatingState::Delivered {
            self.state = OriginatingState::Offering;
        }
        let setup = Setup {
            call: self.call(),
            target,
            caller: self.connection.shown.clone(),
            device: self.connection.device,
            leg: self.connection.id,
            media: self.caller.offer.clone(),
            emergency: self.way.emergency,
            hops: self.caller.hops.saturating_sub(1),
            referred_by: None,
        };
        self.way.offer(f, self.id, setup);
        Next::Stay
    }

    /// Opens the caller's leg and takes its offer.
    pub(super) fn prepare_leg(&mut self, f: &mut Facilities) -> Result<(), Reason> {
        if self.connection.media.is_some() {
            return Ok(());
        }
        let family = family_for(self.caller.offer.as_ref(), &self.caller.location);
        self.connection.open_leg(f, self.caller.location, family)?;
        match (self.caller.offer.clone(), self.connection.media.as_mut()) {
            (Some(offer), Some(media)) => media.take_offer(offer).map_err(|error| error.reason()),
            _ => Ok(()),
        }
    }

    pub(super) fn before_answer(&mut self, f: &mut Facilities, message: Message) -> Next {
        match message {
            Message::Alerting { connected, waiting } => {
                self.alerting(f, connected, waiting);
                Next::Stay
            }
            Message::Progress { media: Some((answer, leg)) } if self.early.is_none() => {
                self.early_media(f, &answer, leg)
            }
            Message::Progress { media: None } if self.state == OriginatingState::Offering => {
                self.connection.order(f, Order::Progress { media: None, reason: None });
                Next::Stay
            }
            Message::Answered(answered) => self.answered(f, *answered, true),
            Message::Redirected(redirection) => self.redirected(f, *redirection),
            Message::Release(reason) => {
                self.way.peer = None;
                // Once the caller has heard of one destination, another one would only confuse it.
                let heard = self.state != OriginatingState::Offering;
                match self.way.after_failure(f, reason, heard, self.caller.hops) {
                    Some(target) => self.try_target(f, target),
                    None => self.fail(f, reason),
                }
            }
            _ => Next::Stay,
        }
    }

    fn alerting(&mut self, f: &mut Facilities, connected: Party, waiting: bool) {
        if self.state == OriginatingState::Offering && self.early.is_none() {
            self.connection.order(f, Order::Alert { waiting });
        }
        if self.way.redirected {
            self.connection.order(f, Order::UpdateParty(connected.clone()));
            self.connection.note(f, EventCause::Redirected);
        }
        self.state = OriginatingState::Delivered;
        self.record.offered(connected.number, self.record.record().trunk_out);
    }

    /// The device wants the call to go elsewhere.
    fn redirected(&mut self, f: &mut Facilities, redirection: Redirection) -> Next {
        self.way.peer = None;
        match self.way.redirect(f, redirection, self.caller.hops) {
            Ok(target) => self.try_target(f, target),
            Err(reason) => self.fail(f, reason),
        }
    }
}
