//! Change sets: the only way in which a directory alters. A set is validated and applied as a whole or refused as a whole.

mod apply;
mod check;
mod conflict;
mod difference;
mod refusal;
mod revert;
#[cfg(test)]
mod tests;

pub use apply::limits;
pub use difference::{Difference, DifferenceCounts, Fate, FieldChange, counts, difference};
pub use refusal::{ChangeRefusal, Fault, Item, TextFault};
pub use revert::changes_between;

use crate::{Hours, PasswordDigest, Revision, ServiceKind, TrunkTransport};
use ground::{Digits, NetworkId, Utc};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Changes that are applied together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSet {
    /// The revision that the author saw. A set for any other head is refused: somebody else was faster.
    pub base: Revision,
    /// Who changes: the name of an administrator or of a program, 1 to 64 printable characters.
    pub author: String,
    /// When.
    pub at: Utc,
    /// What, in this order. An item has to exist when a change names it; whether items go together is looked at in the end,
    /// so that, for example, two routes can exchange their prefixes.
    pub changes: Vec<Change>,
}

/// One change of a directory.
///
/// Items are named as an administrator names them: extensions, services and emergency numbers by number, trunks and routes by
/// name. So one set can add a trunk and a route over it. Device and trunk identifiers are given by the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A new extension.
    AddExtension(NewExtension),
    /// Alters an extension. Its number stays, because the password's digest contains it.
    ChangeExtension {
        /// Which.
        number: Digits,
        /// What becomes different.
        patch: ExtensionPatch,
    },
    /// Takes an extension away. Its device identifier is never given out again.
    RemoveExtension {
        /// Which.
        number: Digits,
    },
    /// A new trunk.
    AddTrunk(NewTrunk),
    /// Alters a trunk.
    ChangeTrunk {
        /// Its present name.
        name: String,
        /// What becomes different.
        patch: TrunkPatch,
    },
    /// Takes a trunk away; refused while a route uses it.
    RemoveTrunk {
        /// Which.
        name: String,
    },
    /// A new route.
    AddRoute(NewRoute),
    /// Alters a route. Its name stays.
    ChangeRoute {
        /// Which.
        name: String,
        /// What becomes different.
        patch: RoutePatch,
    },
    /// Takes a route away; refused while an emergency number uses it.
    RemoveRoute {
        /// Which.
        name: String,
    },
    /// A new service number.
    AddService {
        /// The number, 2 to 20 digits 0-9.
        number: Digits,
        /// What answers.
        kind: ServiceKind,
    },
    /// Alters what a service number does.
    ChangeService {
        /// Which.
        number: Digits,
        /// What answers from now on.
        kind: ServiceKind,
    },
    /// Takes a service number away.
    RemoveService {
        /// Which.
        number: Digits,
    },
    /// A new emergency number.
    AddEmergency {
        /// The number as dialled, 2 to 20 digits 0-9.
        number: Digits,
        /// The name of the route over which it leaves.
        route: String,
    },
    /// Leads an emergency number over another route.
    ChangeEmergency {
        /// Which.
        number: Digits,
        /// The name of the route over which it leaves from now on.
        route: String,
    },
    /// Takes an emergency number away.
    RemoveEmergency {
        /// Which.
        number: Digits,
    },
    /// Alters settings of the whole site.
    ChangeSettings(SettingsPatch),
}

/// An extension to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExtension {
    /// The directory number, 2 to 20 digits 0-9.
    pub number: Digits,
    /// The name shown to others, at most 60 printable characters; may be empty.
    #[serde(default)]
    pub name: String,
    /// How many telephones may register at once, 1 to 8.
    pub max_terminals: u8,
    /// May call numbers that a route leads out of the exchange.
    pub external_calls: bool,
    /// While it talks, a further call rings.
    #[serde(default = "crate::model::extension::call_waiting")]
    pub call_waiting: bool,
    /// The most simultaneous calls of the number, 1 to 100; none for no limit.
    #[serde(default)]
    pub max_calls: Option<u8>,
    /// The group whose members may take each other's ringing calls, 1 to 65535.
    #[serde(default)]
    pub pickup_group: Option<u16>,
    /// The digests of the password, at most one for each algorithm. Empty: no telephone can register.
    #[serde(default)]
    pub password: Vec<PasswordDigest>,
}

