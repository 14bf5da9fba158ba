//! Lines of call records, as a start reads them back from files that anybody may have written into.

use directory::store::ClosedRecord;
use directory::{CallRecord, Outcome, RecordKey};
use ground::{CallId, Number, Reason, Utc};
use std::time::Duration;
use store::output::{WeekdayFiles, fields, file_name};

/// Reads `data` as a line, and as the end of a Sunday's file to which a record is added.
///
/// # Panics
///
/// When a file that is taken for ours does not end with the record afterwards.
pub fn run(data: &[u8]) {
    fields(&String::from_utf8_lossy(data));
    let folder = std::env::temp_dir().join(format!("almon-fuzz-records-{}", std::process::id()));
    let path = folder.join(file_name(0));
    let mut file = store::output::header("date: 2026-03-01").into_bytes();
    file.extend_from_slice(data);
    // Without a folder for temporary files there is nothing to test.
    if std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, file)).is_err() {
        return;
    }
    let mut files = WeekdayFiles::new(&folder);
    let _ = files.last_keys();
    let mut written = 0;
    let key = RecordKey { call: CallId(0xfeed), segment: 7 };
    if files.append(&[ClosedRecord { sequence: 1, record: record(key) }], &mut written).is_ok() {
        let keys = WeekdayFiles::new(&folder).last_keys().unwrap_or_default();
        assert_eq!(keys, [key], "the last line is not the record's");
    }
    let _ = std::fs::remove_file(&path);
}

/// A call of Sunday, 2026-03-01.
fn record(key: RecordKey) -> CallRecord {
    CallRecord {
        key,
        caller: Number::default(),
        dialled: Number::default(),
        connected: None,
        transferred_by: None,
        trunk_in: None,
        trunk_out: None,
        started: Utc::from_seconds(1_772_366_400),
        offset_minutes: 0,
        answered_after: None,
        ended_after: Duration::from_secs(1),
        outcome: Outcome::Refused,
        reason: Reason::VacantNumber,
    }
}
