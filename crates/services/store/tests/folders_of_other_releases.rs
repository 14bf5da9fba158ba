//! Folders that an earlier or a later release left behind.

mod support;

use directory::store::{HistoryQuery, RecordQuery};
use directory::{Directory, Revision, Store, StoreError};
use ground::{DeviceId, TrunkId, Utc};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use store::sqlite::{DATABASE_NAME, known_schema};
use store::{Options, SqliteStore};
use support::{open, record, registration, sqlite};

/// Schema 1 as it was released: this text never changes.
const SCHEMA_1: &str = r#"
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE change_set (revision INTEGER NOT NULL PRIMARY KEY, author TEXT NOT NULL, at INTEGER NOT NULL, changes INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE checkpoint (revision INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE registration (number TEXT NOT NULL, binding TEXT NOT NULL, version INTEGER NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (number, binding)) STRICT, WITHOUT ROWID;
CREATE TABLE open_segment (call BLOB NOT NULL, segment INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (call, segment)) STRICT, WITHOUT ROWID;
CREATE TABLE record (call BLOB NOT NULL, segment INTEGER NOT NULL, caller TEXT NOT NULL, caller_form INTEGER NOT NULL, dialled TEXT NOT NULL, dialled_form INTEGER NOT NULL, connected TEXT, connected_form INTEGER, trunk_in INTEGER, trunk_out INTEGER, started INTEGER NOT NULL, offset_minutes INTEGER NOT NULL, answered_after INTEGER, ended_after INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (call, segment)) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_start ON record (started, call, segment);
PRAGMA application_id = 1097624942;
PRAGMA user_version = 1;
INSERT INTO meta VALUES ('realm', 'exchange.example'), ('alive', 1772355902000000);
INSERT INTO change_set VALUES (1, 'strowger', 1772355900000000, 2, '{"base":0,"author":"strowger","at":1772355900000000,"changes":[{"add-extension":{"number":"1001","name":"Hamming","max_terminals":2,"external_calls":true,"password":[{"algorithm":"Md5","a1":"00112233445566778899aabbccddeeff"}]}},{"add-service":{"number":"1900","kind":"echo"}}]}');
INSERT INTO change_set VALUES (2, 'strowger', 1772355901000000, 2, '{"base":1,"author":"strowger","at":1772355901000000,"changes":[{"change-extension":{"number":"1001","patch":{"name":"Nyquist"}}},{"change-settings":{"no_answer_seconds":30}}]}');
INSERT INTO registration VALUES ('7', 'instance:1:urn:uuid:00000000000000000000000000000007', 3, 1772359500000000, '{"key":{"number":"7","binding":{"instance":{"instance":"urn:uuid:00000000000000000000000000000007","reg_id":1}}},"version":3,"contact":"sip:7@192.0.2.17:5062","q":1000,"path":[],"expires_at":1772359500000000,"flow":{"transport":"udp","network":1,"local":"192.0.2.1:5060","peer":"192.0.2.17:5062"},"request":{"call_id":"7-4c76e66710","cseq":1},"user_agent":"Meucci teletrofono 1854"}');
INSERT INTO open_segment VALUES (x'0000000000000001', 0, '{"key":{"call":1,"segment":0},"caller":{"digits":"1001","kind":"UnknownPrivate","plan":"Private","presentation":"Allowed","screening":"UserNotScreened"},"dialled":{"digits":"1002","kind":"UnknownPrivate","plan":"Private","presentation":"Allowed","screening":"UserNotScreened"},"connected":null,"trunk_in":null,"trunk_out":null,"started":1772355901000000,"offset_minutes":60,"answered_after":null}');
INSERT INTO record VALUES (x'0000000000000002', 0, '1001', 131077, '1002', 131077, '1002', 131077, NULL, NULL, 1772355902000000, 60, 3000000, 60000000, 'answered', 'normal-clearing');
"#;

/// A directory as release 0.1 wrote it into a checkpoint, with a trunk, a route and settings.
const CHECKPOINT_1: &str = r#"INSERT INTO checkpoint VALUES (2, '{"revision":2,"settings":{"no_answer_seconds":30,"inter_digit_seconds":5,"announce_vacant":true},"extensions":{"1001":{"number":"1001","device":1,"name":"Nyquist","max_terminals":2,"external_calls":true,"password":[{"algorithm":"Md5","a1":"00112233445566778899aabbccddeeff"}]}},"services":{"1900":{"number":"1900","device":2,"kind":"echo"}},"trunks":{"1":{"name":"carrier","id":1,"device":3,"address":"192.0.2.9:5060","transport":"udp","network":0,"sources":[],"transit":false,"max_calls":null}},"routes":{"out":{"name":"out","prefix":"0","min_digits":3,"max_digits":20,"choices":[{"trunk":1,"strip":1,"prepend":""}]}},"emergency":{"112":{"number":"112","route":"out"}},"next_device":4,"next_trunk":2}')"#;

fn write(folder: &Path, sql: &str) {
    Connection::open(folder.join(DATABASE_NAME)).unwrap().execute_batch(sql).unwrap();
}

/// What the store logs while `work` runs.
fn logged(work: impl FnOnce()) -> String {
    let log = Log::default();
    let sink = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || sink.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A folder of schema 1 with so many more records; the call with the number `n` began `n` seconds after the first.
fn folder_of_schema_1(records: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &SCHEMA_1.replace("131077", &FORM.to_string()));
    let more = format!(
        "PRAGMA journal_mode = wal;
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {records})
         INSERT INTO record SELECT unhex(printf('%016x', 1000 + x)), 0, '1001', {FORM}, '1002', {FORM}, '1002', {FORM}, NULL, NULL,
            1772357000000000 - x * 1000000, 60, 3000000, 60000000, 'answered', 'normal-clearing' FROM n"
    );
    if records > 0 {
        write(folder.path(), &more);
    }
    folder
}

/// How the digits of SCHEMA_1's rows are numbers: private ones of the private plan.
const FORM: u32 = 5 | 2 << 8;

#[test]
fn a_folder_of_schema_1_opens_with_everything_in_it() {
    let folder = folder_of_schema_1(0);
    let mut opened = None;
    let log = logged(|| opened = Some(SqliteStore::open(folder.path(), &Options::default()).unwrap()));
    let known = known_schema();
    assert!(log.contains("from=1") && log.contains(&format!("to={known}")), "{log}");
    let mut store = opened.unwrap();
    let site = store.load().unwrap();
    assert_eq!((site.revision, site.extensions.len(), site.services.len()), (Revision(2), 1, 1));
    let extension = &site.extensions[&"1001".parse().unwrap()];
    assert_eq!((extension.name.as_str(), extension.device, extension.password.len()), ("Nyquist", DeviceId(1), 1));
    assert_eq!(site.settings.no_answer_seconds, 30);
    assert_eq!(store.realm().unwrap().as_deref(), Some("exchange.example"));
    assert_eq!(store.load_registrations().unwrap(), vec![registration(7, 3)]);
    let closed = store.interrupted(Utc::from_seconds(1_772_360_000)).unwrap();
    assert_eq!(closed, vec![open(1).interrupted(Utc::from_seconds(1_772_355_902))]);
    let records = store.records(&RecordQuery::newest(10)).unwrap();
    assert_eq!(records, vec![record(2), closed[0].clone()]);
    assert_eq!(store.history(HistoryQuery { before: None, limit: 9 }).unwrap().len(), 2);
    // What was closed before the sequence was kept has a place in it.
    let closed: Vec<_> = store.closed_after(0, 10).unwrap().iter().map(|one| (one.sequence, one.record.key)).collect();
    assert_eq!(closed, vec![(1, support::key(2)), (2, support::key(1))]);
    drop(store);
    let log = logged(|| drop(SqliteStore::open(folder.path(), &Options::default()).unwrap()));
    assert!(!log.contains("schema"), "it is brought up once: {log}");
}

#[test]
fn a_directory_without_the_newer_fields_has_their_defaults() {
    let folder = folder_of_schema_1(0);
    write(folder.path(), CHECKPOINT_1);
    let site = sqlite(folder.path()).load().unwrap();
    let extension = &site.extensions[&"1001".parse().unwrap()];
    assert_eq!((extension.call_waiting, extension.max_calls, extension.pickup_group), (true, None, None));
    let trunk = &site.trunks[&TrunkId(1)];
    assert!(!(trunk.follow_redirects || trunk.may_transfer || trunk.transfers_itself));
    assert!(site.routes["out"].hours.is_empty() && site.emergency.len() == 1);
    assert_eq!(site.settings.longest_call_minutes, 0);
    // The log from the first change set on gives the same extension.
    write(folder.path(), "DELETE FROM checkpoint");
    assert_eq!(sqlite(folder.path()).load().unwrap().extensions, site.extensions);
}

#[test]
fn people_read_the_records_as_a_view() {
    let folder = folder_of_schema_1(0);
    drop(sqlite(folder.path()));
    let connection = Connection::open(folder.path().join(DATABASE_NAME)).unwrap();
    let sql = "SELECT call || ' ' || started_utc || ' ' || started_local || ' ' || talked_seconds || ' ' || reason FROM call_records";
    let row: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(row, "0000000000000002 2026-03-01 09:05:02 2026-03-01 10:05:02 57.0 normal-clearing");
}

const MIGRATING: &str = "ALMON_TEST_MIGRATING_FOLDER";

/// Not a test of its own: the process that is killed.
#[test]
fn migrating() {
    let Some(folder) = std::env::var_os(MIGRATING) else { return };
    println!("migrating");
    std::io::Write::flush(&mut std::io::stdout()).unwrap();
    drop(sqlite(Path::new(&folder)));
    println!("done");
}

#[test]
fn a_migration_that_is_killed_leaves_one_of_the_two_versions_whole() {
    let records = 150_000;
    let sample = folder_of_schema_1(records);
    let mut left = BTreeMap::new();
    for delay in [0, 10, 60, 120, 200, 300, 450, 700] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(sample.path().join(DATABASE_NAME), folder.path().join(DATABASE_NAME)).unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "migrating", "--nocapture"])
            .env(MIGRATING, folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        assert!(lines.any(|line| line.unwrap().contains("migrating")));
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let connection = Connection::open(folder.path().join(DATABASE_NAME)).unwrap();
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let columns = "SELECT count(*) FROM pragma_table_info('record')";
        let columns: u32 = connection.query_row(columns, [], |row| row.get(0)).unwrap();
        assert_eq!(columns, if version == 1 { 16 } else { 19 }, "version {version}");
        drop(connection);
        *left.entry(version).or_insert(0) += 1;
        let mut store = sqlite(folder.path());
        assert_eq!(store.last_closed().unwrap(), u64::from(records) + 1);
        let first = store.closed_after(0, 1).unwrap().remove(0);
        assert!(store.records(&RecordQuery::oldest(1)).unwrap() == [first.record] && first.sequence == 1);
        assert_eq!(store.load().unwrap().revision, Revision(2));
    }
    assert!(left.contains_key(&1), "no kill came before the end: {left:?}");
}

#[test]
fn a_folder_of_a_later_release_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(support::sqlite(folder.path()));
    let later = known_schema() + 1;
    write(folder.path(), &format!("PRAGMA user_version = {later}"));
    let before = std::fs::read(folder.path().join(DATABASE_NAME)).unwrap();
    let refused = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
    assert_eq!(refused, StoreError::NewerSchema { found: later, known: known_schema() });
    assert_eq!(std::fs::read(folder.path().join(DATABASE_NAME)).unwrap(), before);
}

#[test]
fn a_log_with_a_hole_is_refused_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SCHEMA_1);
    write(folder.path(), "DELETE FROM change_set WHERE revision = 1");
    let mut store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
    assert!(matches!(store.load(), Err(StoreError::Corrupt { .. })));
    drop(store);
    write(folder.path(), "DELETE FROM change_set");
    let mut store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
    assert_eq!(store.load().unwrap(), Directory::default());
}
