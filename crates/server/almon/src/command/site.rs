//! `almon apply`, `almon export`, `almon history`: the site as a file, and its revisions.

use super::arguments::{ApplyArguments, HistoryCommand};
use super::change::author;
use super::{CommandError, Context};
use crate::control::protocol::{Answer, Request};
use directory::{Revision, SiteFile};
use ground::NetworkId;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

/// What stands above an exported file.
const ABOUT: &str = "\
# The site as `almon apply` reads it. What is not named here is left alone, items and fields alike; with `complete = true` the
# items that are not named are removed. `almon apply FILE --plan` shows what would change.
";

pub(super) fn apply(context: &Context, arguments: ApplyArguments, out: &mut impl Write) -> Result<(), CommandError> {
    let site = read(&arguments.file)?;
    let request = Request::ApplySite {
        author: author(),
        site: Box::new(site),
        networks: networks(context)?,
        remove: arguments.remove,
        base: arguments.base.map(Revision),
        plan: arguments.plan,
    };
    let again = format!("almon apply {} --base", arguments.file.display());
    changed(context, &request, arguments.plan.then_some(again.as_str()), out)
}

pub(super) fn export(context: &Context, secrets: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let request = if secrets { Request::DirectoryWithSecrets } else { Request::Directory };
    let Answer::Directory(directory) = context.ask(&request)? else { return Err(CommandError::Unexpected) };
    let names: BTreeMap<NetworkId, String> = networks(context)?.into_iter().map(|(name, id)| (id, name)).collect();
    let file = SiteFile::of(&directory, &|id| names.get(&id).cloned(), secrets);
    if context.json {
        serde_json::to_writer_pretty(&mut *out, &file).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    let text = toml::to_string(&file).map_err(|error| CommandError::Argument(error.to_string()))?;
    Ok(write!(out, "{ABOUT}# Revision {}.\n\n{text}", directory.revision.0)?)
}

pub(super) fn history(context: &Context, command: HistoryCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        HistoryCommand::Show { revision } => {
            let Answer::Revision(shown) = context.ask(&Request::Revision { revision: Revision(revision) })? else {
                return Err(CommandError::Unexpected);
            };
            if context.json {
                serde_json::to_writer_pretty(&mut *out, &shown).map_err(std::io::Error::from)?;
                return Ok(writeln!(out)?);
            }
            writeln!(out, "revision {} by {} at {}", shown.revision.0, shown.author, shown.at)?;
            lines(&shown.differences, out)
        }
        HistoryCommand::Rollback { revision, plan, base } => {
            let (to, base) = (Revision(revision), base.map(Revision));
            let request = Request::Rollback { author: author(), to, base, plan };
            let again = format!("almon history rollback {revision} --base");
            changed(context, &request, plan.then_some(again.as_str()), out)
        }
    }
}

fn read(path: &Path) -> Result<SiteFile, CommandError> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path)
            .map_err(|error| CommandError::Argument(format!("{}: {error}", path.display())))?;
    }
    toml::from_str(&text).map_err(|error| CommandError::Argument(format!("{}: {error}", path.display())))
}

/// The networks of the configuration, by name.
fn networks(context: &Context) -> Result<BTreeMap<String, NetworkId>, CommandError> {
    let networks = context.site()?.networks;
    Ok(networks.into_iter().map(|network| (network.section.name, network.id)).collect())
}

/// Asks for a change and prints what became different; with `again`, what would, and the command that does exactly that.
fn changed(
    context: &Context,
    request: &Request,
    again: Option<&str>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let Answer::Applied { revision, differences } = context.ask(request)? else {
        return Err(CommandError::Unexpected);
    };
    if context.json {
        let value = serde_json::json!({ "revision": revision, "differences": differences, "planned": again.is_some() });
        return Ok(writeln!(out, "{value}")?);
    }
    if differences.is_empty() {
        return Ok(writeln!(out, "nothing to change; revision {} is in force", revision.0)?);
    }
    lines(&differences, out)?;
    match again {
        Some(again) => Ok(writeln!(out, "nothing was changed; to do it: {again} {}", revision.0)?),
        None => Ok(writeln!(out, "revision {} is in force", revision.0)?),
    }
}

/// The differences, a line each, and how many there are of each kind.
fn lines(differences: &[String], out: &mut impl Write) -> Result<(), CommandError> {
    for difference in differences {
        writeln!(out, "{difference}")?;
    }
    let count = |mark| differences.iter().filter(|line| line.starts_with(mark)).count();
    Ok(writeln!(out, "{} added, {} changed, {} removed", count('+'), count('~'), count('-'))?)
}
