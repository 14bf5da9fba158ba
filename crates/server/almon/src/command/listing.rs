//! The commands that show what is there.

use super::table::Table;
use super::{CommandError, Context};
use crate::control::protocol::{Answer, RecordFiles, Request};
use directory::{Directory, ServiceKind};
use std::collections::BTreeMap;
use std::io::Write;

fn directory(context: &Context) -> Result<Box<Directory>, CommandError> {
    match context.ask(&Request::Directory)? {
        Answer::Directory(directory) => Ok(directory),
        _ => Err(CommandError::Unexpected),
    }
}

/// Prints a table, or a sentence when there is nothing in it.
fn print(table: &Table, nothing: &str, out: &mut impl Write) -> Result<(), CommandError> {
    if table.is_empty() {
        return Ok(writeln!(out, "{nothing}")?);
    }
    Ok(table.print(out)?)
}

fn json<T: serde::Serialize>(value: &T, out: &mut impl Write) -> Result<(), CommandError> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

pub(super) fn extensions(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let directory = directory(context)?;
    if context.json {
        return json(&directory.extensions, out);
    }
    let Answer::Registrations(registered) = context.ask(&Request::Registrations)? else {
        return Err(CommandError::Unexpected);
    };
    let mut telephones: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &registered {
        *telephones.entry(&one.number).or_default() += 1;
    }
    let mut table =
        Table::new(&["number", "name", "telephones", "external calls", "call waiting", "most calls", "pickup group"]);
    for extension in directory.extensions.values() {
        let registered = telephones.get(extension.number.as_str()).copied().unwrap_or(0);
        table.row(vec![
            extension.number.to_string(),
            extension.name.clone(),
            format!("{registered} of {}", extension.max_terminals),
            yes(extension.external_calls),
            yes(extension.call_waiting),
            extension.max_calls.map_or("no limit".to_owned(), |most| most.to_string()),
            extension.pickup_group.map_or("none".to_owned(), |group| group.to_string()),
        ]);
    }
    print(&table, "there are no extensions; add one with: almon extension add 1001 --name NAME", out)
}

pub(super) fn trunks(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let directory = directory(context)?;
    if context.json {
        return json(&directory.trunks, out);
    }
    let networks = context.configuration()?.0.network;
    let mut table = Table::new(&[
        "name",
        "id",
        "address",
        "transport",
        "network",
        "sources",
        "transit",
        "redirects",
        "transfers",
        "most calls",
    ]);
    for trunk in directory.trunks.values() {
        let network = networks.get(usize::from(trunk.network.0)).map_or("?", |network| network.name.as_str());
        let sources: Vec<String> = trunk.sources.iter().map(ToString::to_string).collect();
        table.row(vec![
            trunk.name.clone(),
            trunk.id.0.to_string(),
            trunk.address.to_string(),
            format!("{:?}", trunk.transport).to_lowercase(),
            network.to_owned(),
            sources.join(" "),
            yes(trunk.transit),
            if trunk.follow_redirects { "followed" } else { "refused" }.to_owned(),
            match (trunk.may_transfer, trunk.transfers_itself) {
                (false, false) => "refused",
                (true, false) => "joined here",
                (false, true) => "refused, asked of it",
                (true, true) => "allowed, asked of it",
            }
            .to_owned(),
            trunk.max_calls.map_or("no limit".to_owned(), |most| most.to_string()),
        ]);
    }
    print(&table, "there are no trunks; add one with: almon trunk add NAME --address ADDRESS:PORT", out)
}

pub(super) fn routes(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let directory = directory(context)?;
    if context.json {
        return json(&directory.routes, out);
    }
    let mut table = Table::new(&["name", "prefix", "digits", "via", "open"]);
    for route in directory.routes.values() {
        let via: Vec<String> = route
            .choices
            .iter()
            .map(|choice| {
                let name = directory.trunks.get(&choice.trunk).map_or("?", |trunk| trunk.name.as_str());
                match (choice.strip, choice.prepend.is_empty()) {
                    (0, true) => name.to_owned(),
                    (strip, true) => format!("{name} (strip {strip})"),
                    (strip, false) => format!("{name} (strip {strip}, prepend {})", choice.prepend),
                }
            })
            .collect();
        let digits = format!("{} to {}", route.min_digits, route.max_digits);
        let open: Vec<String> = route.hours.iter().map(ToString::to_string).collect();
        let open = if open.is_empty() { "always".to_owned() } else { open.join("; ") };
        table.row(vec![route.name.clone(), route.prefix.to_string(), digits, via.join(", "), open]);
    }
    print(&table, "there are no routes; add one with: almon route add NAME --prefix DIGITS --via TRUNK", out)
}

