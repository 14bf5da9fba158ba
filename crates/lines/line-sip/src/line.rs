//! The line: its tables, and who handles what.

use crate::accounts::DirectoryAccounts;
use crate::config::Config;
use crate::interface::{Input, Output};
use crate::leg::{Leg, Side};
use crate::status::{reason_in, reason_of, status_of};
use crate::terminals::{Known, RegisteredTelephone, Terminals, binding, registration};
use directory::Directory;
use directory::store::StoredRegistration;
use exchange::{Order, Reachability, Report, TerminalId};
use ground::{Allocator, ConnectionId, Digits, Identifiers, Machine, Moment, Now, Reason};
use sip::Message;
use sip::agent::{self, Agent, Answer, Command, EndCause, Event, RequestId, SessionId, TrunkSource};
use sip::dialog::{BindingName, ExtraHeader};
use sip::registrar::Binding;
use sip::transaction::Flow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The SIP line.
pub struct LineSip {
    pub(crate) config: Config,
    pub(crate) directory: Arc<Directory>,
    pub(crate) identifiers: Identifiers,
    pub(crate) probes: BTreeMap<RequestId, ConnectionId>,
    agent: Agent,
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

    /// Ends a session in the way that its state asks for, and says why.
    pub(crate) fn end(&mut self, leg: &mut Leg, reason: Reason) {
        if leg.clearing.is_some() {
            return;
        }
        leg.clearing = Some(reason);
        let mut headers = Vec::new();
        if reason == Reason::AnsweredElsewhere {
            // RFC 3326 section 3.1: the telephone then shows no missed call.
            headers.push(ExtraHeader::reason_sip(200, "Call completed elsewhere"));
        } else {
            headers.push(ExtraHeader::reason_q850(reason.q850(), reason.text()));
        }
        let status = status_of(reason);
        if status == 503 {
            headers.push(ExtraHeader::new("Retry-After", "10"));
        }
        self.command(Command::End { session: leg.session, status, headers });
    }

    /// Runs `act` on a leg outside of its table, so that it may give orders and reports.
    fn with_leg(&mut self, connection: ConnectionId, act: impl FnOnce(&mut Self, &mut Leg)) -> bool {
        let Some(mut leg) = self.legs.remove(&connection) else { return false };
        act(self, &mut leg);
        self.legs.insert(connection, leg);
        true
    }

    fn with_session(&mut self, session: SessionId, act: impl FnOnce(&mut Self, &mut Leg)) {
        if let Some(connection) = self.by_session.get(&session).copied() {
            self.with_leg(connection, act);
        }
    }

