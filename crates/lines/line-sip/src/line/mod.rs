//! The line: its tables, and how it is driven.

mod ending;
mod events;
mod orders;
mod registrations;

use crate::accounts::DirectoryAccounts;
use crate::config::Config;
use crate::interface::{Input, Output};
use crate::leg::Leg;
use crate::terminals::{Known, Terminals};
use directory::Directory;
use exchange::{Report, TerminalId};
use ground::{Allocator, ConnectionId, Identifiers, Machine, Moment, Now, Reason};
use registrations::set_trunks;
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
    pub(crate) probes: BTreeMap<RequestId, ConnectionId>,
    pub(crate) agent: Agent,
    now: Now,
    legs: BTreeMap<ConnectionId, Leg>,
    by_session: BTreeMap<SessionId, ConnectionId>,
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
    /// Questions whether a telephone is there.
    pub probes: usize,
    /// Registered telephones.
    pub terminals: usize,
}

impl LineSip {
    /// A line over `directory`.
    pub fn new(mut config: Config, directory: Arc<Directory>) -> Self {
        set_trunks(&mut config.agent.networks, &directory);
        let realm = config.agent.networks.first().map(|network| network.realm.clone()).unwrap_or_default();
        let accounts = DirectoryAccounts { directory: directory.clone(), realm };
        let agent = Agent::new(config.agent.clone(), Box::new(accounts));
        let identifiers = Identifiers::new(Allocator::SipLine, config.start_second);
        LineSip {
            config,
            directory,
            identifiers,
            agent,
            now: Now::default(),
            probes: BTreeMap::new(),
            legs: BTreeMap::new(),
            by_session: BTreeMap::new(),
            terminals: Terminals::default(),
            outputs: VecDeque::new(),
            next_session: 0,
            next_request: 0,
        }
    }

    /// The user agent, to look at.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// How full the tables are.
    pub fn tables(&self) -> Tables {
        Tables { legs: self.legs.len(), probes: self.probes.len(), terminals: self.terminals.len() }
    }

    /// True when no call is left; registrations stay.
    pub fn is_idle(&self) -> bool {
        self.legs.is_empty() && self.by_session.is_empty() && self.probes.is_empty() && self.outputs.is_empty()
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

    pub(crate) fn add_leg(&mut self, leg: Leg) {
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
        self.legs.insert(connection, leg);
        true
    }

    pub(crate) fn with_session(&mut self, session: SessionId, act: impl FnOnce(&mut Self, &mut Leg)) {
        if let Some(connection) = self.by_session.get(&session).copied() {
            self.with_leg(connection, act);
        }
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
                agent::Output::SessionChanged { .. } => {}
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
        }
        self.drain_agent();
    }

    fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.agent.handle_timeout(now);
        self.drain_agent();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        self.agent.next_timeout()
    }
}
