//! The small file of what must be known before the store opens.

pub mod documented;
mod example;
mod sections;
mod validate;

pub use example::example;
pub use sections::{
    DigestName, JournalSection, LimitsSection, LogFormat, LogSection, MediaSection, NetworkSection, RecordsSection,
    SipSection, SiteSection, TlsSection,
};
pub use validate::{Network, Problem, Site};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// The configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// The data folder.
    pub data: PathBuf,
    /// The networks.
    pub network: Vec<NetworkSection>,
    /// The site.
    pub site: SiteSection,
    /// Changes of the port plan.
    pub ports: ports::Overrides,
    /// SIP.
    pub sip: SipSection,
    /// Media.
    pub media: MediaSection,
    /// TLS.
    pub tls: TlsSection,
    /// Bounds.
    pub limits: LimitsSection,
    /// Call records for other programs.
    pub records: RecordsSection,
    /// The journal of calls.
    pub journal: JournalSection,
    /// The log.
    pub log: LogSection,
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            data: PathBuf::from("/var/lib/almon"),
            network: vec![NetworkSection::default()],
            site: SiteSection::default(),
            ports: ports::Overrides::default(),
            sip: SipSection::default(),
            media: MediaSection::default(),
            tls: TlsSection::default(),
            limits: LimitsSection::default(),
            records: RecordsSection::default(),
            journal: JournalSection::default(),
            log: LogSection::default(),
        }
    }
}

/// Why a configuration is not used.
#[derive(Debug)]
pub enum ConfigurationError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: std::io::Error,
    },
    /// It is not TOML, or a key or value is unknown: the message names line and column.
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        error: Box<toml::de::Error>,
    },
    /// It reads well and contradicts itself or this machine.
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigurationError::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            ConfigurationError::Syntax { path, error } => write!(f, "{}: {error}", path.display()),
            ConfigurationError::Invalid { path, problems } => {
                write!(f, "{}: {} problem(s)", path.display(), problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl std::error::Error for ConfigurationError {}

impl Configuration {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigurationError::Unreadable { path: path.to_owned(), error })?;
        Self::parse(&text).map_err(|error| ConfigurationError::Syntax { path: path.to_owned(), error: Box::new(error) })
    }

    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
