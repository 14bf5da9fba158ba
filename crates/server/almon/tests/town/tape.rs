//! A journal in memory that knows when each turn was written, so that it can be cut where a killed process would have left it.

use almon::journal::BUILD;
use almon::journal::player::State;
use almon::journal::recorder::{Policy, Recorder, Tape};
use almon::journal::replay::{Report, replay};
use ground::{Moment, Now, Utc};
use journal::{Header, Position, Turn, frame};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    position: u64,
    now: Moment,
    /// Where the last turns begin, and when they were written.
    turns: VecDeque<(Moment, usize)>,
}

/// One file.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<File>>);

impl Memory {
    pub fn recorder(&self) -> Recorder {
        Recorder::new(Box::new(self.clone()), Policy::default())
    }

    pub fn clock(&self, now: Moment) {
        self.0.lock().unwrap().now = now;
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().bytes.len()
    }

    /// The file as it stands.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    /// Where the first turn begins that was written at `since` or later; the end of the file when there is none.
    pub fn written_since(&self, since: Moment) -> usize {
        let file = self.0.lock().unwrap();
        file.turns.iter().find(|turn| turn.0 >= since).map_or(file.bytes.len(), |turn| turn.1)
    }
}

impl File {
    fn put(&mut self, turn: Turn) -> Position {
        self.turns.push_back((self.now, self.bytes.len()));
        if self.turns.len() > 400 {
            self.turns.pop_front();
        }
        for (kind, content) in turn.messages() {
            frame::write(kind, &content, &mut self.bytes);
        }
        self.position += 1;
        Position(self.position)
    }
}

impl Tape for Memory {
    fn append(&mut self, turn: &mut Turn) -> Position {
        self.0.lock().unwrap().put(std::mem::take(turn))
    }

    fn snapshot(&mut self, sections: Turn, _: Now) -> Position {
        let header = Header { build: BUILD.into(), sequence: 1, position: 0, begun: Utc::default() };
        let mut file = self.0.lock().unwrap();
        file.bytes = header.bytes();
        let position = file.put(sections);
        // A snapshot is never cut: the file before it would be taken.
        file.turns.clear();
        position
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
    assert_eq!(report.different, 0);
    (player.into_state().unwrap(), report)
}
