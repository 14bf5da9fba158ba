//! What every backend of the `Store` trait has to do, as cases that a backend's own tests run.
//!
//! A case is given a fresh place for data and says what it saw wrong. Each case opens its store again in the middle, so it
//! also shows that what was written is there after a restart.

mod configuration;
mod outputs;
mod records;
mod registrations;
mod sample;
#[cfg(test)]
mod tests;

use super::{Store, StoreError};
use std::fmt;

/// A place for data that a backend can open again and again.
pub trait Place {
    /// Opens the store that lives here. The one opened before has been dropped.
    fn open(&mut self) -> Result<Box<dyn Store>, StoreError>;

    /// A path to which a backup can be written, and that does not exist yet.
    fn backup_path(&mut self) -> std::path::PathBuf;

    /// Opens the store that a backup left at `path`.
    fn open_backup(&mut self, path: &std::path::Path) -> Result<Box<dyn Store>, StoreError>;
}

/// What a case saw wrong.
#[derive(Debug)]
pub enum Failure {
    /// The store failed where it must not.
    Store(StoreError),
    /// The store did something else than the trait says.
    Differs {
        /// The rule that is broken.
        rule: &'static str,
        /// What was seen.
        seen: String,
    },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Store(error) => write!(f, "the store failed: {error}"),
            Failure::Differs { rule, seen } => write!(f, "{rule}; seen: {seen}"),
        }
    }
}

/// A case.
pub type Case = fn(&mut dyn Place) -> Result<(), Failure>;

/// All cases with their names. Each needs a fresh place.
pub const CASES: &[(&str, Case)] = &[
    ("an empty store is the empty site", configuration::empty),
    ("the log grows only at its head", configuration::head_is_conditional),
    ("every revision can be read again", configuration::every_revision),
    ("history is listed from the newest", configuration::history),
    ("a large site survives with its identifiers", configuration::large),
    ("the realm is fixed once", configuration::realm),
    ("a backup holds everything", configuration::backup),
    ("registrations are kept by key and version", registrations::versions),
    ("a removed registration can come back with any version", registrations::removal),
    ("configuration does not touch registrations", registrations::apart),
    ("a segment has one record", records::one_record),
    ("open segments are closed once at the next start", records::interrupted),
    ("a segment opened again is known by its last state", records::reopened),
    ("records are found by time, number and outcome", records::query),
    ("records are read on page by page", records::pages),
    ("every value of a record survives", records::every_value),
    ("calls that go on after a restart stay open", outputs::going_on),
    ("records are read in the order of their closing", outputs::sequence),
    ("an output's position is kept by its name", outputs::position),
];

/// Says what is wrong unless both are equal.
fn same<T: PartialEq + fmt::Debug>(rule: &'static str, seen: T, wanted: T) -> Result<(), Failure> {
    if seen == wanted {
        return Ok(());
    }
    Err(Failure::Differs { rule, seen: format!("{seen:?} instead of {wanted:?}") })
}