    fn order(&mut self, connection: ConnectionId, order: Order) {
        if let Order::Offer(call) = order {
            return self.offer(connection, &call);
        }
        self.with_leg(connection, |line, leg| match order {
            Order::Offer(_) => {}
            Order::Alert { .. } => line.provisional(leg, 180, None, None),
            Order::Progress { media, reason } => line.provisional(leg, 183, media, reason),
            Order::Answer { answer, offer, connected: _ } => line.answer_caller(leg, answer, offer),
            Order::MediaOffer(offer) => line.media_offer(leg, &offer.streams),
            Order::MediaAnswer(answer) => line.media_answer(leg, &answer.streams),
            Order::MediaRefuse(reason) => line.media_refuse(leg, reason),
            Order::SendDigit { digit, duration } => line.send_digit(leg, digit, duration),
            Order::UpdateParty(_) | Order::Transfer(_) => {}
            Order::Refer(_) => line.report(leg.connection, Report::Transferred(Err(Reason::NotImplemented))),
            Order::Probe => line.probe(leg),
            Order::Clear(reason) => line.end(leg, reason),
        });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Refused { flow, status } => self.refused(flow, reason_of(status)),
            Event::Invited(invited) => self.invited(&invited),
            Event::Trying { session } => self.with_session(session, |line, leg| line.tried(leg)),
            Event::Provisional { session, fork, response } => {
                self.with_session(session, |line, leg| line.progressed(leg, &fork, &response));
            }
            Event::Answered { session, fork, response, owes_ack } => {
                self.with_session(session, |line, leg| line.answered(leg, &fork, &response, owes_ack));
            }
            Event::Acknowledged { session, ack } => {
                self.with_session(session, |line, leg| line.acknowledged(leg, &ack))
            }
            Event::ChangeRequested { session, request } => self.change(session, &request),
            Event::Changed { session, response, .. } => {
                self.with_session(session, |line, leg| line.changed(leg, &response));
            }
            Event::ChangeFailed { session, status, .. } => {
                self.with_session(session, |line, leg| line.change_failed(leg, status));
            }
            Event::ChangeWithdrawn { session } => {
                self.with_session(session, |line, leg| line.change_withdrawn(leg));
            }
            Event::Info { session, request } => self.with_session(session, |line, leg| line.info(leg, &request)),
            Event::RequestDone { request, status, .. } => self.request_done(request, status),
            Event::Ended { session, cause, message } => self.ended(session, cause, message.as_ref()),
            Event::Registered { binding, new: _ } => self.binding_stored(&binding),
            Event::Unregistered { name, .. } => self.binding_gone(&name),
            Event::FlowLost { .. } => {}
        }
    }

    fn change(&mut self, session: SessionId, request: &Message) {
        if self.by_session.contains_key(&session) {
            self.with_session(session, |line, leg| line.change_requested(leg, request));
        } else {
            self.command(Command::Respond { session, answer: Answer::status(481) });
        }
    }

    /// A question was answered. 408 and 481 end the session, which is told by its own event (RFC 3261 section 12.2.1.2).
    fn request_done(&mut self, request: RequestId, status: u16) {
        let Some(connection) = self.probes.remove(&request) else { return };
        if !matches!(status, 408 | 481 | 503) {
            self.report(connection, Report::Probed);
        }
    }

    fn ended(&mut self, session: SessionId, cause: EndCause, message: Option<&Message>) {
        let Some(connection) = self.by_session.remove(&session) else { return };
        let Some(leg) = self.legs.remove(&connection) else { return };
        self.probes.retain(|_, asked| *asked != connection);
        let told = message.and_then(reason_in);
        let reason = leg.clearing.unwrap_or_else(|| end_reason(&leg, cause, told));
        self.report(connection, Report::Cleared(reason));
    }

    fn binding_stored(&mut self, binding: &Binding) {
        let Ok(number) = binding.name.aor.parse::<Digits>() else { return };
        let changed = self.terminals.store(number, binding);
        let version = self.terminals.version(number, &binding.name);
        self.outputs.push_back(Output::Registration(registration(number, &binding.stored(), version)));
        if changed {
            self.reachability(number);
        }
    }

    fn binding_gone(&mut self, name: &BindingName) {
        let Ok(number) = name.aor.parse::<Digits>() else { return };
        if let Some(write) = self.terminals.remove(number, name) {
            self.outputs.push_back(Output::Registration(write));
            self.reachability(number);
        }
    }

    fn reachability(&mut self, number: Digits) {
        let Some(extension) = self.directory.extensions.get(&number) else { return };
        let terminals = self.terminals.of(&number);
        self.outputs.push_back(Output::Reachability(Reachability { device: extension.device, terminals }));
    }

    /// A new revision: passwords and trunks change, and extensions that are gone lose their telephones.
    fn replace_directory(&mut self, directory: Arc<Directory>) {
        let device =
            |directory: &Directory, number: Digits| directory.extensions.get(&number).map(|known| known.device);
        let mut gone = Vec::new();
        for number in self.terminals.numbers() {
            let before = device(&self.directory, number);
            // A number that was given to another extension: the telephones registered for the one before.
            if before != device(&directory, number) {
                gone.push(number);
                let left = before.map(|device| Output::Reachability(Reachability { device, terminals: Vec::new() }));
                self.outputs.extend(left);
            }
        }
        self.directory = directory.clone();
        let networks = &mut self.config.agent.networks;
        set_trunks(networks, &directory);
        for network in networks.iter() {
            self.agent.set_trunks(network.id, network.trunks.clone());
        }
        let realm = networks.first().map(|network| network.realm.clone()).unwrap_or_default();
        self.agent.set_accounts(Box::new(DirectoryAccounts { directory: directory.clone(), realm }));
        for number in gone {
            self.command(Command::RemoveBindings { aor: number.as_str().into() });
        }
    }

    /// Registrations from before the restart. Datagram flows are good again; streams wait for the telephone to come back.
    fn restore(&mut self, stored: &[StoredRegistration]) {
        self.terminals.resume_versions(stored.iter().map(|one| one.version).max().unwrap_or(0));
        let known = |one: &&StoredRegistration| self.directory.extensions.contains_key(&one.key.number);
        let listeners = self.config.listeners.clone();
        let find = |transport, local| {
            listeners.iter().find(|entry| entry.transport == transport && entry.local == local).map(|entry| entry.index)
        };
        let mut numbers = BTreeSet::new();
        for stored in stored.iter().filter(known) {
            let Some(binding) = binding(stored, find) else { continue };
            if self.agent.registrar_mut().import(self.now, binding) {
                numbers.insert(stored.key.number);
            }
        }
        for number in numbers {
            for binding in self.agent.registrar().bindings(number.as_str()) {
                self.terminals.store(number, binding);
            }
            self.reachability(number);
        }
    }

    /// Every registered telephone, by number.
    pub fn registered(&self) -> Vec<RegisteredTelephone> {
        self.terminals.listed()
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
            }
        }
    }
}

