//! `almon calls`: calls in progress, records of past ones, the end of one.

use super::arguments::{CallsArguments, CallsCommand};
use super::records;
use super::table::Table;
use super::{CommandError, Context};
use crate::control::protocol::{Answer, Request};
use ground::CallId;
use std::io::Write;

pub(super) fn run(context: &Context, arguments: CallsArguments, out: &mut impl Write) -> Result<(), CommandError> {
    match arguments.command {
        None => in_progress(context, out),
        Some(CallsCommand::Records(arguments)) => records::run(context, arguments, out),
        Some(CallsCommand::Clear { call }) => match context.ask(&Request::Clear { call: call_id(&call)? })? {
            Answer::Done => Ok(writeln!(out, "the call was ended")?),
            _ => Err(CommandError::Unexpected),
        },
    }
}

/// A call as `almon calls` prints it.
pub(super) fn call_id(text: &str) -> Result<CallId, CommandError> {
    text.parse().map_err(|_| CommandError::Argument(format!("{text:?} is no call; `almon calls` names them")))
}

fn in_progress(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let Answer::Calls(calls) = context.ask(&Request::Calls)? else { return Err(CommandError::Unexpected) };
    if context.json {
        serde_json::to_writer_pretty(&mut *out, &calls).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    if calls.is_empty() {
        return Ok(writeln!(out, "no call is in progress; past ones: almon calls records")?);
    }
    let mut table = Table::new(&["call", "since", "from", "dialled", "connected", "state"]);
    for call in calls {
        table.row(vec![
            call.call.to_string(),
            call.started.to_string(),
            call.caller.to_string(),
            call.dialled.to_string(),
            call.connected.map(|number| number.to_string()).unwrap_or_default(),
            call.states.join(", "),
        ]);
    }
    Ok(table.print(out)?)
}
