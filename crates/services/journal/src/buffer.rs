//! What stands in memory between whoever journals and the writer's thread.

use crate::turn::{Chunk, Turn};
use ground::Utc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many turns the journal has taken: what happens after a turn may be known outside when this position is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

#[derive(Default)]
struct State {
    chunks: Vec<Chunk>,
    /// The room of messages that were written, for those that come next: at each pause the two sides pass it on, and neither asks the
    /// allocator for it.
    spare: Vec<u8>,
    bytes: usize,
    position: u64,
    /// The writer sleeps until it is woken: nothing came for a while.
    idle: bool,
    stop: bool,
}

/// Both sides of the buffer.
pub(crate) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    room: usize,
    /// Something was lost since the last snapshot: a tail with a hole is of no use.
    broken: AtomicBool,
    lost: AtomicU64,
    written: AtomicU64,
}

/// A larger room is not kept.
const SPARE: usize = 1 << 20;

/// What the writer took out.
pub(crate) struct Taken {
    pub chunks: Vec<Chunk>,
    pub position: u64,
    pub stop: bool,
}

impl Shared {
    pub(crate) fn new(room: usize) -> Arc<Shared> {
        Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            room,
            broken: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            written: AtomicU64::new(0),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out everything after `pause`; with `idle`, waits until there is something.
    pub(crate) fn take(&self, pause: Duration, idle: bool) -> Taken {
        let mut state = self.state();
        if idle {
            state.idle = true;
            while state.chunks.is_empty() && !state.stop {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.idle = false;
        }
        if !state.stop {
            let stopped = self.wake.wait_timeout_while(state, pause, |state| !state.stop);
            state = stopped.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.bytes = 0;
        Taken { chunks: std::mem::take(&mut state.chunks), position: state.position, stop: state.stop }
    }

    /// Takes back the room of messages that were written.
    pub(crate) fn give_back(&self, mut room: Vec<u8>) {
        room.clear();
        let mut state = self.state();
        if room.capacity() <= SPARE && room.capacity() > state.spare.capacity() {
            std::mem::swap(&mut state.spare, &mut room);
        }
        // The smaller one is freed without anybody waiting for it.
        drop(state);
    }

    pub(crate) fn stop(&self) {
        self.state().stop = true;
        self.wake.notify_one();
    }

    /// The writer could not write: what waits is of no use, unless a snapshot waits with it.
    pub(crate) fn failed(&self) {
        let mut state = self.state();
        if !state.chunks.iter().any(|chunk| matches!(chunk, Chunk::NewFile { .. })) {
            self.break_off(&mut state);
        }
    }

    fn break_off(&self, state: &mut State) {
        self.broken.store(true, Relaxed);
        state.chunks.clear();
        state.bytes = 0;
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Relaxed)
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    pub(crate) fn written_to(&self, position: u64) {
        self.written.store(position, Relaxed);
    }
}

/// The side of whoever journals. Nothing here waits for a disk.
pub struct Appender {
    pub(crate) shared: Arc<Shared>,
}

impl Appender {
    /// Takes a turn, which is empty afterwards. The position up to which the journal has everything: without the turn when the
    /// buffer was full, or something before it was lost.
    pub fn append(&self, turn: &mut Turn) -> Position {
        let shared = &*self.shared;
        let mut state = shared.state();
        if shared.is_broken() || state.bytes + turn.len() > shared.room {
            shared.lost.fetch_add(1, Relaxed);
            if !shared.is_broken() {
                shared.break_off(&mut state);
                // The writer has to set its file aside.
                shared.wake.notify_one();
            }
        } else {
            state.position += 1;
            state.bytes += turn.len();
            move_chunks(turn, &mut state);
            if state.idle {
                shared.wake.notify_one();
            }
        }
        let position = Position(state.position);
        drop(state);
        turn.clear();
        position
    }

    /// Begins a new file with a snapshot: sections, then [`crate::Kind::Whole`]. What was lost before does not matter any more.
    pub fn snapshot(&self, mut sections: Turn, begun: Utc) -> Position {
        let mut state = self.shared.state();
        self.shared.broken.store(false, Relaxed);
        state.position += 1;
        let position = state.position;
        state.bytes += sections.len();
        state.chunks.push(Chunk::NewFile { position, begun });
        move_chunks(&mut sections, &mut state);
        if state.idle {
            self.shared.wake.notify_one();
        }
        Position(position)
    }

    /// Something was lost: the next snapshot makes the journal whole again.
    pub fn is_broken(&self) -> bool {
        self.shared.is_broken()
    }

    /// Turns that were lost since the start.
    pub fn lost(&self) -> u64 {
        self.shared.lost()
    }

    /// The position up to which the system has everything: it survives the death of this process.
    pub fn written(&self) -> Position {
        Position(self.shared.written.load(Relaxed))
    }
}

fn move_chunks(turn: &mut Turn, state: &mut State) {
    let chunks = &mut state.chunks;
    if let (Some(Chunk::Messages(last)), [Chunk::Messages(bytes)]) = (chunks.last_mut(), turn.chunks.as_slice()) {
        last.extend_from_slice(bytes);
    } else if let [Chunk::Messages(bytes)] = turn.chunks.as_slice() {
        // The turn keeps its room.
        let mut room = std::mem::take(&mut state.spare);
        room.reserve(bytes.len().max(4096));
        room.extend_from_slice(bytes);
        chunks.push(Chunk::Messages(room));
    } else {
        chunks.append(&mut turn.chunks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn turn(bytes: usize) -> Turn {
        let mut turn = Turn::new();
        turn.put(Kind::Record, |content| content.extend(std::iter::repeat_n(1, bytes)));
        turn
    }

    fn taken(shared: &Shared) -> Vec<usize> {
        let mut all = Vec::new();
        for chunk in shared.take(Duration::ZERO, false).chunks {
            match chunk {
                Chunk::Messages(bytes) => all.extend(crate::turn::each(&bytes).map(|(_, content)| content.len())),
                Chunk::NewFile { .. } => all.push(1_000_000),
                Chunk::Later(..) => all.push(2_000_000),
            }
        }
        all
    }

    #[test]
    fn turns_come_out_in_their_order_and_are_counted() {
        let shared = Shared::new(1000);
        let appender = Appender { shared: shared.clone() };
        let mut one = turn(3);
        assert_eq!(appender.append(&mut one), Position(1));
        assert!(one.is_empty());
        one.put_later(Kind::Record, |_| {});
        one.put(Kind::Record, |content| content.push(1));
        assert_eq!(appender.append(&mut one), Position(2));
        assert_eq!(appender.append(&mut turn(4)), Position(3));
        assert_eq!(appender.snapshot(turn(5), Utc::default()), Position(4));
        assert_eq!(taken(&shared), [3, 2_000_000, 1, 4, 1_000_000, 5]);
        assert!(taken(&shared).is_empty());
    }

    #[test]
    fn the_room_of_what_was_written_is_used_again_unless_it_is_large() {
        let shared = Shared::new(4 * SPARE);
        let appender = Appender { shared: shared.clone() };
        let written = |bytes: usize| {
            appender.append(&mut turn(bytes));
            let mut chunks = shared.take(Duration::ZERO, false).chunks;
            let Some(Chunk::Messages(room)) = chunks.pop() else { panic!("one chunk of messages") };
            room
        };
        let first = written(30_000);
        let place = first.as_ptr();
        shared.give_back(first);
        let again = written(10);
        assert_eq!((again.as_ptr(), again.len()), (place, 15));
        shared.give_back(again);
        let large = written(2 * SPARE);
        shared.give_back(large);
        assert!(written(10).capacity() <= SPARE);
    }

    #[test]
    fn a_full_buffer_loses_everything_up_to_the_next_snapshot_and_counts_it() {
        let shared = Shared::new(100);
        let appender = Appender { shared: shared.clone() };
        assert_eq!(appender.append(&mut turn(60)), Position(1));
        assert_eq!(appender.append(&mut turn(60)), Position(1), "no room");
        assert!(appender.is_broken() && taken(&shared).is_empty());
        assert_eq!(appender.append(&mut turn(1)), Position(1), "behind a hole");
        assert_eq!(appender.lost(), 2);
        // A snapshot is taken whatever its size.
        assert_eq!(appender.snapshot(turn(500), Utc::default()), Position(2));
        assert_eq!((appender.is_broken(), taken(&shared)), (false, vec![1_000_000, 500]));
        assert_eq!(appender.append(&mut turn(1)), Position(3));
    }

    #[test]
    fn a_failure_of_the_writer_spares_a_snapshot_that_waits() {
        let shared = Shared::new(1000);
        let appender = Appender { shared: shared.clone() };
        appender.append(&mut turn(1));
        shared.failed();
        assert!(appender.is_broken() && taken(&shared).is_empty());
        appender.snapshot(turn(2), Utc::default());
        shared.failed();
        assert!(!appender.is_broken());
        assert_eq!(taken(&shared), [1_000_000, 2]);
    }
}
