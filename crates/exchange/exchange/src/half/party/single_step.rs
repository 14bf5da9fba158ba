//! Single-step transfer: the target is called while the parties go on, by a half that places the call for the other party.

use super::{Asked, Next, Party, PartyState, Why};
use crate::facilities::Facilities;
use crate::feature::treatment::treatment;
use crate::half::HalfId;
use crate::half::input::Timer;
use crate::half::message::{Message, Waiting};
use crate::half::placing::{Placing, Request};
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::Order;
use ground::{Digits, Number, Reason};
use media_plan::{PlaySource, Tone};

impl Party {
    /// Begins the call to the target, with this party's rights.
    pub(super) fn place(&mut self, f: &mut Facilities, digits: Digits) -> Result<Asked, Reason> {
        let rights = self.connection.rights.ok_or(Reason::NotAuthorized)?;
        let partner = self.partner(Why::Transfer, self.connection.shown.number);
        let plays = self.talk.hearing.treatment.is_some();
        let request = Request { transferor: self.id, partner, rights, hops: self.hops, digits, plays };
        Placing::begin(f, request).map(Asked::Placing)
    }

    /// The other party has transferred this one and is gone; somebody is being called.
    pub(super) fn wait_for(&mut self, f: &mut Facilities, from: HalfId, waiting: Waiting) -> Next {
        let before = self.talk.peer;
        f.timers.cancel(&Timer::Transfer(self.id));
        self.transfer_failed(f, Reason::TemporaryFailure);
        f.send(self.id, before, Message::Left);
        let Waiting { called, segment, by, .. } = waiting;
        self.next_segment(f, segment, called.number, by, Reason::Transferred);
        self.state = PartyState::Waiting;
        self.connection.order(f, Order::UpdateParty(called.clone()));
        self.connection.note(f, EventCause::Transfer);
        self.talk.turn_to(&mut self.connection, f, from);
        self.talk.other = (called, None);
        self.talk.hear_instead(&self.connection, f, PlaySource::Tone(Tone::Ringing), true);
        Next::Stay
    }

    /// Nobody could be reached: an announcement where the table has one, else the end.
    pub(super) fn nobody_reached(&mut self, f: &mut Facilities, reason: Reason) -> Next {
        let announcement = treatment(reason).announcement.filter(|_| f.site.directory.settings.announce_vacant);
        let Some(name) = announcement.filter(|_| self.connection.media.is_some()) else { return Next::End(reason) };
        self.state = PartyState::Announcing(reason);
        self.connection.state(f, ConnectionState::Fail, crate::half::connection::cause_of(reason));
        let peer = self.talk.peer;
        self.talk.turn_to(&mut self.connection, f, peer);
        self.talk.hear_instead(&self.connection, f, PlaySource::Announcement(name.to_owned()), false);
        f.after(Timer::Announcement(self.id), f.config.waits.announcement);
        Next::Stay
    }

    /// The number of this party.
    pub fn number(&self) -> Number {
        self.connection.number
    }
}
