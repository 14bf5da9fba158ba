//! `almon replay`: feeds a journal to an exchange of this build and compares what comes out with what came out then.

use super::arguments::ReplayArguments;
use super::{CommandError, Context};
use crate::journal::player::Played;
use crate::journal::replay::{ReplayError, Report, replay};
use crate::start::journal_folder;
use exchange::Input;
use journal::{Folder, Stored};
use std::io::Write;
use std::path::PathBuf;

pub(super) fn run(context: &Context, arguments: ReplayArguments, out: &mut impl Write) -> Result<(), CommandError> {
    let path = match arguments.journal {
        Some(path) => path,
        None => latest(context)?,
    };
    let bytes = std::fs::read(&path)?;
    let mut written = Ok(());
    let show = |number: u64, played: &Played| {
        if arguments.outputs && written.is_ok() {
            written = print(number, played, out);
        }
    };
    let (_, report) = replay(&bytes, arguments.until, show).map_err(|error| refused(&path, &error))?;
    written?;
    if context.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        print_report(&report, out)?;
    }
    if report.different > 0 { Err(CommandError::CheckFailed) } else { Ok(()) }
}

/// The youngest file of the data folder.
fn latest(context: &Context) -> Result<PathBuf, CommandError> {
    let folder = journal_folder(&context.configuration()?.0);
    if !folder.is_dir() {
        return Err(CommandError::Argument(format!("{}: there is no journal", folder.display())));
    }
    match Folder::open(&folder)?.latest()? {
        Stored::File(complete) => Ok(complete.path),
        Stored::Nothing => Err(CommandError::Argument(format!("{}: there is no journal", folder.display()))),
        Stored::Broken { path } | Stored::Foreign { path, .. } | Stored::Damaged { path, .. } => Ok(path),
    }
}

fn refused(path: &std::path::Path, error: &ReplayError) -> CommandError {
    CommandError::Argument(format!("{}: {error}", path.display()))
}

fn print_report(report: &Report, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{} records, {} outputs, {} calls in progress at the end",
        report.records, report.outputs, report.calls
    )?;
    if report.ended {
        writeln!(out, "the server ended in order")?;
    }
    if let Some(at) = report.cut {
        writeln!(out, "cut at byte {at}: the normal end after a kill")?;
    }
    match &report.first {
        None => writeln!(out, "the same came out"),
        Some(first) => writeln!(
            out,
            "{} records gave something else; the first is record {} at byte {}: {} outputs then, {} now",
            report.different, first.record, first.at, first.outputs.0, first.outputs.1
        ),
    }
}

/// One record and what came out of it. Keys and passwords are not shown: a directory is named by its revision, and the rest of the
/// vocabulary shows secrets as such.
fn print(number: u64, played: &Played, out: &mut impl Write) -> std::io::Result<()> {
    let mark = if played.agrees() { "" } else { "  DIFFERS" };
    match &played.input {
        Some(Input::Directory(directory)) => {
            writeln!(out, "{number} {} directory revision {}{mark}", played.now.utc, directory.revision.0)?;
        }
        Some(input) => writeln!(out, "{number} {} {input:?}{mark}", played.now.utc)?,
        None => writeln!(out, "{number} {} timers{mark}", played.now.utc)?,
    }
    played.outputs.iter().try_for_each(|output| writeln!(out, "    {output:?}"))
}
