//! The demo exchange: five extensions, service numbers, and a page of instructions.

use crate::configuration::{Configuration, DigestName, NetworkSection, Site};
use crate::control::office::Office;
use crate::control::password;
use crate::control::protocol::{Answer, Request};
use crate::start::{self, StartError, machine};
use directory::ServiceKind;
use directory::change::{Change, NewExtension};
use ground::{Digits, Secret};
use net::BindError;
use ports::Service;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The demo's users: people of telephony's history.
const USERS: [(&str, &str); 5] = [
    ("1001", "Almon Strowger"),
    ("1002", "Agner Erlang"),
    ("1003", "Hedy Lamarr"),
    ("1004", "Antonio Meucci"),
    ("1005", "Claude Shannon"),
];
/// What can be dialled beside the users.
const SERVICES: [(&str, ServiceKind, &str); 2] =
    [("600", ServiceKind::Echo, "hears you and says it back"), ("601", ServiceKind::Music, "plays music")];
/// A number that nobody has.
const VACANT: &str = "1999";

/// The demo's passwords: shown at each start, so they are kept readable, in a file for the owner alone.
#[derive(Serialize, Deserialize, Default)]
struct Passwords(BTreeMap<String, Secret>);

/// Runs the demo in a data folder.
pub fn run(data: &Path, addresses: &[IpAddr]) -> Result<(), StartError> {
    fs::create_dir_all(data).map_err(|error| fault(data, &error))?;
    fs::set_permissions(data, fs::Permissions::from_mode(0o700)).map_err(|error| fault(data, &error))?;
    let data = data.canonicalize().map_err(|error| fault(data, &error))?;
    for attempt in 0..ATTEMPTS {
        let site = site(&data, addresses, attempt)?;
        let networks = site.networks.len();
        let data = data.clone();
        let greeting = move |office: Rc<Office>| -> start::Greeting {
            Box::pin(async move {
                let passwords = set_up(&office, &data).await?;
                let lines = instructions(&passwords, &office.listeners, networks, &data);
                // Nobody looks when standard output is closed.
                let _ = std::io::stdout().lock().write_all(lines.as_bytes());
                Ok(())
            })
        };
        match start::run(site, None, Some(Box::new(greeting))) {
            // Another telephone program on this machine often has the usual port.
            Err(StartError::Bind(BindError::InUse { service, address })) if attempt + 1 < ATTEMPTS => {
                tracing::warn!("{service}: {address} is in use; the demo moves its ports up by {STEP}");
            }
            ended => return ended,
        }
    }
    Ok(())
}

/// The demo's configuration in its data folder, for the commands that look on.
pub const CONFIGURATION: &str = "almon.toml";
/// How often the demo looks for free ports.
const ATTEMPTS: u16 = 6;
/// How far it moves each time.
const STEP: u16 = 10;

fn fault(path: &Path, error: &std::io::Error) -> StartError {
    StartError::Demo(format!("{}: {error}", path.display()))
}

/// One network for each address: the loopback, and the machine's addresses towards its network or those that were named.
fn site(data: &Path, addresses: &[IpAddr], attempt: u16) -> Result<Site, StartError> {
    let chosen = if addresses.is_empty() { usual_addresses() } else { addresses.to_vec() };
    let (local, others): (Vec<IpAddr>, Vec<IpAddr>) = chosen.into_iter().partition(IpAddr::is_loopback);
    let mut network = Vec::new();
    if !local.is_empty() {
        network.push(demo_network("this machine".to_owned(), local));
    }
    for address in others {
        network.push(demo_network(format!("network of {address}"), vec![address]));
    }
    let tls = certificate(data, &network)?;
    let mut configuration = Configuration { data: data.to_owned(), network, tls, ..Configuration::default() };
    configuration.ports = moved(attempt * STEP);
    let text = toml::to_string(&configuration).map_err(|error| StartError::Demo(error.to_string()))?;
    write_private(&data.join(CONFIGURATION), text.as_bytes())?;
    Site::new(configuration, start::ephemeral_ports().as_deref()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        StartError::Demo(lines.join("\n"))
    })
}

/// Any softphone has to work, and some give up when they see a challenge that they do not know, even beside one that they do:
/// the demo challenges with MD5 alone. A site does better.
fn demo_network(name: String, addresses: Vec<IpAddr>) -> NetworkSection {
    NetworkSection { name, addresses, digest: vec![DigestName::Md5], ..NetworkSection::default() }
}

/// The plan with its SIP ports moved up.
fn moved(by: u16) -> ports::Overrides {
    let plan = ports::PortPlan::default();
    let mut overrides = ports::Overrides::default();
    for service in [Service::SipUdp, Service::SipTcp, Service::SipTls] {
        let usual = plan.flow(service).and_then(|flow| flow.ports().first().map(|run| run.first()));
        if let Some(port) = usual.and_then(|usual| ports::PortList::one(usual + by)).filter(|_| by > 0) {
            overrides = overrides.with_port(service, port);
        }
    }
    overrides
}

