//! The way back: a snapshot, and record after record behind it, until the state is that of the process that wrote them.

use super::record::{Outcome, Record, Section, Unreadable, append, record, section, tag, tagged};
use super::recorder::{Whole, sections};
use crate::desk::Desk;
use directory::{CallRecord, Directory};
use exchange::{Exchange, ExchangeConfig, Input, LineKind, Output};
use ground::{ConnectionId, Machine, Now};
use journal::{Kind, Message, Turn, digest};
use line_sip::DialogSnapshot;
use line_voice::VoiceLine;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The state of a process that wrote a journal.
#[derive(Debug)]
pub struct State {
    /// When the last record was written.
    pub now: Now,
    /// What the exchange was told when it started.
    pub config: ExchangeConfig,
    /// The directory in force.
    pub directory: Arc<Directory>,
    /// The exchange.
    pub exchange: Exchange,
    /// The voice line.
    pub voice: VoiceLine,
    /// What the switchboard notes beside.
    pub desk: Desk,
    /// The dialogs of the SIP line.
    pub dialogs: BTreeMap<ConnectionId, Box<DialogSnapshot>>,
    /// The segments that were closed in the tail: the store may not have them yet.
    pub closed: Vec<CallRecord>,
    /// The process ended in order.
    pub ended: bool,
}

/// What one message was.
#[derive(Debug)]
pub enum Step {
    /// A section of the snapshot.
    Section,
    /// The snapshot is whole.
    Whole,
    /// A record that the exchange does not see.
    Beside,
    /// The exchange did something.
    Played(Box<Played>),
}

/// What the exchange did with one record.
#[derive(Debug)]
pub struct Played {
    /// When.
    pub now: Now,
    /// What went in; none for timers.
    pub input: Option<Input>,
    /// What came out.
    pub outputs: Vec<Output>,
    /// What stands in the journal.
    pub recorded: Outcome,
    /// What came out now.
    pub replayed: Outcome,
}

impl Played {
    /// True when the same came out as was recorded.
    pub fn agrees(&self) -> bool {
        self.recorded == self.replayed
    }
}

/// Why a journal cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayError {
    /// A message cannot be read.
    Unreadable(Unreadable),
    /// A section of the snapshot is missing, or a record comes before its end.
    Incomplete,
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlayError::Unreadable(error) => write!(f, "{error}"),
            PlayError::Incomplete => write!(f, "its snapshot is not whole"),
        }
    }
}

impl std::error::Error for PlayError {}

#[derive(Debug, Default)]
struct Sections {
    site: Option<Box<(Now, ExchangeConfig)>>,
    directory: Option<Box<Directory>>,
    exchange: Option<Box<Exchange>>,
    voice: Option<Box<VoiceLine>>,
    desk: Option<Box<Desk>>,
    dialogs: BTreeMap<ConnectionId, Box<DialogSnapshot>>,
}

/// Plays a journal, message by message.
#[derive(Debug, Default)]
pub struct Player {
    sections: Sections,
    state: Option<State>,
    scratch: Vec<u8>,
}

impl Player {
    /// A player before the first message.
    pub fn new() -> Player {
        Player::default()
    }

    /// The state as it is now; none before the snapshot is whole.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// The state at the end.
    pub fn into_state(self) -> Option<State> {
        self.state
    }

    /// Takes one message.
    pub fn play(&mut self, message: &Message<'_>) -> Result<Step, PlayError> {
        match (message.kind, &self.state) {
            (Kind::Section, None) => {
                let section = section(message).map_err(PlayError::Unreadable)?;
                self.section(section);
                Ok(Step::Section)
            }
            (Kind::Whole, None) => {
                let sections = std::mem::take(&mut self.sections);
                self.state = Some(begin(sections).ok_or(PlayError::Incomplete)?);
                Ok(Step::Whole)
            }
            (Kind::Record, Some(_)) => {
                let record = record(message).map_err(PlayError::Unreadable)?;
                Ok(self.record(record))
            }
            _ => Err(PlayError::Incomplete),
        }
    }

    fn section(&mut self, section: Section) {
        let sections = &mut self.sections;
        match section {
            Section::Site(site) => sections.site = Some(site),
            Section::Directory(directory) => sections.directory = Some(directory),
            Section::Exchange(exchange) => sections.exchange = Some(exchange),
            Section::Voice(voice) => sections.voice = Some(voice),
            Section::Desk(desk) => sections.desk = Some(desk),
            Section::Dialog(dialog) => {
                sections.dialogs.insert(dialog.connection(), dialog);
            }
        }
    }

    fn record(&mut self, record: Record) -> Step {
        let Some(state) = &mut self.state else { return Step::Beside };
        match record {
            Record::Input(now, input, recorded) => {
                if let Input::Directory(directory) = &*input {
                    state.directory = directory.clone();
                }
                state.exchange.handle(now, (*input).clone());
                Step::Played(Box::new(state.played(now, Some(*input), recorded, &mut self.scratch)))
            }
            Record::Timeout(now, recorded) => {
                state.exchange.handle_timeout(now);
                Step::Played(Box::new(state.played(now, None, recorded, &mut self.scratch)))
            }
            Record::Dialog(dialog) => {
                state.dialogs.insert(dialog.connection(), dialog);
                Step::Beside
            }
            Record::DialogGone(connection) => {
                state.dialogs.remove(&connection);
                Step::Beside
            }
            Record::Ended(now) => {
                state.now = now;
                state.ended = true;
                Step::Beside
            }
        }
    }
}

impl State {
    /// The snapshot that a process in this state takes.
    pub fn snapshot(&self, now: Now) -> Turn {
        let State { exchange, voice, desk, config, directory, .. } = self;
        let mut turn = sections(now, &Whole { exchange, voice, desk, config, directory });
        for dialog in self.dialogs.values() {
            turn.put(Kind::Section, |bytes| tagged(tag::DIALOG, dialog, bytes));
        }
        turn.put(Kind::Whole, |_| {});
        turn
    }

    fn played(&mut self, now: Now, input: Option<Input>, recorded: Outcome, scratch: &mut Vec<u8>) -> Played {
        self.now = now;
        scratch.clear();
        let mut outputs = Vec::new();
        while let Some(output) = self.exchange.poll() {
            append(&output, scratch);
            self.desk.note(&output);
            match &output {
                Output::RecordClosed(record) => self.closed.push(record.clone()),
                Output::Order { line: LineKind::Voice, connection, order, .. } => {
                    let input = line_voice::Input { connection: *connection, order: order.clone() };
                    self.voice.handle(now, input);
                }
                _ => {}
            }
            outputs.push(output);
        }
        // What the voice line says went into the exchange then, and stands in the journal.
        while self.voice.poll().is_some() {}
        let count = u32::try_from(outputs.len()).unwrap_or(u32::MAX);
        Played { now, input, outputs, recorded, replayed: Outcome { count, digest: digest(0, scratch) } }
    }
}

fn begin(sections: Sections) -> Option<State> {
    let (now, config) = *sections.site?;
    let directory: Arc<Directory> = Arc::new(*sections.directory?);
    let mut exchange = *sections.exchange?;
    exchange.resume(config.clone(), directory.clone());
    let mut voice = *sections.voice?;
    voice.resume(line_voice::Config::default());
    Some(State {
        now,
        config,
        directory,
        exchange,
        voice,
        desk: *sections.desk?,
        dialogs: sections.dialogs,
        closed: Vec::new(),
        ended: false,
    })
}
