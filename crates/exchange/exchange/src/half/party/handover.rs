//! Attended transfer (ECMA-269: Transfer Call), on the side of the party that asks: its two halves.
//!
//! The half that was asked by its telephone tells the other one who its other party is. That one looks whether it belongs to the
//! same device and tells its own other party whom to talk to. Whoever loses its other party to somebody else is told so by it.

use super::{Asked, Next, Party, PartyState, Why};
use crate::facilities::Facilities;
use crate::half::HalfId;
use crate::half::input::Timer;
use crate::half::message::{Handover, Message};
use crate::vocabulary::order::{Order, TransferProgress, TransferTarget};
use ground::{ConnectionId, Reason};

impl Party {
    /// The telephone wants its other party transferred.
    pub(super) fn transfer_requested(&mut self, f: &mut Facilities, target: TransferTarget) {
        let begun = match (self.state, self.may_transfer(f), self.asked) {
            (PartyState::Talking, true, None) if self.referring.is_some() => Err(Reason::TemporaryFailure),
            (PartyState::Talking, true, None) => match target {
                TransferTarget::Connection(other) => self.ask_other_half(f, other),
                TransferTarget::Number(number) => self.place(f, number),
            },
            (PartyState::Talking, true, Some(_)) => Err(Reason::TemporaryFailure),
            (_, false, _) => Err(Reason::NotAuthorized),
            _ => Err(Reason::NoSuchConnection),
        };
        let progress = match begun {
            Ok(asked) => {
                self.asked = Some(asked);
                TransferProgress::Trying
            }
            Err(reason) => TransferProgress::Failed(reason),
        };
        self.connection.order(f, Order::Transfer(progress));
        if matches!(self.asked, Some(Asked::Attended(_))) && begun.is_ok() {
            f.after(Timer::Transfer(self.id), f.config.waits.negotiation);
        }
    }

    /// Telephones may; a trunk when the site says so.
    fn may_transfer(&self, f: &Facilities) -> bool {
        match self.connection.trunk {
            Some(trunk) => f.site.directory.trunks.get(&trunk).is_some_and(|trunk| trunk.may_transfer),
            None => self.connection.device.is_some() && self.talk.plays.is_none(),
        }
    }

    fn ask_other_half(&mut self, f: &mut Facilities, other: ConnectionId) -> Result<Asked, Reason> {
        let half = f.owners.get(&other).copied().filter(|half| *half != self.id).ok_or(Reason::NoSuchConnection)?;
        let partner = self.partner(Why::Transfer, self.connection.shown.number);
        let (device, rights) = (self.connection.device, self.connection.rights);
        f.send(self.id, half, Message::Transfer(Box::new(Handover { device, partner, rights })));
        Ok(Asked::Attended(half))
    }

    /// The other half of the device asks to hand this half's other party over.
    pub(super) fn hand_over(&mut self, f: &mut Facilities, from: HalfId, handover: Handover) {
        let Handover { device, partner, .. } = handover;
        let (mine, other) = (self.connection.device, self.talk.other.1);
        let is_telephone = other.is_some_and(|device| f.site.extension(device).is_some());
        let refusal = if self.state != PartyState::Talking {
            Some(Reason::NoSuchConnection)
        } else if device.is_none() || device != mine {
            Some(Reason::NotAuthorized)
        } else if self.asked.is_some() {
            Some(Reason::TemporaryFailure)
        } else if partner.half == self.id || partner.half == self.talk.peer || (is_telephone && other == partner.device)
        {
            Some(Reason::UserBusy)
        } else if partner.leg.is_none() && self.talk.hearing.other.is_none() {
            // Both are played by the exchange: nobody would be left to hear it.
            Some(Reason::NoCommonCodec)
        } else {
            None
        };
        if let Some(reason) = refusal {
            return f.send(self.id, from, Message::TransferRefused(reason));
        }
        self.asked_by = Some(from);
        f.send(self.id, self.talk.peer, Message::NewPeer(Box::new(partner)));
        self.leave(f, Reason::Transferred);
    }

    /// The other party talks to somebody else: this one is about to end.
    pub(super) fn left(&mut self, f: &mut Facilities) {
        if self.asked.take().is_some() {
            self.connection.order(f, Order::Transfer(TransferProgress::Done));
        }
        self.leave(f, Reason::Transferred);
    }

    /// The half that was to bring the transfer about cannot, or is gone: all is as before.
    pub(super) fn helper_gone(&mut self, f: &mut Facilities, from: HalfId, reason: Reason) {
        match self.asked {
            Some(Asked::Attended(half) | Asked::Placing(half)) if half == from => self.transfer_failed(f, reason),
            _ => {}
        }
    }

    pub(super) fn transfer_failed(&mut self, f: &mut Facilities, reason: Reason) {
        if let Some(asked) = self.asked.take() {
            // The target need not ring any more.
            if let Asked::Placing(half) = asked {
                f.send(self.id, half, Message::Release(reason));
            }
            f.timers.cancel(&Timer::Transfer(self.id));
            self.connection.order(f, Order::Transfer(TransferProgress::Failed(reason)));
        }
    }

    pub(super) fn transfer_timeout(&mut self, f: &mut Facilities) -> Next {
        if self.state == PartyState::Orphaned {
            return Next::End(Reason::NormalClearing);
        }
        if self.referring.is_some() {
            return self.referred(f, Err(Reason::ProtocolTimeout));
        }
        self.transfer_failed(f, Reason::ProtocolTimeout);
        Next::Stay
    }
}
