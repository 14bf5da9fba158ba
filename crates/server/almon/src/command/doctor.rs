//! `almon doctor`: what is wrong, and what to do about it.

use super::{CommandError, Context};
use crate::configuration::Site;
use crate::control::client::ask;
use crate::control::protocol::{Answer, Request, Status};
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Warning,
    Fault,
}

struct Finding {
    mark: Mark,
    text: String,
}

fn good(text: impl Into<String>) -> Finding {
    Finding { mark: Mark::Good, text: text.into() }
}

fn warning(text: impl Into<String>) -> Finding {
    Finding { mark: Mark::Warning, text: text.into() }
}

fn fault(text: impl Into<String>) -> Finding {
    Finding { mark: Mark::Fault, text: text.into() }
}

pub(super) fn run(context: &Context, out: &mut impl Write) -> Result<(), CommandError> {
    let mut findings = Vec::new();
    match context.site() {
        Ok(site) => {
            findings.push(good("the configuration and the port plan are consistent"));
            let server = ask(&site.configuration.data, &Request::Status);
            match server {
                Ok(Answer::Status(status)) => running(&site, &status, &mut findings),
                Ok(_) => findings.push(fault("the server is of another version than this command")),
                Err(error) => {
                    findings.push(fault(format!("{error}")));
                    stopped(&site, &mut findings);
                }
            }
            machine(&site, &mut findings);
        }
        Err(error) => findings.push(fault(error.to_string())),
    }
    for finding in &findings {
        let mark = match finding.mark {
            Mark::Good => "ok     ",
            Mark::Warning => "warning",
            Mark::Fault => "FAULT  ",
        };
        writeln!(out, "{mark}  {}", finding.text)?;
    }
    if findings.iter().any(|finding| finding.mark == Mark::Fault) { Err(CommandError::CheckFailed) } else { Ok(()) }
}

fn running(site: &Site, status: &Status, findings: &mut Vec<Finding>) {
    findings.push(good(format!(
        "the server runs: process {}, up {} s, version {}",
        status.process, status.uptime, status.version
    )));
    if status.version != env!("CARGO_PKG_VERSION") {
        findings
            .push(warning("the running server is of another version than this command: restart it after an upgrade"));
    }
    for alarm in status.figures.alarms.iter().chain(&status.alarms) {
        findings.push(fault(format!("alarm: {alarm}")));
    }
    if status.extensions == 0 {
        findings.push(warning("there are no extensions: almon extension add 1001 --name NAME"));
    } else if status.figures.terminals == 0 {
        let addresses: Vec<String> = status.listeners.iter().map(|(_, address)| address.clone()).collect();
        findings
            .push(warning(format!("no telephone is registered; they reach the server at {}", addresses.join(", "))));
    } else {
        findings.push(good(format!(
            "{} extensions, {} telephones registered",
            status.extensions, status.figures.terminals
        )));
    }
    let dropped =
        |name: &str| status.figures.dropped.iter().find(|(kind, _)| kind == name).map_or(0, |(_, count)| *count);
    if dropped("wrong credentials") > 0 {
        findings.push(warning(format!(
            "{} wrong passwords since the start: a telephone with an old one, or somebody who guesses",
            dropped("wrong credentials")
        )));
    }
    for planned in site.plan.flows().iter().filter(|planned| planned.in_use()) {
        let name = planned.service().to_string();
        let is_listener = planned.flow().role == ports::Role::Listener && name != "media";
        if is_listener && !status.listeners.iter().any(|(service, _)| *service == name) {
            findings.push(warning(format!("{name} is planned and not open (TLS needs [tls] certificate and key)")));
        }
    }
}

/// The server does not run: would it find its addresses?
fn stopped(site: &Site, findings: &mut Vec<Finding>) {
    for network in &site.networks {
        for address in &network.section.addresses {
            match is_local(*address) {
                true => findings
                    .push(good(format!("this machine has the address {address} of network {}", network.section.name))),
                false => findings.push(fault(format!(
                    "no interface has the address {address} of network {}: correct [[network]] addresses",
                    network.section.name
                ))),
            }
        }
    }
    for planned in site.plan.privileged() {
        findings.push(warning(format!(
            "{} stands below port 1024: the service needs CAP_NET_BIND_SERVICE",
            planned.service()
        )));
    }
}

/// True when an interface of this machine has the address.
fn is_local(address: IpAddr) -> bool {
    address.is_unspecified() || crate::start::machine::addresses().contains(&address)
}

fn machine(site: &Site, findings: &mut Vec<Finding>) {
    let data = &site.configuration.data;
    match free_mebibytes(data) {
        Some(free) if free < 100 => findings.push(fault(format!("{}: only {free} MiB are free", data.display()))),
        Some(free) => findings.push(good(format!("{}: {free} MiB are free", data.display()))),
        None => findings.push(warning(format!("{} cannot be looked at", data.display()))),
    }
}

/// Free space of the file system that holds a folder, in MiB.
fn free_mebibytes(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|path| path.exists())?;
    crate::start::machine::free_space(existing).map(|bytes| bytes >> 20)
}
