//! The configuration's log: a row for each change set, and now and then the whole directory, so that a start does not read
//! the log from its beginning.

use super::error::Trouble;
use directory::store::{HistoryEntry, HistoryQuery};
use directory::{ChangeSet, Directory, Revision, StoreError};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A checkpoint is written when so many change sets follow the last one.
const SETS_PER_CHECKPOINT: i64 = 256;

/// A checkpoint is written when the change sets that follow the last one hold so many changes.
const CHANGES_PER_CHECKPOINT: i64 = 5_000;

/// So many checkpoints stay; the log itself stays whole.
const CHECKPOINTS_KEPT: i64 = 2;

/// SQLite counts with 63 bits and a sign.
fn row_of(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

fn revision_of(row: i64) -> Result<Revision, Trouble> {
    u64::try_from(row).map(Revision).map_err(|_| Trouble::Damaged(format!("revision {row} in the log")))
}

fn damaged(what: &str, revision: Revision) -> impl Fn(serde_json::Error) -> Trouble {
    move |error| Trouble::Damaged(format!("{what} of revision {}: {error}", revision.0))
}

pub(super) fn head(connection: &Connection) -> Result<Revision, Trouble> {
    let row: i64 = connection
        .prepare_cached("SELECT coalesce(max(revision), 0) FROM change_set")?
        .query_row([], |row| row.get(0))?;
    revision_of(row)
}

/// The directory at `wanted`: the nearest checkpoint before it, and the change sets from there on.
pub(super) fn directory_at(connection: &Connection, wanted: Revision) -> Result<Directory, Trouble> {
    let head = head(connection)?;
    if wanted > head {
        return Err(StoreError::NoSuchRevision { revision: wanted, head }.into());
    }
    let checkpoint = connection
        .prepare_cached("SELECT revision, body FROM checkpoint WHERE revision <= ?1 ORDER BY revision DESC LIMIT 1")?
        .query_row([row_of(wanted)], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let mut directory = match checkpoint {
        None => Directory::default(),
        Some((row, body)) => {
            let revision = revision_of(row)?;
            let directory: Directory = serde_json::from_str(&body).map_err(damaged("the checkpoint", revision))?;
            if directory.revision != revision {
                return Err(Trouble::Damaged(format!(
                    "the checkpoint of revision {row} is of {}",
                    directory.revision.0
                )));
            }
            directory
        }
    };
    let mut statement = connection.prepare_cached(
        "SELECT revision, body FROM change_set WHERE revision > ?1 AND revision <= ?2 ORDER BY revision",
    )?;
    let mut rows = statement.query([row_of(directory.revision), row_of(wanted)])?;
    while let Some(row) = rows.next()? {
        let revision = revision_of(row.get(0)?)?;
        let body = row.get_ref(1)?.as_str().map_err(|error| Trouble::Damaged(error.to_string()))?;
        let set: ChangeSet = serde_json::from_str(body).map_err(damaged("the change set", revision))?;
        directory = directory.replay(&set).map_err(|refusals| {
            let first = refusals.first().map(ToString::to_string).unwrap_or_default();
            Trouble::Damaged(format!("the change set of revision {} does not fit: {first}", revision.0))
        })?;
    }
    if directory.revision != wanted {
        return Err(Trouble::Damaged(format!("the log lacks revision {}", directory.revision.0.saturating_add(1))));
    }
    Ok(directory)
}

/// Appends where the head is the set's base.
pub(super) fn append(transaction: &Transaction, set: &ChangeSet, resulting: &Directory) -> Result<Revision, Trouble> {
    let actual = head(transaction)?;
    let next = Revision(actual.0.saturating_add(1));
    if set.base != actual || resulting.revision != next {
        return Err(StoreError::HeadMoved { expected: set.base, actual }.into());
    }
    let body = serde_json::to_string(set).map_err(damaged("the change set", next))?;
    let changes = i64::try_from(set.changes.len()).unwrap_or(i64::MAX);
    transaction
        .prepare_cached("INSERT INTO change_set (revision, author, at, changes, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![row_of(next), set.author, set.at.as_micros(), changes, body])?;
    let (sets, changes): (i64, i64) = transaction
        .prepare_cached(
            "SELECT count(*), coalesce(sum(changes), 0) FROM change_set
             WHERE revision > (SELECT coalesce(max(revision), 0) FROM checkpoint)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if sets >= SETS_PER_CHECKPOINT || changes >= CHANGES_PER_CHECKPOINT {
        checkpoint(transaction, resulting)?;
    }
    Ok(next)
}

fn checkpoint(transaction: &Transaction, directory: &Directory) -> Result<(), Trouble> {
    let body = serde_json::to_string(directory).map_err(damaged("the checkpoint", directory.revision))?;
    transaction
        .prepare_cached("INSERT INTO checkpoint (revision, body) VALUES (?1, ?2)")?
        .execute(params![row_of(directory.revision), body])?;
    transaction
        .prepare_cached(
            "DELETE FROM checkpoint WHERE revision NOT IN (SELECT revision FROM checkpoint ORDER BY revision DESC LIMIT ?1)",
        )?
        .execute([CHECKPOINTS_KEPT])?;
    Ok(())
}

pub(super) fn history(connection: &Connection, query: HistoryQuery) -> Result<Vec<HistoryEntry>, Trouble> {
    let before = query.before.map_or(i64::MAX, row_of);
    let mut statement = connection
        .prepare_cached("SELECT revision, body FROM change_set WHERE revision < ?1 ORDER BY revision DESC LIMIT ?2")?;
    let mut rows = statement.query([before, i64::from(query.limit)])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let revision = revision_of(row.get(0)?)?;
        let body: String = row.get(1)?;
        let set = serde_json::from_str(&body).map_err(damaged("the change set", revision))?;
        entries.push(HistoryEntry { revision, set });
    }
    Ok(entries)
}

/// One of the texts that are fixed at installation.
pub(super) fn text(connection: &Connection, name: &str) -> Result<Option<String>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(super) fn set_realm_once(transaction: &Transaction, realm: &str) -> Result<(), Trouble> {
    match text(transaction, "realm")? {
        None => {
            transaction.execute("INSERT INTO meta (name, value) VALUES ('realm', ?1)", [realm])?;
            Ok(())
        }
        Some(fixed) if fixed == realm => Ok(()),
        Some(fixed) => Err(StoreError::RealmFixed { realm: fixed }.into()),
    }
}
