//! Reading the configuration again while calls go on: what can change does, and the rest is named.

use super::logging::{self, ChangeFilter};
use super::{Reread, StartError, kept, sockets};
use crate::configuration::documented::Documented;
use crate::configuration::{Configuration, ConfigurationError, Site};
use crate::control::office::ShardMailbox;
use crate::shard::request::{Request, Settings};
use net::TlsIdentity;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The settings that change without a restart.
const AT_ONCE: &[&str] = &[
    "[log] filter",
    "[limits] drain",
    "[journal] snapshot-minutes",
    "[journal] snapshot-mebibytes",
    "[tls] certificate",
    "[tls] key",
    "[tls] authorities",
];

/// Why nothing was changed.
#[derive(Debug)]
pub enum ReloadError {
    /// The server was not started from a file.
    NoFile,
    /// The file cannot be used.
    Configuration(ConfigurationError),
    /// Something that it names cannot be used.
    Start(StartError),
    /// The server is ending.
    Ending,
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReloadError::NoFile => write!(f, "this server was not started from a file"),
            ReloadError::Configuration(error) => write!(f, "{error}"),
            ReloadError::Start(error) => write!(f, "{error}"),
            ReloadError::Ending => write!(f, "the server is ending"),
        }
    }
}

impl std::error::Error for ReloadError {}

/// Knows the configuration in force.
pub struct Reloader {
    reread: Option<Reread>,
    /// What counts now: of what needs a restart, the values of the start.
    running: Mutex<Configuration>,
    filter: ChangeFilter,
    identity: Option<TlsIdentity>,
}

impl Reloader {
    pub(super) fn new(
        site: &Site,
        reread: Option<Reread>,
        filter: ChangeFilter,
        identity: Option<TlsIdentity>,
    ) -> Reloader {
        Reloader { reread, running: Mutex::new(site.configuration.clone()), filter, identity }
    }

    /// Reads the configuration again and applies what can be applied: what changed, a line each. With a fault in it nothing changes.
    pub(crate) fn reload(&self, shard: &ShardMailbox) -> Result<Vec<String>, ReloadError> {
        let Some(reread) = &self.reread else { return Err(ReloadError::NoFile) };
        let site = reread().map_err(ReloadError::Configuration)?;
        let filter = logging::filter(&site.configuration.log).map_err(ReloadError::Start)?;
        let identity = sockets::identity(&site).map_err(ReloadError::Start)?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let new = &site.configuration;
        let mut lines: Vec<String> = changed(&running, new)
            .into_iter()
            .map(|key| {
                let at_once = AT_ONCE.contains(&key.as_str()) && (!key.starts_with("[tls]") || self.identity.is_some());
                if at_once { format!("{key}: changed") } else { format!("{key}: needs a restart") }
            })
            .collect();
        if running.log.filter != new.log.filter && !(self.filter)(filter) {
            lines.push("[log] filter: the log is not of this server and stays as it is".to_owned());
        }
        // The files may have changed, and their names not.
        if let (Some(ours), Some(new)) = (&self.identity, &identity) {
            ours.replace(new);
            lines.push("[tls] the certificate was read again".to_owned());
        }
        let settings =
            Settings { drain: Duration::from_secs(u64::from(new.limits.drain)), policy: kept::policy(&new.journal) };
        if !shard.put(Request::Settings(settings)) {
            return Err(ReloadError::Ending);
        }
        running.log.filter.clone_from(&new.log.filter);
        running.limits.drain = new.limits.drain;
        running.journal.snapshot_minutes = new.journal.snapshot_minutes;
        running.journal.snapshot_mebibytes = new.journal.snapshot_mebibytes;
        if self.identity.is_some() && identity.is_some() {
            running.tls = new.tls.clone();
        }
        if lines.is_empty() {
            lines.push("nothing changed".to_owned());
        }
        lines.iter().for_each(|line| tracing::info!("configuration: {line}"));
        Ok(lines)
    }
}

/// The keys that differ, as the file names them.
fn changed(old: &Configuration, new: &Configuration) -> Vec<String> {
    let mut keys = Vec::new();
    let whole = [
        ("data", old.data == new.data),
        ("[[network]]", old.network == new.network),
        ("[ports]", old.ports == new.ports),
    ];
    keys.extend(whole.into_iter().filter(|(_, same)| !same).map(|(key, _)| key.to_owned()));
    section("[sip]", &old.sip, &new.sip, &mut keys);
    section("[media]", &old.media, &new.media, &mut keys);
    section("[tls]", &old.tls, &new.tls, &mut keys);
    section("[limits]", &old.limits, &new.limits, &mut keys);
    section("[records]", &old.records, &new.records, &mut keys);
    section("[journal]", &old.journal, &new.journal, &mut keys);
    section("[log]", &old.log, &new.log, &mut keys);
    keys
}

fn section<T: Documented>(name: &str, old: &T, new: &T, keys: &mut Vec<String>) {
    for (old, new) in old.entries().iter().zip(new.entries()) {
        if old.value != new.value {
            keys.push(format!("{name} {}", new.key.replace('_', "-")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_differs_is_named_as_in_the_file() {
        let old = Configuration::default();
        assert!(changed(&old, &old).is_empty());
        let text = "[log]\nfilter='debug'\n[limits]\ndrain=5\n[sip]\nrealm='x'\n[journal]\nsnapshot-minutes=9";
        let new = Configuration::parse(text).unwrap();
        let keys = ["[sip] realm", "[limits] drain", "[journal] snapshot-minutes", "[log] filter"];
        assert_eq!(changed(&old, &new), keys);
        let new = Configuration::parse("data='/elsewhere'\n[[network]]\nname='x'\naddresses=['127.0.0.2']").unwrap();
        assert_eq!(changed(&old, &new), ["data", "[[network]]"]);
    }

    #[test]
    fn what_changes_at_once_exists() {
        let example = crate::configuration::example();
        for key in AT_ONCE {
            let (section, key) = key.split_once(' ').unwrap();
            let behind = example.split_once(section).unwrap().1;
            let mut lines = behind.lines().skip(1).take_while(|line| !line.starts_with('['));
            assert!(lines.any(|line| line.starts_with(&format!("{key} = "))), "{section} {key}");
        }
    }
}
