//! The pure rooms together: SIP line, voice line and exchange, driven until all are quiet. No sockets, no clock: the same code
//! runs a test in virtual time and a server.

use crate::desk::Desk;
use crate::journal::recorder::{Recorder, Whole};
use crate::shard::live::LiveCalls;
use directory::store::{RegistrationWrite, StoredRegistration};
use directory::{CallRecord, Directory};
use exchange::{CallEvent, Exchange, ExchangeConfig, LineKind, RefusalNote};
use ground::{AlarmCode, CallId, Machine, Moment, Now, Reason};
use journal::Position;
use line_sip::LineSip;
use line_voice::VoiceLine;
use media_plan::{MediaEvent, MediaOrder};
use sip::agent::{SendId, Trace};
use sip::transaction::{Destination, Flow};
use std::collections::VecDeque;
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
    pub(crate) sip: LineSip,
    pub(crate) voice: VoiceLine,
    pub(crate) exchange: Exchange,
    pub(crate) desk: Desk,
    pub(crate) config: ExchangeConfig,
    pub(crate) directory: Arc<Directory>,
    /// What the exchange said and was not carried out yet.
    outputs: VecDeque<exchange::Output>,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) recorder: Option<Recorder>,
}

impl Switchboard {
    /// All rooms over one directory.
    pub fn new(now: Now, sip: line_sip::Config, exchange: ExchangeConfig, directory: Arc<Directory>) -> Self {
        let rooms = (Exchange::new(exchange.clone()), VoiceLine::new(line_voice::Config::default()));
        let mut board = Switchboard::over(rooms, Desk::default(), sip, exchange, directory.clone());
        board.give(now, exchange::Input::Directory(directory));
        board.settle(now);
        board
    }

    /// The rooms as they are, around a SIP line without calls.
    pub(crate) fn over(
        (exchange, voice): (Exchange, VoiceLine),
        desk: Desk,
        sip: line_sip::Config,
        config: ExchangeConfig,
        directory: Arc<Directory>,
    ) -> Self {
        let sip = LineSip::new(sip, directory.clone());
        let (outputs, effects) = (VecDeque::new(), VecDeque::new());
        Switchboard { sip, voice, exchange, desk, config, directory, outputs, effects, recorder: None }
    }

    /// The SIP line, to look at.
    pub fn sip(&self) -> &LineSip {
        &self.sip
    }

    /// The exchange, to look at.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The calls in progress.
    pub fn live(&self) -> &LiveCalls {
        self.desk.live()
    }

    /// True when no call is left in any room. Registrations stay.
    pub fn is_idle(&self) -> bool {
        self.sip.is_idle() && self.exchange.is_empty() && self.desk.is_idle() && self.effects.is_empty()
    }

    /// Journals everything from now on; the first snapshot is taken at once.
    pub fn record_to(&mut self, now: Now, recorder: Recorder) {
        self.recorder = Some(recorder);
        self.snapshot(now);
    }

    /// The recorder, when everything is journalled.
    pub fn recorder(&mut self) -> Option<&mut Recorder> {
        self.recorder.as_mut()
    }

    /// Up to where the journal has everything: the effects that come now may leave when this is acknowledged.
    pub fn position(&self) -> Position {
        self.recorder.as_ref().map(Recorder::position).unwrap_or_default()
    }

    /// When the next snapshot is due, as far as that is known now.
    pub fn next_snapshot(&self) -> Option<Moment> {
        self.recorder.as_ref().and_then(Recorder::next_snapshot)
    }

    /// Takes a snapshot of the whole.
    pub fn snapshot(&mut self, now: Now) {
        if let Some(recorder) = &mut self.recorder {
            recorder.snapshot(
                now,
                &Whole {
                    exchange: &self.exchange,
                    voice: &self.voice,
                    desk: &self.desk,
                    config: &self.config,
                    directory: &self.directory,
                },
            );
        }
    }

    /// The process ends in order: nobody is to go on from the journal.
    pub fn end(&mut self, now: Now) {
        if let Some(recorder) = &mut self.recorder {
            recorder.end(now);
        }
    }

    /// Gives the exchange an input, and journals it with what came out of it.
    pub(crate) fn give(&mut self, now: Now, input: exchange::Input) {
        let directory = match &input {
            exchange::Input::Directory(directory) => Some(directory.clone()),
            _ => None,
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.input(now, &input);
        }
        self.exchange.handle(now, input);
        self.drain_exchange();
        if let Some(directory) = directory {
            if let Some(recorder) = &mut self.recorder {
                recorder.directory_done(now, &directory);
            }
            self.directory = directory;
        } else if let Some(recorder) = &mut self.recorder {
            recorder.done();
        }
    }

