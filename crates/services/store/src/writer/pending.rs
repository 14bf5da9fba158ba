//! What waits for the disk: bounded, and each key once.

use super::Job;
use directory::store::{OpenRecord, RegistrationKey, RegistrationWrite};
use directory::{CallRecord, RecordKey};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// The writes of one registration that wait: at most a removal and what came after it.
#[derive(Debug)]
struct Waiting {
    /// The version up to which the stored one is removed first. A removed key forgets its version, so a removal may not be
    /// left out when a registration with a lower version follows.
    removed: Option<u64>,
    saved: Option<RegistrationWrite>,
}

/// The queues.
#[derive(Default)]
pub(super) struct Pending {
    opens: BTreeMap<RecordKey, OpenRecord>,
    closes: VecDeque<CallRecord>,
    registrations: BTreeMap<RegistrationKey, Waiting>,
    jobs: VecDeque<Job>,
    /// The thread sleeps until somebody wakes it.
    idle: bool,
    stop: Option<Instant>,
}

/// What is written together.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) opens: Vec<OpenRecord>,
    pub(super) closes: Vec<CallRecord>,
    pub(super) registrations: Vec<RegistrationWrite>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.opens.is_empty() && self.closes.is_empty() && self.registrations.is_empty()
    }
}

impl Pending {
    /// False when there is no room.
    pub(super) fn open(&mut self, open: OpenRecord, most: usize) -> bool {
        if self.opens.len() >= most && !self.opens.contains_key(&open.key) {
            return false;
        }
        self.opens.insert(open.key, open);
        true
    }

    /// False when there is no room. A segment whose beginning still waits needs none any more.
    pub(super) fn close(&mut self, record: CallRecord, most: usize) -> bool {
        if self.closes.len() >= most {
            return false;
        }
        self.opens.remove(&record.key);
        self.closes.push_back(record);
        true
    }

    /// False when there is no room.
    pub(super) fn register(&mut self, write: RegistrationWrite, most: usize) -> bool {
        let full = self.registrations.len() >= most;
        match self.registrations.get_mut(write.key()) {
            Some(waiting) => waiting.add(write),
            None if full => return false,
            None => {
                let key = write.key().clone();
                let mut waiting = Waiting { removed: None, saved: None };
                waiting.add(write);
                self.registrations.insert(key, waiting);
            }
        }
        true
    }

    /// False when there is no room.
    pub(super) fn job(&mut self, job: Job, most: usize) -> bool {
        let room = self.jobs.len() < most;
        if room {
            self.jobs.push_back(job);
        }
        room
    }

    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.jobs.pop_front()
    }

    pub(super) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Takes the oldest out, at most `most` of each kind. Beginnings and registrations leave in the order of their keys.
    pub(super) fn take(&mut self, most: usize) -> Batch {
        let mut batch = Batch::default();
        while batch.opens.len() < most
            && let Some((_, open)) = self.opens.pop_first()
        {
            batch.opens.push(open);
        }
        let closes = self.closes.len().min(most);
        batch.closes.extend(self.closes.drain(..closes));
        while batch.registrations.len() < most
            && let Some((key, waiting)) = self.registrations.pop_first()
        {
            batch.registrations.extend(waiting.removed.map(|version| RegistrationWrite::Remove { key, version }));
            batch.registrations.extend(waiting.saved);
        }
        // A burst's memory goes back.
        if self.closes.is_empty() && self.closes.capacity() > 4096 {
            self.closes = VecDeque::new();
        }
        batch
    }

    /// True when no data waits; jobs do not count.
    pub(super) fn is_empty(&self) -> bool {
        self.opens.is_empty() && self.closes.is_empty() && self.registrations.is_empty()
    }

    /// How many records wait.
    pub(super) fn records(&self) -> usize {
        self.closes.len()
    }

    pub(super) fn set_idle(&mut self, idle: bool) {
        self.idle = idle;
    }

    /// True once for each time that the thread went to sleep without a limit.
    pub(super) fn take_idle(&mut self) -> bool {
        std::mem::take(&mut self.idle)
    }

    /// The thread shall end, at the latest after `within`.
    pub(super) fn stop(&mut self, within: Duration) {
        self.stop = Some(Instant::now() + within);
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// When the thread has to end.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stop
    }
}

