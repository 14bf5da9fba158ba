//! The data folder: who may read it, and the lock that keeps a second server out.

use directory::StoreError;
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The lock file's name.
pub const LOCK_NAME: &str = "almon.lock";

/// The database's name.
pub const DATABASE_NAME: &str = "almon.db";

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
    move |error| StoreError::File { path: path.to_owned(), kind: error.kind() }
}

/// A data folder that this process alone uses, for as long as the value lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The kernel lets go of the lock when the file is closed, and so also when the process is killed.
    _lock: File,
}

impl Folder {
    /// Creates the folder where it is missing, closes it to other users of the machine, and locks it.
    pub(super) fn open(path: &Path) -> Result<Folder, StoreError> {
        let path = &std::path::absolute(path).map_err(failed(path))?;
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed(path))?;
        narrow(path, 0o700)?;
        let lock_path = path.join(LOCK_NAME);
        let mut lock = private_file(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { path: path.clone(), by: pid_in(&mut lock) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&lock_path)(error)),
        }
        // On a full disk the pid cannot be written. The lock holds all the same, so the server may go on.
        let written =
            lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| writeln!(lock, "{}", std::process::id()));
        if let Err(error) = written {
            tracing::warn!(path = %lock_path.display(), %error, "the process number could not be written into the lock file");
        }
        Ok(Folder { path: path.clone(), _lock: lock })
    }

    /// Creates the database file where it is missing, so that it never stands there readable for others: SQLite gives its
    /// log and its index the same permissions.
    pub(super) fn database(&self) -> Result<PathBuf, StoreError> {
        let path = self.path.join(DATABASE_NAME);
        drop(private_file(&path)?);
        narrow(&path, 0o600)?;
        Ok(path)
    }
}

/// Opens or creates a file that only its owner may read.
pub(super) fn private_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(failed(path))
}

/// Creates a file that only its owner may read; refused when it exists.
pub(super) fn new_private_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed(path))
}

/// Takes away what group and others may do.
fn narrow(path: &Path, mode: u32) -> Result<(), StoreError> {
    let now = std::fs::metadata(path).map_err(failed(path))?.permissions().mode();
    if now & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed(path))?;
    }
    Ok(())
}

fn pid_in(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_second_server_is_refused_and_told_who_the_first_one_is() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let first = Folder::open(&path).unwrap();
        let refused = Folder::open(&path).unwrap_err();
        assert_eq!(refused, StoreError::Locked { path: path.clone(), by: Some(std::process::id()) });
        drop(first);
        Folder::open(&path).unwrap();
    }

    #[test]
    fn nobody_else_may_read_the_folder_even_if_it_was_open_before() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/data");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        std::fs::write(path.join(DATABASE_NAME), b"").unwrap();
        std::fs::set_permissions(path.join(DATABASE_NAME), Permissions::from_mode(0o644)).unwrap();
        let folder = Folder::open(&path).unwrap();
        let database = folder.database().unwrap();
        assert_eq!((mode(&path), mode(&database), mode(&path.join(LOCK_NAME))), (0o700, 0o600, 0o600));
    }

    #[test]
    fn a_file_in_the_folders_place_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        std::fs::write(&path, b"").unwrap();
        assert!(matches!(Folder::open(&path), Err(StoreError::File { .. })));
    }
}
