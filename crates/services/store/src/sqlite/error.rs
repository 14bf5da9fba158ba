//! SQLite's errors in the words of the domain.

use directory::StoreError;
use rusqlite::ErrorCode;
use std::path::Path;

/// What can go wrong inside this backend, before it is known which file it was.
#[derive(Debug)]
pub(super) enum Trouble {
    /// SQLite says so.
    Sql(rusqlite::Error),
    /// SQLite is content, and what it gave cannot be right.
    Damaged(String),
    /// The call is refused.
    Refused(StoreError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Sql(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Refused(error)
    }
}

impl Trouble {
    /// The error, about the database at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Trouble::Refused(error) => error,
            Trouble::Damaged(detail) => StoreError::Corrupt { path: path.to_owned(), detail },
            Trouble::Sql(error) => from_sqlite(error, path),
        }
    }
}

fn from_sqlite(error: rusqlite::Error, path: &Path) -> StoreError {
    let corrupt = |detail: String| StoreError::Corrupt { path: path.to_owned(), detail };
    match error {
        rusqlite::Error::SqliteFailure(inner, message) => match inner.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            ErrorCode::DiskFull => StoreError::DiskFull,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                corrupt(message.unwrap_or_else(|| inner.to_string()))
            }
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                StoreError::File { path: path.to_owned(), kind: std::io::ErrorKind::PermissionDenied }
            }
            _ => {
                StoreError::Backend { code: inner.extended_code, detail: message.unwrap_or_else(|| inner.to_string()) }
            }
        },
        // A column that holds another type than this release writes.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => corrupt(error.to_string()),
        other => StoreError::Backend { code: -1, detail: other.to_string() },
    }
}
