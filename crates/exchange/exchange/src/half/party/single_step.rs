//! Single-step transfer: the target is called while the parties go on, by a half that places the call for the other party.

use super::{Asked, Next, Party, PartyState, Referring, Why};
use crate::facilities::Facilities;
use crate::feature::treatment::treatment;
use crate::half::HalfId;
use crate::half::input::Timer;
use crate::half::message::{Message, OwnWay, Waiting};
use crate::half::placing::{Placing, Request};
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::{Order, TransferTarget};
use ground::{Number, Reason};
use media_plan::{PlaySource, Tone};

impl Party {
    /// Begins the call to the target, with this party's rights.
    pub(super) fn place(&mut self, f: &mut Facilities, number: Number) -> Result<Asked, Reason> {
        let rights = self.connection.rights.ok_or(Reason::NotAuthorized)?;
        let partner = self.partner(Why::Sent, self.connection.shown.number);
        let plays = self.talk.hearing.treatment.is_some();
        let request = Request { transferor: self.id, partner, rights, hops: self.hops, number, plays };
        Placing::begin(f, request).map(Asked::Placing)
    }

    /// The half that places a call for this party would rather have its trunk do it (RFC 3515, ECMA-269: Single Step Transfer).
    pub(super) fn go_its_own_way(&mut self, f: &mut Facilities, from: HalfId, way: OwnWay) {
        let free = self.state == PartyState::Talking && self.asked.is_none() && self.referring.is_none();
        if !free || self.connection.trunk.is_none() || !way.instead_of.contains(&self.talk.peer) {
            return f.send(self.id, from, Message::Referred(Err(Reason::TemporaryFailure)));
        }
        let OwnWay { number, by, .. } = way;
        self.connection.order(f, Order::Refer { target: TransferTarget::Number(number), by });
        self.referring = Some(Referring::To(from));
        // The last word comes when somebody there has answered.
        f.after(Timer::Transfer(self.id), f.config.waits.trunk_answer);
    }

    /// What became of it. After success the far side ends this connection within a bounded time, and the other party has nobody.
    pub(super) fn went_its_own_way(&mut self, f: &mut Facilities, asked: HalfId, result: Result<(), Reason>) {
        f.timers.cancel(&Timer::Transfer(self.id));
        f.send(self.id, asked, Message::Referred(result));
        if result.is_ok() {
            if self.talk.peer != asked {
                f.send(self.id, self.talk.peer, Message::Left);
            }
            self.leave(f, Reason::Transferred);
        }
    }

    /// The other party has transferred this one and is gone; somebody is being called.
    pub(super) fn wait_for(&mut self, f: &mut Facilities, from: HalfId, waiting: Waiting) -> Next {
        let before = self.talk.peer;
        if self.referring.is_none() {
            f.timers.cancel(&Timer::Transfer(self.id));
        }
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
