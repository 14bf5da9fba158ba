//! Call records: one row a segment, and one for each segment that is open.

use super::error::Trouble;
use directory::store::{Closed, ClosedRecord, OpenRecord, RecordOrder, RecordQuery};
use directory::{CallRecord, Outcome, RecordKey};
use ground::{CallId, Number, NumberType, NumberingPlan, Presentation, Reason, Screening, TrunkId, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::BTreeSet;
use std::time::Duration;

const COLUMNS: &str = "call, segment, caller, caller_form, dialled, dialled_form, connected, connected_form, trunk_in, \
                       trunk_out, started, offset_minutes, answered_after, ended_after, outcome, reason, \
                       transferred_by, transferred_by_form";

fn damaged(what: &str, value: impl std::fmt::Debug) -> Trouble {
    Trouble::Damaged(format!("a call record has the {what} {value:?}"))
}

/// What a number is besides its digits, a byte each: type, plan, presentation, screening.
fn form(number: &Number) -> i64 {
    let plan = match number.plan {
        NumberingPlan::Unknown => 0,
        NumberingPlan::Isdn => 1,
        NumberingPlan::Private => 2,
    };
    let presentation = match number.presentation {
        Presentation::Allowed => 0,
        Presentation::Restricted => 1,
        Presentation::Unavailable => 2,
    };
    let screening = match number.screening {
        Screening::UserNotScreened => 0,
        Screening::UserVerified => 1,
        Screening::UserFailed => 2,
        Screening::NetworkProvided => 3,
    };
    number.kind as i64 | plan << 8 | presentation << 16 | screening << 24
}

fn number(digits: &str, form: i64) -> Result<Number, Trouble> {
    let wrong = || damaged("number form", form);
    let kind = match form & 0xff {
        0 => NumberType::UnknownPublic,
        1 => NumberType::International,
        2 => NumberType::National,
        3 => NumberType::NetworkSpecific,
        4 => NumberType::LocalPublic,
        5 => NumberType::UnknownPrivate,
        6 => NumberType::LocalPrivate,
        7 => NumberType::RegionalPrivate,
        _ => return Err(wrong()),
    };
    let plan = match form >> 8 & 0xff {
        0 => NumberingPlan::Unknown,
        1 => NumberingPlan::Isdn,
        2 => NumberingPlan::Private,
        _ => return Err(wrong()),
    };
    let presentation = match form >> 16 & 0xff {
        0 => Presentation::Allowed,
        1 => Presentation::Restricted,
        2 => Presentation::Unavailable,
        _ => return Err(wrong()),
    };
    let screening = match form >> 24 {
        0 => Screening::UserNotScreened,
        1 => Screening::UserVerified,
        2 => Screening::UserFailed,
        3 => Screening::NetworkProvided,
        _ => return Err(wrong()),
    };
    let digits = digits.parse().map_err(|_| damaged("number", digits))?;
    Ok(Number { digits, kind, plan, presentation, screening })
}

/// The name of an outcome, as records and questions write it.
fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::NotAnswered => "not-answered",
        Outcome::Refused => "refused",
        Outcome::Interrupted => "interrupted",
    }
}