    pub(crate) fn drain_exchange(&mut self) {
        while let Some(output) = self.exchange.poll() {
            if let Some(recorder) = &mut self.recorder {
                recorder.output(&output);
            }
            self.desk.note(&output);
            self.outputs.push_back(output);
        }
    }

    /// Runs the rooms until none has anything to say to another. Each turn empties one room before the next, in a fixed order.
    pub(crate) fn settle(&mut self, now: Now) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.sip.poll() {
                quiet = false;
                self.take_from_sip(now, output);
            }
            while let Some(output) = self.voice.poll() {
                quiet = false;
                let line_voice::Output { connection, report } = output;
                self.give(now, exchange::Input::Report { connection, report });
            }
            while let Some(output) = self.outputs.pop_front() {
                quiet = false;
                self.take_from_exchange(now, output);
            }
            if quiet {
                break;
            }
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.end_of_turn();
        }
    }

    fn take_from_sip(&mut self, now: Now, output: line_sip::Output) {
        match output {
            line_sip::Output::Send { to, bytes, send } => self.effects.push_back(Effect::Send { to, bytes, send }),
            line_sip::Output::Report { connection, report } => {
                self.give(now, exchange::Input::Report { connection, report });
            }
            line_sip::Output::Reachability(reachability) => {
                self.give(now, exchange::Input::Reachability(reachability));
            }
            line_sip::Output::Registration(write) => self.effects.push_back(Effect::Registration(write)),
            line_sip::Output::Trace { trace, connection } => {
                let call = connection.and_then(|connection| self.desk.call_of(connection));
                self.effects.push_back(Effect::Message { trace, call });
            }
            line_sip::Output::Refused { flow, reason } => self.effects.push_back(Effect::Unknown { flow, reason }),
            line_sip::Output::Dialog(snapshot) => {
                if let Some(recorder) = &mut self.recorder {
                    recorder.dialog(&snapshot);
                }
            }
            line_sip::Output::DialogGone(connection) => {
                if let Some(recorder) = &mut self.recorder {
                    recorder.dialog_gone(connection);
                }
            }
        }
    }

    fn take_from_exchange(&mut self, now: Now, output: exchange::Output) {
        match output {
            exchange::Output::Order { line, connection, order, .. } => match line {
                LineKind::Sip => self.sip.handle(now, line_sip::Input::Order { connection, order }),
                LineKind::Voice => self.voice.handle(now, line_voice::Input { connection, order }),
            },
            exchange::Output::Media(order) => self.effects.push_back(Effect::Media(order)),
            exchange::Output::RecordOpened(record) => self.effects.push_back(Effect::RecordOpened(record)),
            exchange::Output::RecordClosed(record) => self.effects.push_back(Effect::RecordClosed(record)),
            exchange::Output::Refused(note) => self.effects.push_back(Effect::Refused(note)),
            exchange::Output::Event(event) => self.effects.push_back(Effect::Event(event)),
            exchange::Output::Alarm { code, active } => self.effects.push_back(Effect::Alarm { code, active }),
            // No device lives on another server.
            exchange::Output::Mail { .. } => {}
        }
    }
}

impl Machine for Switchboard {
    type Input = Input;
    type Output = Effect;

    fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(input) => self.sip.handle(now, input),
            Input::Media(event) => self.give(now, exchange::Input::Media(event)),
            Input::Directory(directory) => {
                self.give(now, exchange::Input::Directory(directory.clone()));
                self.sip.handle(now, line_sip::Input::Directory(directory));
            }
            Input::Restore(stored) => self.sip.handle(now, line_sip::Input::Restore(stored)),
            Input::ClearCall(call) => self.give(now, exchange::Input::ClearCall { call }),
            Input::Drain => self.give(now, exchange::Input::Drain),
        }
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Now) {
        self.sip.handle_timeout(now);
        self.voice.handle_timeout(now);
        if self.exchange.next_timeout().is_some_and(|at| at <= now.moment) {
            if let Some(recorder) = &mut self.recorder {
                recorder.timeout(now);
            }
            self.exchange.handle_timeout(now);
            self.drain_exchange();
            if let Some(recorder) = &mut self.recorder {
                recorder.done();
            }
        }
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn next_timeout(&self) -> Option<Moment> {
        [self.sip.next_timeout(), self.voice.next_timeout(), self.exchange.next_timeout()].into_iter().flatten().min()
    }
}
