//! The commands that change the directory: every one is a change set over the admin socket.

use super::arguments::{
    EmergencyCommand, ExtensionCommand, ExtensionValues, RouteCommand, RouteValues, ServiceCommand, SettingsArguments,
    TrunkCommand,
};
use super::{CommandError, Context, listing};
use crate::configuration::Site;
use crate::control::password;
use crate::control::protocol::{Answer, Request};
use directory::change::{
    CallLimit, Change, ExtensionPatch, NewChoice, NewExtension, NewRoute, NewTrunk, RoutePatch, SettingsPatch,
    TrunkPatch,
};
use directory::{Hours, ServiceKind, TrunkTransport};
use ground::{Digits, NetworkId, Secret};
use std::io::{self, BufRead, Write};

pub(super) fn extension(
    context: &Context,
    command: ExtensionCommand,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    match command {
        ExtensionCommand::List => listing::extensions(context, out),
        ExtensionCommand::Add { number, values, password_stdin } => {
            let number = digits(&number)?;
            let secret = if password_stdin { read_password()? } else { make_password()? };
            let new = NewExtension {
                number,
                name: values.name.unwrap_or_default(),
                max_terminals: values.max_terminals.unwrap_or(1),
                external_calls: values.external_calls.unwrap_or(true),
                call_waiting: values.call_waiting.unwrap_or(true),
                max_calls: values.max_calls.filter(|most| *most > 0),
                pickup_group: values.pickup_group.filter(|group| *group > 0),
                password: Vec::new(),
            };
            apply(context, vec![Change::AddExtension(new)], vec![(number.to_string(), secret.clone())], out)?;
            if !password_stdin {
                writeln!(out, "password of {number}: {} (not shown again)", secret.expose())?;
            }
            Ok(())
        }
        ExtensionCommand::Change { number, values, new_password, password_stdin } => {
            let number = digits(&number)?;
            let ExtensionValues { name, max_terminals, external_calls, call_waiting, max_calls, pickup_group } = values;
            let patch = ExtensionPatch {
                name,
                max_terminals,
                external_calls,
                call_waiting,
                max_calls: max_calls.map(|most| Some(most).filter(|most| *most > 0).into()),
                pickup_group: pickup_group.map(|group| Some(group).filter(|group| *group > 0).into()),
                password: None,
            };
            let secret = match (new_password, password_stdin) {
                (true, _) => Some(make_password()?),
                (_, true) => Some(read_password()?),
                _ => None,
            };
            let passwords = secret.iter().map(|secret| (number.to_string(), secret.clone())).collect();
            apply(context, vec![Change::ChangeExtension { number, patch }], passwords, out)?;
            if let (true, Some(secret)) = (new_password, secret) {
                writeln!(out, "password of {number}: {} (not shown again)", secret.expose())?;
            }
            Ok(())
        }
        ExtensionCommand::Remove { numbers } => {
            let remove = |number: &String| Ok(Change::RemoveExtension { number: digits(number)? });
            let changes: Result<Vec<Change>, CommandError> = numbers.iter().map(remove).collect();
            apply(context, changes?, Vec::new(), out)
        }
    }
}

pub(super) fn trunk(context: &Context, command: TrunkCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let change = match command {
        TrunkCommand::List => return listing::trunks(context, out),
        TrunkCommand::Add { name, values } => {
            let site = context.site()?;
            let address = values.address.ok_or_else(|| argument("a trunk needs --address"))?;
            Change::AddTrunk(NewTrunk {
                name,
                address,
                transport: transport(values.transport.as_deref())?.unwrap_or(TrunkTransport::Udp),
                network: network(&site, values.network.as_deref())?.unwrap_or(NetworkId(0)),
                sources: values.sources,
                transit: values.transit.unwrap_or(false),
                follow_redirects: values.follow_redirects.unwrap_or(false),
                may_transfer: values.may_transfer.unwrap_or(false),
                transfers_itself: values.transfers_itself.unwrap_or(false),
                max_calls: values.max_calls.map(limit).unwrap_or_default(),
            })
        }
        TrunkCommand::Change { name, values } => {
            let site = context.site()?;
            let patch = TrunkPatch {
                name: None,
                address: values.address,
                transport: transport(values.transport.as_deref())?,
                network: network(&site, values.network.as_deref())?,
                sources: (!values.sources.is_empty()).then_some(values.sources),
                transit: values.transit,
                follow_redirects: values.follow_redirects,
                may_transfer: values.may_transfer,
                transfers_itself: values.transfers_itself,
                max_calls: values.max_calls.map(limit),
            };
            Change::ChangeTrunk { name, patch }
        }
        TrunkCommand::Remove { name } => Change::RemoveTrunk { name },
    };
    apply(context, vec![change], Vec::new(), out)
}