pub(super) fn services(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let directory = directory(context)?;
    if context.json {
        return json(&directory.services, out);
    }
    let mut table = Table::new(&["number", "what answers"]);
    for service in directory.services.values() {
        let kind = match &service.kind {
            ServiceKind::Echo => "echo".to_owned(),
            ServiceKind::Music => "music".to_owned(),
            ServiceKind::Announcement(name) => format!("announcement {name}"),
        };
        table.row(vec![service.number.to_string(), kind]);
    }
    print(&table, "there are no service numbers; add one with: almon service add NUMBER echo", out)
}

pub(super) fn emergency(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let directory = directory(context)?;
    if context.json {
        return json(&directory.emergency, out);
    }
    let mut table = Table::new(&["number", "route"]);
    for emergency in directory.emergency.values() {
        table.row(vec![emergency.number.to_string(), emergency.route.clone()]);
    }
    print(&table, "there are no emergency numbers; add them with: almon emergency add NUMBER --route ROUTE", out)
}

pub(super) fn settings(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let settings = directory(context)?.settings.clone();
    if context.json {
        return json(&settings, out);
    }
    let mut table = Table::new(&["setting", "value"]);
    table.row(vec!["no answer".into(), format!("{} s", settings.no_answer_seconds)]);
    table.row(vec!["inter-digit".into(), format!("{} s", settings.inter_digit_seconds)]);
    let longest = match settings.longest_call_minutes {
        0 => "24 h".to_owned(),
        minutes => format!("{minutes} min"),
    };
    table.row(vec!["longest call".into(), longest]);
    table.row(vec!["announce vacant numbers".into(), yes(settings.announce_vacant)]);
    Ok(table.print(out)?)
}

pub(super) fn history(context: &Context, limit: u32, out: &mut impl Write) -> Result<(), CommandError> {
    let Answer::History(entries) = context.ask(&Request::History { limit })? else {
        return Err(CommandError::Unexpected);
    };
    if context.json {
        return json(&entries, out);
    }
    let mut table = Table::new(&["revision", "when", "who", "changes"]);
    for entry in entries {
        let (revision, set) = (entry.revision.0.to_string(), entry.set);
        table.row(vec![revision, set.at.to_string(), set.author, set.changes.len().to_string()]);
    }
    print(&table, "nothing was changed yet", out)
}

pub(super) fn registrations(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let Answer::Registrations(registered) = context.ask(&Request::Registrations)? else {
        return Err(CommandError::Unexpected);
    };
    if context.json {
        return json(&registered, out);
    }
    let mut table = Table::new(&["number", "transport", "from", "behind NAT", "contact"]);
    for one in registered {
        table.row(vec![one.number, one.transport, one.peer.to_string(), yes(one.translated), one.contact]);
    }
    print(&table, "no telephone is registered", out)
}

pub(super) fn status(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let Answer::Status(status) = context.ask(&Request::Status)? else {
        return Err(CommandError::Unexpected);
    };
    if context.json {
        return json(&status, out);
    }
    let figures = &status.figures;
    let alarms: Vec<&str> = figures.alarms.iter().chain(&status.alarms).map(String::as_str).collect();
    let mut table = Table::new(&["what", "value"]);
    let mut row = |what: &str, value: String| table.row(vec![what.to_owned(), value]);
    row("version", status.version.clone());
    row("process", status.process.to_string());
    row("up", format!("{} s", status.uptime));
    row("revision", status.revision.0.to_string());
    row("extensions", status.extensions.to_string());
    row("telephones", figures.terminals.to_string());
    row(
        "calls",
        format!("{} ({} since the start, {} refused)", figures.calls, figures.calls_in_all, figures.calls_refused),
    );
    row("connections", figures.connections.to_string());
    row(
        "messages",
        format!("{} in, {} out, {} unreadable", figures.messages_in, figures.messages_out, figures.unreadable),
    );
    row("memory", format!("{:.1} MiB", status.resident as f64 / 1024.0));
    row("alarms", if alarms.is_empty() { "none".to_owned() } else { alarms.join(", ") });
    if let Some(files) = status.record_files {
        let RecordFiles { lines, waiting, failures } = files;
        row("record files", format!("{lines} lines since the start, {waiting} records wait, {failures} failures"));
    }
    for (service, address) in &status.listeners {
        row("listens", format!("{service} on {address}"));
    }
    for (kind, count) in figures.dropped.iter().filter(|(_, count)| *count > 0) {
        row(kind, count.to_string());
    }
    Ok(table.print(out)?)
}