impl Waiting {
    fn add(&mut self, write: RegistrationWrite) {
        let waiting = self.saved.as_ref().map(RegistrationWrite::version);
        match write {
            RegistrationWrite::Save(_) => {
                if waiting.is_none_or(|version| write.version() > version) {
                    self.saved = Some(write);
                }
            }
            RegistrationWrite::Remove { version, .. } => {
                if waiting.is_none_or(|saved| version >= saved) {
                    self.saved = None;
                    self.removed = Some(self.removed.map_or(version, |before| before.max(version)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::store::{BindingName, FlowTransport, StoredFlow, StoredRegistration, StoredRequest};
    use ground::{NetworkId, Utc};

    fn key(number: &str) -> RegistrationKey {
        RegistrationKey { number: number.parse().unwrap(), binding: BindingName::Contact(format!("sip:{number}")) }
    }

    fn save(number: &str, version: u64) -> RegistrationWrite {
        RegistrationWrite::Save(StoredRegistration {
            key: key(number),
            version,
            contact: String::new(),
            q: 0,
            path: vec![],
            expires_at: Utc::default(),
            flow: StoredFlow {
                transport: FlowTransport::Tcp,
                network: NetworkId(1),
                local: "192.0.2.1:40001".parse().unwrap(),
                peer: "192.0.2.2:40002".parse().unwrap(),
            },
            request: StoredRequest { call_id: String::new(), cseq: 1 },
            instance: None,
            reg_id: None,
            translated: false,
            user_agent: String::new(),
        })
    }

    fn remove(number: &str, version: u64) -> RegistrationWrite {
        RegistrationWrite::Remove { key: key(number), version }
    }

    /// What is written for one key after these writes came in, as `+version` and `-version`.
    fn left(writes: Vec<RegistrationWrite>) -> String {
        let mut pending = Pending::default();
        for write in writes {
            assert!(pending.register(write, 1));
        }
        let batch = pending.take(10);
        assert!(pending.is_empty());
        let words = batch.registrations.iter().map(|write| match write {
            RegistrationWrite::Save(_) => format!("+{}", write.version()),
            RegistrationWrite::Remove { version, .. } => format!("-{version}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn of_several_writes_of_one_key_only_what_matters_is_left() {
        assert_eq!(left(vec![save("7", 1), save("7", 2), save("7", 3)]), "+3");
        assert_eq!(left(vec![save("7", 3), save("7", 2), save("7", 3)]), "+3");
        assert_eq!(left(vec![save("7", 3), remove("7", 3)]), "-3");
        assert_eq!(left(vec![save("7", 3), remove("7", 2)]), "+3");
        assert_eq!(left(vec![remove("7", 5), remove("7", 4)]), "-5");
        // The stored version may be 9: without the removal the save would be passed over.
        assert_eq!(left(vec![remove("7", 9), save("7", 1)]), "-9 +1");
        assert_eq!(left(vec![save("7", 8), remove("7", 9), save("7", 1), save("7", 2)]), "-9 +2");
    }

    #[test]
    fn a_full_queue_takes_what_needs_no_room() {
        let mut pending = Pending::default();
        assert!(pending.register(save("7", 1), 1));
        assert!(!pending.register(save("8", 1), 1));
        assert!(pending.register(remove("7", 1), 1));
        assert_eq!(pending.take(10).registrations, vec![remove("7", 1)]);
        assert!(pending.register(save("8", 1), 1));
    }

    #[test]
    fn a_batch_is_not_longer_than_asked_for_and_nothing_is_left_behind() {
        let mut pending = Pending::default();
        for number in 10..35 {
            assert!(pending.register(save(&number.to_string(), 1), 100));
        }
        let sizes: Vec<_> = std::iter::from_fn(|| Some(pending.take(10).registrations.len())).take(4).collect();
        assert_eq!(sizes, vec![10, 10, 5, 0]);
    }

    #[test]
    fn the_thread_is_woken_once_for_each_sleep() {
        let mut pending = Pending::default();
        assert!(!pending.take_idle());
        pending.set_idle(true);
        assert!(pending.take_idle());
        assert!(!pending.take_idle());
    }
}
