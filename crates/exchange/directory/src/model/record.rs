//! Call records: one a call segment, written once when it ends.

use ground::{CallId, Number, Reason, TrunkId, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Names a record: a call and the segment of it, counted from 0. A transfer begins a new segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// The call.
    pub call: CallId,
    /// The segment.
    pub segment: u16,
}

/// What is kept of a call segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The key; a store refuses a second record of it.
    pub key: RecordKey,
    /// The caller, as authenticated or as the trunk told.
    pub caller: Number,
    /// What was dialled.
    pub dialled: Number,
    /// Who answered, or was offered the call last; none when it reached nobody.
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
    /// From the seizure to the answer, by the monotonic clock; none when nobody answered.
    pub answered_after: Option<Duration>,
    /// From the seizure to the end, by the monotonic clock.
    pub ended_after: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended, or was refused.
    pub reason: Reason,
}

/// How a call segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was answered and ended normally.
    Answered,
    /// The caller gave up, or nobody answered.
    NotAnswered,
    /// The called party or the exchange refused it: the record's reason says why.
    Refused,
    /// The exchange ended while the segment was open; closed at the next start.
    Interrupted,
}
