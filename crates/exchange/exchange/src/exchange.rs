//! The exchange itself: inputs find their half, messages between halves are delivered, finished halves are forgotten.

use crate::call::Call;
use crate::config::ExchangeConfig;
use crate::facilities::{Facilities, Site};
use crate::half::farewell::last_word;
use crate::half::input::{HalfInput, LegEvent, Timer};
use crate::half::message::{Envelope, Message};
use crate::half::originating::Originating;
use crate::half::terminating::Terminating;
use crate::half::{Half, HalfId, ServerId};
use crate::media::legs::leg_of;
use crate::route::explanation::{Explanation, Inquiry, Unexplained};
use crate::vocabulary::input::{Input, Output};
use crate::vocabulary::report::{Report, Seizure};
use directory::Directory;
use ground::{AlarmCode, CallId, ConnectionId, Machine, Moment, Now, Reason, Utc};
use media_plan::MediaEvent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The call core. Deterministic: the same inputs at the same times give the same outputs.
///
/// Its state is data: a snapshot is taken between inputs by serialising it, and goes on after [`Exchange::resume`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Exchange {
    pub(crate) facilities: Facilities,
    pub(crate) halves: BTreeMap<HalfId, Half>,
    counters: Counters,
}

/// What happened that belongs to no call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Reports about connections that do not exist, or do not exist any more.
    pub unknown_connections: u64,
    /// Seizures under an identifier that is in use.
    pub repeated_seizures: u64,
    /// Legs of which the last word did not come in time.
    pub legs_not_closed: u64,
    /// Calls that were seized.
    pub calls: u64,
}

/// How full the tables are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Calls.
    pub calls: usize,
    /// Halves.
    pub halves: usize,
    /// Connections.
    pub connections: usize,
    /// Media legs that are open or closing.
    pub legs: usize,
    /// Media orders without their outcome.
    pub media_orders: usize,
    /// Pairs of ports that are out.
    pub ports: usize,
    /// Timers that run.
    pub timers: usize,
    /// Messages between halves.
    pub messages: usize,
    /// Trunks with calls.
    pub trunks: usize,
}

impl Exchange {
    /// An exchange without a directory: every number is vacant until the first revision comes.
    pub fn new(config: ExchangeConfig) -> Exchange {
        Exchange { facilities: Facilities::new(config), halves: BTreeMap::new(), counters: Counters::default() }
    }

    /// Gives a restored exchange what is not in a snapshot.
    pub fn resume(&mut self, config: ExchangeConfig, directory: Arc<Directory>) {
        self.facilities.config = Arc::new(config);
        self.facilities.site = Site::compile(directory);
    }

    /// The calls in progress, in the order in which they began.
    pub fn calls(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.facilities.calls.iter()
    }

    /// What happened that belongs to no call.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// No new calls but emergency calls are taken.
    pub fn is_draining(&self) -> bool {
        self.facilities.draining
    }

    /// What would become of a call, and why: the decision that calls get, on the state as it is. Nothing changes. `now` counts
    /// when the inquiry names no time.
    pub fn explain(&self, now: Utc, inquiry: &Inquiry) -> Result<Explanation, Unexplained> {
        self.facilities.explain(now, inquiry)
    }

    /// How full the tables are.
    pub fn tables(&self) -> Tables {
        let f = &self.facilities;
        Tables {
            calls: f.calls.len(),
            halves: self.halves.len(),
            connections: f.owners.len() + f.farewells.len(),
            legs: f.legs.len(),
            media_orders: f.legs.orders(),
            ports: f.legs.ports_taken(),
            timers: f.timers.len(),
            messages: f.mail.len(),
            trunks: f.trunks.len(),
        }
    }

    /// True when nothing is left of any call.
    pub fn is_empty(&self) -> bool {
        self.tables() == Tables::default()
    }

    fn report(&mut self, connection: ConnectionId, report: Report) {
        match report {
            Report::Seized(seizure) => self.seized(connection, *seizure, None),
            Report::Unacceptable(seizure, reason) => self.seized(connection, *seizure, Some(reason)),
            report => match self.facilities.owners.get(&connection).copied() {
                Some(half) => self.give(half, HalfInput::Report(connection, report)),
                None => self.after_farewell(connection, &report),
            },
        }
    }

    /// A report about a connection that was cleared: the last word, or something that crossed.
    fn after_farewell(&mut self, connection: ConnectionId, report: &Report) {
        let known = match report {
            Report::Cleared(reason) => last_word(&mut self.facilities, connection, *reason),
            _ => self.facilities.farewells.contains_key(&connection),
        };
        if !known {
            self.counters.unknown_connections += 1;
        }
    }

    fn seized(&mut self, connection: ConnectionId, seizure: Seizure, unacceptable: Option<Reason>) {
        let f = &self.facilities;
        if f.owners.contains_key(&connection) || f.farewells.contains_key(&connection) {
            self.counters.repeated_seizures += 1;
            return;
        }
        self.counters.calls += 1;
        let id = self.facilities.new_half();
        let half = Originating::seize(&mut self.facilities, id, connection, seizure, unacceptable);
        self.keep(id, half);
    }

