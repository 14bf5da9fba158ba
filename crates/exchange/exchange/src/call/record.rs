//! The record of a call segment while it is open. It is closed exactly once.

use crate::facilities::Facilities;
use crate::feature::treatment::treatment;
use crate::vocabulary::input::{Output, RefusalNote};
use directory::{CallRecord, Outcome, RecordKey};
use ground::{CallId, Moment, Now, Number, Reason, TrunkId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An open record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRecord {
    record: CallRecord,
    seized: Moment,
    closed: bool,
}

impl OpenRecord {
    /// Begins with the seizure. Until it is closed it says what the next start would find: interrupted.
    pub fn open(call: CallId, now: Now, offset_minutes: i16, caller: Number, dialled: Number) -> OpenRecord {
        let record = CallRecord {
            key: RecordKey { call, segment: 0 },
            caller,
            dialled,
            connected: None,
            trunk_in: None,
            trunk_out: None,
            started: now.utc,
            offset_minutes,
            answered_after: None,
            ended_after: Duration::ZERO,
            outcome: Outcome::Interrupted,
            reason: Reason::Interrupted,
            transferred_by: None,
        };
        OpenRecord { record, seized: now.moment, closed: false }
    }

    /// The next segment of a call: two parties that somebody brought together, or of which one waits for the other.
    pub fn next(
        key: RecordKey,
        now: Now,
        offset_minutes: i16,
        (caller, trunk_in): (Number, Option<TrunkId>),
        dialled: Number,
        by: Number,
    ) -> OpenRecord {
        let mut open = OpenRecord::open(key.call, now, offset_minutes, caller, dialled);
        open.record.key = key;
        open.record.trunk_in = trunk_in;
        open.record.transferred_by = Some(by);
        open
    }

    /// The record as it stands.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// The trunk that the call came in over.
    pub fn came_over(&mut self, trunk: TrunkId) {
        self.record.trunk_in = Some(trunk);
    }

    /// What was dialled so far.
    pub fn dialled(&mut self, dialled: Number) {
        self.record.dialled = dialled;
    }

    /// Who is tried, and over which trunk.
    pub fn offered(&mut self, to: Number, trunk: Option<TrunkId>) {
        self.record.connected = Some(to);
        self.record.trunk_out = trunk;
    }

    /// The call was answered.
    pub fn answered(&mut self, now: Now, by: Number) {
        if self.record.answered_after.is_none() {
            self.record.answered_after = Some(now.moment.since(self.seized));
            self.record.connected = Some(by);
        }
    }

    /// True when somebody answered.
    pub fn is_answered(&self) -> bool {
        self.record.answered_after.is_some()
    }

    /// True when it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Closes the record, unless that is done, and writes it; a refused call is told besides.
    pub(crate) fn end(&mut self, f: &mut Facilities, reason: Reason) {
        let Some(record) = self.close(f.now, reason) else { return };
        if record.outcome == Outcome::Refused {
            let (call, caller, dialled) = (record.key.call, record.caller, record.dialled);
            f.outputs.push_back(Output::Refused(RefusalNote { call, caller, dialled, reason }));
        }
        f.outputs.push_back(Output::RecordClosed(record));
    }

    /// Closes the record: what is to be written, the first time; none afterwards.
    pub fn close(&mut self, now: Now, reason: Reason) -> Option<CallRecord> {
        if self.closed {
            return None;
        }
        self.closed = true;
        self.record.ended_after = now.moment.since(self.seized);
        self.record.reason = reason;
        self.record.outcome = if self.is_answered() { Outcome::Answered } else { treatment(reason).outcome };
        Some(self.record.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_closed_once_and_says_how_it_ended() {
        let start = Now::default();
        let mut record = OpenRecord::open(CallId(1), start, 60, Number::default(), Number::default());
        let later = start.plus(Duration::from_secs(3));
        record.answered(later, Number::default());
        record.answered(start.plus(Duration::from_secs(9)), Number::default());
        let closed = record.close(start.plus(Duration::from_secs(10)), Reason::NormalClearing).unwrap();
        assert_eq!(closed.outcome, Outcome::Answered);
        assert_eq!(closed.answered_after, Some(Duration::from_secs(3)));
        assert_eq!(closed.ended_after, Duration::from_secs(10));
        assert_eq!(record.close(later, Reason::NoAnswer), None);
    }

    #[test]
    fn giving_up_is_no_refusal() {
        let outcome = |reason| {
            let mut record = OpenRecord::open(CallId(1), Now::default(), 0, Number::default(), Number::default());
            record.close(Now::default(), reason).unwrap().outcome
        };
        assert_eq!(outcome(Reason::Abandoned), Outcome::NotAnswered);
        assert_eq!(outcome(Reason::NoAnswer), Outcome::NotAnswered);
        assert_eq!(outcome(Reason::UserBusy), Outcome::Refused);
    }
}
