//! `almon ports`: the plan in five forms, and the check of plan and reality.

use super::arguments::{PortsArguments, PortsCommand, PortsFormat};
use super::table::Table;
use super::{CommandError, Context};
use crate::control::client::ask;
use crate::control::protocol::{Answer, Request};
use ports::probe::{ProcNet, probe};
use ports::render::{FirewallOptions, Scope, firewalld, json, markdown, nftables, table};
use std::collections::BTreeSet;
use std::io::Write;

pub(super) fn run(context: &Context, arguments: PortsArguments, out: &mut impl Write) -> Result<(), CommandError> {
    if let Some(PortsCommand::Check) = arguments.command {
        return check(context, out);
    }
    let plan = context.site()?.plan;
    let text = match arguments.format {
        PortsFormat::Table if context.json => json(&plan),
        PortsFormat::Table => table(&plan),
        PortsFormat::Json => json(&plan),
        // The published page is about the product, not about this machine.
        PortsFormat::Markdown => markdown(&ports::PortPlan::default()),
        PortsFormat::Nftables => nftables(&plan, &FirewallOptions::default()),
        PortsFormat::Firewalld => firewalld(&plan, Scope::InUse),
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// Collisions were refused by `site()`. What remains is to see which planned ports the running server has open.
fn check(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let site = context.site()?;
    writeln!(out, "the plan has no collisions")?;
    let process = match ask(&site.configuration.data, &Request::Status) {
        Ok(Answer::Status(status)) => Some(status.process),
        _ => None,
    };
    let Some(process) = process else {
        writeln!(out, "no server answers at {}: nothing to probe", site.configuration.data.display())?;
        return Ok(());
    };
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{process}/net/{name}")).unwrap_or_default();
    let (tcp, tcp6, udp, udp6) = (read("tcp"), read("tcp6"), read("udp"), read("udp6"));
    let files = ProcNet { tcp: &tcp, tcp6: &tcp6, udp: &udp, udp6: &udp6 };
    let inodes = inodes(process)?;
    let report = probe(&site.plan, &files, Some(&inodes)).map_err(|line| CommandError::Argument(line.to_string()))?;
    let mut rows = Table::new(&["service", "planned", "open", "state"]);
    for listener in &report.listeners {
        let Some(flow) = site.plan.flow(listener.service) else { continue };
        let open = listener.planned - listener.closed.len();
        let state = match (flow.in_use(), open) {
            (false, 0) => continue,
            (false, _) => "open, but not built: a fault",
            (true, 0) => "closed",
            (true, _) if listener.is_open() => "open",
            (true, _) if flow.flow().is_run() => "bound as needed",
            (true, _) => "partly open",
        };
        rows.row(vec![listener.service.to_string(), listener.planned.to_string(), open.to_string(), state.to_owned()]);
    }
    rows.print(out)?;
    for socket in &report.unplanned {
        writeln!(out, "not in the plan: {:?} {}", socket.transport, socket.address)?;
    }
    if report.unplanned.is_empty() {
        writeln!(out, "process {process} has no socket open that the plan does not have")?;
        Ok(())
    } else {
        Err(CommandError::CheckFailed)
    }
}

/// The sockets of a process, by the kernel's number.
fn inodes(process: u32) -> Result<BTreeSet<u64>, CommandError> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(format!("/proc/{process}/fd"))? {
        let Ok(target) = std::fs::read_link(entry?.path()) else { continue };
        let text = target.to_str().unwrap_or_default();
        let inode = text.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        found.extend(inode.and_then(|number| number.parse::<u64>().ok()));
    }
    Ok(found)
}
