//! The writer: a thread that owns the store, and bounded queues in front of it, so that no call ever waits for a disk.
//!
//! What is put in is written within [`WriterConfig::delay`] when the disk keeps up. When it does not (full, locked, slow), the
//! queues grow up to their bounds and the writer tries again with growing pauses; calls go on. What no longer fits is
//! counted, and an alarm says so. Nothing that was put in is dropped while there is room.

mod pending;
mod work;

use directory::store::{OpenRecord, RegistrationWrite};
use directory::{CallRecord, Store, StoreError};
use ground::AlarmCode;
use pending::Pending;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bounds of the writer.
#[derive(Clone, Debug)]
pub struct WriterConfig {
    /// How long it collects before it writes: the most that the end of the process costs.
    pub delay: Duration,
    /// The most items in one transaction.
    pub batch: usize,
    /// The most records that wait, and the most segment beginnings.
    pub records: usize,
    /// The most registrations that wait; several writes of one key count once.
    pub registrations: usize,
    /// The most jobs that wait.
    pub jobs: usize,
    /// How often the store notes that the process is alive, which also makes everything before it safe against a power
    /// failure. When nothing was written it does so at a tenth of that rate.
    pub alive: Duration,
    /// The first pause after a failure; it doubles.
    pub retry: Duration,
    /// The longest pause.
    pub retry_most: Duration,
}

impl Default for WriterConfig {
    fn default() -> Self {
        WriterConfig {
            delay: Duration::from_millis(50),
            batch: 1_000,
            records: 100_000,
            registrations: 200_000,
            jobs: 64,
            alive: Duration::from_secs(1),
            retry: Duration::from_millis(50),
            retry_most: Duration::from_secs(5),
        }
    }
}

/// What an administrator has to know about the store. Told when it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAlarm {
    /// Something is wrong: `DiskFull` or `StoreUnavailable`. Calls go on.
    Raised {
        /// Which alarm.
        code: AlarmCode,
        /// What the store said.
        error: StoreError,
    },
    /// Records were lost because their queue was full: `RecordsLost`. Told again as the count grows.
    RecordsLost {
        /// How many since the writer began.
        count: u64,
    },
    /// The condition is over.
    Cleared {
        /// Which alarm.
        code: AlarmCode,
    },
}

/// What the writer has done since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterCounts {
    /// Records written.
    pub records: u64,
    /// Records refused by the store because their segment has a different one already.
    pub records_refused: u64,
    /// Records that found their queue full.
    pub records_lost: u64,
    /// Beginnings of segments written. Of a segment that ends before its turn none is.
    pub opens: u64,
    /// Beginnings that found their queue full: the record at the end is not affected.
    pub opens_lost: u64,
    /// Writes of registrations.
    pub registrations: u64,
    /// Writes of registrations that found their queue full: after a restart such a telephone has to register anew.
    pub registrations_lost: u64,
    /// Transactions.
    pub transactions: u64,
    /// Calls of the store that failed.
    pub failures: u64,
}

#[derive(Default)]
struct Counters {
    records: AtomicU64,
    records_refused: AtomicU64,
    records_lost: AtomicU64,
    opens: AtomicU64,
    opens_lost: AtomicU64,
    registrations: AtomicU64,
    registrations_lost: AtomicU64,
    transactions: AtomicU64,
    failures: AtomicU64,
}

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// What the callers and the thread share.
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
    counters: Counters,
    /// Records that were taken out of their queue and are not written yet.
    in_flight: AtomicUsize,
    config: WriterConfig,
}

impl Shared {
    /// A caller that panicked while it held the lock left the queues whole: every change of them is one push.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a shutdown ended.
#[derive(Debug)]
pub struct Shutdown {
    /// Everything that was put in is in the store.
    pub complete: bool,
    /// Records that were not written in time.
    pub records_left: usize,
    /// The counts at the end.
    pub counts: WriterCounts,
}

/// A job could not be given to the writer, or the writer ended before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobRefused {
    /// Too many wait.
    QueueFull,
    /// The writer has been shut down.
    Stopped,
}

impl fmt::Display for JobRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobRefused::QueueFull => f.write_str("too many requests wait for the store"),
            JobRefused::Stopped => f.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for JobRefused {}

/// The calls' side of the writer. Its methods never wait for the disk; they may be used from any thread.
pub struct Writer {
    shared: Arc<Shared>,
    /// Says how many records were left when the thread ended.
    ended: Mutex<Receiver<usize>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({:?})", self.counts())
    }
}

