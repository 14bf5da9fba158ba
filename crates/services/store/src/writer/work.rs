//! The writer's thread.

use super::pending::Batch;
use super::{Shared, StoreAlarm};
use directory::{Store, StoreError};
use ground::{AlarmCode, Utc};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(super) struct Worker {
    store: Box<dyn Store>,
    shared: Arc<Shared>,
    alarm: Box<dyn FnMut(StoreAlarm) + Send>,
    /// What was taken out of the queues and is not in the store yet. It goes first.
    batch: Batch,
    /// The alarm that stands.
    raised: Option<AlarmCode>,
    /// How many lost records were told; none when the alarm does not stand.
    told_lost: Option<u64>,
    lost_before: u64,
    pause: Option<Duration>,
    marked: Instant,
    written_since_mark: bool,
}

/// Why the thread goes on.
enum Wake {
    /// There may be something to do.
    Work,
    /// It shall end.
    Stop,
}

impl Drop for Worker {
    /// A thread that dies is an alarm, too: from here on nothing is written any more.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let detail = "the writer's thread ended".to_owned();
            let error = StoreError::Backend { code: -1, detail };
            (self.alarm)(StoreAlarm::Raised { code: AlarmCode::StoreUnavailable, error });
        }
    }
}

impl Worker {
    pub(super) fn new(store: Box<dyn Store>, shared: Arc<Shared>, alarm: Box<dyn FnMut(StoreAlarm) + Send>) -> Self {
        Worker {
            store,
            shared,
            alarm,
            batch: Batch::default(),
            raised: None,
            told_lost: None,
            lost_before: 0,
            pause: None,
            marked: Instant::now(),
            written_since_mark: false,
        }
    }

    /// Until it is told to stop. Returns how many records are left.
    pub(super) fn run(mut self) -> usize {
        self.mark();
        loop {
            let wake = self.sleep();
            if self.flush() {
                self.jobs();
                self.mark_when_due();
            } else {
                // A job sees what is there, even when nothing can be written.
                self.jobs();
            }
            self.tell_lost();
            if matches!(wake, Wake::Stop) && self.may_end() {
                if self.pause.is_none() {
                    self.mark();
                }
                return self.batch.closes.len() + self.shared.lock().records();
            }
        }
    }

    /// Everything is written, or there is no time left.
    fn may_end(&self) -> bool {
        let pending = self.shared.lock();
        let late = pending.deadline().is_some_and(|deadline| Instant::now() >= deadline);
        late || (pending.is_empty() && self.batch.is_empty() && !pending.has_jobs())
    }

