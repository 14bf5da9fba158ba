//! The process is killed while it writes; afterwards each call has one record.

mod support;

use directory::store::RecordQuery;
use directory::{Outcome, Store, StoreError};
use ground::Utc;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store::{Options, SqliteStore, Writer, WriterConfig};
use support::{key, open, record, sqlite};

const FOLDER: &str = "ALMON_TEST_CRASH_FOLDER";

/// Not a test of its own: the process that is killed. It tells on its output what it may not lose.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config =
        WriterConfig { delay: Duration::from_millis(5), alive: Duration::from_millis(20), ..WriterConfig::default() };
    let mut store = sqlite(Path::new(&folder));
    let first =
        store.records(&RecordQuery::newest(1)).unwrap().first().map_or(0, |record| record.key.call.0 + 1_000_000);
    store.interrupted(Utc::from_seconds(2_000_000_000)).unwrap();
    let writer = Writer::start(Box::new(store), config, |_| ()).unwrap();
    let mut output = std::io::stdout();
    // Two of three calls end; the third is open when the blow falls.
    for call in first..first + 1_000_000 {
        writer.open(open(call));
        if call % 3 != 0 && call > first + 20 {
            writer.close(record(call - 20));
        }
        if call % 50 == 0 {
            std::thread::sleep(Duration::from_millis(2));
            let counts = writer.counts();
            writeln!(output, "written {} {} {}", first, counts.records, counts.opens).unwrap();
            output.flush().unwrap();
        }
    }
}

#[test]
fn after_a_kill_each_call_has_one_record_and_none_that_was_written_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut promised = 0;
    for round in 0..3_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let start = Instant::now();
        let mut last = 0;
        let mut opens = 0;
        for line in lines.by_ref() {
            let line = line.unwrap();
            if let Some(counts) = line.split("written ").nth(1) {
                let mut counts = counts.split(' ').map(|count| count.parse::<u64>().unwrap());
                counts.next();
                last = counts.next().unwrap();
                opens = counts.next().unwrap();
            }
            if (last > 300 + round * 97 && opens > 100) || start.elapsed() > Duration::from_secs(20) {
                break;
            }
        }
        // Meanwhile no other server gets in.
        let refused = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
        assert_eq!(refused, StoreError::Locked { path: folder.path().to_owned(), by: Some(child.id()) });
        // SIGKILL, in the middle of whatever it does.
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(last > 300 && opens > 100, "the victim wrote {last} records and {opens} beginnings");
        promised += last;

        let mut store = sqlite(folder.path());
        let closed = store.interrupted(Utc::from_seconds(2_000_000_000)).unwrap();
        assert!(!closed.is_empty());
        assert!(store.interrupted(Utc::from_seconds(2_000_000_000)).unwrap().is_empty());
        let records = store.records(&RecordQuery::oldest(u32::MAX)).unwrap();
        let mut count = BTreeMap::new();
        for record in &records {
            *count.entry(record.key).or_insert(0) += 1;
        }
        assert!(count.values().all(|count| *count == 1));
        let answered = records.iter().filter(|record| record.outcome == Outcome::Answered);
        assert!(answered.clone().all(|found| *found == record(found.key.call.0)));
        assert!(answered.count() as u64 >= promised, "{promised} were written before the kill");
        let interrupted = closed.iter().filter(|record| record.outcome == Outcome::Interrupted).count();
        assert_eq!(interrupted, closed.len());
        assert!(closed.iter().all(|record| count.get(&record.key) == Some(&1)));
        assert!(!count.contains_key(&key(u64::MAX)));
    }
}
