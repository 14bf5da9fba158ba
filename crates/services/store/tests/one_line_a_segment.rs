//! Call records in one file a weekday: each segment has one line, whatever happens to the process and to the disk.

mod support;

use directory::store::{ClosedRecord, RecordQuery};
use directory::{CallRecord, Store};
use ground::Utc;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::output::{WeekdayFiles, fields, file_name};
use store::{RecordFiles, Writer, WriterConfig};
use support::{record, sqlite, until};

const DAY: i64 = 86_400;
/// A Sunday, 2026-03-01, noon UTC.
const SUNDAY: i64 = 1_772_366_400;

/// A call of a minute that began at this second.
fn call(number: u64, second: i64) -> CallRecord {
    CallRecord { started: Utc::from_seconds(second), offset_minutes: 0, ..record(number) }
}

fn closed(sequence: u64, second: i64) -> ClosedRecord {
    ClosedRecord { sequence, record: call(sequence, second) }
}

/// The calls in a weekday's file, in the order of their lines; the day that its top tells.
fn lines(folder: &Path, weekday: u8) -> (String, Vec<u64>) {
    let text = std::fs::read_to_string(folder.join(file_name(weekday))).unwrap_or_default();
    let date = text.lines().nth(2).unwrap_or_default().replace("# date: ", "");
    let calls = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let values = fields(line).unwrap();
        assert_eq!(values.len(), store::output::COLUMNS.len(), "{line}");
        u64::from_str_radix(&values[0], 16).unwrap()
    });
    (date, calls.collect())
}

fn writer(data: &Path) -> Arc<Writer> {
    let config = WriterConfig { delay: Duration::from_millis(5), ..WriterConfig::default() };
    Arc::new(Writer::start(Box::new(sqlite(data)), config, |_| ()).unwrap())
}

fn follow(folder: &Path, writer: &Arc<Writer>) -> (RecordFiles, Receiver<Option<String>>) {
    let (tell, alarms) = sync_channel(100);
    let alarm = move |reason: Option<&str>| drop(tell.send(reason.map(str::to_owned)));
    (RecordFiles::start(folder, writer.clone(), alarm).unwrap(), alarms)
}

/// Waits until the output has its place in the order, as it has once it wrote.
fn in_place(writer: &Writer) {
    until("the position", || {
        let position = writer.run(|store| store.output_position("csv")).unwrap();
        position.recv_timeout(Duration::from_secs(5)).unwrap().unwrap().is_some()
    });
}

fn end(writer: Arc<Writer>) {
    let writer = Arc::try_unwrap(writer).unwrap();
    assert!(writer.shut_down(Duration::from_secs(10)).complete);
}

#[test]
fn each_weekday_has_its_file_and_a_new_week_begins_it_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = WeekdayFiles::new(folder.path());
    let mut written = 0;
    let week: Vec<_> = (0..7).map(|day| closed(1 + day as u64, SUNDAY + day * DAY)).collect();
    files.append(&week, &mut written).unwrap();
    assert_eq!(written, 7);
    for weekday in 0..7_u8 {
        assert_eq!(lines(folder.path(), weekday), (format!("2026-03-0{}", weekday + 1), vec![u64::from(weekday) + 1]));
    }
    // A call over midnight, one of next Sunday, and one of last Sunday that comes late.
    let late = [closed(8, SUNDAY + DAY + DAY / 2 - 30), closed(9, SUNDAY + 7 * DAY), closed(10, SUNDAY)];
    files.append(&late, &mut written).unwrap();
    assert_eq!(lines(folder.path(), 2).1, vec![3, 8]);
    assert_eq!(lines(folder.path(), 0), ("2026-03-08".into(), vec![9, 10]));
    let mode = std::fs::metadata(folder.path().join(file_name(0))).unwrap().permissions().mode();
    assert_eq!(mode & 0o007, 0, "who called whom is not everybody's business");
}

