//! `almon calls records`: call records for people and for other programs.

use super::arguments::{RecordsArguments, RecordsFormat};
use super::table::Table;
use super::{CommandError, Context};
use crate::control::protocol::{Answer, Request};
use directory::CallRecord;
use directory::store::{RecordOrder, RecordQuery};
use std::io::Write;
use store::output;

/// Records that are asked for at once.
const PAGE: u32 = 5_000;

pub(super) fn run(context: &Context, arguments: RecordsArguments, out: &mut impl Write) -> Result<(), CommandError> {
    let usual = if context.json { RecordsFormat::Json } else { RecordsFormat::Table };
    let format = arguments.format.unwrap_or(usual);
    let for_people = matches!(format, RecordsFormat::Table | RecordsFormat::Json);
    let number = arguments
        .number
        .map(|text| text.parse().map_err(|error| CommandError::Argument(format!("{text:?} is no number: {error}"))));
    let query = RecordQuery {
        from: arguments.since,
        until: arguments.until,
        number: number.transpose()?,
        outcome: None,
        after: None,
        order: if for_people { RecordOrder::NewestFirst } else { RecordOrder::OldestFirst },
        limit: arguments.limit.unwrap_or(if for_people { 20 } else { u32::MAX }),
    };
    match format {
        RecordsFormat::Table => table(all(context, query)?, out),
        RecordsFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &all(context, query)?).map_err(std::io::Error::from)?;
            Ok(writeln!(out)?)
        }
        RecordsFormat::Csv => {
            let bound = |time: Option<ground::Utc>| time.map_or("-".to_owned(), |time| time.to_string());
            let of = format!("began: from {} until {}", bound(query.from), bound(query.until));
            out.write_all(output::header(&of).as_bytes())?;
            pages(context, query, |page| {
                page.iter().try_for_each(|record| Ok(out.write_all(output::line(record).as_bytes())?))
            })
        }
        RecordsFormat::Sql => {
            writeln!(out, "BEGIN;\n{}", output::table().trim_end())?;
            pages(context, query, |page| {
                page.iter().try_for_each(|record| Ok(out.write_all(output::insert(record).as_bytes())?))
            })?;
            Ok(writeln!(out, "COMMIT;")?)
        }
    }
}

fn all(context: &Context, query: RecordQuery) -> Result<Vec<CallRecord>, CommandError> {
    let mut all = Vec::new();
    pages(context, query, |page| {
        all.extend(page);
        Ok(())
    })?;
    Ok(all)
}

/// Asks for the records page by page.
fn pages(
    context: &Context,
    mut query: RecordQuery,
    mut print: impl FnMut(Vec<CallRecord>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut left = query.limit;
    while left > 0 {
        query.limit = left.min(PAGE);
        let Answer::Records(page) = context.ask(&Request::Records(Box::new(query.clone())))? else {
            return Err(CommandError::Unexpected);
        };
        let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
        query.after = page.last().map(CallRecord::position);
        print(page)?;
        if count < query.limit {
            break;
        }
        left = left.saturating_sub(count);
    }
    Ok(())
}

fn table(records: Vec<CallRecord>, out: &mut impl Write) -> Result<(), CommandError> {
    if records.is_empty() {
        return Ok(writeln!(out, "there are no call records yet")?);
    }
    let mut table = Table::new(&["call", "started", "from", "dialled", "connected", "talked", "outcome", "reason"]);
    for record in records {
        let talked = record.answered_after.map(|answered| record.ended_after.saturating_sub(answered));
        let (call, segment) = (record.key.call, record.key.segment);
        table.row(vec![
            // The first segment is the call; those that transfers begin are told apart.
            if segment == 0 { call.to_string() } else { format!("{call}.{segment}") },
            record.started.to_string(),
            record.caller.to_string(),
            record.dialled.to_string(),
            record.connected.map(|number| number.to_string()).unwrap_or_default(),
            talked.map(|talked| format!("{:.1} s", talked.as_secs_f64())).unwrap_or_default(),
            format!("{:?}", record.outcome),
            record.reason.code().to_owned(),
        ]);
    }
    Ok(table.print(out)?)
}
