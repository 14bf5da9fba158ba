//! The log: `tracing` on standard error.

use super::StartError;
use crate::configuration::{LogFormat, LogSection};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Puts another filter in place; false when the log is not ours.
pub(crate) type ChangeFilter = Box<dyn Fn(EnvFilter) -> bool>;

/// Reads a filter.
pub(crate) fn filter(section: &LogSection) -> Result<EnvFilter, StartError> {
    EnvFilter::try_new(&section.filter).map_err(|_| StartError::LogFilter { filter: section.filter.clone() })
}

/// Starts the log. A second start in one process, as tests do, keeps the first.
pub(super) fn start(section: &LogSection) -> Result<ChangeFilter, StartError> {
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter(section)?).with_writer(io::stderr).with_target(false);
    Ok(match section.format {
        LogFormat::Json => {
            let builder = builder.json().with_filter_reloading();
            let handle = builder.reload_handle();
            let ours = builder.try_init().is_ok();
            Box::new(move |filter| ours && handle.reload(filter).is_ok())
        }
        LogFormat::Text => {
            let builder = builder.with_ansi(io::stderr().is_terminal()).with_filter_reloading();
            let handle = builder.reload_handle();
            let ours = builder.try_init().is_ok();
            Box::new(move |filter| ours && handle.reload(filter).is_ok())
        }
    })
}