#[test]
fn half_a_line_is_cut_off_and_what_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    WeekdayFiles::new(folder.path()).append(&[closed(1, SUNDAY)], &mut written).unwrap();
    let path = folder.path().join(file_name(0));
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}0000000000000002,0,2026-")).unwrap();
    let mut files = WeekdayFiles::new(folder.path());
    assert_eq!(files.last_keys().unwrap(), vec![support::key(1)]);
    files.append(&[closed(2, SUNDAY)], &mut written).unwrap();
    assert_eq!(lines(folder.path(), 0).1, vec![1, 2]);
    // No line is as long as this.
    let long = folder.path().join(file_name(3));
    files.append(&[closed(9, SUNDAY + 3 * DAY)], &mut written).unwrap();
    let mut text = std::fs::read(&long).unwrap();
    text.resize(text.len() + 10_000, b'x');
    std::fs::write(&long, text).unwrap();
    assert!(WeekdayFiles::new(folder.path()).append(&[closed(9, SUNDAY + 3 * DAY)], &mut written).is_err());
    let theirs = folder.path().join(file_name(1));
    std::fs::write(&theirs, "a list of somebody else\n").unwrap();
    let fault = files.append(&[closed(3, SUNDAY), closed(4, SUNDAY + DAY)], &mut written).unwrap_err();
    assert!(fault.to_string().contains("something else"), "{fault}");
    assert_eq!(written, 1);
    assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "a list of somebody else\n");
}

#[test]
fn records_become_lines_as_calls_end_and_also_after_a_pause() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = writer(data.path());
    // What was closed before the output was ordered is not told.
    store.close(call(1, SUNDAY));
    until("the record", || store.counts().records == 1);
    let (files, alarms) = follow(folder.path(), &store);
    in_place(&store);
    for number in 2..=1_300 {
        store.close(call(number, SUNDAY));
    }
    // The same once more, and a different one of the same segment, make no line.
    store.close(call(2, SUNDAY));
    store.close(call(3, SUNDAY + 5));
    until("the lines", || lines(folder.path(), 0).1.len() == 1_299);
    files.stop();
    for number in 1_301..=1_310 {
        store.close(call(number, SUNDAY + DAY));
    }
    end(store);
    let store = writer(data.path());
    let (files, _) = follow(folder.path(), &store);
    until("the lines of the pause", || lines(folder.path(), 1).1.len() == 10);
    // The last record before the end is written in the end.
    store.close(call(1_311, SUNDAY + DAY));
    files.stop();
    end(store);
    assert_eq!(lines(folder.path(), 0).1, (2..=1_300).collect::<Vec<_>>());
    assert_eq!(lines(folder.path(), 1).1, (1_301..=1_311).collect::<Vec<_>>());
    assert!(alarms.try_recv().is_err());
}

#[test]
fn a_line_that_the_store_did_not_hear_of_is_not_written_again() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = writer(data.path());
    let (files, _) = follow(folder.path(), &store);
    in_place(&store);
    for number in 1..=5 {
        store.close(call(number, SUNDAY));
    }
    files.stop();
    end(store);
    // As if it had been killed between the lines and the note.
    sqlite(data.path()).set_output_position("csv", 2).unwrap();
    let store = writer(data.path());
    let (files, _) = follow(folder.path(), &store);
    store.close(call(6, SUNDAY));
    files.stop();
    end(store);
    assert_eq!(lines(folder.path(), 0).1, vec![1, 2, 3, 4, 5, 6]);
    // A file that the billing program took away does not come back.
    std::fs::remove_file(folder.path().join(file_name(0))).unwrap();
    let store = writer(data.path());
    let (files, _) = follow(folder.path(), &store);
    store.close(call(7, SUNDAY));
    files.stop();
    end(store);
    assert_eq!(lines(folder.path(), 0).1, vec![7]);
}

