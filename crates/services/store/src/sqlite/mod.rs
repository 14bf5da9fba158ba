//! SQLite: everything in one folder, used by one server.
//!
//! The folder holds `almon.db` with its write-ahead log, and `almon.lock`. **The database contains the digests of all
//! passwords (A1), with which anybody can register**: the folder is closed to other users (mode 0700, files 0600), and so must
//! be every copy of it.
//!
//! What survives: whatever a call returned `Ok` for survives the end of the process, however it ends. Change sets and
//! the realm also survive a power failure from that moment on; registrations and records do so from the next
//! [`Store::mark_alive`] or change set on, because one write to the disk confirms the whole log. With the writer of this
//! crate that is about a second.

mod configuration;
mod error;
mod folder;
mod outputs;
mod records;
mod registrations;
mod schema;

pub use folder::{DATABASE_NAME, LOCK_NAME};
pub use schema::known as known_schema;

use directory::store::{
    Closed, ClosedRecord, HistoryEntry, HistoryQuery, OpenRecord, RecordQuery, RegistrationWrite, StoredRegistration,
};
use directory::{CallRecord, ChangeSet, Directory, RecordKey, Revision, Store, StoreError};
use error::Trouble;
use folder::Folder;
use ground::Utc;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the database is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a call waits for another program that holds the database, for example a backup tool.
    pub busy_timeout: Duration,
    /// The most pages of 4096 bytes that the database may have; none leaves it to the disk.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Options { busy_timeout: Duration::from_secs(1), max_pages: None }
    }
}

/// What the write-ahead log is cut back to when it has been longer.
const LOG_BYTES: u32 = 16 << 20;

/// How sure a transaction is when it returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// It survives the end of the process.
    Process,
    /// It survives a power failure, and so does everything before it.
    Power,
}

/// A data folder that is open.
#[derive(Debug)]
pub struct SqliteStore {
    // Closed before the folder is unlocked: fields are dropped in this order.
    connection: Connection,
    path: PathBuf,
    _folder: Folder,
}

impl SqliteStore {
    /// Opens the data folder, creates what is missing, and brings an earlier release's schema to this one's.
    ///
    /// Refused when another server uses it, when a newer release wrote it, when it is damaged.
    pub fn open(folder: &Path, options: &Options) -> Result<SqliteStore, StoreError> {
        let folder = Folder::open(folder)?;
        let path = folder.database()?;
        let connection = connect(&path, options).map_err(|trouble| trouble.at(&path))?;
        Ok(SqliteStore { connection, path, _folder: folder })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, StoreError> {
        work(&self.connection).map_err(|trouble| trouble.at(&self.path))
    }

    fn write<T>(
        &mut self,
        durability: Durability,
        work: impl FnOnce(&Transaction) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        write(&mut self.connection, durability, work).map_err(|trouble| trouble.at(&self.path))
    }
}

fn connect(path: &Path, options: &Options) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    schema::migrate(&mut connection)?;
    // The mode stays in the file; asked for again, it is read only.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // A large import leaves a large log file; it is cut back to this.
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    if let Some(pages) = options.max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    check(&connection)?;
    Ok(connection)
}

/// Looks through everything but the records, of which there may be gigabytes.
fn check(connection: &Connection) -> Result<(), Trouble> {
    for table in ["meta", "change_set", "checkpoint", "registration", "open_segment", "record_output"] {
        let said: String = connection.query_row(&format!("PRAGMA quick_check('{table}')"), [], |row| row.get(0))?;
        if said != "ok" {
            return Err(Trouble::Damaged(said));
        }
    }
    Ok(())
}

