//! Telephone events: digits and tones as packets (RFC 4733).

mod payload;
mod receiver;
mod sender;

pub use payload::{Event, EventPayload};
pub use receiver::{EventReceiver, EventReport, Reports};
pub use sender::{EventPacket, EventSender};
