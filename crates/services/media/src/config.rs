//! What the engine is told at its start.

use crate::binder::PortBinder;
use ground::{NetworkId, Now};
use media_plan::{AddressFamily, PortPair};
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

/// A function that tells both clocks. Its moments have the same origin as everybody's in the process.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// A function that is called after events were put into the channel, once for a batch.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the engine is told at its start.
pub struct EngineConfig {
    /// The networks and families in which pairs are bound.
    pub networks: Vec<(NetworkId, AddressFamily)>,
    /// The ports of the plan's media range; pairs are formed from its even ports.
    pub ports: RangeInclusive<u16>,
    /// Pairs of legs that go on after a restart. They are bound before any other and kept for their `Resume`: `PortsBound`
    /// never tells of them, and one that cannot be bound is not replaced.
    pub resume: Vec<PortPair>,
    /// Pairs that are kept bound ahead for each network and family.
    pub stock: usize,
    /// Threads that relay and play; both legs of a call are always on one.
    pub threads: usize,
    /// Where sounds come from.
    pub sounds: SoundConfig,
    /// The most orders and the most events that wait.
    pub queues: QueueLimits,
    /// From which the identifiers and first numbers of our own streams are made (RFC 3550 section 8: random).
    pub seed: u64,
    /// Who binds.
    pub binder: Box<dyn PortBinder + Send>,
    /// Both clocks.
    pub clock: Clock,
    /// Called when events wait.
    pub wake: Wake,
}

/// Where sounds come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundConfig {
    /// A WAV file with music for waiting callers; the engine's own melody when there is none.
    pub music: Option<PathBuf>,
    /// A folder of WAV files, each an announcement named as the file without `.wav`. They come before built-in ones.
    pub announcements: Option<PathBuf>,
}

/// The most orders and events that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Orders that a thread has not taken yet; more are refused to whoever orders.
    pub orders: usize,
    /// Events that nobody has taken yet; when so many wait, no further order is taken, and reports are counted and dropped.
    pub events: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        QueueLimits { orders: 4096, events: 8192 }
    }
}

/// Why the engine could not start.
#[derive(Debug)]
pub enum StartError {
    /// Not one pair of ports of this network and family could be bound.
    NoPorts {
        /// The network.
        network: NetworkId,
        /// The family.
        family: AddressFamily,
        /// What the last attempt said; none when the range has no pair at all.
        error: Option<io::Error>,
    },
    /// A sound could not be read.
    Sound {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: crate::sound::SoundFault,
    },
    /// The kernel gave no thread, timer or event descriptor.
    Kernel(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoPorts { network, family, error: Some(error) } => {
                write!(f, "no media port of network {network} ({family:?}) can be bound: {error}")
            }
            StartError::NoPorts { network, family, error: None } => {
                write!(f, "the media range has no pair of ports for network {network} ({family:?})")
            }
            StartError::Sound { path, fault } => write!(f, "sound {}: {fault}", path.display()),
            StartError::Kernel(error) => write!(f, "the kernel refused: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        StartError::Kernel(error)
    }
}
