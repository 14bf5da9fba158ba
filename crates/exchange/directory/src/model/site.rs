//! All configuration data of a site at one revision.

use super::{extension::Extension, route::Route, service_number::ServiceNumber, trunk::Trunk};
use ground::{Digits, TrunkId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts the change sets that were applied; 0 is the empty site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// The directory at one revision: immutable, shared by everybody who reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The revision of this state.
    pub revision: Revision,
    /// Settings of the whole site.
    pub settings: SiteSettings,
    /// Extensions by number.
    pub extensions: BTreeMap<Digits, Extension>,
    /// Internal services by number.
    pub services: BTreeMap<Digits, ServiceNumber>,
    /// Trunks by identifier.
    pub trunks: BTreeMap<TrunkId, Trunk>,
    /// Routes by name.
    pub routes: BTreeMap<String, Route>,
    /// Numbers that reach an emergency service: resolved before any rule; nothing else may begin with one.
    pub emergency: BTreeMap<Digits, EmergencyNumber>,
    /// The next device identifier to give out.
    pub next_device: u32,
    /// The next trunk identifier to give out.
    pub next_trunk: u32,
}

/// An emergency number and the route over which it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyNumber {
    /// The number as dialled.
    pub number: Digits,
    /// The name of the route whose choices are tried; digits are sent as dialled.
    pub route: String,
}

/// Settings of the whole site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSettings {
    /// Seconds that a telephone rings before the caller is told that nobody answers, 5 to 600.
    pub no_answer_seconds: u16,
    /// Seconds between two digits before an incomplete number is treated as complete, 1 to 60.
    pub inter_digit_seconds: u16,
    /// Play an announcement to callers of numbers that are not in use; otherwise refuse at once.
    pub announce_vacant: bool,
    /// Minutes after which a call is ended, at most 10,080; 0 for the built-in 24 hours.
    #[serde(default)]
    pub longest_call_minutes: u16,
}

impl Default for SiteSettings {
    fn default() -> Self {
        SiteSettings { no_answer_seconds: 60, inter_digit_seconds: 5, announce_vacant: true, longest_call_minutes: 0 }
    }
}
