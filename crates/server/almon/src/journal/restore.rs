//! Going on: from what a journal holds to rooms with the same calls.

use super::player::State;
use super::recorder::Recorder;
use super::replay::{Report, replay};
use crate::switchboard::{Effect, Input, Switchboard};
use directory::store::StoredRegistration;
use directory::{CallRecord, Directory, RecordKey};
use exchange::{ExchangeConfig, LineKind};
use ground::{ConnectionId, Machine, Now, Reason, Utc};
use journal::{Folder, Stored};
use media_plan::{MediaOrderKind, PortPair};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What was found in the folder of the journal.
#[derive(Debug)]
pub enum Found {
    /// Nothing to go on from, and nothing wrong: the first start, or an orderly end.
    Nothing,
    /// The state of the process before.
    State(Box<State>, Report),
    /// A journal that nobody can go on from; it was set aside.
    Unusable {
        /// Why.
        reason: String,
        /// Where it is now.
        aside: Option<PathBuf>,
    },
}

/// Looks for the state of the process before. A journal older than `longest` gives nothing: its calls are over.
pub fn find(folder: &Folder, now: Utc, longest: Duration) -> io::Result<Found> {
    let complete = match folder.latest()? {
        Stored::Nothing => return Ok(Found::Nothing),
        Stored::File(complete) => complete,
        Stored::Broken { .. } => return unusable(folder, "it was broken and not yet whole again".to_owned()),
        Stored::Foreign { error, .. } => return unusable(folder, error.to_string()),
        Stored::Damaged { at, .. } => return unusable(folder, format!("its snapshot is damaged at byte {at}")),
    };
    let (player, report) = match replay(&complete.bytes, None, |_, _| {}) {
        Ok(played) => played,
        Err(error) => return unusable(folder, error.to_string()),
    };
    let Some(state) = player.into_state().filter(|state| !state.ended) else { return Ok(Found::Nothing) };
    if let Some(first) = &report.first {
        return unusable(folder, format!("record {} says something else when it is replayed", first.record));
    }
    let passed = Duration::from_micros(u64::try_from(now.as_micros() - state.now.utc.as_micros()).unwrap_or(0));
    if passed > longest {
        return unusable(folder, format!("it ends {} s ago", passed.as_secs()));
    }
    Ok(Found::State(Box::new(state), report))
}

fn unusable(folder: &Folder, reason: String) -> io::Result<Found> {
    Ok(Found::Unusable { reason, aside: folder.set_aside()? })
}

/// What the store has to know of the calls of the process before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Segments that go on.
    pub open: Vec<CallRecord>,
    /// Segments that were closed, as far as the journal reaches back: most are known already.
    pub closed: Vec<CallRecord>,
}

impl Records {
    /// What a state says.
    pub fn of(state: &State) -> Records {
        Records { open: state.desk.live().segments().cloned().collect(), closed: state.closed.clone() }
    }

    /// The keys of the segments that go on.
    pub fn keys(&self) -> BTreeSet<RecordKey> {
        self.open.iter().map(|record| record.key).collect()
    }
}

/// What happened to the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Calls that go on.
    pub calls: usize,
    /// Connections without a dialog: their calls were being set up, or the dialog was lost.
    pub interrupted: usize,
    /// Dialogs without a connection.
    pub ended: usize,
}

/// The rooms as they were, over the configuration and the directory of this start, journalling from here on. What they order at
/// once (media that goes on, calls that are ended) waits to be polled.
pub fn restore(
    now: Now,
    (sip, config): (line_sip::Config, ExchangeConfig),
    mut state: State,
    (directory, registrations): (Arc<Directory>, Vec<StoredRegistration>),
    recorder: Option<Recorder>,
) -> (Switchboard, Reconciled) {
    state.exchange.resume(config.clone(), directory.clone());
    state.exchange.restored(now);
    let alarms = state.desk.alarms().clone();
    let rooms = (state.exchange, state.voice);
    let mut board = Switchboard::over(rooms, state.desk, sip, config, directory);
    board.effects.extend(alarms.into_iter().map(|code| Effect::Alarm { code, active: true }));
    // What is ordered now is no outcome of a record.
    board.drain_exchange();
    board.recorder = recorder;
    if let Some(recorder) = &mut board.recorder {
        state.dialogs.values().for_each(|dialog| recorder.dialog(dialog));
    }
    board.settle(now);
    board.handle(now, Input::Restore(registrations));
    let dialogs: Vec<_> = state.dialogs.into_values().map(|dialog| *dialog).collect();
    board.sip.handle(now, line_sip::Input::RestoreDialogs(dialogs));
    board.settle(now);
    let reconciled = reconcile(&mut board, now);
    board.snapshot(now);
    (board, reconciled)
}

/// A connection without its line's part is over, and so is a line's part without its connection.
fn reconcile(board: &mut Switchboard, now: Now) -> Reconciled {
    let known: BTreeMap<ConnectionId, LineKind> = board.exchange.connections().collect();
    let sip: BTreeSet<ConnectionId> = board.sip.connections().collect();
    let voice: BTreeSet<ConnectionId> = board.voice.connections().collect();
    let mut reconciled = Reconciled::default();
    for (connection, line) in &known {
        let there = match line {
            LineKind::Sip => sip.contains(connection),
            LineKind::Voice => voice.contains(connection),
        };
        if !there {
            reconciled.interrupted += 1;
            let report = exchange::Report::Cleared(Reason::Interrupted);
            board.give(now, exchange::Input::Report { connection: *connection, report });
        }
    }
    for connection in sip.iter().filter(|connection| !known.contains_key(connection)) {
        reconciled.ended += 1;
        let order = exchange::Order::Clear(Reason::Interrupted);
        board.sip.handle(now, line_sip::Input::Order { connection: *connection, order });
    }
    for connection in voice.iter().filter(|connection| !known.contains_key(connection)) {
        reconciled.ended += 1;
        let order = exchange::Order::Clear(Reason::Interrupted);
        board.voice.handle(now, line_voice::Input { connection: *connection, order });
    }
    // The end of a journal may hold that a connection was to be cleared, and not what its line did about it.
    let cleared: Vec<_> = board.exchange.cleared().collect();
    for (connection, line) in cleared {
        let order = exchange::Order::Clear(Reason::Interrupted);
        match line {
            LineKind::Sip => board.sip.handle(now, line_sip::Input::Order { connection, order }),
            LineKind::Voice => board.voice.handle(now, line_voice::Input { connection, order }),
        }
    }
    board.settle(now);
    reconciled.calls = board.exchange.calls().count();
    reconciled
}

/// The ports of legs that go on: they are to be bound before any other.
pub fn ports(board: &Switchboard) -> Vec<PortPair> {
    let resumed = |effect: &Effect| match effect {
        Effect::Media(order) => match &order.kind {
            MediaOrderKind::Resume { ports, .. } => Some(*ports),
            _ => None,
        },
        _ => None,
    };
    board.effects.iter().filter_map(resumed).collect()
}