fn write<T>(
    connection: &mut Connection,
    durability: Durability,
    work: impl FnOnce(&Transaction) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    if durability == Durability::Power {
        connection.pragma_update(None, "synchronous", "full")?;
    }
    let done = (|| {
        // Immediate: a transaction that reads first cannot become a writer when another one was faster.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    })();
    if durability == Durability::Power {
        connection.pragma_update(None, "synchronous", "normal")?;
    }
    done
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Directory, StoreError> {
        self.read(|connection| configuration::directory_at(connection, configuration::head(connection)?))
    }

    fn head(&mut self) -> Result<Revision, StoreError> {
        self.read(configuration::head)
    }

    fn append(&mut self, set: &ChangeSet, resulting: &Directory) -> Result<Revision, StoreError> {
        self.write(Durability::Power, |transaction| configuration::append(transaction, set, resulting))
    }

    fn history(&mut self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|connection| configuration::history(connection, query))
    }

    fn directory_at(&mut self, revision: Revision) -> Result<Directory, StoreError> {
        self.read(|connection| configuration::directory_at(connection, revision))
    }

    fn save_registrations(&mut self, batch: &[RegistrationWrite]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write(Durability::Process, |transaction| registrations::save(transaction, batch))
    }

    fn load_registrations(&mut self) -> Result<Vec<StoredRegistration>, StoreError> {
        self.read(registrations::load)
    }

    fn open_records(&mut self, batch: &[OpenRecord]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write(Durability::Process, |transaction| records::open(transaction, batch))
    }

    fn close_records(&mut self, batch: &[CallRecord]) -> Result<Closed, StoreError> {
        if batch.is_empty() {
            return Ok(Closed::default());
        }
        self.write(Durability::Process, |transaction| records::close(transaction, batch))
    }

    fn mark_alive(&mut self, now: Utc) -> Result<(), StoreError> {
        self.write(Durability::Power, |transaction| records::mark_alive(transaction, now))
    }

    fn close_interrupted(&mut self, now: Utc, except: &BTreeSet<RecordKey>) -> Result<Vec<CallRecord>, StoreError> {
        self.write(Durability::Power, |transaction| records::close_interrupted(transaction, now, except))
    }

    fn closed_after(&mut self, sequence: u64, limit: u32) -> Result<Vec<ClosedRecord>, StoreError> {
        self.read(|connection| records::closed_after(connection, sequence, limit))
    }

    fn sequence_of(&mut self, key: RecordKey) -> Result<Option<u64>, StoreError> {
        self.read(|connection| records::sequence_of_key(connection, key))
    }

    fn last_closed(&mut self) -> Result<u64, StoreError> {
        self.read(records::last_closed)
    }

    fn output_position(&mut self, output: &str) -> Result<Option<u64>, StoreError> {
        self.read(|connection| outputs::position(connection, output))
    }

    fn set_output_position(&mut self, output: &str, sequence: u64) -> Result<(), StoreError> {
        self.write(Durability::Process, |transaction| outputs::set_position(transaction, output, sequence))
    }

    fn records(&mut self, query: &RecordQuery) -> Result<Vec<CallRecord>, StoreError> {
        self.read(|connection| records::query(connection, query))
    }

    fn realm(&mut self) -> Result<Option<String>, StoreError> {
        self.read(|connection| configuration::text(connection, "realm"))
    }

    fn set_realm_once(&mut self, realm: &str) -> Result<(), StoreError> {
        self.write(Durability::Power, |transaction| configuration::set_realm_once(transaction, realm))
    }

    fn backup(&mut self, path: &Path) -> Result<(), StoreError> {
        let file = folder::new_private_file(path)?;
        let copied = copy(&self.connection, path);
        if let Err(trouble) = copied {
            // What was written so far is no copy of anything.
            let _ = std::fs::remove_file(path);
            return Err(trouble.at(&self.path));
        }
        file.sync_all().map_err(|error| StoreError::File { path: path.to_owned(), kind: error.kind() })
    }
}

/// `VACUUM INTO` fills an empty file with one consistent state, without the free pages.
fn copy(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    let Some(text) = path.to_str() else {
        return Err(StoreError::File { path: path.to_owned(), kind: std::io::ErrorKind::InvalidFilename }.into());
    };
    connection.execute("VACUUM INTO ?1", [text])?;
    Ok(())
}
