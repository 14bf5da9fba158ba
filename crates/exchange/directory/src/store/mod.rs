//! The `Store` trait: what is kept over a restart, in the words of the domain. Three kinds of data that never mix:
//! configuration (a log of change sets), user state (single keys with a version each), records (append only).

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod record;
mod registration;

pub use error::StoreError;
pub use record::{Closed, ClosedRecord, OpenRecord, RecordOrder, RecordPosition, RecordQuery};
pub use registration::{
    BindingName, FlowTransport, RegistrationKey, RegistrationWrite, StoredFlow, StoredRegistration, StoredRequest,
};

use crate::{CallRecord, ChangeSet, Directory, RecordKey, Revision};
use ground::Utc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// An applied change set as the log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The revision that it led to.
    pub revision: Revision,
    /// The change set.
    pub set: ChangeSet,
}

/// Which part of the log is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Only revisions below this one; none begins at the head.
    pub before: Option<Revision>,
    /// At most so many.
    pub limit: u32,
}

/// Where a site's data is kept.
///
/// Every call is synchronous and may wait for a disk or a network, so it never runs on the thread that handles calls. Each
/// method is one transaction: it happens as a whole or not at all, and a method that returned `Ok` survives the end of the
/// process. Whether it also survives the end of the machine's power is said at each kind of data.
pub trait Store: Send {
    /// The directory at the head of the log; an empty store gives the empty directory at revision 0.
    fn load(&mut self) -> Result<Directory, StoreError>;

    /// The revision at the head of the log.
    fn head(&mut self) -> Result<Revision, StoreError>;

    /// Appends a change set that [`Directory::apply`] has accepted, and `resulting`, what it led to. Survives a power failure.
    ///
    /// Refused with [`StoreError::HeadMoved`] unless the head is the set's base, and unless `resulting` is the revision after
    /// it. Returns the new head.
    fn append(&mut self, set: &ChangeSet, resulting: &Directory) -> Result<Revision, StoreError>;

    /// Applied change sets, the newest first.
    fn history(&mut self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError>;

    /// The directory as it was at `revision`: for comparing and for going back.
    fn directory_at(&mut self, revision: Revision) -> Result<Directory, StoreError>;

    /// Writes registrations in this order. May be lost with the power (never with the process): a telephone registers again.
    ///
    /// A write whose version is not above that of the same key is passed over. A removed key forgets its version, so writes
    /// of one key have to arrive in their order.
    fn save_registrations(&mut self, batch: &[RegistrationWrite]) -> Result<(), StoreError>;

    /// All registrations in the order of their keys, expired ones included.
    fn load_registrations(&mut self) -> Result<Vec<StoredRegistration>, StoreError>;

    /// Notes call segments that began, so that they leave a record even when the process dies. Opening a key again replaces
    /// what was noted; a key that has its record already is passed over.
    fn open_records(&mut self, batch: &[OpenRecord]) -> Result<(), StoreError>;

    /// Writes the records of call segments that ended, opened before or not. A key has one record: the same record again is
    /// taken as written, a different one is refused and named in the answer, and the others are written all the same.
    fn close_records(&mut self, batch: &[CallRecord]) -> Result<Closed, StoreError>;

    /// Notes that the process was alive at `now`: the end of what is provable about segments that it leaves open.
    fn mark_alive(&mut self, now: Utc) -> Result<(), StoreError>;

    /// At start, before the first call: closes every open segment with `Outcome::Interrupted`, but those of the calls that go
    /// on (`except`), and returns the records, in the order of their keys. They end when the process was last known alive;
    /// `now` bounds that when the clock was set back. A key in `except` that is not open is nothing to wonder about.
    fn close_interrupted(&mut self, now: Utc, except: &BTreeSet<RecordKey>) -> Result<Vec<CallRecord>, StoreError>;

    /// [`Store::close_interrupted`] where no call goes on.
    fn interrupted(&mut self, now: Utc) -> Result<Vec<CallRecord>, StoreError> {
        self.close_interrupted(now, &BTreeSet::new())
    }

    /// Records in the order in which they were closed, those behind `sequence` (0: from the first), at most `limit`.
    ///
    /// Every record has one sequence number, from 1 on, given when it is closed and never changed; a record that is taken as
    /// written keeps the number it has. So a reader that remembers the last number it saw misses none and sees none twice.
    fn closed_after(&mut self, sequence: u64, limit: u32) -> Result<Vec<ClosedRecord>, StoreError>;

    /// The sequence number of a record; none when the key has none.
    fn sequence_of(&mut self, key: RecordKey) -> Result<Option<u64>, StoreError>;

    /// The newest sequence number of a record; 0 when there is no record.
    fn last_closed(&mut self) -> Result<u64, StoreError>;

    /// Up to which sequence number the output of this name has taken records; none when it never said so.
    fn output_position(&mut self, output: &str) -> Result<Option<u64>, StoreError>;

    /// Notes up to which sequence number an output has taken records. May be lost with the power, never with the process.
    fn set_output_position(&mut self, output: &str, sequence: u64) -> Result<(), StoreError>;

    /// Call records.
    fn records(&mut self, query: &RecordQuery) -> Result<Vec<CallRecord>, StoreError>;

    /// The realm that the digests of all passwords contain; none before the installation fixed it.
    fn realm(&mut self) -> Result<Option<String>, StoreError>;

    /// Fixes the realm. The same realm again is accepted, another one refused with [`StoreError::RealmFixed`]: every
    /// password digest would be void.
    fn set_realm_once(&mut self, realm: &str) -> Result<(), StoreError>;

    /// Writes a consistent copy of everything to a new file while the store goes on being used. The copy holds the digests
    /// of the passwords. Refused when the file exists.
    fn backup(&mut self, path: &Path) -> Result<(), StoreError>;
}