fn outcome(text: &str) -> Result<Outcome, Trouble> {
    let all = [Outcome::Answered, Outcome::NotAnswered, Outcome::Refused, Outcome::Interrupted];
    all.into_iter().find(|outcome| outcome_text(*outcome) == text).ok_or_else(|| damaged("outcome", text))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Result<Duration, Trouble> {
    u64::try_from(micros).map(Duration::from_micros).map_err(|_| damaged("duration", micros))
}

fn trunk(row: Option<i64>) -> Result<Option<TrunkId>, Trouble> {
    row.map(|id| u32::try_from(id).map(TrunkId).map_err(|_| damaged("trunk", id))).transpose()
}

fn call_bytes(key: RecordKey) -> [u8; 8] {
    key.call.0.to_be_bytes()
}

fn record(row: &Row) -> Result<CallRecord, Trouble> {
    let call: [u8; 8] = row.get(0)?;
    let text = |index: usize| -> Result<String, Trouble> { Ok(row.get(index)?) };
    let connected: Option<String> = row.get(6)?;
    let reason = text(15)?;
    let transferred_by: Option<String> = row.get(16)?;
    Ok(CallRecord {
        key: RecordKey { call: CallId(u64::from_be_bytes(call)), segment: row.get(1)? },
        caller: number(&text(2)?, row.get(3)?)?,
        dialled: number(&text(4)?, row.get(5)?)?,
        connected: connected.map(|digits| number(&digits, row.get(7)?)).transpose()?,
        trunk_in: trunk(row.get(8)?)?,
        trunk_out: trunk(row.get(9)?)?,
        started: Utc::from_micros(row.get(10)?),
        offset_minutes: row.get(11)?,
        answered_after: row.get::<_, Option<i64>>(12)?.map(duration).transpose()?,
        ended_after: duration(row.get(13)?)?,
        outcome: outcome(&text(14)?)?,
        reason: Reason::from_code(&reason).ok_or_else(|| damaged("reason", &reason))?,
        transferred_by: transferred_by.map(|digits| number(&digits, row.get(17)?)).transpose()?,
    })
}

pub(super) fn open(transaction: &Transaction, batch: &[OpenRecord]) -> Result<(), Trouble> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO open_segment (call, segment, body)
         SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM record WHERE call = ?1 AND segment = ?2)
         ON CONFLICT (call, segment) DO UPDATE SET body = excluded.body",
    )?;
    for open in batch {
        let body = serde_json::to_string(open).map_err(|error| Trouble::Damaged(error.to_string()))?;
        statement.execute(params![call_bytes(open.key), open.key.segment, body])?;
    }
    Ok(())
}

pub(super) fn close(transaction: &Transaction, batch: &[CallRecord]) -> Result<Closed, Trouble> {
    let mut insert = transaction.prepare_cached(&format!(
        "INSERT INTO record ({COLUMNS}, sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
         ?16, ?17, ?18, ?19)
         ON CONFLICT (call, segment) DO NOTHING"
    ))?;
    let mut ended = transaction.prepare_cached("DELETE FROM open_segment WHERE call = ?1 AND segment = ?2")?;
    let mut sequence: i64 = newest(transaction)?.saturating_add(1);
    let mut closed = Closed::default();
    for record in batch {
        let call = call_bytes(record.key);
        let written = insert.execute(params![
            call,
            record.key.segment,
            record.caller.digits.as_str(),
            form(&record.caller),
            record.dialled.digits.as_str(),
            form(&record.dialled),
            record.connected.as_ref().map(|number| number.digits.as_str()),
            record.connected.as_ref().map(form),
            record.trunk_in.map(|trunk| trunk.0),
            record.trunk_out.map(|trunk| trunk.0),
            record.started.as_micros(),
            record.offset_minutes,
            record.answered_after.map(micros),
            micros(record.ended_after),
            outcome_text(record.outcome),
            record.reason.code(),
            record.transferred_by.as_ref().map(|number| number.digits.as_str()),
            record.transferred_by.as_ref().map(form),
            sequence,
        ])?;
        if written > 0 {
            sequence = sequence.saturating_add(1);
        }
        if written > 0 || find(transaction, record.key)?.as_ref().is_some_and(|there| same(there, record)) {
            closed.written += 1;
        } else {
            closed.refused.push(record.key);
        }
        ended.execute(params![call, record.key.segment])?;
    }
    Ok(closed)
}

/// Equal as far as a row tells: durations in microseconds.
fn same(there: &CallRecord, new: &CallRecord) -> bool {
    let cut = |duration: Duration| Duration::from_micros(u64::try_from(micros(duration)).unwrap_or(0));
    let new =
        CallRecord { answered_after: new.answered_after.map(cut), ended_after: cut(new.ended_after), ..new.clone() };
    *there == new
}

fn find(connection: &Connection, key: RecordKey) -> Result<Option<CallRecord>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE call = ?1 AND segment = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![call_bytes(key), key.segment], |row| Ok(record(row))).optional()?;
    found.transpose()
}

pub(super) fn mark_alive(transaction: &Transaction, now: Utc) -> Result<(), Trouble> {
    transaction
        .prepare_cached(
            "INSERT INTO meta (name, value) VALUES ('alive', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute([now.as_micros()])?;
    Ok(())
}

/// The newest sequence number; 0 when there is no record.
fn newest(connection: &Connection) -> Result<i64, Trouble> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(sequence), 0) FROM record")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

pub(super) fn sequence_of(row: i64) -> Result<u64, Trouble> {
    u64::try_from(row).map_err(|_| damaged("sequence number", row))
}

