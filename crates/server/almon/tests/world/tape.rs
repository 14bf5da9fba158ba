//! A journal in memory, and the proof that it says what the live state is.

use super::World;
use almon::journal::BUILD;
use almon::journal::player::State;
use almon::journal::recorder::{Policy, Recorder, Tape};
use almon::journal::replay::{Report, replay};
use ground::{Now, Utc};
use journal::{Header, Kind, Position, Turn, frame};
use std::sync::{Arc, Mutex};

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
        let (state, report) = replayed(&self.journal.bytes());
        let told: Vec<(Kind, Vec<u8>)> = state.snapshot(self.now).messages();
        self.board.snapshot(self.now);
        let bytes = self.journal.bytes();
        let live: Vec<(Kind, Vec<u8>)> =
            journal::Reader::new(&bytes).unwrap().map(|message| (message.kind, message.content.into_owned())).collect();
        for (section, (told, live)) in told.iter().zip(&live).enumerate() {
            assert!(told == live, "section {section} differs");
        }
        assert_eq!(told.len(), live.len(), "dialogs differ");
        report
    }
}
