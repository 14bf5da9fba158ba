//! The user agent: INVITE sessions in both directions, registrations, requests inside and outside dialogs, digest on both sides
//! (RFC 3261 sections 8 to 16 and 22), without sockets and without a clock.
//!
//! [`Agent`] is driven as every machine is: [`Machine::handle`] for each [`Input`] and [`Machine::poll`] until it is empty.

mod abilities;
mod accounts;
mod answer;
mod authenticate;
mod bye;
mod called;
mod calling;
mod change;
mod command;
mod config;
mod counters;
mod event;
mod export;
mod flows;
mod guard;
mod import;
mod in_dialog;
mod interface;
mod notifier;
mod orders;
mod out_of_dialog;
mod random;
mod receive;
mod recent;
mod redirect;
mod reference;
mod referral;
mod referred;
mod referring;
mod register;
mod replaces;
mod requesting;
mod respond;
mod session;
mod settle;
mod state;
mod update;
mod wire;

pub use abilities::Abilities;
pub use accounts::{Accounts, Algorithms, ClientCredentials};
pub use command::{Addressing, Answer, Command, Invite, OutOfDialog, Refer, ReferId, RequestId, Series, SessionId};
pub use config::{Advertised, Config, DefaultPorts, Limits, Network, TrunkSource, Trying, Waits};
pub use counters::{Counters, Tables};
pub use event::{EndCause, Event, Invited, Peer, Referred, RefusedInvite, ReplacedDialog};
pub use interface::{Direction, Input, Output, SendId, Trace};
pub use redirect::redirect_targets;
pub use state::{ReferralState, RequestState, SessionState, StageState, UnacknowledgedState, WayState};

use crate::dialog::Dialog;
use crate::digest::Server;
use crate::message::Method;
use crate::registrar::Registrar;
use crate::transaction::{TransactionId, TransactionLayer};
use flows::Flows;
use ground::{Machine, Moment, NetworkId, Now, Table, TimerTable};
use guard::Guard;
use random::Random;
use receive::Acceptance;
use recent::Memory;
use session::{AgentTimer, ClientUse, Session};
use std::collections::{BTreeSet, VecDeque};

/// One signalling shard's user agent.
pub struct Agent {
    config: Config,
    accounts: Box<dyn Accounts>,
    acceptance: Acceptance,
    random: Random,
    layer: TransactionLayer,
    registrar: Registrar,
    guard: Guard,
    digest: Vec<(NetworkId, Server)>,
    sessions: Table<SessionId, Box<Session>>,
    by_tag: Table<Box<str>, SessionId>,
    clients: Table<TransactionId, ClientUse>,
    servers: Table<TransactionId, SessionId>,
    flows: Flows,
    waiting: BTreeSet<SessionId>,
    recent: Memory,
    changed: Vec<SessionId>,
    timers: TimerTable<AgentTimer>,
    output: VecDeque<Output>,
    counters: Counters,
    now: Now,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("tables", &self.tables()).field("counters", &self.counters).finish()
    }
}

impl Agent {
    /// An agent with empty tables.
    pub fn new(config: Config, accounts: Box<dyn Accounts>) -> Self {
        let mut random = Random::new(config.seed, config.shard, config.start);
        let (layer_seed, registrar_seed, own_seed) = (random.number(), random.number(), random.number());
        let guard = Guard::new(&config.limits, random.key("nonce"), random.number());
        Agent {
            layer: TransactionLayer::new(config.intervals, config.limits.transactions, layer_seed),
            registrar: Registrar::new(config.registrar.clone(), registrar_seed),
            digest: authenticate::servers(&config.networks, guard.key()),
            guard,
            sessions: Table::with_seed(own_seed),
            by_tag: Table::with_seed(own_seed ^ 1),
            clients: Table::with_seed(own_seed ^ 2),
            servers: Table::with_seed(own_seed ^ 3),
            flows: Flows::default(),
            waiting: BTreeSet::new(),
            timers: TimerTable::new(),
            output: VecDeque::new(),
            counters: Counters::default(),
            now: Now::default(),
            random,
            acceptance: Acceptance::new(&config.info_types),
            recent: Memory::new(config.limits.recent, config.intervals.transaction_bound()),
            changed: Vec::new(),
            config,
            accounts,
        }
    }

