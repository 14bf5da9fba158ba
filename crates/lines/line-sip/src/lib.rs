//! SIP extensions and trunks: translates between the SIP user agent and the exchange.
//!
//! A [`LineSip`] owns one user agent. What the agent reports becomes the exchange's vocabulary, what the exchange orders becomes
//! SIP; session descriptions become offers and answers. Nothing about a call is decided here.

mod accounts;
mod config;
mod digit;
mod identity;
mod interface;
mod leg;
mod line;
mod media;
mod reference;
mod snapshot;
mod status;
mod terminals;

pub use config::{Config, ListenerEntry};
pub use digit::DIGIT_TYPES;
pub use interface::{Input, Output};
pub use line::{Counters, LineSip, Tables};
pub use media::{DescriptionFault, LocalDescription, read_description};
pub use snapshot::DialogSnapshot;
pub use status::{reason_in, reason_of, status_of};
pub use terminals::RegisteredTelephone;
