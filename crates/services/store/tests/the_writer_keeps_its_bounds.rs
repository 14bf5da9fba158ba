//! The writer in front of a disk that is slow, stuck or failing.

mod support;

use directory::Store;
use directory::store::{RecordQuery, RegistrationWrite};
use ground::{AlarmCode, Utc};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use store::{JobRefused, Options, SqliteStore, StoreAlarm, Writer, WriterConfig};
use support::{Gate, Gated, next, open, record, registration, save, sqlite, until};

struct Scene {
    folder: tempfile::TempDir,
    gate: Arc<Gate>,
    alarms: Receiver<StoreAlarm>,
    writer: Writer,
}

fn scene(config: WriterConfig) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let (tell, alarms) = sync_channel(100);
    let store = Gated { store: sqlite(folder.path()), gate: Arc::clone(&gate) };
    let writer = Writer::start(Box::new(store), config, move |alarm| drop(tell.send(alarm))).unwrap();
    Scene { folder, gate, alarms, writer }
}

fn quick() -> WriterConfig {
    let short = Duration::from_millis(10);
    WriterConfig { delay: short, alive: Duration::from_millis(50), retry: short, ..WriterConfig::default() }
}

const LONG: Duration = Duration::from_secs(10);

#[test]
fn what_is_put_in_is_written_soon_and_in_few_transactions() {
    let scene = scene(WriterConfig::default());
    for call in 0..2_000 {
        scene.writer.open(open(call));
        assert!(scene.writer.close(record(call)));
        scene.writer.register(save(call as u32, 1));
    }
    scene.writer.open(open(9_999));
    until("the records", || scene.writer.counts().records == 2_000);
    until("the registrations", || scene.writer.counts().registrations == 2_000);
    let counts = scene.writer.counts();
    assert!(counts.opens < 1_000, "a segment that ended before its turn needs no beginning: {counts:?}");
    assert!(counts.transactions < 200, "{counts:?}");
    let shutdown = scene.writer.shut_down(LONG);
    assert!(shutdown.complete, "{shutdown:?}");
    let mut store = sqlite(scene.folder.path());
    assert_eq!(store.records(&RecordQuery::newest(10_000)).unwrap().len(), 2_000);
    assert_eq!(store.load_registrations().unwrap().len(), 2_000);
    assert_eq!(store.interrupted(Utc::from_seconds(2_000_000_000)).unwrap().len(), 1);
}

#[test]
fn a_shutdown_writes_what_waits_without_waiting_for_more() {
    let scene = scene(WriterConfig { delay: Duration::from_secs(30), ..WriterConfig::default() });
    scene.writer.close(record(1));
    let start = Instant::now();
    let shutdown = scene.writer.shut_down(LONG);
    assert!(shutdown.complete && start.elapsed() < Duration::from_secs(5), "{shutdown:?}");
    assert_eq!(sqlite(scene.folder.path()).records(&RecordQuery::newest(10)).unwrap(), vec![record(1)]);
}

#[test]
fn when_the_queue_is_full_calls_go_on_and_the_loss_is_counted_and_alarmed() {
    let scene = scene(WriterConfig { records: 100, registrations: 10, jobs: 2, batch: 50, ..quick() });
    scene.gate.shut();
    scene.writer.close(record(0));
    until("the disk to hang", || scene.gate.inside() == 1);
    let start = Instant::now();
    let kept = (1..=250).filter(|call| scene.writer.close(record(*call))).count();
    for number in 0..30 {
        scene.writer.register(save(number, 1));
        // The same key again needs no room.
        scene.writer.register(save(0, u64::from(number) + 2));
        scene.writer.open(open(u64::from(number) + 1_000));
    }
    assert!(start.elapsed() < Duration::from_secs(2), "nobody waits for the disk");
    assert_eq!(kept, 100);
    let counts = scene.writer.counts();
    assert_eq!((counts.records_lost, counts.registrations_lost, counts.opens_lost), (150, 20, 0));
    let first = scene.writer.run(|_| ()).unwrap();
    let _second = scene.writer.run(|_| ()).unwrap();
    assert_eq!(scene.writer.run(|_| ()).err(), Some(JobRefused::QueueFull));
    scene.gate.open();
    first.recv_timeout(LONG).unwrap();
    assert_eq!(next(&scene.alarms), StoreAlarm::RecordsLost { count: 150 });
    assert_eq!(next(&scene.alarms), StoreAlarm::Cleared { code: AlarmCode::RecordsLost });
    assert!(scene.writer.shut_down(LONG).complete);
    let mut store = sqlite(scene.folder.path());
    assert_eq!(store.records(&RecordQuery::newest(1_000)).unwrap().len(), 101);
    let registrations = store.load_registrations().unwrap();
    assert_eq!(registrations.len(), 10);
    assert_eq!(
        registrations.iter().find(|found| found.key.number.as_str() == "0").map(|found| found.version),
        Some(31)
    );
}

