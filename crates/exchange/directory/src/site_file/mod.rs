//! A site as one file: the items that an administrator wants, by the names that people use.
//!
//! What a file does not name is left alone, items and fields alike, unless it calls itself complete: then the items that it
//! does not name are removed. A file that [`SiteFile::of`] made of a directory changes nothing in it.

mod export;
mod fault;
mod plan;

pub use fault::SiteFileFault;

use crate::change::NewChoice;
use crate::{Hours, PasswordDigest, ServiceKind, TrunkTransport};
use ground::{Digits, Secret};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SiteFile {
    /// What the file is about.
    pub site: Scope,
    /// Settings of the whole site.
    pub settings: SettingsEntry,
    /// Trunks.
    pub trunk: Vec<TrunkEntry>,
    /// Routes.
    pub route: Vec<RouteEntry>,
    /// Emergency numbers.
    pub emergency: Vec<EmergencyEntry>,
    /// Service numbers.
    pub service: Vec<ServiceEntry>,
    /// Extensions.
    pub extension: Vec<ExtensionEntry>,
}

/// What a file is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Scope {
    /// The file names every item of the site: others are removed.
    pub complete: bool,
}

/// Settings; none leaves one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SettingsEntry {
    /// Seconds that a telephone rings, 5 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_answer_seconds: Option<u16>,
    /// Seconds between two digits, 1 to 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inter_digit_seconds: Option<u16>,
    /// Play an announcement to callers of numbers that are not in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce_vacant: Option<bool>,
    /// Minutes after which a call is ended; 0 for the built-in 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_call_minutes: Option<u16>,
}

/// An extension. A field that is not there has its usual value in a new extension and stays as it is in another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExtensionEntry {
    /// The directory number.
    pub number: Digits,
    /// The name shown to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many telephones may register at once, 1 to 8; usually 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_terminals: Option<u8>,
    /// May call numbers outside of the exchange; usually it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_calls: Option<bool>,
    /// While it talks, a further call rings; usually it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_waiting: Option<bool>,
    /// The most simultaneous calls of the number, 1 to 100; 0 for no limit, which is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<u8>,
    /// The pickup group, from 1 on; 0 for none, which is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup_group: Option<u16>,
    /// The password in clear. Whoever applies the file replaces it by its digests, which need the realm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The digests of the password. Without these and `password`, a new extension has none and no telephone can register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_digests: Option<Vec<PasswordDigest>>,
}

/// A trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrunkEntry {
    /// The name.
    pub name: String,
    /// Where requests are sent. A new trunk needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// How; usually UDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<TrunkTransport>,
    /// The name of the network of the configuration out of which it is reached; usually the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Further addresses from which its calls come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<IpAddr>>,
    /// Its calls may leave over routes again; usually they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transit: Option<bool>,
    /// A 3xx of the trunk is followed; usually it is a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_redirects: Option<bool>,
    /// The other end may transfer calls; usually it may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_transfer: Option<bool>,
    /// Transfers between two ends on the trunk are asked of it; usually they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers_itself: Option<bool>,
    /// The most simultaneous calls; 0 for no limit, which is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<u32>,
}

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RouteEntry {
    /// The name.
    pub name: String,
    /// What dialled numbers begin with. A new route needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Digits>,
    /// The fewest digits of a complete number; usually one more than the prefix has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_digits: Option<u8>,
    /// The most digits; usually 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u8>,
    /// When it is open; an empty list is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Hours>>,
    /// The trunks to try, in this order. A new route needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Vec<NewChoice>>,
}

/// A service number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceEntry {
    /// The number.
    pub number: Digits,
    /// What answers.
    pub answers: ServiceKind,
}

/// An emergency number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EmergencyEntry {
    /// The number as dialled.
    pub number: Digits,
    /// The route over which it leaves.
    pub route: String,
}
