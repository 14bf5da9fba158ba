//! What an implementation did wrong.

use super::FarPacket;
use crate::vocabulary::control::{MediaEvent, MediaFault, StreamBase};
use crate::vocabulary::resource::PortPair;
use std::fmt;

/// The scenarios, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// Orders for legs that are not open.
    UnknownLegs,
    /// Opening what is open, closing, and orders afterwards.
    OpenAndClose,
    /// Two legs hear each other.
    Relay,
    /// Two legs number the same codec differently.
    PayloadNumbers,
    /// Two legs have no codec in common.
    NoCommonCodec,
    /// A direction forbids to send or to receive.
    Hold,
    /// A tone is heard until it is stopped.
    Tone,
    /// A sound ends by itself.
    EndOfSound,
    /// An announcement that does not exist.
    UnknownAnnouncement,
    /// A leg's packets come back to it.
    Echo,
    /// Digits are reported once.
    Digits,
    /// What the implementation says that it cannot do is refused.
    Capabilities,
    /// A leg is connected to another one than before, from either side.
    Repointing,
    /// Legs go on in another process.
    Restart,
}

/// How it was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// No pair of ports could be had.
    NoPorts,
    /// An order had another outcome than it should.
    Outcome {
        /// What it should have had.
        expected: Result<(), MediaFault>,
        /// What it had.
        found: Result<(), MediaFault>,
    },
    /// An event did not come.
    NoEvent {
        /// What came instead.
        seen: Vec<MediaEvent>,
    },
    /// An event came that nothing asked for, or came twice.
    SurplusEvent(Box<MediaEvent>),
    /// A far side heard something else than it should, or nothing.
    Heard(Option<FarPacket>),
    /// What is told of a stream is not what its listener hears, or does not go on where it was.
    Stream {
        /// What was told.
        base: StreamBase,
        /// What was heard.
        heard: FarPacket,
    },
    /// Ports were offered that a leg holds.
    OfferedTwice(PortPair),
    /// A far side hears something though it should hear nothing.
    StillHeard,
}

/// A promise of the vocabulary that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// In which scenario.
    pub scenario: Scenario,
    /// How.
    pub kind: ViolationKind,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.scenario, self.kind)
    }
}

impl std::error::Error for Violation {}
