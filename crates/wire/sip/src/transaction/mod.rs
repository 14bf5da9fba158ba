//! Transactions, RFC 3261 section 17 with RFC 6026, RFC 4320 and RFC 3581: four pure machines, and the layer that matches
//! messages to them, keeps their bytes and their timers.

mod action;
mod client;
mod derived;
mod flow;
mod invite_client;
mod invite_server;
mod key;
mod layer;
#[cfg(test)]
mod layer_tests;
mod non_invite_client;
mod non_invite_server;
mod server;
mod timer;

pub use crate::message::Transport;
pub use action::{Action, Actions};
pub use derived::{ack_for_failure, cancel_for};
pub use flow::{Destination, Flow, uri_parameter};
pub use invite_client::{Input as InviteClientInput, InviteClient, State as InviteClientState};
pub use invite_server::{Input as InviteServerInput, InviteServer, State as InviteServerState};
pub use key::RequestHead;
pub use layer::{LayerOutput, Outgoing, RequestMatch, ResponseMatch, TransactionCounts, TransactionLayer};
pub use non_invite_client::{Input as NonInviteClientInput, NonInviteClient, State as NonInviteClientState};
pub use non_invite_server::{Input as NonInviteServerInput, NonInviteServer, State as NonInviteServerState};
pub use timer::{Intervals, Timer};

/// A transaction's own number, never reused: timers and sends are named by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u64);
