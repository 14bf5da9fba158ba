//! What stands on the disk at any moment is a beginning of what was given, and a new file takes the place of the old ones only when
//! its snapshot is whole.

use ground::Utc;
use journal::{Alarm, Appender, End, Folder, Kind, Reader, Stored, Trouble, Turn, Writer, WriterConfig};
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

fn turn(text: &str) -> Turn {
    let mut turn = Turn::new();
    turn.put(Kind::Record, |bytes| bytes.extend_from_slice(text.as_bytes()));
    turn
}

fn snapshot(text: &'static str) -> Turn {
    let mut turn = Turn::new();
    turn.put(Kind::Section, |bytes| bytes.extend_from_slice(text.as_bytes()));
    turn.put_later(Kind::Section, |bytes| bytes.extend_from_slice(b"made later"));
    turn.put(Kind::Whole, |_| {});
    turn
}

struct Place {
    place: tempfile::TempDir,
    writer: Writer,
    appender: Appender,
    alarms: Receiver<Alarm>,
}

fn start(change: impl FnOnce(&mut WriterConfig)) -> Place {
    let place = tempfile::tempdir().unwrap();
    let mut config = WriterConfig::new("test");
    change(&mut config);
    let (tell, alarms) = sync_channel(16);
    let folder = Folder::open(place.path()).unwrap();
    let (writer, appender) = Writer::start(folder, config, move |alarm| tell.send(alarm).unwrap()).unwrap();
    Place { place, writer, appender, alarms }
}

/// The texts of the file that counts, and how it ends.
fn stored(path: &Path) -> Option<(Vec<String>, End)> {
    let Stored::File(complete) = Folder::open(path).unwrap().latest().unwrap() else { return None };
    let mut reader = Reader::new(&complete.bytes).unwrap();
    let text = |message: journal::Message| format!("{:?} {}", message.kind, str::from_utf8(&message.content).unwrap());
    let texts = reader.by_ref().map(text).collect();
    Some((texts, reader.end().unwrap()))
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_was_given_is_with_the_system_some_milliseconds_later() {
    let place = start(|_| {});
    place.appender.snapshot(snapshot("first"), Utc::from_seconds(5));
    place.appender.append(&mut turn("one"));
    let position = place.appender.append(&mut turn("two"));
    wait_for("it is written", || place.appender.written() == position);
    // The process could die here: nothing more is needed.
    let (texts, end) = stored(place.place.path()).unwrap();
    assert_eq!(texts, ["Section first", "Section made later", "Whole ", "Record one", "Record two"]);
    assert_eq!(end, End::Clean);
    // After a long silence the thread sleeps, and is woken.
    std::thread::sleep(Duration::from_millis(200));
    let position = place.appender.append(&mut turn("three"));
    wait_for("it is written", || place.appender.written() == position);
    assert_eq!(stored(place.place.path()).unwrap().0.len(), 6);
    let counts = place.writer.stop();
    assert_eq!((counts.files, counts.lost, counts.failed_syncs), (1, 0, 0));
}

#[test]
fn each_snapshot_begins_a_file_and_the_last_two_stay() {
    let place = start(|config| config.sync = Duration::ZERO);
    for _ in 0..5 {
        place.appender.snapshot(snapshot("again"), Utc::default());
        place.appender.append(&mut turn("tail"));
    }
    assert_eq!(place.writer.stop().files, 5);
    let files = Folder::open(place.place.path()).unwrap().files().unwrap();
    assert_eq!(files.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5]);
    for (number, path) in files {
        let bytes = fs::read(path).unwrap();
        let reader = Reader::new(&bytes).unwrap();
        assert_eq!((reader.header().sequence, reader.header().position), (number, 2 * number - 1));
        assert_eq!(reader.count(), 4);
    }
}

#[test]
fn a_full_buffer_is_told_and_the_next_snapshot_heals() {
    let place = start(|config| config.room = 100);
    place.appender.snapshot(snapshot("first"), Utc::default());
    wait_for("it is written", || stored(place.place.path()).is_some());
    place.appender.append(&mut turn(&"long".repeat(100)));
    place.appender.append(&mut turn("behind"));
    assert_eq!(place.alarms.recv_timeout(Duration::from_secs(5)), Ok(Alarm::Broken(Trouble::Full)));
    assert!(stored(place.place.path()).is_none(), "nobody goes on from a journal with a hole");
    place.appender.snapshot(snapshot("second"), Utc::default());
    assert_eq!(place.alarms.recv_timeout(Duration::from_secs(5)), Ok(Alarm::Healed { lost: 2 }));
    place.appender.append(&mut turn("after"));
    place.writer.stop();
    assert_eq!(stored(place.place.path()).unwrap().0[3..], ["Record after"]);
}

static DISK_IS_FULL: AtomicBool = AtomicBool::new(false);

fn create(path: &Path) -> std::io::Result<File> {
    if DISK_IS_FULL.load(SeqCst) {
        Folder::create(path)?;
        return OpenOptions::new().write(true).open("/dev/full");
    }
    Folder::create(path)
}

#[test]
fn a_full_disk_is_told_and_healed_by_a_snapshot_when_there_is_room_again() {
    let place = start(|config| config.create = create);
    place.appender.snapshot(snapshot("first"), Utc::default());
    wait_for("it is written", || stored(place.place.path()).is_some());
    DISK_IS_FULL.store(true, SeqCst);
    place.appender.snapshot(snapshot("second"), Utc::default());
    let Ok(Alarm::Broken(Trouble::Disk(kind))) = place.alarms.recv_timeout(Duration::from_secs(5)) else { panic!() };
    assert_eq!(kind, std::io::ErrorKind::StorageFull);
    wait_for("the other side knows", || place.appender.is_broken());
    assert!(stored(place.place.path()).is_none());
    place.appender.append(&mut turn("lost"));
    place.appender.snapshot(snapshot("third"), Utc::default());
    wait_for("it failed again", || place.appender.is_broken());
    DISK_IS_FULL.store(false, SeqCst);
    place.appender.snapshot(snapshot("fourth"), Utc::default());
    assert_eq!(place.alarms.recv_timeout(Duration::from_secs(5)), Ok(Alarm::Healed { lost: 1 }), "told once each");
    place.writer.stop();
    assert_eq!(stored(place.place.path()).unwrap().0[0], "Section fourth");
}

#[test]
fn a_folder_that_vanishes_breaks_nothing_but_the_journal() {
    let place = start(|_| {});
    fs::remove_dir_all(place.place.path()).unwrap();
    place.appender.snapshot(snapshot("first"), Utc::default());
    let told = place.alarms.recv_timeout(Duration::from_secs(5));
    assert_eq!(told, Ok(Alarm::Broken(Trouble::Disk(std::io::ErrorKind::NotFound))));
    place.writer.stop();
}
