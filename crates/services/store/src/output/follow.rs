//! The thread that follows the closing of records and writes them to their weekday's file.
//!
//! **Each segment has one line, also over a kill.** A record gets a sequence number in the transaction that closes it. The
//! thread reads what is behind the last number, appends the lines, and then notes the number in the store. When it starts, it
//! looks for the segment of the last whole line in the files: when it is killed between the line and the note, that line is the
//! further one and nothing is written twice; what comes behind half a line is cut off and written again.
//!
//! No call waits for it: it reads through the store's thread, and when its disk is full or gone, the records wait in the store.

use super::weekday_file::{FileFault, WeekdayFiles};
use crate::writer::{JobRefused, Writer};
use directory::store::ClosedRecord;
use directory::{Store, StoreError};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The name under which the store keeps the position.
const OUTPUT: &str = "csv";
/// How often it looks whether records were closed.
const GLANCE: Duration = Duration::from_millis(250);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long one answer of the store is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the end may take to catch up.
const LAST_ROUND: Duration = Duration::from_secs(5);
/// Records read at once.
const BATCH: u32 = 500;

/// What the output has done.
#[derive(Debug, Default)]
pub struct OutputCounts {
    lines: AtomicU64,
    failures: AtomicU64,
    waiting: AtomicU64,
}

impl OutputCounts {
    /// Lines written since the start.
    pub fn lines(&self) -> u64 {
        self.lines.load(Relaxed)
    }

    /// Attempts that failed since the start.
    pub fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// Records that wait in the store for their line, as the last attempt found.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }
}

/// Why a round did not come to its end.
enum Hindrance {
    /// The files.
    File(FileFault),
    /// The store's answer.
    Store(StoreError),
    /// The store's thread has too much to do.
    Slow,
    /// The store is closed.
    Closed,
}

impl From<JobRefused> for Hindrance {
    fn from(refused: JobRefused) -> Self {
        match refused {
            JobRefused::QueueFull => Hindrance::Slow,
            JobRefused::Stopped => Hindrance::Closed,
        }
    }
}

#[derive(Default)]
struct Bell {
    stop: Mutex<bool>,
    rung: Condvar,
}

/// The running thread.
#[derive(Debug)]
pub struct RecordFiles {
    thread: Option<JoinHandle<()>>,
    bell: Arc<Bell>,
    counts: Arc<OutputCounts>,
}

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bell")
    }
}

impl RecordFiles {
    /// Starts the thread `record-files`. `alarm` is told, on that thread, that the files cannot be written (with the reason),
    /// and none when they can again.
    ///
    /// A folder that is used for the first time gets what is closed from now on.
    pub fn start(
        folder: &Path,
        writer: Arc<Writer>,
        alarm: impl FnMut(Option<&str>) + Send + 'static,
    ) -> std::io::Result<RecordFiles> {
        let (bell, counts) = (Arc::new(Bell::default()), Arc::new(OutputCounts::default()));
        let follower = Follower {
            writer,
            files: WeekdayFiles::new(folder),
            counts: counts.clone(),
            bell: bell.clone(),
            alarm: Box::new(alarm),
            position: None,
            seen: None,
            failing: false,
        };
        let thread = std::thread::Builder::new().name("record-files".to_owned()).spawn(move || follower.run())?;
        Ok(RecordFiles { thread: Some(thread), bell, counts })
    }

    /// What it has done.
    pub fn counts(&self) -> Arc<OutputCounts> {
        self.counts.clone()
    }

    /// Writes what was closed by now, for a few seconds at most, and ends the thread. Comes before the writer's end.
    pub fn stop(mut self) {
        self.ring();
        if let Some(thread) = self.thread.take() {
            // A thread that died has said so itself.
            let _ = thread.join();
        }
    }

    fn ring(&self) {
        *self.bell.stop.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.rung.notify_all();
    }
}

impl Drop for RecordFiles {
    fn drop(&mut self) {
        self.ring();
    }
}

/// Hears why the files cannot be written, or that they can again.
type Alarm = Box<dyn FnMut(Option<&str>) + Send>;

struct Follower {
    writer: Arc<Writer>,
    files: WeekdayFiles,
    counts: Arc<OutputCounts>,
    bell: Arc<Bell>,
    alarm: Alarm,
    /// Up to where the files are written; none before it was found out.
    position: Option<u64>,
    /// How many records the writer had written at the last look.
    seen: Option<u64>,
    failing: bool,
}

