//! The call core, on the abstract model of ECMA-269: calls with connections to devices. It knows no wire protocol.
//!
//! A call begins with one originating half and one terminating half for each destination that is tried; with the answer both turn
//! into parties ([`half::party`]). A placing half ([`half::placing`]) calls on behalf of a party that is transferred. Halves
//! exchange [`half::message::Message`]s and nothing else, so that they may live on different servers ([`Input::Mail`]); what they share are the [`facilities`](Exchange): numbers, timers, ports, the way
//! out. [`Exchange`] is a [`ground::Machine`]: inputs in, outputs out, time as an argument.
//!
//! # Policies
//!
//! - **Number analysis**: emergency numbers before any rule, then exact numbers, then the route with the longest prefix
//!   ([`route::number_plan`]). Digits are taken as dialled; an international number is analysed by its digits.
//! - **Who may call**: an extension calls outside when its class permits, a trunk when it is a transit trunk; emergency numbers
//!   are open to all, past drain, overload and the limits of trunks. The own number is busy.
//! - **Ringing**: all telephones of a number at once. The first answer wins; a telephone that is busy or refuses does not silence
//!   the others; when all have failed the caller is told what says most ([`feature::treatment::more_telling`]).
//! - **Before the answer**: ringing is told and the caller's telephone makes the tone; the first media before the answer is
//!   connected through; later media of others is not heard. Nothing before the answer is billed.
//! - **Failures**: refused at once with the reason, so that the telephone makes the tone; an announcement where the table says so
//!   ([`feature::treatment`]). The next trunk is tried when the way failed and nothing was heard yet.
//! - **Media**: the called side is offered what the caller offered, and the caller gets what the called side took, each in its own
//!   payload numbers ([`media::agreement`]). A change that concerns one leg is answered at once, any other is asked of the
//!   other party; one change at a time on each connection.
//! - **Busy**: when the calls of a number have reached its limit, or it talks and call waiting is off; otherwise the call waits.
//! - **Redirection** before the answer follows the rights of whoever redirects, five times at most, to no device twice.
//! - **Transfer**: attended ([`half::party`]) and single-step; the two that are brought together settle their codecs between them.
//!   Whoever was transferred away is cleared after a short grace. Each pair of parties has a record of its own.
//! - **Replacement** (RFC 3891): by the same device or trunk, and by the pickup group while it rings.
//! - **Hold**: a party that does not want to hear holds; the other one hears music ([`feature::sound`]).
//! - **Vanished telephones**: silence, or hold, leads to a question within the dialog; without an answer the call ends.

pub mod call;
mod config;
mod exchange;
mod facilities;
pub mod feature;
pub mod half;
pub mod media;
mod restart;
pub mod route;
mod timer_state;
pub mod vocabulary;

pub use config::{ExchangeConfig, Waits};
pub use exchange::{Counters, Exchange, Tables};
pub use half::message::Envelope;
pub use half::{HalfId, ServerId};
pub use vocabulary::event::{CallEvent, ConnectionState, EventCause};
pub use vocabulary::input::{Input, Output, Reachability, RefusalNote, Terminal, TerminalId};
pub use vocabulary::order::{OfferTarget, OfferedCall, Order, TransferProgress, TransferTarget};
pub use vocabulary::report::{AnsweredMedia, CallingParty, LineKind, MediaLocation, Party, Report, Seizure};