    /// Waits for something to do: after a failure for the pause, with items waiting for the time in which more of them
    /// collect, else until the first one comes or the store has to hear that the process lives.
    fn sleep(&mut self) -> Wake {
        let config = &self.shared.config;
        let mut pending = self.shared.lock();
        let quiet = config.alive * if self.written_since_mark { 1 } else { 10 };
        let until_mark = quiet.saturating_sub(self.marked.elapsed()).max(Duration::from_millis(1));
        if pending.is_empty() && self.batch.is_empty() && !pending.has_jobs() && !pending.stopping() {
            pending.set_idle(true);
            let idle = |pending: &mut super::Pending| pending.is_empty() && !pending.has_jobs() && !pending.stopping();
            let waited = self.shared.wake.wait_timeout_while(pending, until_mark, idle);
            pending = waited.unwrap_or_else(PoisonError::into_inner).0;
            pending.set_idle(false);
        }
        // A job does not wait for others, and neither does the end; after a failure both wait for the disk.
        let rest = self.pause.unwrap_or(config.delay);
        let rest = match pending.deadline() {
            Some(deadline) => rest.min(deadline.saturating_duration_since(Instant::now())),
            None => rest,
        };
        if self.pause.is_some() || !(pending.is_empty() && self.batch.is_empty()) {
            let failing = self.pause.is_some();
            let collect = |pending: &mut super::Pending| !pending.has_jobs() && (failing || !pending.stopping());
            let waited = self.shared.wake.wait_timeout_while(pending, rest, collect);
            pending = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if pending.stopping() { Wake::Stop } else { Wake::Work }
    }

    /// Writes what waits, transaction by transaction. False when the store failed; then the rest waits.
    fn flush(&mut self) -> bool {
        loop {
            if self.batch.is_empty() {
                self.batch = self.shared.lock().take(self.shared.config.batch);
            }
            if self.batch.is_empty() {
                return true;
            }
            self.shared.in_flight.store(self.batch.closes.len(), Relaxed);
            match self.write() {
                Ok(()) => self.succeeded(),
                Err(error) => {
                    self.failed(error);
                    return false;
                }
            }
        }
    }

    /// Writes the batch. What was written is taken out of it, so that nothing is written again after a failure.
    fn write(&mut self) -> Result<(), StoreError> {
        let counters = &self.shared.counters;
        let add = |counter: &AtomicU64, count: usize| counter.fetch_add(count as u64, Relaxed);
        if !self.batch.opens.is_empty() {
            self.store.open_records(&self.batch.opens)?;
            add(&counters.opens, self.batch.opens.len());
            add(&counters.transactions, 1);
            self.batch.opens.clear();
        }
        if !self.batch.closes.is_empty() {
            let closed = self.store.close_records(&self.batch.closes)?;
            add(&counters.records, closed.written);
            add(&counters.records_refused, closed.refused.len());
            add(&counters.transactions, 1);
            for key in closed.refused {
                tracing::error!(call = %key.call, segment = key.segment, "a second, different record of a segment was refused");
            }
            self.batch.closes.clear();
            self.shared.in_flight.store(0, Relaxed);
        }
        if !self.batch.registrations.is_empty() {
            self.store.save_registrations(&self.batch.registrations)?;
            add(&counters.registrations, self.batch.registrations.len());
            add(&counters.transactions, 1);
            self.batch.registrations.clear();
        }
        Ok(())
    }

    fn succeeded(&mut self) {
        self.written_since_mark = true;
        self.recovered();
    }

    fn recovered(&mut self) {
        self.pause = None;
        if let Some(code) = self.raised.take() {
            tracing::info!(alarm = code.code(), "the store works again");
            (self.alarm)(StoreAlarm::Cleared { code });
        }
    }

    fn failed(&mut self, error: StoreError) {
        self.shared.counters.failures.fetch_add(1, Relaxed);
        let config = &self.shared.config;
        self.pause = Some(self.pause.map_or(config.retry, |pause| (pause * 2).min(config.retry_most)));
        let code = error.alarm();
        if self.raised == Some(code) {
            return;
        }
        if let Some(code) = self.raised.replace(code) {
            (self.alarm)(StoreAlarm::Cleared { code });
        }
        tracing::error!(alarm = code.code(), %error, "the store fails; calls go on and what has to be written waits");
        (self.alarm)(StoreAlarm::Raised { code, error });
    }

    /// One after the other, each with what was put in before it.
    fn jobs(&mut self) {
        while let Some(job) = self.take_job() {
            let store = &mut self.store;
            // Whoever asked hears that there is no answer; the records of all others are not its victims. Every method of a
            // store is one transaction, which the unwinding rolls back.
            if catch_unwind(AssertUnwindSafe(|| job(&mut **store))).is_err() {
                tracing::error!("a request to the store panicked");
            }
            if self.pause.is_none() {
                self.flush();
            }
        }
    }

    fn take_job(&self) -> Option<super::Job> {
        self.shared.lock().take_job()
    }

    fn mark_when_due(&mut self) {
        let config = &self.shared.config;
        let due = config.alive * if self.written_since_mark { 1 } else { 10 };
        if self.pause.is_some() || self.marked.elapsed() >= due {
            self.mark();
        }
    }

    fn mark(&mut self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Utc::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        self.marked = Instant::now();
        match self.store.mark_alive(now) {
            Ok(()) => {
                self.written_since_mark = false;
                self.recovered();
            }
            Err(error) => self.failed(error),
        }
    }

    /// The alarm about lost records stands until the queue is empty and no more are lost.
    fn tell_lost(&mut self) {
        let count = self.shared.counters.records_lost.load(Relaxed);
        let grows = count > self.lost_before;
        self.lost_before = count;
        if grows {
            if self.told_lost.replace(count).is_none() {
                tracing::error!(count, "call records are lost: their queue is full");
            }
            (self.alarm)(StoreAlarm::RecordsLost { count });
            return;
        }
        let drained = self.batch.is_empty() && self.shared.lock().is_empty();
        if self.told_lost.is_some() && drained {
            self.told_lost = None;
            (self.alarm)(StoreAlarm::Cleared { code: AlarmCode::RecordsLost });
        }
    }
}
