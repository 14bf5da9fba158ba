//! Bringing the exchange up, and down again.

mod chance;
mod directory;
mod engine;
mod epoch;
mod kept;
mod logging;
pub mod machine;
mod outside;
pub mod reload;
mod rooms;
mod settings;
mod sockets;
mod supervise;
mod watchdog;
pub(crate) mod zone;

pub use kept::journal_folder;

pub use directory::at_rest;

use crate::configuration::{ConfigurationError, Site};
use ::directory::StoreError;
use net::{BindError, CertificateError};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why the exchange could not start, or could not go on.
#[derive(Debug)]
pub enum StartError {
    /// The data folder.
    Store(StoreError),
    /// A planned listener.
    Bind(BindError),
    /// A listener that the plan does not have.
    Plan(ports::NotInPlan),
    /// The certificate.
    Certificate(CertificateError),
    /// The media engine.
    Media(media::StartError),
    /// The system gave no thread, socket or randomness.
    System {
        /// What was asked of it.
        what: &'static str,
        /// Its answer.
        error: io::Error,
    },
    /// A listener is bound to an address that no network has, so nobody could tell what is advertised there.
    NoNetwork {
        /// The service of the port plan.
        service: ports::Service,
        /// The address.
        address: std::net::SocketAddr,
    },
    /// The configuration of the demo could not be made.
    Demo(String),
    /// The log's filter cannot be read.
    LogFilter {
        /// The filter.
        filter: String,
    },
    /// The data folder's directory holds what an emergency number would shadow.
    Emergency(Vec<String>),
    /// A file that the configuration names is not there.
    Missing {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Store(error) => write!(f, "{error}"),
            StartError::Bind(error) => write!(f, "{error}"),
            StartError::Plan(error) => write!(f, "{error}"),
            StartError::Certificate(error) => write!(f, "[tls] {error}"),
            StartError::Media(error) => write!(f, "media: {error}"),
            StartError::System { what, error } => write!(f, "{what}: {error}"),
            StartError::NoNetwork { service, address } => write!(f, "{service}: {address} belongs to no [[network]]"),
            StartError::Demo(text) => write!(f, "{text}"),
            StartError::LogFilter { filter } => write!(f, "[log] filter: {filter:?} cannot be read"),
            StartError::Emergency(faults) => {
                write!(f, "the data folder holds a directory that no change could have made:")?;
                faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))?;
                write!(f, "\nnothing may begin with an emergency number; go back to a copy of the data folder")
            }
            StartError::Missing { key, path } => write!(f, "{key}: {} does not exist", path.display()),
        }
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        StartError::Store(error)
    }
}

impl From<BindError> for StartError {
    fn from(error: BindError) -> Self {
        StartError::Bind(error)
    }
}

/// A mapping for errors of the system.
fn system(what: &'static str) -> impl Fn(io::Error) -> StartError {
    move |error| StartError::System { what, error }
}

/// The ports that the system gives to outgoing connections, as Linux tells them.
pub fn ephemeral_ports() -> Option<String> {
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()
}

/// Something to be done when the exchange runs: it gets the office, through which everything can be asked and changed.
pub type WhenReady = Box<dyn FnOnce(std::rc::Rc<crate::control::office::Office>) -> Greeting>;
/// What is done then.
pub type Greeting = std::pin::Pin<Box<dyn Future<Output = Result<(), StartError>>>>;

/// Reads the configuration again.
pub type Reread = Box<dyn Fn() -> Result<Site, ConfigurationError>>;

/// Runs the exchange until it is told to end.
pub fn run(site: Site, reread: Option<Reread>, ready: Option<WhenReady>) -> Result<(), StartError> {
    let filter = logging::start(&site.configuration.log)?;
    let rooms = rooms::Rooms::open(&site)?;
    let reloader = reload::Reloader::new(&site, reread, filter, rooms.identity.clone());
    supervise::run(&site, rooms, reloader, ready)
}