#[test]
fn a_disk_that_takes_nothing_is_an_alarm_and_is_caught_up_with() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = writer(data.path());
    // Every write to it fails as on a full disk.
    let path = folder.path().join(file_name(0));
    std::os::unix::fs::symlink("/dev/full", folder.path().join("lim1.0.dat.new")).unwrap();
    let (files, alarms) = follow(folder.path(), &store);
    in_place(&store);
    let start = Instant::now();
    for number in 1..=50 {
        assert!(store.close(call(number, SUNDAY)));
    }
    assert!(start.elapsed() < Duration::from_millis(100), "a call waited for the files");
    let reason = alarms.recv_timeout(Duration::from_secs(10)).unwrap().unwrap();
    assert!(reason.contains("lim1.0.dat"), "{reason}");
    let counts = files.counts();
    until("the count", || counts.failures() > 0 && counts.waiting() == 50);
    assert!(!path.exists());
    std::fs::remove_file(folder.path().join("lim1.0.dat.new")).unwrap();
    assert_eq!(alarms.recv_timeout(Duration::from_secs(20)).unwrap(), None);
    assert_eq!((counts.lines(), counts.waiting()), (50, 0));
    files.stop();
    end(store);
    assert_eq!(lines(folder.path(), 0).1, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_folder_that_is_none_at_the_first_start_loses_no_line() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("csv");
    std::fs::write(&path, "a file where a folder should be").unwrap();
    let store = writer(data.path());
    store.close(call(1, SUNDAY));
    until("the record", || store.counts().records == 1);
    let (files, alarms) = follow(&path, &store);
    assert!(alarms.recv_timeout(Duration::from_secs(10)).unwrap().is_some());
    store.close(call(2, SUNDAY));
    until("the record", || store.counts().records == 2);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(alarms.recv_timeout(Duration::from_secs(20)).unwrap(), None);
    files.stop();
    end(store);
    assert_eq!(lines(&path, 0).1, vec![2]);
}

const VICTIM: &str = "ALMON_TEST_LINES_FOLDER";

/// Not a test of its own: the process that is killed.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let folder = Path::new(&folder);
    let mut store = sqlite(&folder.join("data"));
    let first = store.last_closed().unwrap() + 1;
    store.interrupted(Utc::from_seconds(2_000_000_000)).unwrap();
    let config = WriterConfig { delay: Duration::from_millis(2), ..WriterConfig::default() };
    let writer = Arc::new(Writer::start(Box::new(store), config, |_| ()).unwrap());
    let failed = Arc::new(Mutex::new(false));
    let told = failed.clone();
    let files = RecordFiles::start(&folder.join("csv"), writer.clone(), move |_| *told.lock().unwrap() = true).unwrap();
    in_place(&writer);
    for number in first..first + 1_000_000 {
        // Days pass quickly, so that files change all the time.
        writer.close(call(number, SUNDAY + (number as i64 / 400) * DAY));
        if number % 40 == 0 {
            std::thread::sleep(Duration::from_millis(2));
            writeln!(std::io::stdout(), "lines {}", files.counts().lines()).unwrap();
            std::io::stdout().flush().unwrap();
        }
        assert!(!*failed.lock().unwrap());
    }
}

#[test]
fn after_kills_each_segment_has_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for round in 0..5_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--nocapture"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let lines: u64 = line.split("lines ").nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
            assert!(start.elapsed() < Duration::from_secs(20), "no lines");
            if lines > 900 + round * 331 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // One more start, in which everything is caught up with.
    let store = writer(&data);
    let (files, _) = follow(&folder.path().join("csv"), &store);
    files.stop();
    end(store);
    let records = sqlite(&data).records(&RecordQuery::oldest(u32::MAX)).unwrap();
    // Of each weekday the last week is there: all of that day, each once.
    let mut days: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for record in &records {
        days.entry(record.started.as_seconds()).or_default().push(record.key.call.0);
    }
    assert!(days.len() > 14, "{} days", days.len());
    for (second, wanted) in days.iter().rev().take(7) {
        let weekday = ((second - SUNDAY) / DAY).rem_euclid(7) as u8;
        let (_, mut seen) = lines(&folder.path().join("csv"), weekday);
        seen.sort_unstable();
        assert_eq!(&seen, wanted, "weekday {weekday}");
    }
}