pub(super) fn route(context: &Context, command: RouteCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let change = match command {
        RouteCommand::List => return listing::routes(context, out),
        RouteCommand::Add { name, values } => {
            let RouteValues { prefix, min_digits, max_digits, via, hours: open } = values;
            let prefix = digits(&prefix.ok_or_else(|| argument("a route needs --prefix"))?)?;
            let min_digits = min_digits.unwrap_or(prefix.len() as u8 + 1);
            let max_digits = max_digits.unwrap_or(20);
            let (choices, hours) = (choices(&via)?, hours(&open)?.unwrap_or_default());
            Change::AddRoute(NewRoute { name, prefix, min_digits, max_digits, choices, hours })
        }
        RouteCommand::Change { name, values } => {
            let patch = RoutePatch {
                prefix: values.prefix.map(|prefix| digits(&prefix)).transpose()?,
                min_digits: values.min_digits,
                max_digits: values.max_digits,
                choices: if values.via.is_empty() { None } else { Some(choices(&values.via)?) },
                hours: hours(&values.hours)?,
            };
            Change::ChangeRoute { name, patch }
        }
        RouteCommand::Remove { name } => Change::RemoveRoute { name },
    };
    apply(context, vec![change], Vec::new(), out)
}

pub(super) fn service(context: &Context, command: ServiceCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let change = match command {
        ServiceCommand::List => return listing::services(context, out),
        ServiceCommand::Add { number, kind } => {
            Change::AddService { number: digits(&number)?, kind: service_kind(&kind)? }
        }
        ServiceCommand::Change { number, kind } => {
            Change::ChangeService { number: digits(&number)?, kind: service_kind(&kind)? }
        }
        ServiceCommand::Remove { number } => Change::RemoveService { number: digits(&number)? },
    };
    apply(context, vec![change], Vec::new(), out)
}

pub(super) fn emergency(
    context: &Context,
    command: EmergencyCommand,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let change = match command {
        EmergencyCommand::List => return listing::emergency(context, out),
        EmergencyCommand::Add { number, route } => Change::AddEmergency { number: digits(&number)?, route },
        EmergencyCommand::Change { number, route } => Change::ChangeEmergency { number: digits(&number)?, route },
        EmergencyCommand::Remove { number } => Change::RemoveEmergency { number: digits(&number)? },
    };
    apply(context, vec![change], Vec::new(), out)
}

pub(super) fn settings(
    context: &Context,
    settings: SettingsArguments,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let patch = SettingsPatch {
        no_answer_seconds: settings.no_answer,
        inter_digit_seconds: settings.inter_digit,
        announce_vacant: settings.announce_vacant,
        longest_call_minutes: settings.longest_call,
    };
    if patch == SettingsPatch::default() {
        return listing::settings(context, out);
    }
    apply(context, vec![Change::ChangeSettings(patch)], Vec::new(), out)
}

/// Who changes, as the history shows it.
pub(super) fn author() -> String {
    std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "root".to_owned())
}

fn apply(
    context: &Context,
    changes: Vec<Change>,
    passwords: Vec<(String, Secret)>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let request = Request::Apply { author: author(), changes, passwords, plan: false };
    match context.ask(&request)? {
        Answer::Applied { revision, differences } if context.json => {
            let value = serde_json::json!({ "revision": revision, "differences": differences });
            Ok(writeln!(out, "{value}")?)
        }
        Answer::Applied { revision, differences } => {
            for difference in differences {
                writeln!(out, "{difference}")?;
            }
            Ok(writeln!(out, "revision {} is in force", revision.0)?)
        }
        _ => Err(CommandError::Unexpected),
    }
}

fn argument(text: &str) -> CommandError {
    CommandError::Argument(text.to_owned())
}

