//! A site with 15,000 extensions starts quickly, however long its log is, and nobody else can read its files.

mod support;

use directory::change::{ExtensionPatch, NewExtension};
use directory::{Change, ChangeSet, Directory, Revision, Store};
use ground::Utc;
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use store::sqlite::DATABASE_NAME;
use support::sqlite;

fn commit(store: &mut dyn Store, head: Directory, changes: Vec<Change>) -> Directory {
    let set = ChangeSet { base: head.revision, author: "lamarr".to_owned(), at: Utc::from_seconds(1), changes };
    let next = head.apply(&set).unwrap();
    store.append(&set, &next).unwrap();
    next
}

fn extension(number: u32) -> Change {
    Change::AddExtension(NewExtension {
        number: number.to_string().parse().unwrap(),
        name: format!("Extension {number}"),
        max_terminals: 1,
        external_calls: false,
        password: vec![],
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    })
}

fn rename(number: u32, name: String) -> Change {
    let patch = ExtensionPatch { name: Some(name), ..ExtensionPatch::default() };
    Change::ChangeExtension { number: number.to_string().parse().unwrap(), patch }
}

#[test]
fn a_start_reads_a_checkpoint_and_not_the_whole_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = sqlite(folder.path());
    let mut head = commit(&mut store, Directory::default(), (10_000..25_000).map(extension).collect());
    let wanted = head.clone();
    for round in 0..20 {
        head = commit(&mut store, head, (10_000..11_000).map(|number| rename(number, format!("{round}"))).collect());
    }
    drop(store);
    let database = Connection::open(folder.path().join(DATABASE_NAME)).unwrap();
    let mut statement = database.prepare("SELECT revision FROM checkpoint ORDER BY revision").unwrap();
    let checkpoints: Vec<u64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // The import, then one for each 5000 changes, of which the last two are kept.
    assert_eq!(checkpoints, vec![16, 21]);
    drop(statement);
    drop(database);

    let start = Instant::now();
    let mut store = sqlite(folder.path());
    let loaded = store.load().unwrap();
    // 40 ms where the code is optimised, together with 15,000 registrations; here it is not.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(loaded == head);
    // Before the oldest checkpoint the log is read from its beginning.
    assert!(store.directory_at(Revision(1)).unwrap() == wanted);
    assert_eq!(store.directory_at(Revision(0)).unwrap(), Directory::default());
}

#[test]
fn ten_thousand_changes_are_applied_at_once() {
    let site: Vec<_> = (10_000..20_000).map(extension).collect();
    let set = ChangeSet { base: Revision(0), author: "lamarr".to_owned(), at: Utc::from_seconds(1), changes: site };
    let start = Instant::now();
    let head = Directory::default().apply(&set).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(head.extensions.len(), 10_000);
}

#[test]
fn nobody_else_may_read_any_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut store = sqlite(&data);
    store.set_realm_once("exchange.example").unwrap();
    let backup = folder.path().join("copy.db");
    store.backup(&backup).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&backup)), (0o700, 0o600));
    let files: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    // The database, its log and the log's index, the lock.
    assert_eq!(files.len(), 4, "{files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
}

#[test]
fn a_backup_that_cannot_be_finished_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = sqlite(&folder.path().join("data"));
    assert!(store.backup(&folder.path().join("no such folder/copy.db")).is_err());
    let there = folder.path().join("there.db");
    std::fs::write(&there, b"something else").unwrap();
    assert!(store.backup(&there).is_err());
    assert_eq!(std::fs::read(&there).unwrap(), b"something else");
}