/// Why a session ended that nobody ordered to end.
fn end_reason(leg: &Leg, cause: EndCause, told: Option<Reason>) -> Reason {
    match cause {
        EndCause::RemoteBye => told.unwrap_or(Reason::NormalClearing),
        EndCause::RemoteCancel => Reason::Abandoned,
        EndCause::Ordered => Reason::NormalClearing,
        // Some gateways write cause 16 into every message: a refusal is none.
        EndCause::Refused(status) => {
            told.filter(|reason| *reason != Reason::NormalClearing).unwrap_or_else(|| reason_of(status))
        }
        EndCause::NoResponse if leg.terminal.is_none() && leg.side == Side::Called => Reason::TrunkUnreachable,
        EndCause::NoResponse => Reason::NoUserResponding,
        EndCause::RingTimeout => Reason::NoAnswer,
        EndCause::NoAck | EndCause::NoAnswerGiven => Reason::ProtocolTimeout,
        EndCause::DialogGone(_) => Reason::MediaLost,
        EndCause::TransportFailed => Reason::TransportFailure,
        EndCause::Overload => Reason::Overload,
        EndCause::Invalid => Reason::InternalError,
    }
}

/// Trunks are known by their own address and by those that the directory lists.
fn set_trunks(networks: &mut [agent::Network], directory: &Directory) {
    for network in networks {
        network.trunks.clear();
        for trunk in directory.trunks.values().filter(|trunk| trunk.network == network.id) {
            let own = std::iter::once(trunk.address.ip());
            for address in own.chain(trunk.sources.iter().copied()) {
                let prefix = if address.is_ipv4() { 32 } else { 128 };
                network.trunks.push(TrunkSource { trunk: trunk.id, address, prefix });
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
            Input::Received { flow, message } => self.agent.handle(now, agent::Input::Received { flow, message }),
            Input::Malformed { flow, error, salvaged } => {
                self.agent.handle(now, agent::Input::Malformed { flow, error, salvaged });
            }
            Input::Ping { flow } => self.agent.handle(now, agent::Input::Ping { flow }),
            Input::FlowClosed { connection } => self.agent.handle(now, agent::Input::FlowClosed { connection }),
            Input::TransportFailed { to, send } => self.agent.handle(now, agent::Input::TransportFailed { to, send }),
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
