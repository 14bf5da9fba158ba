//! The pure rooms together: SIP line, voice line and exchange, driven until all are quiet. No sockets, no clock: the same code
//! runs a test in virtual time and a server.

use directory::store::{RegistrationWrite, StoredRegistration};
use directory::{CallRecord, Directory};
use exchange::{CallEvent, Exchange, ExchangeConfig, LineKind, RefusalNote};
use ground::{AlarmCode, CallId, ConnectionId, Machine, Moment, Now, Reason};
use line_sip::LineSip;
use line_voice::VoiceLine;
use media_plan::{MediaEvent, MediaOrder};
use sip::agent::{SendId, Trace};
use sip::transaction::{Destination, Flow};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What goes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something for the SIP line that came from outside.
    Sip(line_sip::Input),
    /// Whoever handles media tells something.
    Media(MediaEvent),
    /// A new revision of the directory.
    Directory(Arc<Directory>),
    /// Registrations from before the restart.
    Restore(Vec<StoredRegistration>),
    /// An administrator ends a call.
    ClearCall(CallId),
    /// Take no new calls.
    Drain,
}

/// What comes out.
#[derive(Debug)]
pub enum Effect {
    /// Send SIP.
    Send {
        /// Where.
        to: Destination,
        /// One whole message.
        bytes: bytes::Bytes,
        /// To be given back when the transport fails.
        send: SendId,
    },
    /// An order for the media engine.
    Media(MediaOrder),
    /// A registration to be kept.
    Registration(RegistrationWrite),
    /// A call segment began, or its record so far changed.
    RecordOpened(CallRecord),
    /// A call segment ended.
    RecordClosed(CallRecord),
    /// A message for the ladder.
    Message {
        /// The message.
        trace: Trace,
        /// The call to which it belongs, when that is known.
        call: Option<CallId>,
    },
    /// A step of a call.
    Event(CallEvent),
    /// A call was refused: for the log.
    Refused(RefusalNote),
    /// A call was refused before it had a caller: for the log.
    Unknown {
        /// Where it came from.
        flow: Flow,
        /// Why.
        reason: Reason,
    },
    /// An alarm begins or ends.
    Alarm {
        /// Which.
        code: AlarmCode,
        /// Begins or ends.
        active: bool,
    },
}

/// The pure rooms together.
pub struct Switchboard {
    sip: LineSip,
    voice: VoiceLine,
    exchange: Exchange,
    calls: BTreeMap<ConnectionId, CallId>,
    effects: VecDeque<Effect>,
}

impl Switchboard {
    /// All rooms over one directory.
    pub fn new(now: Now, sip: line_sip::Config, exchange: ExchangeConfig, directory: Arc<Directory>) -> Self {
        let mut board = Switchboard {
            sip: LineSip::new(sip, directory.clone()),
            voice: VoiceLine::new(line_voice::Config::default()),
            exchange: Exchange::new(exchange),
            calls: BTreeMap::new(),
            effects: VecDeque::new(),
        };
        board.exchange.handle(now, exchange::Input::Directory(directory));
        board.settle(now);
        board
    }

    /// The SIP line, to look at.
    pub fn sip(&self) -> &LineSip {
        &self.sip
    }

    /// The exchange, to look at.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// True when no call is left in any room. Registrations stay.
    pub fn is_idle(&self) -> bool {
        self.sip.is_idle() && self.exchange.is_empty() && self.calls.is_empty() && self.effects.is_empty()
    }

    /// Runs the rooms until none has anything to say to another. Each turn empties one room before the next, in a fixed order.
    fn settle(&mut self, now: Now) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.sip.poll() {
                quiet = false;
                self.take_from_sip(now, output);
            }
            while let Some(output) = self.voice.poll() {
                quiet = false;
                let line_voice::Output { connection, report } = output;
                self.exchange.handle(now, exchange::Input::Report { connection, report });
            }
            while let Some(output) = self.exchange.poll() {
                quiet = false;
                self.take_from_exchange(now, output);
            }
            if quiet {
                return;
            }
        }
    }

    fn take_from_sip(&mut self, now: Now, output: line_sip::Output) {
        match output {
            line_sip::Output::Send { to, bytes, send } => self.effects.push_back(Effect::Send { to, bytes, send }),
            line_sip::Output::Report { connection, report } => {
                self.exchange.handle(now, exchange::Input::Report { connection, report });
            }
            line_sip::Output::Reachability(reachability) => {
                self.exchange.handle(now, exchange::Input::Reachability(reachability));
            }
            line_sip::Output::Registration(write) => self.effects.push_back(Effect::Registration(write)),
            line_sip::Output::Trace { trace, connection } => {
                let call = connection.and_then(|connection| self.calls.get(&connection).copied());
                self.effects.push_back(Effect::Message { trace, call });
            }
            line_sip::Output::Dialog(_) | line_sip::Output::DialogGone(_) => {}
            line_sip::Output::Refused { flow, reason } => self.effects.push_back(Effect::Unknown { flow, reason }),
        }
    }

    fn take_from_exchange(&mut self, now: Now, output: exchange::Output) {
        match output {
            exchange::Output::Order { line, connection, call, order } => {
                // An offer begins a connection; its end is told by an event.
                if matches!(order, exchange::Order::Offer(_)) {
                    self.calls.insert(connection, call);
                }
                match line {
                    LineKind::Sip => self.sip.handle(now, line_sip::Input::Order { connection, order }),
                    LineKind::Voice => self.voice.handle(now, line_voice::Input { connection, order }),
                }
            }
            exchange::Output::Media(order) => self.effects.push_back(Effect::Media(order)),
            exchange::Output::RecordOpened(record) => self.effects.push_back(Effect::RecordOpened(record)),
            exchange::Output::RecordClosed(record) => self.effects.push_back(Effect::RecordClosed(record)),
            exchange::Output::Refused(note) => self.effects.push_back(Effect::Refused(note)),
            exchange::Output::Event(event) => {
                if event.state == exchange::ConnectionState::Null {
                    self.calls.remove(&event.connection);
                } else {
                    self.calls.insert(event.connection, event.call);
                }
                self.effects.push_back(Effect::Event(event));
            }
            exchange::Output::Alarm { code, active } => self.effects.push_back(Effect::Alarm { code, active }),
        }
    }
}

impl Machine for Switchboard {
    type Input = Input;
    type Output = Effect;

    fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(input) => self.sip.handle(now, input),
            Input::Media(event) => self.exchange.handle(now, exchange::Input::Media(event)),
            Input::Directory(directory) => {
                self.exchange.handle(now, exchange::Input::Directory(directory.clone()));
                self.sip.handle(now, line_sip::Input::Directory(directory));
            }
            Input::Restore(stored) => self.sip.handle(now, line_sip::Input::Restore(stored)),
            Input::ClearCall(call) => self.exchange.handle(now, exchange::Input::ClearCall { call }),
            Input::Drain => self.exchange.handle(now, exchange::Input::Drain),
        }
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Now) {
        self.sip.handle_timeout(now);
        self.voice.handle_timeout(now);
        self.exchange.handle_timeout(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        [self.sip.next_timeout(), self.voice.next_timeout(), self.exchange.next_timeout()].into_iter().flatten().min()
    }
}
