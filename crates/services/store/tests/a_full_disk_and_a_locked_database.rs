//! SQLite's own failures: no page is left, another program holds the database, the file is damaged.

mod support;

use directory::store::{RecordQuery, RegistrationWrite};
use directory::{Directory, Store, StoreError};
use ground::AlarmCode;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use store::sqlite::DATABASE_NAME;
use store::{Options, SqliteStore, StoreAlarm, Writer, WriterConfig};
use support::{next, record, registration, sqlite, until};

fn by_hand(folder: &Path) -> Connection {
    Connection::open(folder.join(DATABASE_NAME)).unwrap()
}

/// A database of which every page is used: the filling is user state.
fn filled(folder: &Path) -> SqliteStore {
    let options = Options { max_pages: Some(80), ..Options::default() };
    let mut store = SqliteStore::open(folder, &options).unwrap();
    for number in 0..10_000 {
        let mut filling = registration(number, 1);
        filling.user_agent = "x".repeat(2_000);
        match store.save_registrations(&[RegistrationWrite::Save(filling)]) {
            Ok(()) => {}
            Err(StoreError::DiskFull) => return store,
            Err(other) => panic!("{other}"),
        }
    }
    panic!("80 pages never end");
}

#[test]
fn on_a_full_disk_records_wait_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path());
    let there = store.load_registrations().unwrap().len();
    assert!(there > 50);
    let (tell, alarms) = sync_channel(100);
    let config = WriterConfig { retry: Duration::from_millis(10), ..WriterConfig::default() };
    let writer = Writer::start(Box::new(store), config, move |alarm| drop(tell.send(alarm))).unwrap();
    for call in 0..500 {
        assert!(writer.close(record(call)));
    }
    let error = StoreError::DiskFull;
    assert_eq!(next(&alarms), StoreAlarm::Raised { code: AlarmCode::DiskFull, error });
    // What is there can still be read, and the refused transaction left nothing half.
    let seen = writer.run(|store| (store.load_registrations(), store.records(&RecordQuery::newest(1_000)))).unwrap();
    let (registrations, records) = seen.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!((registrations.unwrap().len(), records.unwrap().len()), (there, 0));
    // Somebody makes room.
    by_hand(folder.path()).execute("DELETE FROM registration", []).unwrap();
    assert_eq!(next(&alarms), StoreAlarm::Cleared { code: AlarmCode::DiskFull });
    until("the records", || writer.counts().records == 500);
    assert!(writer.shut_down(Duration::from_secs(10)).complete);
    assert_eq!(sqlite(folder.path()).records(&RecordQuery::newest(1_000)).unwrap().len(), 500);
}

#[test]
fn while_another_program_holds_the_database_calls_go_on_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { busy_timeout: Duration::from_millis(50), ..Options::default() };
    let store = SqliteStore::open(folder.path(), &options).unwrap();
    let (tell, alarms) = sync_channel(100);
    let writer = Writer::start(Box::new(store), WriterConfig::default(), move |alarm| drop(tell.send(alarm))).unwrap();
    let other = by_hand(folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    for call in 0..100 {
        writer.close(record(call));
    }
    assert!(start.elapsed() < Duration::from_millis(40), "a call waited for the database");
    let error = StoreError::Busy;
    assert_eq!(next(&alarms), StoreAlarm::Raised { code: AlarmCode::StoreUnavailable, error });
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(next(&alarms), StoreAlarm::Cleared { code: AlarmCode::StoreUnavailable });
    until("the records", || writer.counts().records == 100);
    assert!(writer.shut_down(Duration::from_secs(10)).complete);
}

#[test]
fn a_call_waits_for_another_program_only_so_long() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { busy_timeout: Duration::from_millis(100), ..Options::default() };
    let mut store = SqliteStore::open(folder.path(), &options).unwrap();
    let other = by_hand(folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    assert_eq!(store.set_realm_once("exchange.example"), Err(StoreError::Busy));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(store.load(), Ok(Directory::default()), "reading goes on");
}

#[test]
fn what_is_no_database_is_refused_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DATABASE_NAME);
    let garbage = b"these are not the records of any exchange ".repeat(500);
    std::fs::write(&path, &garbage).unwrap();
    let refused = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert!(refused.to_string().contains(DATABASE_NAME), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

#[test]
fn a_damaged_page_is_noticed_or_harmless_and_never_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = sqlite(folder.path());
    for number in 0..200 {
        store.save_registrations(&[support::save(number, 1)]).unwrap();
    }
    let wanted = store.load_registrations().unwrap();
    drop(store);
    let path = folder.path().join(DATABASE_NAME);
    let sound = std::fs::read(&path).unwrap();
    let mut noticed = 0;
    for step in 0..120_usize {
        let mut damaged = sound.clone();
        let at = (step * 7_919 + 13) % (damaged.len() - 64);
        damaged[at..at + 64].fill(0xa5);
        std::fs::write(&path, &damaged).unwrap();
        match SqliteStore::open(folder.path(), &Options::default()) {
            Err(StoreError::Corrupt { .. }) => noticed += 1,
            Err(StoreError::NewerSchema { .. } | StoreError::Backend { .. } | StoreError::File { .. }) => noticed += 1,
            Err(other) => panic!("{other}"),
            Ok(mut store) => match store.load_registrations() {
                Err(_) => noticed += 1,
                // The pages of other tables, unused space, or the inside of a text.
                Ok(seen) => assert!(seen.len() <= wanted.len()),
            },
        }
    }
    assert!(noticed > 40, "{noticed}");
}
