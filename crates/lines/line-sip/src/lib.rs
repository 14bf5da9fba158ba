//! SIP extensions and trunks: translates between the SIP user agent and the exchange.
//!
//! A [`LineSip`] owns one user agent. What the agent reports becomes the exchange's vocabulary, what the exchange orders becomes
//! SIP; session descriptions become offers and answers. Nothing about a call is decided here.
//!
//! - **Transfers** (RFC 3515, RFC 5589): a REFER is judged for what the line alone can know (its form, whether its target is ours, the right of
//!   a trunk, one at a time) and reported; `Order::Transfer` becomes 202 and NOTIFY. `Order::Refer` asks a trunk to transfer itself.
//! - **Redirections** (RFC 3261 section 21.3): the numbers of a 3xx are reported, most preferred first, before the end of the connection.
//! - **The connected party** (RFC 3325, RFC 4916): `Order::UpdateParty` becomes UPDATE, or a re-INVITE with the description that stands,
//!   after whatever negotiation runs; only the newest is told. A number that must not be shown leaves in no message.
//! - **Refused INVITEs** of whoever is proved are reported once, so that the exchange keeps a record; strangers leave a line in the log.
//! - **Restarts**: [`Output::Dialog`] hands out what a connection needs to go on, when it changed; [`Input::RestoreDialogs`] takes it back
//!   after the registrations. Answered calls go on; what was under way within them is begun again or taken back; calls without an answer
//!   are ended on the wire and cleared as interrupted. [`LineSip::connections`] is compared with the exchange's afterwards. No
//!   identifier of a connection, a session or a telephone comes again.

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
