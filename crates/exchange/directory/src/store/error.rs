//! What can be wrong with a store.

use crate::Revision;
use ground::AlarmCode;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a store could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another server uses the data.
    Locked {
        /// The folder.
        path: PathBuf,
        /// Its process identifier, as far as it is known.
        by: Option<u32>,
    },
    /// Another program held the data for longer than the store waits.
    Busy,
    /// No space is left.
    DiskFull,
    /// The data is damaged and nothing of it is used.
    Corrupt {
        /// Where it is.
        path: PathBuf,
        /// What the store says about it.
        detail: String,
    },
    /// Somebody else appended to the log first.
    HeadMoved {
        /// The head that the change set was made for.
        expected: Revision,
        /// The head as it is.
        actual: Revision,
    },
    /// The data was written by a newer release.
    NewerSchema {
        /// The schema version found.
        found: u32,
        /// The newest that this release knows.
        known: u32,
    },
    /// The log holds no such revision.
    NoSuchRevision {
        /// What was asked for.
        revision: Revision,
        /// The head as it is.
        head: Revision,
    },
    /// The realm was fixed before, to another text.
    RealmFixed {
        /// To this one.
        realm: String,
    },
    /// A file or folder cannot be used.
    File {
        /// Which.
        path: PathBuf,
        /// The kind of error.
        kind: io::ErrorKind,
    },
    /// The backend failed in another way.
    Backend {
        /// Its own number of the error.
        code: i32,
        /// Its own words.
        detail: String,
    },
}

impl StoreError {
    /// True when the same call may succeed later without anybody changing the data: worth repeating.
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Busy | StoreError::DiskFull | StoreError::Backend { .. } => true,
            StoreError::File { kind, .. } => {
                matches!(kind, io::ErrorKind::Interrupted | io::ErrorKind::StorageFull | io::ErrorKind::Other)
            }
            _ => false,
        }
    }

    /// The alarm that this error raises while it lasts.
    pub fn alarm(&self) -> AlarmCode {
        match self {
            StoreError::DiskFull | StoreError::File { kind: io::ErrorKind::StorageFull, .. } => AlarmCode::DiskFull,
            _ => AlarmCode::StoreUnavailable,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Locked { path, by: Some(pid) } => {
                write!(f, "{} is in use by another server, process {pid}", path.display())
            }
            StoreError::Locked { path, by: None } => write!(f, "{} is in use by another server", path.display()),
            StoreError::Busy => f.write_str("another program holds the data"),
            StoreError::DiskFull => f.write_str("no space is left for the data"),
            StoreError::Corrupt { path, detail } => write!(f, "{} is damaged: {detail}", path.display()),
            StoreError::HeadMoved { expected, actual } => {
                write!(f, "the site is at revision {}, the change was made for {}", actual.0, expected.0)
            }
            StoreError::NewerSchema { found, known } => {
                write!(f, "the data was written by a newer release: schema {found}, this release knows up to {known}")
            }
            StoreError::NoSuchRevision { revision, head } => {
                write!(f, "there is no revision {}, the newest is {}", revision.0, head.0)
            }
            StoreError::RealmFixed { realm } => {
                write!(f, "the realm is {} for good: the passwords contain it", realm.escape_debug())
            }
            StoreError::File { path, kind } => write!(f, "{}: {kind}", path.display()),
            StoreError::Backend { code, detail } => write!(f, "the database failed with {code}: {detail}"),
        }
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_repeated_and_what_cannot_is_not() {
        assert!(StoreError::Busy.is_passing() && StoreError::DiskFull.is_passing());
        assert!(!StoreError::NewerSchema { found: 2, known: 1 }.is_passing());
        assert!(!StoreError::Corrupt { path: "almon.db".into(), detail: String::new() }.is_passing());
        assert_eq!(StoreError::DiskFull.alarm(), AlarmCode::DiskFull);
        assert_eq!(StoreError::Busy.alarm(), AlarmCode::StoreUnavailable);
    }

    #[test]
    fn a_second_server_reads_who_the_first_one_is() {
        let error = StoreError::Locked { path: "/var/lib/almon".into(), by: Some(4711) };
        assert_eq!(error.to_string(), "/var/lib/almon is in use by another server, process 4711");
    }
}
