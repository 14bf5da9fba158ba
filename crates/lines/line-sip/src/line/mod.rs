//! The line: its tables, and how it is driven.

mod ending;
mod events;
mod orders;
mod registrations;
mod restore;

use crate::accounts::DirectoryAccounts;
use crate::config::Config;
use crate::interface::{Input, Output};
use crate::leg::Leg;
use crate::snapshot::Snapshots;
use crate::terminals::{Known, Terminals};
use directory::Directory;
use exchange::{Report, TerminalId};
use ground::{Allocator, ConnectionId, Identifiers, Machine, Moment, Now, Reason};
use registrations::set_trunks;
use serde::{Deserialize, Serialize};
use sip::agent::{self, Agent, Command, RequestId, SessionId};
use sip::dialog::BindingName;
use sip::transaction::Flow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The SIP line.
pub struct LineSip {
    pub(crate) config: Config,
    pub(crate) directory: Arc<Directory>,
    pub(crate) identifiers: Identifiers,
    pub(crate) agent: Agent,
    pub(crate) counters: Counters,
    pub(crate) by_session: BTreeMap<SessionId, ConnectionId>,
    now: Now,
    legs: BTreeMap<ConnectionId, Leg>,
    /// Requests of ours whose result a connection waits for.
    questions: BTreeMap<RequestId, ConnectionId>,
    snapshots: Snapshots,
    terminals: Terminals,
    outputs: VecDeque<Output>,
    next_session: u64,
    next_request: u64,
}

/// How full the line's tables are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Connections.
    pub legs: usize,
    /// Requests within sessions whose result is awaited.
    pub questions: usize,
    /// Connections that go on after a restart.
    pub dialogs: usize,
    /// Registered telephones.
    pub terminals: usize,
}

/// What happened that is no report of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Transfers that the line itself refused: to nonsense, to somewhere else, to a dialog that is not there, without the right to
    /// transfer, or while another was under way.
    pub refused_transfers: u64,
    /// Dialogs of an earlier process that could not go on.
    pub lost_dialogs: u64,
}

impl LineSip {
    /// A line over `directory`.
    pub fn new(mut config: Config, directory: Arc<Directory>) -> Self {
        set_trunks(&mut config.agent.networks, &directory);
        let realm = config.agent.networks.first().map(|network| network.realm.clone()).unwrap_or_default();
        let accounts = DirectoryAccounts { directory: directory.clone(), realm };
        let agent = Agent::new(config.agent.clone(), Box::new(accounts));
        // Far fewer than a million of each a second are given: no number of an earlier process comes again.
        let first = u64::try_from(config.agent.start.as_micros()).unwrap_or(0);
        let identifiers = Identifiers::new(Allocator::SipLine, config.start_second);
        LineSip {
            config,
            directory,
            identifiers,
            agent,
            now: Now::default(),
            counters: Counters::default(),
            legs: BTreeMap::new(),
            by_session: BTreeMap::new(),
            questions: BTreeMap::new(),
            snapshots: Snapshots::default(),
            terminals: Terminals::new(first),
            outputs: VecDeque::new(),
            next_session: first,
            next_request: first,
        }
    }

    /// The user agent, to look at.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// How full the tables are.
    pub fn tables(&self) -> Tables {
        Tables {
            legs: self.legs.len(),
            questions: self.questions.len(),
            dialogs: self.snapshots.len(),
            terminals: self.terminals.len(),
        }
    }

    /// True when no call is left; registrations stay.
    pub fn is_idle(&self) -> bool {
        let calls = self.legs.len() + self.by_session.len() + self.questions.len() + self.snapshots.len();
        calls == 0 && self.outputs.is_empty()
    }

    /// What happened that is no report of a connection.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The connections that the line has, in their order.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionId> + '_ {
        self.legs.keys().copied()
    }

    pub(crate) fn connection_of(&self, session: SessionId) -> Option<ConnectionId> {
        self.by_session.get(&session).copied()
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.agent.handle(self.now, agent::Input::Command(command));
    }

    pub(crate) fn report(&mut self, connection: ConnectionId, report: Report) {
        self.outputs.push_back(Output::Report { connection, report });
    }

    pub(crate) fn refused(&mut self, flow: Flow, reason: Reason) {
        self.outputs.push_back(Output::Refused { flow, reason });
    }

    pub(crate) fn next_session(&mut self) -> SessionId {
        self.next_session += 1;
        SessionId(self.next_session)
    }

    pub(crate) fn next_request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }

    pub(crate) fn session_of(&self, connection: ConnectionId) -> Option<SessionId> {
        self.legs.get(&connection).map(|leg| leg.session)
    }

    /// The number of a request whose result the connection waits for.
    pub(crate) fn ask(&mut self, connection: ConnectionId) -> RequestId {
        let request = self.next_request();
        self.questions.insert(request, connection);
        request
    }

    pub(crate) fn add_leg(&mut self, leg: Leg) {
        self.snapshots.touch(leg.connection, false);
        self.by_session.insert(leg.session, leg.connection);
        self.legs.insert(leg.connection, leg);
    }

    pub(crate) fn binding_of(&self, terminal: TerminalId) -> Option<&Known> {
        self.terminals.get(terminal)
    }

    pub(crate) fn is_translated(&self, binding: &BindingName) -> bool {
        self.terminals.named(binding).is_some_and(|known| known.translated)
    }

    /// Runs `act` on a leg outside of its table, so that it may give orders and reports.
    pub(crate) fn with_leg(&mut self, connection: ConnectionId, act: impl FnOnce(&mut Self, &mut Leg)) -> bool {
        let Some(mut leg) = self.legs.remove(&connection) else { return false };
        act(self, &mut leg);
        self.tell_party(&mut leg);
        self.legs.insert(connection, leg);
        self.snapshots.touch(connection, false);
        true
    }

    pub(crate) fn with_session(&mut self, session: SessionId, act: impl FnOnce(&mut Self, &mut Leg)) -> bool {
        self.connection_of(session).is_some_and(|connection| self.with_leg(connection, act))
    }

    fn drain_agent(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                agent::Output::Send { to, bytes, send } => self.outputs.push_back(Output::Send { to, bytes, send }),
                agent::Output::Trace(trace) => {
                    let connection = trace.session.and_then(|session| self.by_session.get(&session).copied());
                    self.outputs.push_back(Output::Trace { trace, connection });
                }
                agent::Output::Event(event) => self.event(event),
                agent::Output::SessionChanged { session } => {
                    if let Some(connection) = self.connection_of(session) {
                        self.snapshots.touch(connection, true);
                    }
                }
            }
        }
    }
}

impl Machine for LineSip {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Now, input: Input) {
        self.now = now;
        match input {
            Input::Wire(input) => self.agent.handle(now, input),
            Input::Order { connection, order } => self.order(connection, order),
            Input::Directory(directory) => self.replace_directory(directory),
            Input::Restore(stored) => self.restore(&stored),
            Input::RestoreDialogs(dialogs) => self.restore_dialogs(dialogs),
        }
        self.drain_agent();
        self.hand_out_dialogs();
    }

    fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.agent.handle_timeout(now);
        self.drain_agent();
        self.hand_out_dialogs();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        self.agent.next_timeout()
    }
}
