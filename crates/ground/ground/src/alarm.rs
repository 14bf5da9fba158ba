//! Alarm codes: stable names of conditions that an administrator has to know.

use serde::{Deserialize, Serialize};

/// How bad an alarm is: 0 (cleared) to 4 (critical), the five levels of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// The condition is over.
    Cleared = 0,
    /// Worth knowing.
    Warning = 1,
    /// Something works less well.
    Minor = 2,
    /// Calls or data are affected.
    Major = 3,
    /// The exchange cannot do its work.
    Critical = 4,
}

/// A condition that raises an alarm. The text of [`AlarmCode::code`] never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlarmCode {
    /// The data folder's disk is full; calls go on.
    DiskFull,
    /// The database is locked or does not answer; calls go on from memory.
    StoreUnavailable,
    /// A bounded queue of call records overflowed; `detail` counts the lost records.
    RecordsLost,
    /// Call records cannot be written to their files; they stay in the store and are written later.
    RecordOutputFailed,
    /// Something is missing in the journal: until its next snapshot calls would not survive a restart. They go on.
    JournalBroken,
    /// No media port pair is left.
    MediaPortsExhausted,
    /// A socket of the port plan could not be opened.
    ListenerFailed,
    /// A certificate ends soon or cannot be read.
    CertificateInvalid,
    /// New calls are refused because the exchange is overloaded.
    Overload,
    /// A trunk does not answer.
    TrunkUnreachable,
}

impl AlarmCode {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            AlarmCode::DiskFull => "disk-full",
            AlarmCode::StoreUnavailable => "store-unavailable",
            AlarmCode::RecordsLost => "records-lost",
            AlarmCode::RecordOutputFailed => "record-output-failed",
            AlarmCode::JournalBroken => "journal-broken",
            AlarmCode::MediaPortsExhausted => "media-ports-exhausted",
            AlarmCode::ListenerFailed => "listener-failed",
            AlarmCode::CertificateInvalid => "certificate-invalid",
            AlarmCode::Overload => "overload",
            AlarmCode::TrunkUnreachable => "trunk-unreachable",
        }
    }

    /// How bad it is while it lasts.
    pub fn severity(self) -> Severity {
        match self {
            AlarmCode::DiskFull | AlarmCode::StoreUnavailable | AlarmCode::RecordsLost => Severity::Major,
            AlarmCode::MediaPortsExhausted | AlarmCode::ListenerFailed => Severity::Major,
            AlarmCode::RecordOutputFailed | AlarmCode::JournalBroken => Severity::Minor,
            AlarmCode::CertificateInvalid | AlarmCode::TrunkUnreachable => Severity::Minor,
            AlarmCode::Overload => Severity::Warning,
        }
    }
}
