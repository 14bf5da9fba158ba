//! What is noticed because nothing happens: silence, and digits whose end was lost.

use super::Worker;
use ground::{Now, Utc};
use media_plan::MediaEvent;

impl Worker {
    /// Looks at every leg.
    pub(super) fn make_round(&mut self) {
        for slot in 0..self.legs.slots() {
            if let Some(leg) = self.legs.get_mut(slot) {
                leg.inbound.renew();
            }
            self.notice_silence(slot);
            self.notice_digit(slot);
        }
    }

    fn notice_silence(&mut self, slot: usize) {
        let now = self.now;
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(setup) = leg.setup.as_ref().filter(|setup| setup.direction.receives()) else { return };
        let silent = now.moment.since(leg.inbound.last);
        if leg.inbound.silence_told || setup.silence_after.is_none_or(|most| silent < most) {
            return;
        }
        leg.inbound.silence_told = true;
        let micros = i64::try_from(silent.as_micros()).unwrap_or(i64::MAX);
        let since = Now { moment: leg.inbound.last, utc: Utc::from_micros(now.utc.as_micros().saturating_sub(micros)) };
        let event = MediaEvent::Silent { leg: leg.id, since };
        self.tell(event);
    }

    fn notice_digit(&mut self, slot: usize) {
        let now = self.now.moment;
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let Some(report) = leg.inbound.events.as_mut().and_then(|events| events.handle_timeout(now)) else { return };
        let number = leg.inbound.event_number();
        self.report_digit(slot, number, report);
    }
}
