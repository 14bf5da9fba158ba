//! The suite that every backend passes, against SQLite in a folder.

use directory::store::conformance::{CASES, Place};
use directory::{Store, StoreError};
use std::path::{Path, PathBuf};
use store::{Options, SqliteStore};

struct Folder(tempfile::TempDir);

impl Place for Folder {
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(SqliteStore::open(&self.0.path().join("data"), &Options::default())?))
    }

    fn backup_path(&mut self) -> PathBuf {
        self.0.path().join("backup.db")
    }

    fn open_backup(&mut self, path: &Path) -> Result<Box<dyn Store>, StoreError> {
        // How an administrator restores: the copy becomes the database of a new folder.
        let restored = self.0.path().join("restored");
        std::fs::create_dir(&restored).unwrap();
        std::fs::copy(path, restored.join(store::sqlite::DATABASE_NAME)).unwrap();
        Ok(Box::new(SqliteStore::open(&restored, &Options::default())?))
    }
}

#[test]
fn sqlite_does_what_every_backend_has_to() {
    let mut failed = Vec::new();
    for (name, case) in CASES {
        let mut place = Folder(tempfile::tempdir().unwrap());
        if let Err(failure) = case(&mut place) {
            failed.push(format!("{name}: {failure}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(CASES.len() >= 16);
}