impl Follower {
    fn run(mut self) {
        let mut pause = Duration::ZERO;
        while !self.sleep(pause) {
            let written = self.writer.counts().records;
            if self.seen == Some(written) {
                pause = GLANCE;
                continue;
            }
            match self.round(None) {
                Ok(()) => {
                    self.seen = Some(written);
                    pause = GLANCE;
                    self.works_again();
                }
                Err(Hindrance::Closed) => return,
                Err(hindrance) => {
                    pause = (pause * 2).clamp(GLANCE, LONGEST_PAUSE);
                    self.fails(&hindrance);
                }
            }
        }
        if let Err(Hindrance::File(fault)) = self.round(Some(Instant::now() + LAST_ROUND)) {
            tracing::error!(%fault, "call records are not all in their files; the next start writes them");
        }
    }

    /// True when the thread shall end.
    fn sleep(&self, pause: Duration) -> bool {
        let stop = self.bell.stop.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.rung.wait_timeout_while(stop, pause, |stop| !*stop);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Asks the store.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Hindrance> {
        let answer = self.writer.run(question)?.recv_timeout(PATIENCE);
        answer.map_err(|_| Hindrance::Slow)?.map_err(Hindrance::Store)
    }

    /// Writes what was closed, until nothing is left or the time is over.
    fn round(&mut self, until: Option<Instant>) -> Result<(), Hindrance> {
        loop {
            let position = match self.position {
                Some(position) => position,
                None => self.find_position()?,
            };
            self.position = Some(position);
            let batch = self.ask(move |store| store.closed_after(position, BATCH))?;
            if batch.is_empty() {
                self.counts.waiting.store(0, Relaxed);
                return Ok(());
            }
            self.write(&batch)?;
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(());
            }
        }
    }

    fn write(&mut self, batch: &[ClosedRecord]) -> Result<(), Hindrance> {
        let mut written = 0;
        let outcome = self.files.append(batch, &mut written);
        self.counts.lines.fetch_add(written as u64, Relaxed);
        let last = written.checked_sub(1).and_then(|last| batch.get(last)).map(|one| one.sequence);
        if let Some(last) = last {
            // From here on the lines are there, whether the store takes the note or not.
            self.position = Some(last);
            self.ask(move |store| store.set_output_position(OUTPUT, last))?;
        }
        outcome.map_err(|fault| {
            // What the failure left in the files is looked at again.
            self.position = None;
            Hindrance::File(fault)
        })
    }

    /// The further one of what the store noted and what the files show. A new output begins with what is closed from now on,
    /// whether its files can be written yet or not.
    fn find_position(&mut self) -> Result<u64, Hindrance> {
        let noted = self.ask(|store| {
            if let Some(noted) = store.output_position(OUTPUT)? {
                return Ok(noted);
            }
            let last = store.last_closed()?;
            store.set_output_position(OUTPUT, last)?;
            Ok(last)
        })?;
        let keys = self.files.last_keys().map_err(Hindrance::File)?;
        self.ask(move |store| {
            let mut position = noted;
            for key in keys {
                // A line of a segment that the store does not know is from another time, as after a restored backup.
                position = position.max(store.sequence_of(key)?.unwrap_or_default());
            }
            if position != noted {
                store.set_output_position(OUTPUT, position)?;
            }
            Ok(position)
        })
    }

    fn fails(&mut self, hindrance: &Hindrance) {
        self.counts.failures.fetch_add(1, Relaxed);
        let reason = match hindrance {
            Hindrance::File(fault) => fault.to_string(),
            Hindrance::Store(error) => error.to_string(),
            Hindrance::Slow | Hindrance::Closed => "the store does not answer".to_owned(),
        };
        let waiting = self.ask(|store| {
            let noted = store.output_position(OUTPUT)?.unwrap_or_default();
            Ok(store.last_closed()?.saturating_sub(noted))
        });
        if let Ok(waiting) = waiting {
            self.counts.waiting.store(waiting, Relaxed);
        }
        if !self.failing {
            self.failing = true;
            tracing::error!(reason, "call records cannot be written to their files; they wait in the store");
            (self.alarm)(Some(&reason));
        }
    }

    fn works_again(&mut self) {
        if self.failing {
            self.failing = false;
            tracing::info!("call records are written to their files again");
            (self.alarm)(None);
        }
    }
}
