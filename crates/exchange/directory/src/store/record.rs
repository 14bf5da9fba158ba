//! Call segments that have begun, and questions about records.

use crate::{CallRecord, Outcome, RecordKey};
use ground::{Digits, Number, Reason, TrunkId, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is known of a call segment that has not ended: enough for a record if the process dies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRecord {
    /// The key.
    pub key: RecordKey,
    /// The caller.
    pub caller: Number,
    /// What was dialled.
    pub dialled: Number,
    /// Who answered, when somebody has.
    pub connected: Option<Number>,
    /// The number that brought the two parties together by a transfer, when one did.
    #[serde(default)]
    pub transferred_by: Option<Number>,
    /// The trunk over which the call came in.
    pub trunk_in: Option<TrunkId>,
    /// The trunk over which it went out.
    pub trunk_out: Option<TrunkId>,
    /// When the caller seized the exchange.
    pub started: Utc,
    /// The site's offset from UTC at that moment, in minutes east.
    pub offset_minutes: i16,
    /// From the seizure to the answer; none as long as nobody has answered.
    pub answered_after: Option<Duration>,
}

impl OpenRecord {
    /// The record of a segment whose end nobody saw. It lasted until `alive`, when the process was last known alive, and at
    /// least until its answer. A clock that was set back does not make it shorter than that.
    pub fn interrupted(&self, alive: Utc) -> CallRecord {
        let known = alive.as_micros().saturating_sub(self.started.as_micros());
        let known = Duration::from_micros(u64::try_from(known).unwrap_or(0));
        CallRecord {
            key: self.key,
            caller: self.caller,
            dialled: self.dialled,
            connected: self.connected,
            transferred_by: self.transferred_by,
            trunk_in: self.trunk_in,
            trunk_out: self.trunk_out,
            started: self.started,
            offset_minutes: self.offset_minutes,
            answered_after: self.answered_after,
            ended_after: known.max(self.answered_after.unwrap_or_default()),
            outcome: Outcome::Interrupted,
            reason: Reason::Interrupted,
        }
    }
}

/// What became of a batch of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// How many were written, or stood there already with the same content.
    pub written: usize,
    /// The keys that have a different record already: the second one is refused.
    pub refused: Vec<RecordKey>,
}

/// A record with its place in the order in which records were closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedRecord {
    /// From 1 on.
    pub sequence: u64,
    /// The record.
    pub record: CallRecord,
}

/// In which order records are listed: by their start, at equal times by their key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordOrder {
    /// The youngest first.
    #[default]
    NewestFirst,
    /// The oldest first.
    OldestFirst,
}

/// A place in the order of records, for reading on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordPosition {
    /// The start of the record.
    pub started: Utc,
    /// Its key.
    pub key: RecordKey,
}

/// Which records are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordQuery {
    /// Segments that began at this time or later.
    pub from: Option<Utc>,
    /// Segments that began before this time.
    pub until: Option<Utc>,
    /// Segments with this number as caller, dialled or connected.
    pub number: Option<Digits>,
    /// Segments that ended so.
    pub outcome: Option<Outcome>,
    /// Only what stands behind this record in the order asked for.
    pub after: Option<RecordPosition>,
    /// The order.
    pub order: RecordOrder,
    /// At most so many.
    pub limit: u32,
}

impl RecordQuery {
    /// The `limit` newest records.
    pub fn newest(limit: u32) -> Self {
        RecordQuery {
            from: None,
            until: None,
            number: None,
            outcome: None,
            after: None,
            order: RecordOrder::NewestFirst,
            limit,
        }
    }

    /// The `limit` oldest records.
    pub fn oldest(limit: u32) -> Self {
        RecordQuery { order: RecordOrder::OldestFirst, ..RecordQuery::newest(limit) }
    }
}

impl CallRecord {
    /// Its place in the order of records.
    pub fn position(&self) -> RecordPosition {
        RecordPosition { started: self.started, key: self.key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::CallId;

    #[test]
    fn an_interrupted_segment_lasts_until_its_process_was_last_alive() {
        let mut open = OpenRecord {
            key: RecordKey { call: CallId(7), segment: 0 },
            caller: Number::default(),
            dialled: Number::default(),
            connected: None,
            trunk_in: None,
            trunk_out: None,
            started: Utc::from_seconds(1000),
            offset_minutes: 60,
            answered_after: None,
            transferred_by: None,
        };
        assert_eq!(open.interrupted(Utc::from_seconds(1030)).ended_after, Duration::from_secs(30));
        // The clock was set back: nothing negative, and not before the answer.
        assert_eq!(open.interrupted(Utc::from_seconds(10)).ended_after, Duration::ZERO);
        open.answered_after = Some(Duration::from_secs(4));
        let record = open.interrupted(Utc::from_seconds(10));
        assert_eq!((record.ended_after, record.outcome), (Duration::from_secs(4), Outcome::Interrupted));
    }
}
