//! The user agent: INVITE sessions in both directions, registrations, requests inside and outside dialogs, digest on both sides
//! (RFC 3261 sections 8 to 16 and 22), without sockets and without a clock.
//!
//! [`Agent`] is driven as every machine is: [`Machine::handle`] for each [`Input`] and [`Machine::poll`] until it is empty.

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
mod flows;
mod guard;
mod in_dialog;
mod interface;
mod orders;
mod out_of_dialog;
mod random;
mod receive;
mod register;
mod respond;
mod session;
mod settle;
mod wire;

pub use accounts::{Accounts, Algorithms, ClientCredentials};
pub use command::{Addressing, Answer, Command, Invite, OutOfDialog, RequestId, Series, SessionId};
pub use config::{Advertised, Config, DefaultPorts, Limits, Network, TrunkSource, Trying, Waits};
pub use counters::{Counters, Tables};
pub use event::{EndCause, Event, Invited, Peer};
pub use interface::{Direction, Input, Output, SendId, Trace};

use crate::dialog::Dialog;
use crate::digest::Server;
use crate::registrar::Registrar;
use crate::transaction::{Destination, TransactionId, TransactionLayer};
use crate::validate::Capabilities;
use flows::Flows;
use ground::{Machine, Moment, NetworkId, Now, Table, TimerTable};
use guard::Guard;
use random::Random;
use session::{AgentTimer, ClientUse, Phase, Session, Way};
use std::collections::{BTreeSet, VecDeque};

/// One signalling shard's user agent.
pub struct Agent {
    config: Config,
    accounts: Box<dyn Accounts>,
    capabilities: Capabilities,
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
    timers: TimerTable<AgentTimer>,
    output: VecDeque<Output>,
    next_incoming: u64,
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
        let mut random = Random::new(config.seed, config.shard);
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
            next_incoming: SessionId::INCOMING,
            counters: Counters::default(),
            now: Now::default(),
            random,
            capabilities: receive::capabilities(&config.info_types),
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

    /// Every confirmed dialog in the order of the sessions, for a snapshot.
    pub fn dialogs(&self) -> Vec<(SessionId, &Dialog)> {
        let confirmed = |session: &Session| matches!(session.phase, Phase::Confirmed(_));
        let all = self.sessions.sorted().into_iter().filter(|(_, session)| confirmed(session));
        all.filter_map(|(id, session)| Some((*id, session.dialog()?))).collect()
    }

    /// Takes a confirmed dialog from a snapshot; false when its number or tag is in use. Its requests go to the binding that it
    /// names, or to `to` where it names none.
    pub fn restore(&mut self, session: SessionId, dialog: Dialog, contact_user: &str, to: Destination) -> bool {
        if self.sessions.contains_key(&session) || self.by_tag.contains_key(&dialog.local_tag) {
            return false;
        }
        if session.is_incoming() {
            self.next_incoming = self.next_incoming.max(session.0.saturating_add(1));
        }
        let tag = dialog.local_tag.clone();
        // No connection of an earlier process is there any more.
        let way = Way { to, pinned: dialog.binding.is_some(), nat: false, lost: to.connection().is_some() };
        let mut restored = Box::new(Session::new(session, tag.clone(), Phase::Confirmed(dialog), way));
        restored.contact_user = contact_user.into();
        self.by_tag.insert(tag, session);
        self.sessions.insert(session, restored);
        true
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
            bindings: self.registrar.len(),
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
        self.handle_timeout(now);
        match input {
            Input::Received { flow, message } => self.received(flow, message),
            Input::Malformed { flow, error, salvaged } => self.malformed(&flow, error, salvaged),
            Input::Ping { flow } => self.pong(flow),
            Input::FlowClosed { connection } => self.flow_closed(connection),
            Input::TransportFailed { to: _, send } => self.layer.transport_failed(now.moment, TransactionId(send.0)),
            Input::Command(command) => self.obey(command),
        }
        self.settle();
    }

    fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.layer.handle_timeout(now.moment);
        self.registrar.handle_timeout(now);
        self.settle();
        while let Some((_, timer)) = self.timers.pop_due(now.moment) {
            self.fired(timer);
            self.settle();
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        [self.timers.next(), self.layer.next_timeout(), self.registrar.next_timeout()].into_iter().flatten().min()
    }
}