fn digits(text: &str) -> Result<Digits, CommandError> {
    text.parse().map_err(|error| CommandError::Argument(format!("{text:?} is no number: {error}")))
}

fn make_password() -> Result<Secret, CommandError> {
    password::generate().map_err(|error| CommandError::Argument(format!("the system gives no randomness: {error}")))
}

fn read_password() -> Result<Secret, CommandError> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let secret = Secret::new(line.trim_end_matches(['\r', '\n']));
    if password::is_acceptable(&secret) {
        Ok(secret)
    } else {
        Err(argument("a password has 8 to 128 printable characters"))
    }
}

fn transport(name: Option<&str>) -> Result<Option<TrunkTransport>, CommandError> {
    match name {
        None => Ok(None),
        Some("udp") => Ok(Some(TrunkTransport::Udp)),
        Some("tcp") => Ok(Some(TrunkTransport::Tcp)),
        Some("tls") => Ok(Some(TrunkTransport::Tls)),
        Some(other) => Err(CommandError::Argument(format!("{other:?} is not udp, tcp or tls"))),
    }
}

fn network(site: &Site, name: Option<&str>) -> Result<Option<NetworkId>, CommandError> {
    let Some(name) = name else { return Ok(None) };
    match site.network_named(name) {
        Some(network) => Ok(Some(network.id)),
        None => Err(CommandError::Argument(format!("the configuration has no network {name:?}"))),
    }
}

fn limit(most: u32) -> CallLimit {
    if most == 0 { CallLimit::Unlimited } else { CallLimit::AtMost(most) }
}

fn service_kind(text: &str) -> Result<ServiceKind, CommandError> {
    match text.split_once(':') {
        None if text == "echo" => Ok(ServiceKind::Echo),
        None if text == "music" => Ok(ServiceKind::Music),
        Some(("announcement", name)) if !name.is_empty() => Ok(ServiceKind::Announcement(name.to_owned())),
        _ => Err(CommandError::Argument(format!("{text:?} is not echo, music or announcement:NAME"))),
    }
}

fn choices(via: &[String]) -> Result<Vec<NewChoice>, CommandError> {
    if via.is_empty() {
        return Err(argument("a route needs --via with a trunk"));
    }
    via.iter().map(|text| choice(text)).collect()
}

/// The windows as given, none when nothing was said.
fn hours(texts: &[String]) -> Result<Option<Vec<Hours>>, CommandError> {
    if texts == ["always"] {
        return Ok(Some(Vec::new()));
    }
    let one = |text: &String| text.parse().map_err(|error| CommandError::Argument(format!("{text:?}: {error}")));
    let windows: Vec<Hours> = texts.iter().map(one).collect::<Result<_, _>>()?;
    Ok((!windows.is_empty()).then_some(windows))
}

/// `NAME`, or `NAME,strip=N,prepend=DIGITS`.
fn choice(text: &str) -> Result<NewChoice, CommandError> {
    let mut parts = text.split(',');
    let trunk = parts.next().unwrap_or_default().to_owned();
    let mut choice = NewChoice { trunk, strip: 0, prepend: Digits::EMPTY };
    for part in parts {
        match part.split_once('=') {
            Some(("strip", count)) => {
                choice.strip = count.parse().map_err(|_| CommandError::Argument(format!("{part:?}: not a count")))?;
            }
            Some(("prepend", text)) => choice.prepend = digits(text)?,
            _ => return Err(CommandError::Argument(format!("{part:?} is not strip=N or prepend=DIGITS"))),
        }
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_with_and_without_its_changes() {
        let plain = choice("carrier").unwrap();
        assert_eq!((plain.trunk.as_str(), plain.strip, plain.prepend.as_str()), ("carrier", 0, ""));
        let full = choice("carrier,strip=1,prepend=0046").unwrap();
        assert_eq!((full.strip, full.prepend.as_str()), (1, "0046"));
        assert!(choice("carrier,strip=x").is_err());
        assert!(choice("carrier,cut=1").is_err());
    }

    #[test]
    fn services_are_named() {
        assert_eq!(service_kind("echo").unwrap(), ServiceKind::Echo);
        assert_eq!(service_kind("announcement:closed").unwrap(), ServiceKind::Announcement("closed".into()));
        assert!(service_kind("announcement:").is_err());
        assert!(service_kind("fax").is_err());
    }
}
