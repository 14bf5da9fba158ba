//! Call records as CSV and SQL on demand, and as files that grow while calls end: one line a segment over restarts.

mod process;
#[path = "process/plain_telephone.rs"]
mod telephone;

use process::Place;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use store::output::fields;
use telephone::Telephone;

/// The lines of all weekdays: the test may run over midnight.
fn lines(folder: &Path) -> Vec<Vec<String>> {
    let files = (0..7).filter_map(|day| std::fs::read_to_string(folder.join(store::output::file_name(day))).ok());
    let text: String = files.collect();
    text.lines().filter(|line| !line.starts_with('#')).map(|line| fields(line).unwrap()).collect()
}

fn wait_for_lines(folder: &Path, count: usize) -> Vec<Vec<String>> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let lines = lines(folder);
        if lines.len() >= count {
            return lines;
        }
        assert!(Instant::now() < until, "{} of {count} lines", lines.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A site with a trunk that calls numbers which are not in use.
fn site(place: &Place) -> Telephone {
    let trunk = Telephone::new(place.port);
    let address = trunk.address().to_string();
    place.says(&["trunk", "add", "carrier", "--address", &address]);
    place.says(&["settings", "--announce-vacant", "no"]);
    trunk
}

#[test]
fn every_refused_call_is_one_line_also_over_a_kill() {
    let place = Place::new();
    let folder = place.folder.path().join("csv");
    place.configure(&format!("[records]\ncsv = {folder:?}\n"));
    let mut server = place.start();
    let mut trunk = site(&place);
    for call in 0..5 {
        assert_eq!(trunk.is_refused("7777", &format!("first-{call}")), 404);
    }
    let seen = wait_for_lines(&folder, 5);
    assert!(seen.iter().all(|values| values[4] == "30" && values[12] == "vacant-number"), "{seen:?}");
    for call in 0..5 {
        assert_eq!(trunk.is_refused("7777", &format!("second-{call}")), 404);
    }
    std::thread::sleep(Duration::from_millis(150));
    server.signal("KILL");
    server.wait();
    let mut server = place.start();
    assert_eq!(trunk.is_refused("7777", "third"), 404);
    wait_for_lines(&folder, 11);
    server.signal("TERM");
    assert!(server.wait(), "{}", server.log());
    let all = lines(&folder);
    let keys: BTreeSet<_> = all.iter().map(|values| (&values[0], &values[1])).collect();
    assert_eq!((all.len(), keys.len()), (11, 11));
    let _again = place.start();
    let csv = place.says(&["calls", "records", "--format", "csv"]);
    let told: BTreeSet<_> =
        csv.lines().filter(|line| !line.starts_with('#')).map(|line| fields(line).unwrap()).collect();
    assert_eq!(told, all.into_iter().collect(), "the files and the command say the same");
    assert!(csv.lines().nth(6).unwrap().starts_with("# call, segment, local_start, duration, condition_code"), "{csv}");
    assert!(place.says(&["status"]).contains("record files"));
}

#[test]
fn a_folder_that_cannot_be_written_is_an_alarm_and_calls_go_on() {
    let place = Place::new();
    let folder = place.folder.path().join("csv");
    std::fs::write(&folder, "a file where a folder should be").unwrap();
    place.configure(&format!("[records]\ncsv = {folder:?}\n"));
    let server = place.start();
    let mut trunk = site(&place);
    assert_eq!(trunk.is_refused("7777", "first"), 404);
    server.wait_for("record-output-failed");
    assert_eq!(trunk.is_refused("7777", "second"), 404);
    let status = place.says(&["status"]);
    assert!(status.contains("record-output-failed"), "{status}");
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(wait_for_lines(&folder, 2).len(), 2, "what waited was caught up with");
    server.wait_for("alarm over");
}

#[test]
fn records_are_asked_for_by_time_number_and_count() {
    let place = Place::new();
    let _server = place.start();
    let mut trunk = site(&place);
    for (call, number) in ["7001", "7002", "7003"].into_iter().enumerate() {
        assert_eq!(trunk.is_refused(number, &format!("call-{call}")), 404);
    }
    let count = |words: &[&str]| {
        let mut all = vec!["calls", "records", "--format", "csv"];
        all.extend(words);
        place.says(&all).lines().filter(|line| !line.starts_with('#')).count()
    };
    assert_eq!((count(&[]), count(&["--limit", "2"]), count(&["--number", "7002"])), (3, 2, 1));
    assert_eq!((count(&["--since", "2020-01-01"]), count(&["--until", "2020-01-01T00:00Z"])), (3, 0));
    assert!(place.refuses(&["calls", "records", "--since", "yesterday"]).contains("2026-03-01"));
    assert!(place.says(&["calls", "records"]).contains("vacant-number"));
    let json: serde_json::Value = serde_json::from_str(&place.says(&["--json", "calls", "records"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    // SQLite's own program reads the statements, twice.
    let sql = place.says(&["calls", "records", "--format", "sql"]);
    assert!(sql.starts_with("BEGIN;\nCREATE TABLE IF NOT EXISTS call_record (") && sql.ends_with("COMMIT;\n"), "{sql}");
    assert_eq!(sql.matches("INSERT INTO call_record").count(), 3);
}

/// Python's csv module reads what Almon writes. Where there is no Python the test says so.
#[test]
fn python_reads_the_lines() {
    let python = Command::new("python3").arg("-c").arg("import csv").stderr(Stdio::null()).status();
    if !python.is_ok_and(|status| status.success()) {
        eprintln!("DID NOT RUN: python_reads_the_lines: python3 is missing");
        return;
    }
    let place = Place::new();
    let _server = place.start();
    let mut trunk = site(&place);
    assert_eq!(trunk.is_refused("7777", "call"), 404);
    let path = place.folder.path().join("records.csv");
    std::fs::write(&path, place.says(&["calls", "records", "--format", "csv"])).unwrap();
    let script = "import csv,sys\n\
        lines=open(sys.argv[1],newline='').read().splitlines(keepends=True)\n\
        names=lines[6][2:].strip().split(', ')\n\
        rows=list(csv.DictReader(lines[7:],fieldnames=names))\n\
        assert len(rows)==1 and None not in rows[0], rows\n\
        r=rows[0]\n\
        print(r['dialled'],r['caller'],r['condition_code'],r['duration'],r['reason'])\n";
    let output = Command::new("python3").arg("-c").arg(script).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "7777 5550100 30 0d00:00:00 vacant-number");
}
