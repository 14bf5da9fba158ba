//! Extensions: numbers of the exchange's own users.

use ground::{DeviceId, Digits, Secret};
use serde::{Deserialize, Serialize};

/// A number of the exchange with up to eight telephones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The directory number, 2 to 20 digits, unique among extensions and service numbers; also the user name of its telephones.
    pub number: Digits,
    /// The logical device; given once, never reused.
    pub device: DeviceId,
    /// The name shown to others, at most 60 characters; may be empty.
    pub name: String,
    /// How many telephones may register at once, 1 to 8.
    pub max_terminals: u8,
    /// May call numbers that a route leads out of the exchange. Emergency numbers may always be called.
    pub external_calls: bool,
    /// While it talks, a further call rings. Otherwise the caller finds it busy.
    #[serde(default = "call_waiting")]
    pub call_waiting: bool,
    /// The most simultaneous calls of the number, made and received, 1 to 100; none for no limit.
    #[serde(default)]
    pub max_calls: Option<u8>,
    /// The group, 1 to 65535, whose members may take each other's ringing calls.
    #[serde(default)]
    pub pickup_group: Option<u16>,
    /// The digests of the password, one for each algorithm, for the realm that was fixed at installation (RFC 7616 section
    /// 3.4.2: A1 = user ":" realm ":" password). Empty: no telephone can register.
    pub password: Vec<PasswordDigest>,
}

/// Call waiting is on where nothing is said.
pub(crate) fn call_waiting() -> bool {
    true
}

/// A password as it is kept: hashed with the user name and realm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordDigest {
    /// The hash.
    pub algorithm: DigestAlgorithm,
    /// The hash of A1 in lower-case hexadecimal. Whoever knows it can register: it is a secret.
    pub a1: Secret,
}

/// Digest algorithms (RFC 8760 section 2.3), strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// For telephones that know nothing else.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}