/// The loopback and the first other address of each family.
fn usual_addresses() -> Vec<IpAddr> {
    let found = machine::addresses();
    let first = |wanted: fn(&IpAddr) -> bool| found.iter().copied().find(|a| wanted(a) && !a.is_loopback());
    let local = found.iter().copied().filter(IpAddr::is_loopback).take(2);
    local.chain(first(IpAddr::is_ipv4)).chain(first(IpAddr::is_ipv6)).collect()
}

/// A certificate of the demo's own for TLS: telephones have to be told to trust it, or not to look.
fn certificate(data: &Path, networks: &[NetworkSection]) -> Result<crate::configuration::TlsSection, StartError> {
    let (certificate, key) = (data.join("demo-certificate.pem"), data.join("demo-key.pem"));
    let names = networks.iter().flat_map(|network| &network.addresses).map(ToString::to_string);
    let names: Vec<String> = std::iter::once("almon-demo".to_owned()).chain(names).collect();
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| StartError::Demo(format!("the demo certificate could not be made: {error}")))?;
    write_private(&certificate, made.cert.pem().as_bytes())?;
    write_private(&key, made.signing_key.serialize_pem().as_bytes())?;
    Ok(crate::configuration::TlsSection { certificate, key, authorities: PathBuf::new() })
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| fault(path, &error))
}

/// Adds what is missing: the first start makes everything, later ones keep what they find.
async fn set_up(office: &Office, data: &Path) -> Result<Passwords, StartError> {
    let path = data.join("demo-passwords.json");
    let known: Passwords =
        fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let directory = office.directory.lock().await.clone();
    let (mut changes, mut passwords, mut all) = (Vec::new(), Vec::new(), Passwords::default());
    for (number, name) in USERS {
        let number: Digits = number.parse().unwrap_or_default();
        let kept = known.0.get(number.as_str()).cloned();
        let secret = match kept {
            Some(secret) => secret,
            None => password::generate().map_err(|error| StartError::Demo(format!("randomness: {error}")))?,
        };
        if !directory.extensions.contains_key(&number) {
            let (name, password) = (name.to_owned(), Vec::new());
            changes.push(Change::AddExtension(NewExtension {
                number,
                name,
                max_terminals: 4,
                external_calls: true,
                password,
                call_waiting: true,
                max_calls: None,
                pickup_group: None,
            }));
            passwords.push((number.to_string(), secret.clone()));
        }
        all.0.insert(number.to_string(), secret);
    }
    for (number, kind, _) in SERVICES {
        let number: Digits = number.parse().unwrap_or_default();
        if !directory.services.contains_key(&number) {
            changes.push(Change::AddService { number, kind });
        }
    }
    let bytes = serde_json::to_vec_pretty(&all).unwrap_or_default();
    write_private(&path, &bytes)?;
    if !changes.is_empty() {
        let request = Request::Apply { author: "demo".to_owned(), changes, passwords, plan: false };
        if let Answer::Refused(reasons) = office.answer(request).await {
            return Err(StartError::Demo(reasons.join("\n")));
        }
    }
    Ok(all)
}

fn instructions(passwords: &Passwords, listeners: &[(String, String)], networks: usize, data: &Path) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("\nAlmon demo exchange\n\n");
    let _ = writeln!(text, "Enter one of these in any SIP telephone or softphone (user name = number, realm almon):\n");
    let _ = writeln!(text, "  {:<8}{:<18}password", "number", "name");
    for (number, name) in USERS {
        let password = passwords.0.get(number).map(Secret::expose).unwrap_or_default();
        let _ = writeln!(text, "  {number:<8}{name:<18}{password}");
    }
    let _ = writeln!(text, "\nServer (it listens here and nowhere else):\n");
    for (service, address) in listeners {
        let _ = writeln!(text, "  {:<10}{address}", service.trim_start_matches("sip-"));
    }
    let _ = writeln!(text, "\nDial:\n");
    let _ = writeln!(text, "  1001 to 1005  one another");
    for (number, _, what) in SERVICES {
        let _ = writeln!(text, "  {number:<14}{what}");
    }
    let _ = writeln!(text, "  {VACANT:<14}says that the number is not in use");
    if networks < 2 {
        let _ =
            writeln!(text, "\nOnly this machine can call: it has no other network address. Name one with --address.");
    }
    let _ = writeln!(text, "\nLook on: almon --data {} calls | extension list | status | doctor", data.display());
    let _ = writeln!(text, "Stop with Ctrl-C.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_configures_one_network_for_each_address() {
        let folder = tempfile::tempdir().unwrap();
        let addresses = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([192, 0, 2, 5])];
        let site = site(folder.path(), &addresses, 0).unwrap();
        assert_eq!(site.networks.len(), 2);
        assert_eq!(site.network_of(addresses[1]).unwrap().v4, Some(addresses[1]));
        let mode = fs::metadata(folder.path().join("demo-key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_instructions_name_every_number_and_listener() {
        let listeners = [("sip-udp".to_owned(), "192.0.2.5:5060".to_owned())];
        let text = instructions(&Passwords::default(), &listeners, 1, Path::new("data"));
        for word in ["1001", "1005", "600", "601", VACANT, "192.0.2.5:5060", "Only this machine"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
