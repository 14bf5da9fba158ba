//! How far each output of call records has come.

use super::error::Trouble;
use super::records::sequence_of;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

pub(super) fn position(connection: &Connection, output: &str) -> Result<Option<u64>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT sequence FROM record_output WHERE name = ?1")?;
    let row: Option<i64> = statement.query_row([output], |row| row.get(0)).optional()?;
    row.map(sequence_of).transpose()
}

pub(super) fn set_position(transaction: &Transaction, output: &str, sequence: u64) -> Result<(), Trouble> {
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "INSERT INTO record_output (name, sequence) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence",
        )?
        .execute(params![output, sequence])?;
    Ok(())
}