#[test]
fn a_failure_raises_its_alarm_once_and_the_end_of_it_clears_it() {
    let scene = scene(quick());
    scene.gate.fail(Some(directory::StoreError::DiskFull));
    scene.writer.close(record(1));
    let error = directory::StoreError::DiskFull;
    assert_eq!(next(&scene.alarms), StoreAlarm::Raised { code: AlarmCode::DiskFull, error });
    until("more tries", || scene.writer.counts().failures > 2);
    scene.gate.fail(Some(directory::StoreError::Busy));
    assert_eq!(next(&scene.alarms), StoreAlarm::Cleared { code: AlarmCode::DiskFull });
    let error = directory::StoreError::Busy;
    assert_eq!(next(&scene.alarms), StoreAlarm::Raised { code: AlarmCode::StoreUnavailable, error });
    scene.gate.fail(None);
    assert_eq!(next(&scene.alarms), StoreAlarm::Cleared { code: AlarmCode::StoreUnavailable });
    until("the record", || scene.writer.counts().records == 1);
    assert!(scene.alarms.try_recv().is_err());
    let shutdown = scene.writer.shut_down(LONG);
    assert!(shutdown.complete && shutdown.counts.records_lost == 0);
}

#[test]
fn a_disk_that_hangs_does_not_hold_up_the_end() {
    let scene = scene(quick());
    scene.gate.shut();
    scene.writer.close(record(1));
    until("the disk to hang", || scene.gate.inside() == 1);
    scene.writer.close(record(2));
    let start = Instant::now();
    let shutdown = scene.writer.shut_down(Duration::from_millis(200));
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(!shutdown.complete);
    assert_eq!(shutdown.records_left, 2, "one hangs in the disk, one waits");
    scene.gate.open();
}

#[test]
fn a_disk_that_stays_full_does_not_hold_up_the_end_and_the_loss_is_told() {
    let scene = scene(quick());
    scene.gate.fail(Some(directory::StoreError::DiskFull));
    for call in 0..20 {
        scene.writer.close(record(call));
    }
    until("a failure", || scene.writer.counts().failures > 0);
    let start = Instant::now();
    let shutdown = scene.writer.shut_down(Duration::from_millis(500));
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(!shutdown.complete);
    assert_eq!(shutdown.records_left, 20, "{shutdown:?}");
}

#[test]
fn a_job_sees_what_was_put_in_before_it() {
    let scene = scene(WriterConfig { delay: Duration::from_secs(30), ..WriterConfig::default() });
    for call in 0..10 {
        scene.writer.close(record(call));
        let answer = scene.writer.run(|store| store.records(&RecordQuery::newest(100))).unwrap();
        let seen = answer.recv_timeout(LONG).unwrap().unwrap();
        assert_eq!(seen.len(), call as usize + 1);
    }
}

#[test]
fn a_request_that_panics_has_no_answer_and_harms_nobody() {
    let scene = scene(quick());
    let answer = scene.writer.run(|_| -> u32 { panic!("a faulty request") }).unwrap();
    assert!(answer.recv_timeout(LONG).is_err());
    scene.writer.close(record(1));
    until("the record", || scene.writer.counts().records == 1);
    assert!(scene.writer.shut_down(LONG).complete);
}

#[test]
fn a_writer_that_is_dropped_still_writes_what_waits() {
    let scene = scene(WriterConfig { delay: Duration::from_secs(30), ..WriterConfig::default() });
    scene.writer.close(record(1));
    drop(scene.writer);
    // The folder is free when the thread has ended.
    let mut store = None;
    until("the end of the writer", || {
        store = SqliteStore::open(scene.folder.path(), &Options::default()).ok();
        store.is_some()
    });
    assert_eq!(store.unwrap().records(&RecordQuery::newest(10)).unwrap(), vec![record(1)]);
}

#[test]
fn a_second_different_record_is_refused_and_counted() {
    let scene = scene(quick());
    let mut other = record(1);
    other.offset_minutes = 120;
    scene.writer.close(record(1));
    scene.writer.close(other);
    scene.writer.close(record(2));
    let shutdown = scene.writer.shut_down(LONG);
    assert!(shutdown.complete);
    assert_eq!((shutdown.counts.records, shutdown.counts.records_refused), (2, 1));
}

#[test]
fn a_registration_that_ended_and_began_anew_while_the_disk_was_away_counts_from_one_again() {
    let scene = scene(quick());
    scene.writer.register(save(1001, 40));
    until("the first", || scene.writer.counts().registrations == 1);
    scene.gate.fail(Some(directory::StoreError::Busy));
    scene.writer.close(record(1));
    until("a failure", || scene.writer.counts().failures > 0);
    scene.writer.register(save(1001, 41));
    scene.writer.register(RegistrationWrite::Remove { key: registration(1001, 0).key, version: 41 });
    scene.writer.register(save(1001, 1));
    scene.writer.register(save(1002, 1));
    scene.writer.register(RegistrationWrite::Remove { key: registration(1002, 0).key, version: 1 });
    scene.gate.fail(None);
    assert!(scene.writer.shut_down(LONG).complete);
    assert_eq!(sqlite(scene.folder.path()).load_registrations().unwrap(), vec![registration(1001, 1)]);
}