    /// The registrations: where a telephone is reached, and the bindings to be stored or restored.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// The same, to import bindings after a start.
    pub fn registrar_mut(&mut self) -> &mut Registrar {
        &mut self.registrar
    }

    /// Takes a new snapshot of the accounts.
    pub fn set_accounts(&mut self, accounts: Box<dyn Accounts>) {
        self.accounts = accounts;
    }

    /// Replaces the trunks of a network: the source addresses whose requests are not challenged.
    pub fn set_trunks(&mut self, network: NetworkId, trunks: Vec<TrunkSource>) {
        if let Some(known) = self.config.networks.iter_mut().find(|known| known.id == network) {
            known.trunks = trunks;
        }
    }

    /// What was dropped or refused since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The confirmed dialog of a session, for the journal.
    pub fn dialog(&self, session: SessionId) -> Option<&Dialog> {
        self.sessions.get(&session)?.dialog()
    }

    /// Every session, in the order of the numbers, for a snapshot.
    pub fn sessions(&self) -> Vec<SessionId> {
        self.sessions.sorted().into_iter().map(|(id, _)| *id).collect()
    }

    /// True when the other side of a session said that it takes requests of this method (RFC 3261 section 20.5).
    pub fn allows(&self, session: SessionId, method: &Method) -> bool {
        self.sessions.get(&session).is_some_and(|session| session.peer.allows(method))
    }

    /// True when the other side of a session said that it supports this option tag (RFC 3261 section 20.37).
    pub fn supports(&self, session: SessionId, option_tag: &str) -> bool {
        self.sessions.get(&session).is_some_and(|session| session.peer.supports(option_tag))
    }

    /// The session as it goes on after a restart; none when there is no such session.
    pub fn export(&self, session: SessionId) -> Option<SessionState> {
        self.export_session(self.sessions.get(&session)?)
    }

    /// How much stands in the tables.
    pub fn tables(&self) -> Tables {
        Tables {
            transactions: self.layer.counts(),
            sessions: self.sessions.len(),
            tags: self.by_tag.len(),
            client_uses: self.clients.len(),
            server_uses: self.servers.len(),
            timers: self.timers.len(),
            flows: self.flows.sessions(),
            proved: self.flows.proved(),
            nonces: self.guard.nonces(),
            waiting: self.waiting.len(),
            referrals: self.sessions.sorted().iter().map(|(_, session)| session.referrals.list.len()).sum(),
            recent: self.recent.refused.len() + self.recent.ended.len(),
            bindings: self.registrar.len(),
        }
    }

    /// Fires what is due.
    fn tick(&mut self, now: Now) {
        self.now = now;
        self.layer.handle_timeout(now.moment);
        self.registrar.handle_timeout(now);
        self.recent.expire(now.moment);
        self.settle();
        while let Some((_, timer)) = self.timers.pop_due(now.moment) {
            self.fired(timer);
            self.settle();
        }
    }

    /// True when every table is empty.
    pub fn is_empty(&self) -> bool {
        self.tables().is_empty() && self.layer.is_empty() && self.registrar.is_empty()
    }
}

impl Machine for Agent {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Now, input: Input) {
        self.tick(now);
        match input {
            Input::Received { flow, message } => self.received(flow, message),
            Input::Malformed { flow, error, salvaged } => self.malformed(&flow, error, salvaged),
            Input::Ping { flow } => self.pong(flow),
            Input::FlowClosed { connection } => self.flow_closed(connection),
            Input::TransportFailed { to: _, send } => self.layer.transport_failed(now.moment, TransactionId(send.0)),
            Input::Command(command) => self.obey(command),
        }
        self.settle();
        self.tell_changes();
    }

    fn handle_timeout(&mut self, now: Now) {
        self.tick(now);
        self.tell_changes();
    }

    fn poll(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        let all = [self.timers.next(), self.layer.next_timeout(), self.registrar.next_timeout(), self.recent.next()];
        all.into_iter().flatten().min()
    }
}
