//! What the agent dropped or refused, and how full its tables are.

use crate::transaction::TransactionCounts;

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that could not be acted on and were dropped without an answer.
    pub malformed: u64,
    /// Responses that belong to no request of ours.
    pub stray_responses: u64,
    /// ACKs that belong to nothing.
    pub stray_acks: u64,
    /// Requests on a network that is not configured.
    pub unknown_network: u64,
    /// Unauthenticated requests beyond the rate of their address.
    pub rate_limited: u64,
    /// Requests answered 503 because a table was full.
    pub overload: u64,
    /// Merged requests answered 482.
    pub merged: u64,
    /// Challenges sent.
    pub challenges: u64,
    /// Wrong digest responses.
    pub wrong_credentials: u64,
    /// Nonce counts seen before.
    pub replays: u64,
    /// Early dialogs beyond the limit of one INVITE.
    pub forks: u64,
}

/// How much stands in the agent's tables. All are zero when nothing is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// The transactions.
    pub transactions: TransactionCounts,
    /// The sessions.
    pub sessions: usize,
    /// Dialog tags.
    pub tags: usize,
    /// What client transactions are for.
    pub client_uses: usize,
    /// Which server transactions belong to sessions.
    pub server_uses: usize,
    /// The agent's own timers.
    pub timers: usize,
    /// Sessions by flow.
    pub flows: usize,
    /// Accounts proved on connections.
    pub proved: usize,
    /// Nonces whose count is kept.
    pub nonces: usize,
    /// Sessions that wait for a flow.
    pub waiting: usize,
    /// REFERs that are not over.
    pub referrals: usize,
    /// Refused INVITEs and ended dialogs that are remembered for a while.
    pub recent: usize,
    /// Bindings.
    pub bindings: usize,
}

impl Tables {
    /// True when all are zero. Bindings that have not expired, nonces and proved connections count too.
    pub fn is_empty(&self) -> bool {
        *self == Tables::default()
    }

    /// True when no call and no request stands in the tables; registrations and what proves them may.
    pub fn is_quiet(&self) -> bool {
        Tables {
            proved: 0,
            nonces: 0,
            bindings: 0,
            recent: 0,
            timers: self.timers.saturating_sub(self.nonces),
            ..*self
        } == Tables::default()
    }
}
