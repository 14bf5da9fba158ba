//! A party and its new other party, after a transfer or a replacement.

use super::{Asked, Next, Party, PartyState, Referring, ended};
use crate::call::record::OpenRecord;
use crate::facilities::Facilities;
use crate::half::HalfId;
use crate::half::input::Timer;
use crate::half::message::{Join, Message, Partner, View, Why};
use crate::vocabulary::event::EventCause;
use crate::vocabulary::input::Output;
use crate::vocabulary::order::{Order, TransferTarget};
use directory::RecordKey;
use ground::{Number, Reason};

/// Each process numbers the segments of a call that began in an earlier one from a multiple of this: it is never transferred so often within
/// what a journal can lose.
const SEGMENTS_OF_A_PROCESS: u16 = 64;

impl Party {
    /// The half that this party talks to says who takes its place: this party introduces itself there, and goes on in that call.
    pub(super) fn new_peer(&mut self, f: &mut Facilities, partner: Partner) -> Next {
        self.end_record(f, Reason::Transferred);
        self.transfer_failed(f, Reason::TemporaryFailure);
        self.state = PartyState::Talking;
        self.connection.move_to(f, self.id, partner.call, EventCause::Transfer);
        self.talk.other = (partner.shown.clone(), partner.device);
        let view = self.talk.view_so_far(&self.connection);
        let Partner { half, instead_of, segment, by, why, .. } = partner;
        self.connection.state(f, crate::vocabulary::event::ConnectionState::Connected, cause(why));
        ended(self.talk.introduce(&mut self.connection, f, half, Join { view, instead_of, segment, by, why }))
    }

    /// Somebody takes the place of the other party.
    pub(super) fn join(&mut self, f: &mut Facilities, from: HalfId, join: Join) -> Next {
        let before = self.talk.peer;
        // On two servers each can have sent the other to somebody who has answered, both messages being on their way. Only what the half of
        // the higher name asked for is done: it goes nowhere itself, and the other one, where the same rule holds, takes leave of it.
        if join.why == Why::Sent && before < self.id && matches!(self.asked, Some(Asked::Answered)) {
            f.send(self.id, from, Message::Release(Reason::TemporaryFailure));
            return Next::Stay;
        }
        f.timers.cancel(&Timer::Transfer(self.id));
        self.transfer_failed(f, Reason::TemporaryFailure);
        let waited = self.state == PartyState::Waiting;
        self.state = PartyState::Talking;
        f.send(self.id, before, Message::Left);
        let Join { view, segment, by, why, .. } = join;
        if waited && self.record.is_some() {
            self.answered(f, &view);
        } else {
            let transferred = matches!(why, Why::Transfer | Why::Sent);
            let reason = if transferred { Reason::Transferred } else { Reason::Replaced };
            self.next_segment(f, segment, view.shown.number, by, reason);
            self.answered(f, &view);
        }
        self.connection.order(f, Order::UpdateParty(view.shown.clone()));
        self.connection.note(f, cause(why));
        self.talk.other = (view.shown.clone(), view.device);
        match self.trunk_joins_itself(f, &view) {
            true => {
                self.talk.turn_to(&mut self.connection, f, from);
                let target = TransferTarget::Connection(view.connection);
                self.connection.order(f, Order::Refer { target, by });
                self.referring = Some(Referring::With(Box::new(view)));
                f.after(Timer::Transfer(self.id), f.config.waits.negotiation);
                Next::Stay
            }
            false => ended(self.talk.accept(&mut self.connection, f, from, view)),
        }
    }

    /// Both ends are on one trunk, which is to join them itself.
    fn trunk_joins_itself(&self, f: &Facilities, view: &View) -> bool {
        let trunk = self.connection.trunk.filter(|trunk| view.trunk == Some(*trunk));
        let known = trunk.and_then(|trunk| f.site.directory.trunks.get(&trunk));
        known.is_some_and(|known| known.transfers_itself)
    }

    /// What became of the trunk's own transfer. When it succeeded the far side ends both connections, within a bounded time.
    pub(super) fn referred(&mut self, f: &mut Facilities, result: Result<(), Reason>) -> Next {
        let view = match self.referring.take() {
            None => return Next::Stay,
            Some(Referring::To(asked)) => {
                self.went_its_own_way(f, asked, result);
                return Next::Stay;
            }
            Some(Referring::With(view)) => view,
        };
        match result {
            Ok(()) => {
                self.state = PartyState::Orphaned;
                f.after(Timer::Transfer(self.id), f.config.waits.transfer_grace);
                Next::Stay
            }
            Err(_) => {
                f.timers.cancel(&Timer::Transfer(self.id));
                let peer = self.talk.peer;
                ended(self.talk.accept(&mut self.connection, f, peer, *view))
            }
        }
    }

    /// The record of the pair that was ends, the next one of the call begins.
    pub(super) fn next_segment(
        &mut self,
        f: &mut Facilities,
        segment: Option<u16>,
        dialled: Number,
        by: Number,
        reason: Reason,
    ) {
        let own = self.record.as_ref().map(|record| record.record().key.segment);
        self.end_record(f, reason);
        // A process that was killed may have begun segments of which its journal does not know: their numbers are passed over.
        let earlier = self.connection.call.0 >> 32 != u64::from(f.config.start_second);
        let first = if earlier { f.restarts % 1000 * SEGMENTS_OF_A_PROCESS } else { 0 };
        let segment = own.max(segment).map_or(1, |last| last.saturating_add(1)).max(first);
        let key = RecordKey { call: self.connection.call, segment };
        let caller = (self.connection.number, self.connection.trunk);
        let mut record = OpenRecord::next(key, f.now, f.config.offsets.at(f.now.utc), caller, dialled, by);
        record.offered(dialled, None);
        f.outputs.push_back(Output::RecordOpened(record.record().clone()));
        self.record = Some(record);
        f.after(Timer::Duration(self.id), f.longest_call());
    }

    fn answered(&mut self, f: &mut Facilities, view: &View) {
        if let Some(record) = self.record.as_mut() {
            record.offered(view.shown.number, view.trunk);
            record.answered(f.now, view.shown.number);
            f.outputs.push_back(Output::RecordOpened(record.record().clone()));
        }
    }
}

fn cause(why: Why) -> EventCause {
    match why {
        Why::Transfer | Why::Sent => EventCause::Transfer,
        Why::Replaced | Why::PickedUp => EventCause::CallPickup,
    }
}
