//! The schema and its versions. Every earlier release's database opens: each step leads from one version to the next.

use super::error::Trouble;
use directory::StoreError;
use rusqlite::Connection;

/// Marks the file as ours in its header: the letters `Almn`.
pub const APPLICATION_ID: i32 = 0x416c_6d6e;

/// Step `n` leads from version `n` to version `n + 1`; version 0 is the empty file. A released step never changes.
const STEPS: &[&str] = &[VERSION_1, VERSION_2];

/// A call is the eight bytes of its identifier, big end first, so that `hex(call)` is what logs show. Times are microseconds
/// since 1970 (UTC), durations microseconds. `*_form` packs type, plan, presentation and screening of a number.
const VERSION_1: &str = "
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE change_set (
    revision INTEGER NOT NULL PRIMARY KEY, author TEXT NOT NULL, at INTEGER NOT NULL, changes INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE checkpoint (revision INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE registration (
    number TEXT NOT NULL, binding TEXT NOT NULL, version INTEGER NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (number, binding)
) STRICT, WITHOUT ROWID;
CREATE TABLE open_segment (
    call BLOB NOT NULL, segment INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (call, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
    call BLOB NOT NULL, segment INTEGER NOT NULL,
    caller TEXT NOT NULL, caller_form INTEGER NOT NULL,
    dialled TEXT NOT NULL, dialled_form INTEGER NOT NULL,
    connected TEXT, connected_form INTEGER,
    trunk_in INTEGER, trunk_out INTEGER,
    started INTEGER NOT NULL, offset_minutes INTEGER NOT NULL,
    answered_after INTEGER, ended_after INTEGER NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (call, segment)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_start ON record (started, call, segment);
";

/// Who transferred; the order in which records were closed, for outputs that follow it, and how far they have come; a view
/// for people. What was closed before is numbered by its start.
const VERSION_2: &str = "
ALTER TABLE record ADD COLUMN transferred_by TEXT;
ALTER TABLE record ADD COLUMN transferred_by_form INTEGER;
ALTER TABLE record ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
UPDATE record SET sequence = numbered.place
    FROM (SELECT call, segment, row_number() OVER (ORDER BY started, call, segment) AS place FROM record) AS numbered
    WHERE record.call = numbered.call AND record.segment = numbered.segment;
CREATE UNIQUE INDEX record_by_sequence ON record (sequence);
CREATE TABLE record_output (name TEXT NOT NULL PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIEW call_records AS SELECT
    lower(hex(call)) AS call, segment,
    datetime(started / 1000000, 'unixepoch') AS started_utc,
    datetime(started / 1000000 + offset_minutes * 60, 'unixepoch') AS started_local,
    caller, dialled, connected, transferred_by, trunk_in, trunk_out,
    CASE WHEN answered_after IS NULL THEN NULL ELSE round(answered_after / 1000000.0, 3) END AS answered_after_seconds,
    CASE WHEN answered_after IS NULL THEN 0 ELSE round((ended_after - answered_after) / 1000000.0, 3) END AS talked_seconds,
    outcome, reason, sequence
FROM record;
";

/// The newest version that this release knows.
pub fn known() -> u32 {
    version_of(STEPS)
}

fn version_of(steps: &[&str]) -> u32 {
    u32::try_from(steps.len()).unwrap_or(u32::MAX)
}

/// Brings the database to this release's version; a newer one is refused and left as it is.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Trouble> {
    migrate_by(connection, STEPS)
}

fn migrate_by(connection: &mut Connection, steps: &[&str]) -> Result<(), Trouble> {
    let read =
        |name: &str, connection: &Connection| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let found = read("user_version", connection)?;
    let owner = read("application_id", connection)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner != i64::from(APPLICATION_ID) && (tables > 0 || found != 0) {
        return Err(Trouble::Damaged("it is the database of another program".to_owned()));
    }
    let known = version_of(steps);
    let found = u32::try_from(found).map_err(|_| Trouble::Damaged(format!("its schema version is {found}")))?;
    if found > known {
        return Err(StoreError::NewerSchema { found, known }.into());
    }
    if found == known {
        return Ok(());
    }
    // All steps in one transaction: a crash in the middle leaves the old version, whole.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    // A folder that has just been made had no earlier layout.
    if found > 0 {
        tracing::info!(from = found, to = known, "the data folder has this release's schema now");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: &[&str] =
        &[VERSION_1, VERSION_2, "ALTER TABLE registration ADD COLUMN site INTEGER NOT NULL DEFAULT 1;"];

    fn version(connection: &Connection) -> u32 {
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_schema_is_upgraded_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, &LATER[..2]).unwrap();
        connection.execute("INSERT INTO registration VALUES ('1001', 'c', 1, 2, '{}')", []).unwrap();
        migrate_by(&mut connection, LATER).unwrap();
        assert_eq!(version(&connection), 3);
        let row = connection.query_row("SELECT number, site FROM registration", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(row.unwrap(), ("1001".to_owned(), 1));
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, LATER).unwrap();
        let refused = migrate(&mut connection).unwrap_err();
        assert!(matches!(refused, Trouble::Refused(StoreError::NewerSchema { found: 3, known: 2 })), "{refused:?}");
        assert_eq!(version(&connection), 3);
    }

    #[test]
    fn a_step_that_fails_leaves_the_old_version_whole() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let broken = [VERSION_1, VERSION_2, "CREATE TABLE extra (a INTEGER) STRICT; CREATE TABLE meta (a INTEGER);"];
        migrate_by(&mut connection, &broken).unwrap_err();
        assert_eq!(version(&connection), 2);
        let extra: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(extra, 0);
    }

    #[test]
    fn another_programs_database_is_not_touched() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (a INTEGER)").unwrap();
        assert!(matches!(migrate(&mut connection), Err(Trouble::Damaged(_))));
    }
}
