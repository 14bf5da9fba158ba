//! Folders that an earlier or a later release left behind.

mod support;

use directory::store::{HistoryQuery, RecordQuery};
use directory::{Directory, Revision, Store, StoreError};
use ground::{DeviceId, Utc};
use rusqlite::Connection;
use std::path::Path;
use store::sqlite::{DATABASE_NAME, known_schema};
use store::{Options, SqliteStore};
use support::{open, record, registration};

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

fn write(folder: &Path, sql: &str) {
    Connection::open(folder.join(DATABASE_NAME)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_folder_of_schema_1_opens_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let form = 5 | 2 << 8;
    write(folder.path(), &SCHEMA_1.replace("131077", &form.to_string()));
    let mut store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
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
