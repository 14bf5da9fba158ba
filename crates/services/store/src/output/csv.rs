//! Call records as comma separated values.
//!
//! Seven comment lines that begin with `#`, of which the second says the version and the seventh names the columns; then a
//! line a segment. Values are quoted as RFC 4180 section 2 says where they need it; lines end with a line feed.

use super::condition_code::condition_code;
use super::field;
use directory::CallRecord;

/// The version of the columns. It grows when a column is added, renamed or means something else.
pub const VERSION: u32 = 1;

/// The columns.
pub const COLUMNS: [&str; 21] = [
    "call",
    "segment",
    "local_start",
    "duration",
    "condition_code",
    "caller",
    "dialled",
    "connected",
    "transferred_by",
    "trunk_in",
    "trunk_out",
    "outcome",
    "reason",
    "utc_start",
    "offset_minutes",
    "answered_after",
    "ended_after",
    "caller_form",
    "dialled_form",
    "connected_form",
    "transferred_by_form",
];

/// The seven lines at the top. `of` says which records these are, for example `date: 2026-03-01`.
pub fn header(of: &str) -> String {
    format!(
        "# Almon call records\n# version: {VERSION}\n# {of}\n# one line a call segment; times are local, utc_start is UTC\n\
         # duration: from answer to end; answered_after, ended_after: seconds since the start\n\
         # forms: type/plan/presentation/screening of a number; trunks: their identifiers\n# {}\n",
        COLUMNS.join(", ")
    )
}

/// The line of a record, with its end.
pub fn line(record: &CallRecord) -> String {
    let digits = |number: Option<&ground::Number>| number.map(|number| number.digits.to_string()).unwrap_or_default();
    let form = |number: Option<&ground::Number>| number.map(field::form).unwrap_or_default();
    let trunk = |trunk: Option<ground::TrunkId>| trunk.map(|trunk| trunk.0.to_string()).unwrap_or_default();
    let values: [String; COLUMNS.len()] = [
        record.key.call.to_string(),
        record.key.segment.to_string(),
        field::date_time(field::local(record.started, record.offset_minutes)),
        field::days(field::talked(record)),
        condition_code(record).to_string(),
        digits(Some(&record.caller)),
        digits(Some(&record.dialled)),
        digits(record.connected.as_ref()),
        digits(record.transferred_by.as_ref()),
        trunk(record.trunk_in),
        trunk(record.trunk_out),
        field::outcome(record.outcome).to_owned(),
        record.reason.code().to_owned(),
        field::exact_time(record.started),
        record.offset_minutes.to_string(),
        record.answered_after.map(field::seconds).unwrap_or_default(),
        field::seconds(record.ended_after),
        form(Some(&record.caller)),
        form(Some(&record.dialled)),
        form(record.connected.as_ref()),
        form(record.transferred_by.as_ref()),
    ];
    let mut line = String::with_capacity(256);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push(&mut line, value);
    }
    line.push('\n');
    line
}

/// Appends a value, in quotation marks when it holds something that ends values or lines.
fn push(line: &mut String, value: &str) {
    if !value.contains([',', '"', '\r', '\n']) {
        return line.push_str(value);
    }
    line.push('"');
    line.push_str(&value.replace('"', "\"\""));
    line.push('"');
}

/// The values of one line; none when a quotation mark stands where none can.
pub fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line.strip_suffix('\n').unwrap_or(line);
    loop {
        let (value, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (value, behind) = rest.split_at_checked(end)?;
                if value.contains('"') {
                    return None;
                }
                (value.to_owned(), behind)
            }
        };
        fields.push(value);
        if behind.is_empty() {
            return Some(fields);
        }
        rest = behind.strip_prefix(',')?;
    }
}

/// The value up to its closing quotation mark, and what follows that.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        value.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Some((value, behind)),
        }
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
