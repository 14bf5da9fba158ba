//! A call that cannot be completed: what the caller hears.

use super::Next;
use super::{Originating, OriginatingState};
use crate::facilities::Facilities;
use crate::feature::treatment::treatment;
use crate::half::connection::cause_of;
use crate::half::input::Timer;
use crate::vocabulary::event::ConnectionState;
use crate::vocabulary::order::Order;
use ground::Reason;
use media_plan::{MediaOrderKind, PlaySource};
use std::sync::Arc;

impl Originating {
    /// The call cannot be completed: an announcement where the table has one, else the clear.
    pub(super) fn fail(&mut self, f: &mut Facilities, reason: Reason) -> Next {
        let announcement = treatment(reason).announcement.filter(|_| f.site.directory.settings.announce_vacant);
        match announcement.map(|name| self.announce(f, name, reason)) {
            Some(true) => Next::Stay,
            Some(false) | None => Next::End(reason),
        }
    }

    /// Plays an announcement as progress before the answer; false when the caller cannot hear it.
    fn announce(&mut self, f: &mut Facilities, name: &str, reason: Reason) -> bool {
        if self.caller.offer.is_none() || self.early.is_some() || self.prepare_leg(f).is_err() {
            return false;
        }
        let config = Arc::clone(&f.config);
        let Some(Ok(answer)) =
            self.connection.media.as_mut().map(|media| media.answer_alone(&config.own_codecs, false))
        else {
            return false;
        };
        self.state = OriginatingState::Announcing(reason);
        self.connection.state(f, ConnectionState::Fail, cause_of(reason));
        self.connection.modify(f, false);
        let source = PlaySource::Announcement(name.to_owned());
        f.media(self.connection.id, MediaOrderKind::Play { source, repeat: false });
        self.connection.order(f, Order::Progress { media: Some(answer), reason: Some(reason) });
        f.after(Timer::Announcement(self.id), f.config.waits.announcement);
        true
    }

    /// Orders again what the caller hears before the answer, after a restart.
    pub(in crate::half) fn hear_again(&self, f: &mut Facilities) {
        if let OriginatingState::Announcing(reason) = self.state {
            let source = treatment(reason).announcement.map(|name| PlaySource::Announcement(name.to_owned()));
            if let Some(source) = source {
                f.media(self.connection.id, MediaOrderKind::Play { source, repeat: false });
            }
        } else if let Some((with, _)) = self.early.as_ref().filter(|(with, _)| f.legs.is_open(*with)) {
            // Whoever was heard before the answer may have gone since.
            f.media(self.connection.id, MediaOrderKind::Connect { with: *with });
        }
    }
}
