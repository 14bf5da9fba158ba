//! A journal in memory, and the proof that it says what the live state is.

use super::site::{NETWORK, configuration};
use super::{Input, World};
use almon::journal::BUILD;
use almon::journal::player::State;
use almon::journal::recorder::{Policy, Recorder, Tape};
use almon::journal::replay::{Report, moment_after, replay};
use almon::journal::restore::{Reconciled, Records, ports, restore};
use ground::{Machine, Now, Utc};
use journal::{Header, Kind, Position, Turn, frame};
use media_plan::{AddressFamily, MediaEvent, PortPair};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One file.
#[derive(Clone, Default)]
pub struct Memory {
    file: Arc<Mutex<Vec<u8>>>,
    position: Arc<Mutex<u64>>,
}

impl Memory {
    /// A recorder that writes here.
    pub fn recorder(&self) -> Recorder {
        Recorder::new(Box::new(self.clone()), Policy::default())
    }

    /// The file as it stands.
    pub fn bytes(&self) -> Vec<u8> {
        self.file.lock().unwrap().clone()
    }

    fn put(&mut self, turn: Turn) -> Position {
        let mut file = self.file.lock().unwrap();
        for (kind, content) in turn.messages() {
            frame::write(kind, &content, &mut file);
        }
        let mut position = self.position.lock().unwrap();
        *position += 1;
        Position(*position)
    }
}

impl Tape for Memory {
    fn append(&mut self, turn: &mut Turn) -> Position {
        self.put(std::mem::take(turn))
    }

    fn snapshot(&mut self, sections: Turn, _: Now) -> Position {
        let header = Header { build: BUILD.into(), sequence: 1, position: 0, begun: Utc::default() };
        *self.file.lock().unwrap() = header.bytes();
        self.put(sections)
    }

    fn is_broken(&self) -> bool {
        false
    }

    fn lost(&self) -> u64 {
        0
    }
}

/// Replays a file; nothing differs.
pub fn replayed(bytes: &[u8]) -> (State, Report) {
    let (player, report) = replay(bytes, None, |record, played| {
        assert!(played.agrees(), "record {record}: {:?} gave {:?}", played.input, played.outputs);
    })
    .unwrap();
    assert_eq!((report.different, report.cut), (0, None));
    (player.into_state().unwrap(), report)
}

impl World {
    /// Snapshot and tail are the live state, byte for byte.
    pub fn assert_journal(&mut self) -> Report {
        let (state, report) = replayed(&self.kept.journal.bytes());
        let told: Vec<(Kind, Vec<u8>)> = state.snapshot(self.now).messages();
        self.board.snapshot(self.now);
        let bytes = self.kept.journal.bytes();
        let live: Vec<(Kind, Vec<u8>)> =
            journal::Reader::new(&bytes).unwrap().map(|message| (message.kind, message.content.into_owned())).collect();
        for (section, (told, live)) in told.iter().zip(&live).enumerate() {
            assert!(told == live, "section {section} differs");
        }
        assert_eq!(told.len(), live.len(), "dialogs differ");
        report
    }

    /// The server dies without a word and another one goes on from the journal `absence` later. What was on its way to it is lost;
    /// what it had sent arrives. Its media engine died with it.
    pub fn kill(&mut self, absence: Duration) -> Reconciled {
        let (state, _) = replayed(&self.kept.journal.bytes());
        let records = Records::of(&state);
        let open: BTreeSet<_> = self.thread.live.segments().map(|record| record.key).collect();
        assert_eq!(records.keys(), open, "the store is told of every open segment");
        for closed in &records.closed {
            assert!(self.records.contains(closed), "a closed segment is told as it was");
        }
        self.pending.media.clear();
        self.hears.clear();
        self.kept.down = true;
        self.run(absence);
        self.kept.down = false;
        let utc = self.now.utc;
        assert_eq!(moment_after(state.now, utc), self.now.moment);
        let (mut sip, exchange) = configuration();
        self.kept.starts += 1;
        sip.start_second += self.kept.starts;
        sip.agent.seed = [100 + self.kept.starts as u8; 32];
        let exchange = exchange::ExchangeConfig { start_second: sip.start_second, ..exchange };
        let kept = self.kept.registrations.values().filter(|kept| kept.expires_at > utc).cloned().collect();
        let recorder = Some(self.kept.journal.recorder());
        let (board, reconciled) = restore(self.now, (sip, exchange), state, (self.directory.clone(), kept), recorder);
        let held: BTreeSet<_> = ports(&board).into_iter().collect();
        self.board = board;
        self.effects();
        let pair = |i: u16| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 20_000 + 2 * i };
        let pairs = (0..200u16).map(pair).filter(|pair| !held.contains(pair)).collect();
        self.board.handle(self.now, Input::Media(MediaEvent::PortsBound { pairs }));
        self.effects();
        reconciled
    }
}
