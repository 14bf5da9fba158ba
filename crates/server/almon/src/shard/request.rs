//! What other threads ask of the call thread.

use super::ladder::Entry;
use super::live::LiveCall;
use crate::journal::recorder::Policy;
use directory::Directory;
use exchange::route::explanation::{Explanation, Inquiry, Unexplained};
use ground::{CallId, Utc};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A request of another thread. A dropped answer means that the call thread has ended.
#[derive(Debug)]
pub enum Request {
    /// Take over a new revision; answered when every later call sees it.
    Directory(Arc<Directory>, oneshot::Sender<()>),
    /// The calls in progress.
    Calls(oneshot::Sender<Vec<LiveCall>>),
    /// What would become of a call, at a time or now, and why.
    Explain(Box<Inquiry>, Option<Utc>, oneshot::Sender<Result<Explanation, Unexplained>>),
    /// The steps of a call.
    Trace(CallId, oneshot::Sender<Vec<Entry>>),
    /// The registered telephones.
    Registrations(oneshot::Sender<Vec<LiveRegistration>>),
    /// Figures of this thread.
    Figures(oneshot::Sender<Figures>),
    /// End a call; answered whether it was there.
    ClearCall(CallId, oneshot::Sender<bool>),
    /// Take no new calls; answered when the last one has ended or the time is over.
    Drain(oneshot::Sender<()>),
    /// End every call; answered at once.
    ClearAll(oneshot::Sender<usize>),
    /// Other settings from now on.
    Settings(Settings),
    /// End the thread.
    Stop,
}

/// What can change while calls go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long draining waits for the last call.
    pub drain: Duration,
    /// When the journal takes a snapshot.
    pub policy: Policy,
}

/// A registered telephone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRegistration {
    /// The number.
    pub number: String,
    /// The contact.
    pub contact: String,
    /// The transport.
    pub transport: String,
    /// Where its packets come from.
    pub peer: SocketAddr,
    /// It stands behind a translator of addresses.
    pub translated: bool,
}

/// Figures of the call thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Calls in progress.
    pub calls: usize,
    /// Calls since the start.
    pub calls_in_all: u64,
    /// Of these, refused.
    pub calls_refused: u64,
    /// Registered telephones.
    pub terminals: usize,
    /// Messages received since the start.
    pub messages_in: u64,
    /// Messages sent since the start.
    pub messages_out: u64,
    /// Datagrams and stream messages that were no SIP.
    pub unreadable: u64,
    /// Stream connections now.
    pub connections: usize,
    /// System calls of the signalling sockets.
    pub system_calls: u64,
    /// What the user agent dropped, by kind.
    pub dropped: Vec<(String, u64)>,
    /// Alarms that are raised.
    pub alarms: Vec<String>,
}
