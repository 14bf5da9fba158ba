//! Bringing a file to the disk, on a thread of its own: a slow disk must not keep the next write from the system.

use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

#[derive(Default)]
struct Slot {
    file: Option<File>,
    stop: bool,
    failed: u64,
}

#[derive(Default)]
struct Shared {
    slot: Mutex<Slot>,
    wake: Condvar,
}

impl Shared {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, pause: Duration) {
        let mut slot = self.slot();
        loop {
            while slot.file.is_none() && !slot.stop {
                slot = self.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(file) = slot.file.take() else { return };
            drop(slot);
            let failed = file.sync_data().is_err();
            slot = self.slot();
            slot.failed += u64::from(failed);
            if !slot.stop {
                let waited = self.wake.wait_timeout_while(slot, pause, |slot| !slot.stop);
                slot = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

/// The thread; none when nothing is to be brought to the disk.
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    pub(super) fn start(pause: Duration) -> io::Result<Syncer> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = (!pause.is_zero())
            .then(|| Builder::new().name("journal-sync".to_owned()).spawn(move || theirs.run(pause)))
            .transpose()?;
        Ok(Syncer { shared, thread })
    }

    /// Something was written. Of a file that is still to be brought to the disk nothing is asked twice.
    pub(super) fn dirty(&self, file: Option<&File>) {
        let Some(file) = file.filter(|_| self.thread.is_some()) else { return };
        let mut slot = self.shared.slot();
        if slot.file.is_none()
            && let Ok(file) = file.try_clone()
        {
            slot.file = Some(file);
            self.shared.wake.notify_one();
        }
    }

    /// Brings the last file to the disk and ends the thread; how often the system refused.
    pub(super) fn stop(&mut self, last: Option<File>) -> u64 {
        let mut slot = self.shared.slot();
        slot.stop = true;
        if last.is_some() && self.thread.is_some() {
            slot.file = last;
        }
        drop(slot);
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does nothing that could fail but what is counted.
            let _ = thread.join();
        }
        self.shared.slot().failed
    }
}
