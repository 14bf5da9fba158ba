//! The log: `tracing` on standard error.

use super::StartError;
use crate::configuration::{LogFormat, LogSection};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Starts the log. A second start in one process, as tests do, keeps the first.
pub(super) fn start(section: &LogSection) -> Result<(), StartError> {
    let filter =
        EnvFilter::try_new(&section.filter).map_err(|_| StartError::LogFilter { filter: section.filter.clone() })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    let _ = match section.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    Ok(())
}