/// What becomes different in an extension; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtensionPatch {
    /// The name shown to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many telephones may register at once, 1 to 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_terminals: Option<u8>,
    /// May call numbers that a route leads out of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_calls: Option<bool>,
    /// While it talks, a further call rings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_waiting: Option<bool>,
    /// The most simultaneous calls of the number, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<Value<u8>>,
    /// The group whose members may take each other's ringing calls, 1 to 65535.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup_group: Option<Value<u16>>,
    /// All digests of the new password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Vec<PasswordDigest>>,
}

/// What a field that may be empty becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value<T> {
    /// Nothing.
    Unset,
    /// This.
    Set(T),
}

impl<T> Value<T> {
    /// As the model has it.
    pub fn get(self) -> Option<T> {
        match self {
            Value::Unset => None,
            Value::Set(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Value<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Unset, Value::Set)
    }
}

/// A trunk to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTrunk {
    /// The name: 1 to 40 letters, digits, `-`, `_` and `.`, unique among trunks.
    pub name: String,
    /// Where requests are sent.
    pub address: SocketAddr,
    /// How.
    pub transport: TrunkTransport,
    /// Out of which of Almon's networks.
    pub network: NetworkId,
    /// From which addresses its calls come, besides `address`; at most 64.
    #[serde(default)]
    pub sources: Vec<IpAddr>,
    /// Calls from the trunk may reach numbers that a route leads out again.
    #[serde(default)]
    pub transit: bool,
    /// A 3xx of the trunk is followed.
    #[serde(default)]
    pub follow_redirects: bool,
    /// The other end may transfer calls.
    #[serde(default)]
    pub may_transfer: bool,
    /// Transfers between two ends on this trunk are asked of it.
    #[serde(default)]
    pub transfers_itself: bool,
    /// The most simultaneous calls, both directions together.
    #[serde(default)]
    pub max_calls: CallLimit,
}

/// What becomes different in a trunk; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrunkPatch {
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where requests are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<TrunkTransport>,
    /// Out of which of Almon's networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkId>,
    /// All further addresses from which its calls come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<IpAddr>>,
    /// Calls from the trunk may reach numbers that a route leads out again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit: Option<bool>,
    /// A 3xx of the trunk is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_redirects: Option<bool>,
    /// The other end may transfer calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_transfer: Option<bool>,
    /// Transfers between two ends on this trunk are asked of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfers_itself: Option<bool>,
    /// The most simultaneous calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_calls: Option<CallLimit>,
}

/// How many simultaneous calls a trunk carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallLimit {
    /// As many as there are.
    #[default]
    Unlimited,
    /// At most so many, at least 1.
    AtMost(u32),
}

impl CallLimit {
    /// The number, none when there is no limit.
    pub fn most(self) -> Option<u32> {
        match self {
            CallLimit::Unlimited => None,
            CallLimit::AtMost(calls) => Some(calls),
        }
    }
}

impl From<Option<u32>> for CallLimit {
    fn from(most: Option<u32>) -> Self {
        most.map_or(CallLimit::Unlimited, CallLimit::AtMost)
    }
}

/// A route to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRoute {
    /// The name: 1 to 40 letters, digits, `-`, `_` and `.`, unique among routes.
    pub name: String,
    /// What dialled numbers begin with: 1 to 20 digits 0-9, unique among routes.
    pub prefix: Digits,
    /// The fewest digits, prefix included, of a complete number.
    pub min_digits: u8,
    /// The most digits, prefix included; at most 31.
    pub max_digits: u8,
    /// The trunks, tried in this order; 1 to 16.
    pub choices: Vec<NewChoice>,
    /// When it is open, at most 16 windows; empty for always.
    #[serde(default)]
    pub hours: Vec<Hours>,
}

/// One choice of a route to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChoice {
    /// The name of the trunk.
    pub trunk: String,
    /// How many digits are taken off the front of the dialled number.
    #[serde(default)]
    pub strip: u8,
    /// What is put in front afterwards.
    #[serde(default)]
    pub prepend: Digits,
}

/// What becomes different in a route; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoutePatch {
    /// What dialled numbers begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Digits>,
    /// The fewest digits of a complete number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_digits: Option<u8>,
    /// The most digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u8>,
    /// All choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<NewChoice>>,
    /// All windows in which it is open; empty for always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Hours>>,
}

/// What becomes different in the site's settings; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsPatch {
    /// Seconds that a telephone rings, 5 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_answer_seconds: Option<u16>,
    /// Seconds between two digits, 1 to 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inter_digit_seconds: Option<u16>,
    /// Play an announcement to callers of numbers that are not in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce_vacant: Option<bool>,
    /// Minutes after which a call is ended, at most 10,080; 0 for the built-in 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_call_minutes: Option<u16>,
}