    fn media(&mut self, event: MediaEvent) {
        let leg = leg_of(&event);
        let now = self.facilities.now.moment;
        let about = match event {
            MediaEvent::PortsBound { pairs } => {
                self.facilities.legs.add_ports(&pairs);
                return self.facilities.alarm(AlarmCode::MediaPortsExhausted, false);
            }
            MediaEvent::Closed { leg, .. } => return self.leg_gone(leg),
            MediaEvent::Outcome { order, leg, result } => match self.facilities.legs.outcome(now, (leg, order), result)
            {
                Some((about, fault)) => LegEvent::Fault(about, fault),
                None => {
                    if !self.facilities.legs.is_known(leg) {
                        self.leg_gone(leg);
                    }
                    return;
                }
            },
            MediaEvent::PlayEnded { .. } => LegEvent::PlayEnded,
            MediaEvent::Digit { digit, duration, .. } => LegEvent::Digit(digit, duration),
            MediaEvent::Playing { leg, base } => return self.facilities.legs.playing(leg, base),
            MediaEvent::Silent { .. } => LegEvent::Silent,
            MediaEvent::Receiving { .. } => LegEvent::Receiving,
        };
        let Some(connection) = leg.filter(|leg| self.facilities.legs.is_open(*leg)) else { return };
        if let Some(half) = self.facilities.owners.get(&connection).copied() {
            self.give(half, HalfInput::Media(connection, about));
        }
    }

    /// The last word on a leg came: its ports are free.
    fn leg_gone(&mut self, leg: ConnectionId) {
        let f = &mut self.facilities;
        f.timers.cancel(&Timer::LegClose(leg));
        if f.legs.forget(f.now.moment, leg) {
            f.alarm(AlarmCode::MediaPortsExhausted, false);
        }
    }

    fn timer(&mut self, timer: Timer) {
        let half = match timer {
            Timer::InterDigit(half)
            | Timer::NoAnswer(half)
            | Timer::Announcement(half)
            | Timer::Duration(half)
            | Timer::Transfer(half) => Some(half),
            Timer::Clear(connection) => {
                last_word(&mut self.facilities, connection, Reason::ProtocolTimeout);
                None
            }
            Timer::Response(connection)
            | Timer::Negotiation(connection)
            | Timer::Silence(connection)
            | Timer::ProbeResponse(connection) => self.facilities.owners.get(&connection).copied(),
            Timer::LegClose(leg) => {
                self.counters.legs_not_closed += 1;
                return self.leg_gone(leg);
            }
        };
        if let Some(half) = half {
            self.give(half, HalfInput::Timer(timer));
        }
    }

    /// Lets a half handle an input. It is out of the table meanwhile: it can reach nothing but the facilities. A message to a half
    /// that is gone is answered.
    fn give(&mut self, id: HalfId, input: HalfInput) {
        match (self.halves.remove(&id), input) {
            (Some(half), input) => {
                let half = half.handle(&mut self.facilities, input);
                self.keep(id, half);
            }
            (None, HalfInput::Message(_, Message::Release(_))) => {}
            (None, HalfInput::Message(from, _)) => {
                self.facilities.send(id, from, Message::Release(Reason::NormalClearing));
            }
            (None, _) => {}
        }
    }

    fn keep(&mut self, id: HalfId, half: Option<Half>) {
        if let Some(half) = half {
            self.halves.insert(id, half);
        }
        for placed in std::mem::take(&mut self.facilities.placed) {
            self.halves.insert(placed.id(), Half::Placing(Box::new(placed)));
        }
    }

    /// Delivers messages until none is left. Each message makes progress towards an end of a call or of a negotiation, so that
    /// the queue runs dry.
    fn deliver(&mut self) {
        while let Some(Envelope { from, to, message }) = self.facilities.mail.pop_front() {
            match message {
                Message::Setup(setup) => {
                    let half = Terminating::setup(&mut self.facilities, to, from, *setup);
                    self.keep(to, half);
                }
                message => self.give(to, HalfInput::Message(from, message)),
            }
        }
    }

    /// An administrator ends a call: one half does, and the others follow it.
    fn clear_call(&mut self, call: CallId) {
        let Some(call) = self.facilities.calls.get(call) else { return };
        let half = call.halves.iter().find(|half| self.halves.contains_key(half)).copied();
        if let Some(half) = half {
            self.give(half, HalfInput::ClearedByAdministrator);
        }
    }

    /// A server is lost: its halves are gone, and tell nobody.
    fn server_lost(&mut self, server: ServerId) {
        let bereft: Vec<_> =
            self.halves.iter().filter_map(|(id, half)| Some((*id, half.depends_on(server)?))).collect();
        for (half, peer) in bereft {
            let release = Message::Release(Reason::TransportFailure);
            self.give(half, HalfInput::Message(peer, release));
            self.deliver();
        }
    }

    fn fire_due(&mut self, now: Now) {
        self.facilities.now = now;
        while let Some((_, timer)) = self.facilities.timers.pop_due(now.moment) {
            self.timer(timer);
            self.deliver();
        }
    }
}

impl Machine for Exchange {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Now, input: Input) {
        self.fire_due(now);
        match input {
            Input::Report { connection, report } => self.report(connection, report),
            Input::Media(event) => self.media(event),
            Input::Reachability(known) => {
                if known.terminals.is_empty() {
                    self.facilities.reachability.remove(&known.device);
                } else {
                    self.facilities.reachability.insert(known.device, known.terminals);
                }
            }
            Input::Directory(directory) => self.facilities.site = Site::compile(directory),
            Input::ClearCall { call } => self.clear_call(call),
            Input::Mail(envelope) => self.facilities.mail.push_back(*envelope),
            Input::Home { device, server } if server == self.facilities.config.server => {
                self.facilities.homes.remove(&device);
            }
            Input::Home { device, server } => {
                self.facilities.homes.insert(device, server);
            }
            Input::ServerLost(server) => self.server_lost(server),
            Input::Drain => self.facilities.draining = true,
        }
        self.deliver();
    }

    fn handle_timeout(&mut self, now: Now) {
        self.fire_due(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.facilities.outputs.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        self.facilities.timers.next()
    }
}
