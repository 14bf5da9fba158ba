//! What media a call has: offers and answers in words of no protocol, the one negotiator, the allocation of ports, and the
//! vocabulary in which the exchange orders media from an engine or from a remote media server.
//!
//! Everything here is pure: an offer comes in as data and goes out as data; `MediaControl` orders are answered by events.

pub mod capability;
pub mod conformance;
pub mod negotiate;
pub mod pool;
pub mod vocabulary;

pub use capability::{Capabilities, SourceKind};
pub use negotiate::{
    Fit, Negotiation, NegotiationError, OwnCodecs, Phase, SourcePolicy, audio_family, fit, payload_map,
};
pub use pool::PortPool;
pub use vocabulary::control::{
    Collection, Learning, LegStatistics, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, OrderId, PlaySource,
    RemoteMedia, StreamBase, StreamSetup, Tone,
};
pub use vocabulary::description::{
    Codec, CodecName, Direction, MediaAnswer, MediaKind, MediaOffer, StreamDescription, TransportProfile,
};
pub use vocabulary::resource::{AddressFamily, MediaNetwork, PortPair};
