//! Journalling as the switchboard sees it: each turn of its rooms becomes records, and now and then all of it a snapshot.

use super::record::{Outcome, append, directory_input, tag, tagged};
use crate::desk::Desk;
use directory::Directory;
use exchange::{Exchange, ExchangeConfig, Input, Output};
use ground::{ConnectionId, Moment, Now};
use journal::{Appender, Kind, Position, Turn, digest};
use line_sip::DialogSnapshot;
use line_voice::VoiceLine;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where turns go.
pub trait Tape: Send {
    /// Takes a turn, which is empty afterwards; up to where the journal has everything.
    fn append(&mut self, turn: &mut Turn) -> Position;
    /// Begins anew with a snapshot.
    fn snapshot(&mut self, sections: Turn, now: Now) -> Position;
    /// Something was lost since the last snapshot.
    fn is_broken(&self) -> bool;
    /// Turns that were lost since the start.
    fn lost(&self) -> u64;
}

impl Tape for Appender {
    fn append(&mut self, turn: &mut Turn) -> Position {
        Appender::append(self, turn)
    }

    fn snapshot(&mut self, sections: Turn, now: Now) -> Position {
        Appender::snapshot(self, sections, now.utc)
    }

    fn is_broken(&self) -> bool {
        Appender::is_broken(self)
    }

    fn lost(&self) -> u64 {
        Appender::lost(self)
    }
}

/// When a snapshot is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// At the latest after so long, when anything happened.
    pub after: Duration,
    /// At the latest after so many bytes of records.
    pub bytes: usize,
    /// Between two attempts while the journal is broken.
    pub heal: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { after: Duration::from_secs(300), bytes: 32 << 20, heal: Duration::from_secs(5) }
    }
}

/// What a snapshot is taken of.
pub(crate) struct Whole<'a> {
    pub exchange: &'a Exchange,
    pub voice: &'a VoiceLine,
    pub desk: &'a Desk,
    pub config: &'a ExchangeConfig,
    pub directory: &'a Arc<Directory>,
}

/// The sections of a snapshot but for the dialogs of the SIP line.
pub(crate) fn sections(now: Now, whole: &Whole<'_>) -> Turn {
    let mut sections = Turn::new();
    sections.put(Kind::Section, |bytes| tagged(tag::SITE, &(now, whole.config), bytes));
    let directory = whole.directory.clone();
    sections.put_later(Kind::Section, move |bytes| tagged(tag::DIRECTORY, &*directory, bytes));
    sections.put(Kind::Section, |bytes| tagged(tag::EXCHANGE, whole.exchange, bytes));
    sections.put(Kind::Section, |bytes| tagged(tag::VOICE, whole.voice, bytes));
    sections.put(Kind::Section, |bytes| tagged(tag::DESK, whole.desk, bytes));
    sections
}

/// Turns what happens into records.
pub struct Recorder {
    tape: Box<dyn Tape>,
    policy: Policy,
    turn: Turn,
    /// The record that is being made.
    record: Vec<u8>,
    /// What came out of it so far.
    outputs: Vec<u8>,
    count: u32,
    /// The dialogs as they were handed out last.
    dialogs: BTreeMap<ConnectionId, Arc<[u8]>>,
    position: Position,
    /// When the last snapshot was taken or tried, and what was recorded since.
    last: Moment,
    tail: usize,
}

impl Recorder {
    /// A recorder. The first snapshot is due at once.
    pub fn new(tape: Box<dyn Tape>, policy: Policy) -> Recorder {
        Recorder {
            tape,
            policy,
            turn: Turn::new(),
            record: Vec::new(),
            outputs: Vec::new(),
            count: 0,
            dialogs: BTreeMap::new(),
            position: Position::default(),
            last: Moment::ZERO,
            tail: 0,
        }
    }

    /// Another policy from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Up to where the journal has everything.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Turns that were lost since the start.
    pub fn lost(&self) -> u64 {
        self.tape.lost()
    }

    /// The journal has a hole.
    pub fn is_broken(&self) -> bool {
        self.tape.is_broken()
    }

    pub(crate) fn input(&mut self, now: Now, input: &Input) {
        // A directory is big and shared: it is written by the journal's own thread.
        if !matches!(input, Input::Directory(_)) {
            tagged(tag::INPUT, &(now, input), &mut self.record);
        }
    }

    pub(crate) fn timeout(&mut self, now: Now) {
        tagged(tag::TIMEOUT, &now, &mut self.record);
    }

    pub(crate) fn output(&mut self, output: &Output) {
        append(output, &mut self.outputs);
        self.count += 1;
    }

    fn outcome(&mut self) -> Outcome {
        let outcome = Outcome { count: self.count, digest: digest(0, &self.outputs) };
        self.outputs.clear();
        self.count = 0;
        outcome
    }

    /// Everything that the input caused was told.
    pub(crate) fn done(&mut self) {
        let outcome = self.outcome();
        append(&(outcome.count, outcome.digest.0), &mut self.record);
        self.put();
    }

    /// The same for a new directory.
    pub(crate) fn directory_done(&mut self, now: Now, directory: &Arc<Directory>) {
        let outcome = self.outcome();
        self.turn.put_later(Kind::Record, directory_input(now, outcome, directory));
    }

    fn put(&mut self) {
        let Recorder { turn, record, .. } = self;
        turn.put(Kind::Record, |bytes| bytes.extend_from_slice(record));
        record.clear();
    }

    pub(crate) fn dialog(&mut self, snapshot: &DialogSnapshot) {
        tagged(tag::DIALOG, snapshot, &mut self.record);
        self.dialogs.insert(snapshot.connection(), self.record.as_slice().into());
        self.put();
    }

    pub(crate) fn dialog_gone(&mut self, connection: ConnectionId) {
        if self.dialogs.remove(&connection).is_some() {
            tagged(tag::DIALOG_GONE, &connection, &mut self.record);
            self.put();
        }
    }

    /// Hands the turn over; nobody outside knows of it yet.
    pub(crate) fn end_of_turn(&mut self) {
        if !self.turn.is_empty() {
            self.tail += self.turn.len();
            self.position = self.tape.append(&mut self.turn);
        }
    }

    /// When the next snapshot is due, as far as that is known now.
    pub(crate) fn next_snapshot(&self) -> Option<Moment> {
        if self.position == Position::default() {
            Some(Moment::ZERO)
        } else if self.tape.is_broken() {
            Some(self.last + self.policy.heal)
        } else if self.tail >= self.policy.bytes {
            Some(self.last)
        } else {
            (self.tail > 0).then(|| self.last + self.policy.after)
        }
    }

    /// Takes a snapshot.
    pub(crate) fn snapshot(&mut self, now: Now, whole: &Whole<'_>) {
        let mut sections = sections(now, whole);
        for dialog in self.dialogs.values() {
            sections.put(Kind::Section, |bytes| bytes.extend_from_slice(dialog));
        }
        sections.put(Kind::Whole, |_| {});
        self.position = self.tape.snapshot(sections, now);
        self.last = now.moment;
        self.tail = 0;
    }

    /// The process ends in order.
    pub(crate) fn end(&mut self, now: Now) {
        tagged(tag::ENDED, &now, &mut self.record);
        self.put();
        self.end_of_turn();
    }
}
