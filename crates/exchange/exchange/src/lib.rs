//! The call core, on the abstract model of ECMA-269: calls with connections to devices. It knows no wire protocol.
//!
//! A call is one originating half and one terminating half for each destination that is tried. Halves exchange
//! [`half::message::Message`]s and nothing else; what they share are the [`facilities`](Exchange): numbers, timers, ports, the way
//! out. [`Exchange`] is a [`ground::Machine`]: inputs in, outputs out, time as an argument.

pub mod call;
mod config;
mod exchange;
mod facilities;
pub mod feature;
pub mod half;
pub mod media;
pub mod route;
mod timer_state;
pub mod vocabulary;

pub use config::{ExchangeConfig, Waits};
pub use exchange::{Counters, Exchange, Tables};
pub use vocabulary::event::{CallEvent, ConnectionState, EventCause};
pub use vocabulary::input::{Input, Output, Reachability, RefusalNote, Terminal, TerminalId};
pub use vocabulary::order::{OfferTarget, OfferedCall, Order};
pub use vocabulary::report::{AnsweredMedia, CallingParty, LineKind, MediaLocation, Party, Report, Seizure};