impl Writer {
    /// Starts the thread `store-writer`. `alarm` is called on it, so it must not wait.
    ///
    /// [`Store::interrupted`] comes before this: from here on the store is told that a process is alive, and the end of the
    /// one before is forgotten.
    pub fn start(
        store: Box<dyn Store>,
        config: WriterConfig,
        alarm: impl FnMut(StoreAlarm) + Send + 'static,
    ) -> std::io::Result<Writer> {
        let shared = Arc::new(Shared {
            pending: Mutex::new(Pending::default()),
            wake: Condvar::new(),
            counters: Counters::default(),
            in_flight: AtomicUsize::new(0),
            config,
        });
        let (done, ended) = sync_channel(1);
        let worker = work::Worker::new(store, Arc::clone(&shared), Box::new(alarm));
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let left = worker.run();
            // Nobody may be waiting any more.
            let _ = done.send(left);
        })?;
        Ok(Writer { shared, ended: Mutex::new(ended) })
    }

    /// A call segment began, or was answered: see [`Store::open_records`].
    pub fn open(&self, open: OpenRecord) {
        let mut pending = self.shared.lock();
        if !pending.open(open, self.shared.config.records) {
            self.shared.counters.opens_lost.fetch_add(1, Relaxed);
        }
        self.wake_if_idle(pending);
    }

    /// A call segment ended. False when the record is lost because too many wait; that is counted and alarmed.
    pub fn close(&self, record: CallRecord) -> bool {
        let mut pending = self.shared.lock();
        let kept = pending.close(record, self.shared.config.records);
        if !kept {
            self.shared.counters.records_lost.fetch_add(1, Relaxed);
        }
        self.wake_if_idle(pending);
        kept
    }

    /// A registration was made, refreshed or ended.
    pub fn register(&self, write: RegistrationWrite) {
        let mut pending = self.shared.lock();
        if !pending.register(write, self.shared.config.registrations) {
            self.shared.counters.registrations_lost.fetch_add(1, Relaxed);
        }
        self.wake_if_idle(pending);
    }

    /// Runs `work` on the writer's thread: change sets, queries, backups. What was put in before it is written first, as far
    /// as the disk takes it. The answer comes over the channel, which closes without one if the writer ends before.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<Receiver<T>, JobRefused> {
        let (answer, receiver) = sync_channel(1);
        let job: Job = Box::new(move |store| {
            // Whoever asked may have gone.
            let _ = answer.send(work(store));
        });
        let mut pending = self.shared.lock();
        if pending.stopping() {
            return Err(JobRefused::Stopped);
        }
        if !pending.job(job, self.shared.config.jobs) {
            return Err(JobRefused::QueueFull);
        }
        drop(pending);
        self.shared.wake.notify_one();
        Ok(receiver)
    }

    /// What was done so far.
    pub fn counts(&self) -> WriterCounts {
        let counters = &self.shared.counters;
        WriterCounts {
            records: counters.records.load(Relaxed),
            records_refused: counters.records_refused.load(Relaxed),
            records_lost: counters.records_lost.load(Relaxed),
            opens: counters.opens.load(Relaxed),
            opens_lost: counters.opens_lost.load(Relaxed),
            registrations: counters.registrations.load(Relaxed),
            registrations_lost: counters.registrations_lost.load(Relaxed),
            transactions: counters.transactions.load(Relaxed),
            failures: counters.failures.load(Relaxed),
        }
    }

    /// Writes what waits and ends the thread, which closes the store. Returns after `within` at the latest, whatever the disk
    /// does; what could not be written by then is told.
    pub fn shut_down(self, within: Duration) -> Shutdown {
        // The thread ends a little earlier, so that it can still say what is left.
        self.shared.lock().stop(within * 9 / 10);
        self.shared.wake.notify_one();
        // None: the thread hangs in the disk, or died: what waits, waits in vain.
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let left = ended.recv_timeout(within).ok();
        let waiting = self.shared.lock().records() + self.shared.in_flight.load(Relaxed);
        Shutdown {
            complete: left == Some(0) && self.shared.lock().is_empty(),
            records_left: left.unwrap_or(waiting),
            counts: self.counts(),
        }
    }

    /// The thread sleeps without a limit only when nothing waits: one wake-up a batch, not one an item.
    fn wake_if_idle(&self, mut pending: MutexGuard<'_, Pending>) {
        let idle = pending.take_idle();
        drop(pending);
        if idle {
            self.shared.wake.notify_one();
        }
    }
}

impl Drop for Writer {
    /// Asks the thread to write what waits and to end; does not wait for it.
    fn drop(&mut self) {
        let mut pending = self.shared.lock();
        if !pending.stopping() {
            pending.stop(Duration::from_secs(1));
        }
        drop(pending);
        self.shared.wake.notify_one();
    }
}
