//! Whether the telephone is still there: silence, or hold, leads to a question within the dialog; without an answer the call ends.

use super::Conversation;
use crate::facilities::Facilities;
use crate::half::connection::Connection;
use crate::half::input::Timer;
use crate::vocabulary::order::Order;

impl Conversation {
    /// A leg that sends is watched by the engine, any other is asked at intervals.
    pub(super) fn watch(&mut self, c: &Connection, f: &mut Facilities) {
        let waits = f.config.waits;
        let setup = c.media.as_ref().and_then(|media| media.setup(Some(waits.silence), waits.learning));
        let expects = setup.is_some_and(|setup| setup.silence_after.is_some());
        match (self.expects_media, expects) {
            (true, false) if !self.probed => f.after(Timer::Silence(c.id), waits.silence),
            (false, true) => {
                f.timers.cancel(&Timer::Silence(c.id));
            }
            _ => {}
        }
        self.expects_media = expects;
    }

    pub(super) fn probe(&mut self, c: &Connection, f: &mut Facilities) {
        self.probed = true;
        c.order(f, Order::Probe);
        f.timers.cancel(&Timer::Silence(c.id));
        f.after(Timer::ProbeResponse(c.id), f.config.waits.probe_response);
    }

    pub(super) fn telephone_is_there(&mut self, c: &Connection, f: &mut Facilities) {
        if self.probed {
            self.probed = false;
            f.timers.cancel(&Timer::ProbeResponse(c.id));
            f.after(Timer::Silence(c.id), f.config.waits.silence);
        }
    }
}
