//! Registrations as they are kept over a restart: plain data, no protocol.

use ground::{Digits, NetworkId, Utc};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Names a registration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RegistrationKey {
    /// The number whose telephone registered: the address of record.
    pub number: Digits,
    /// Which of its bindings.
    pub binding: BindingName,
}

/// What tells two bindings of one address of record apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BindingName {
    /// The contact's address (RFC 3261 section 10.3).
    Contact(String),
    /// The telephone and its flow (RFC 5626 section 6).
    Instance {
        /// The telephone's URN, without angle brackets and quotation marks.
        instance: String,
        /// The flow's number.
        reg_id: u32,
    },
}

/// A registered telephone, as far as it survives a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRegistration {
    /// The key.
    pub key: RegistrationKey,
    /// Counts the writes of this key. A write with a version not above the stored one is passed over.
    pub version: u64,
    /// The contact's URI as text.
    pub contact: String,
    /// The contact's preference in thousandths, 0 to 1000 (RFC 3261 section 20.10).
    pub q: u16,
    /// The Path of the registration, first to be visited first (RFC 3327).
    pub path: Vec<String>,
    /// When it ends.
    pub expires_at: Utc,
    /// Over what the telephone is reached.
    pub flow: StoredFlow,
    /// The request that made or refreshed it.
    pub request: StoredRequest,
    /// The telephone's URN (`+sip.instance`, RFC 5626 section 4.1).
    #[serde(default)]
    pub instance: Option<String>,
    /// The number of its flow (RFC 5626 section 4.2).
    #[serde(default)]
    pub reg_id: Option<u32>,
    /// It stands behind a translator of addresses.
    #[serde(default)]
    pub translated: bool,
    /// What the telephone calls itself; may be empty.
    pub user_agent: String,
}

/// The request that made a binding: an older one must not undo it (RFC 3261 section 10.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// Its Call-ID.
    pub call_id: String,
    /// Its CSeq number.
    pub cseq: u32,
}

/// The flow of a registration. A connection does not survive a restart; a pair of datagram addresses does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFlow {
    /// The transport.
    pub transport: FlowTransport,
    /// The network in which it came.
    pub network: NetworkId,
    /// Almon's own address.
    pub local: SocketAddr,
    /// Where the packets came from, which behind a translator of addresses is not what the contact says.
    pub peer: SocketAddr,
}

/// The transport of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS.
    Wss,
}

/// One write of a registration.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every write is a save: a box would cost each of them an allocation"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationWrite {
    /// A new or refreshed one.
    Save(StoredRegistration),
    /// One that ended: expired or withdrawn.
    Remove {
        /// Which.
        key: RegistrationKey,
        /// The version that ended; a stored one above it stays.
        version: u64,
    },
}

impl RegistrationWrite {
    /// The key that is written.
    pub fn key(&self) -> &RegistrationKey {
        match self {
            RegistrationWrite::Save(registration) => &registration.key,
            RegistrationWrite::Remove { key, .. } => key,
        }
    }

    /// The version that is written.
    pub fn version(&self) -> u64 {
        match self {
            RegistrationWrite::Save(registration) => registration.version,
            RegistrationWrite::Remove { version, .. } => *version,
        }
    }
}
