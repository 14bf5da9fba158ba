//! Call records as SQL that PostgreSQL (from 9.5 on) and SQLite (from 3.24 on) read alike.

use super::condition_code::condition_code;
use super::field;
use directory::CallRecord;
use ground::{Number, TrunkId};

/// The statement that makes the table where it is missing.
pub fn table() -> &'static str {
    "CREATE TABLE IF NOT EXISTS call_record (
    call_id CHAR(16) NOT NULL,
    segment INTEGER NOT NULL,
    utc_start TIMESTAMP NOT NULL,
    local_start TIMESTAMP NOT NULL,
    offset_minutes INTEGER NOT NULL,
    answered_after NUMERIC(18, 6),
    ended_after NUMERIC(18, 6) NOT NULL,
    duration NUMERIC(18, 6) NOT NULL,
    condition_code INTEGER NOT NULL,
    caller VARCHAR(31) NOT NULL,
    caller_form VARCHAR(7) NOT NULL,
    dialled VARCHAR(31) NOT NULL,
    dialled_form VARCHAR(7) NOT NULL,
    connected VARCHAR(31),
    connected_form VARCHAR(7),
    transferred_by VARCHAR(31),
    transferred_by_form VARCHAR(7),
    trunk_in BIGINT,
    trunk_out BIGINT,
    outcome VARCHAR(20) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    PRIMARY KEY (call_id, segment)
);
"
}

/// The statement that puts a record into the table. A segment that is there already is left as it is.
pub fn insert(record: &CallRecord) -> String {
    let number = |number: Option<&Number>| match number {
        Some(number) => format!("{}, {}", text(number.digits.as_str()), text(&field::form(number))),
        None => "NULL, NULL".to_owned(),
    };
    let trunk = |trunk: Option<TrunkId>| trunk.map_or("NULL".to_owned(), |trunk| trunk.0.to_string());
    format!(
        "INSERT INTO call_record VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}) \
         ON CONFLICT DO NOTHING;\n",
        text(&record.key.call.to_string()),
        record.key.segment,
        text(&field::exact_time(record.started)),
        text(&field::exact_time(field::local(record.started, record.offset_minutes))),
        record.offset_minutes,
        record.answered_after.map_or("NULL".to_owned(), field::seconds),
        field::seconds(record.ended_after),
        field::seconds(field::talked(record)),
        condition_code(record),
        number(Some(&record.caller)),
        number(Some(&record.dialled)),
        number(record.connected.as_ref()),
        number(record.transferred_by.as_ref()),
        trunk(record.trunk_in),
        trunk(record.trunk_out),
        text(field::outcome(record.outcome)),
        text(record.reason.code()),
    )
}

/// A text in apostrophes.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::record;
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn sqlite_reads_it_and_reads_it_again() {
        let connection = Connection::open_in_memory().unwrap();
        let second =
            CallRecord { trunk_out: Some(TrunkId(u32::MAX)), connected: None, answered_after: None, ..record() };
        let second = CallRecord { key: directory::RecordKey { segment: 1, ..second.key }, ..second };
        let script = format!("BEGIN;\n{}{}{}COMMIT;\n", table(), insert(&record()), insert(&second));
        connection.execute_batch(&script).unwrap();
        connection.execute_batch(&script).unwrap();
        let sum = "SELECT count(*) || ' ' || sum(duration) || ' ' || max(trunk_out) || ' ' || min(local_start) FROM call_record";
        let seen: String = connection.query_row(sum, [], |row| row.get(0)).unwrap();
        assert_eq!(seen, "2 56.999999 4294967295 2026-03-01 10:05:00.250000");
    }

    #[test]
    fn an_apostrophe_ends_no_text() {
        assert_eq!(text("a'; DROP TABLE call_record; --"), "'a''; DROP TABLE call_record; --'");
    }
}