pub(super) fn sequence_of_key(connection: &Connection, key: RecordKey) -> Result<Option<u64>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT sequence FROM record WHERE call = ?1 AND segment = ?2")?;
    let row: Option<i64> = statement.query_row(params![call_bytes(key), key.segment], |row| row.get(0)).optional()?;
    row.map(sequence_of).transpose()
}

pub(super) fn last_closed(connection: &Connection) -> Result<u64, Trouble> {
    sequence_of(newest(connection)?)
}

pub(super) fn closed_after(connection: &Connection, sequence: u64, limit: u32) -> Result<Vec<ClosedRecord>, Trouble> {
    let sql = format!("SELECT {COLUMNS}, sequence FROM record WHERE sequence > ?1 ORDER BY sequence LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let behind = i64::try_from(sequence).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![behind, i64::from(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ClosedRecord { sequence: sequence_of(row.get(18)?)?, record: record(row)? });
    }
    Ok(found)
}

pub(super) fn close_interrupted(
    transaction: &Transaction,
    now: Utc,
    except: &BTreeSet<RecordKey>,
) -> Result<Vec<CallRecord>, Trouble> {
    let alive: Option<i64> =
        transaction.query_row("SELECT value FROM meta WHERE name = 'alive'", [], |row| row.get(0)).optional()?;
    // A process that never said so lived at least until the segment's start, which the record knows itself.
    let alive = Utc::from_micros(alive.unwrap_or(i64::MIN)).min(now);
    let mut open = Vec::new();
    {
        let mut statement = transaction.prepare("SELECT body FROM open_segment ORDER BY call, segment")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            let segment: OpenRecord =
                serde_json::from_str(&body).map_err(|error| Trouble::Damaged(format!("an open segment: {error}")))?;
            if !except.contains(&segment.key) {
                open.push(segment.interrupted(alive));
            }
        }
    }
    close(transaction, &open)?;
    Ok(open)
}

pub(super) fn query(connection: &Connection, query: &RecordQuery) -> Result<Vec<CallRecord>, Trouble> {
    let mut terms: Vec<&str> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut term = |text: &'static str, given: Vec<Value>| {
        terms.push(text);
        values.extend(given);
    };
    if let Some(from) = query.from {
        term("started >= ?", vec![from.as_micros().into()]);
    }
    if let Some(until) = query.until {
        term("started < ?", vec![until.as_micros().into()]);
    }
    if let Some(number) = query.number {
        let digits = Value::from(number.as_str().to_owned());
        term("(caller = ? OR dialled = ? OR connected = ?)", vec![digits.clone(), digits.clone(), digits]);
    }
    if let Some(outcome) = query.outcome {
        term("outcome = ?", vec![outcome_text(outcome).to_owned().into()]);
    }
    let (direction, behind) = match query.order {
        RecordOrder::NewestFirst => ("DESC", "(started, call, segment) < (?, ?, ?)"),
        RecordOrder::OldestFirst => ("ASC", "(started, call, segment) > (?, ?, ?)"),
    };
    if let Some(after) = query.after {
        let place = [after.started.as_micros().into(), call_bytes(after.key).to_vec().into(), after.key.segment.into()];
        term(behind, place.to_vec());
    }
    let mut sql = format!("SELECT {COLUMNS} FROM record");
    if !terms.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&terms.join(" AND "));
    }
    // Only words of this page get into the text; what somebody asked for goes in as a value.
    sql.push_str(&format!(" ORDER BY started {direction}, call {direction}, segment {direction} LIMIT ?"));
    values.push(i64::from(query.limit).into());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(record(row)?);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_number_reads_back() {
        let plans = [NumberingPlan::Unknown, NumberingPlan::Isdn, NumberingPlan::Private];
        let presentations = [Presentation::Allowed, Presentation::Restricted, Presentation::Unavailable];
        let screenings =
            [Screening::UserNotScreened, Screening::UserVerified, Screening::UserFailed, Screening::NetworkProvided];
        let digits = "*21#".parse().unwrap();
        for (index, plan) in plans.into_iter().enumerate() {
            for presentation in presentations {
                for screening in screenings {
                    let kind =
                        [NumberType::International, NumberType::RegionalPrivate, NumberType::UnknownPublic][index];
                    let written = Number { digits, kind, plan, presentation, screening };
                    assert_eq!(number("*21#", form(&written)).unwrap(), written);
                }
            }
        }
        assert!(number("1", 8).is_err());
        assert!(number("1", -1).is_err());
        assert!(number("x", 0).is_err());
    }
}
