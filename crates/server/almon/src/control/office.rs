//! The administrator's office: answers requests, with the store on one side and the call thread on the other.
//!
//! Change sets are applied here and nowhere else: validated against the head, made durable, then given to the call thread. A
//! set that is refused by either of the first two changes nothing.

use super::password;
use super::protocol::{Answer, RecordFiles, Request, Status, Step};
use crate::shard::ladder::{Entry, What};
use crate::shard::request::{Figures, Request as ShardRequest};
use crate::start::machine;
use crate::start::reload::Reloader;
use directory::change::difference;
use directory::store::{HistoryEntry, HistoryQuery};
use directory::{Change, ChangeSet, Directory, Revision, ServiceKind, StoreError};
use ground::{CallId, Reason, Secret};
use net::{Clock, Waker};
use sip::Message;
use sip::agent::Direction;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use store::{JobRefused, OutputCounts, Writer};
use tokio::sync::{Mutex, MutexGuard, oneshot};

/// The call thread's mailbox.
#[derive(Clone)]
pub struct ShardMailbox {
    /// Where requests are put.
    pub requests: SyncSender<ShardRequest>,
    /// Wakes the thread.
    pub waker: Waker,
}

impl ShardMailbox {
    /// Puts a request; false when the thread has ended or its mailbox is full.
    pub fn put(&self, request: ShardRequest) -> bool {
        let put = self.requests.try_send(request).is_ok();
        self.waker.wake();
        put
    }

    /// Asks and waits for the answer; none when the thread has ended.
    pub async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> ShardRequest) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        if !self.put(request(sender)) {
            return None;
        }
        receiver.await.ok()
    }
}

/// What the office works with.
pub struct Office {
    /// The realm of passwords.
    pub realm: String,
    /// The directory in force.
    pub directory: Mutex<Arc<Directory>>,
    /// The store.
    pub writer: Arc<Writer>,
    /// The call thread.
    pub shard: ShardMailbox,
    /// Both clocks.
    pub clock: Clock,
    /// The open listeners.
    pub listeners: Vec<(String, String)>,
    /// The announcements that the media engine has.
    pub announcements: Vec<String>,
    /// Told when an administrator's drain is over.
    pub stop: tokio::sync::Notify,
    /// Alarms of the store, as they stand.
    pub alarms: Arc<std::sync::Mutex<std::collections::BTreeSet<&'static str>>>,
    /// What was written into files of call records, where there are such.
    pub record_files: Option<Arc<OutputCounts>>,
    /// Reads the configuration again.
    pub reloader: Reloader,
}

impl Office {
    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::Apply { author, changes, passwords, plan } => self.apply(author, changes, passwords, plan).await,
            Request::ApplySite { author, site, networks, remove, base, plan } => {
                let order = Order { author, base, plan };
                self.apply_site(order, *site, &networks, remove).await
            }
            Request::Rollback { author, to, base, plan } => self.roll_back(Order { author, base, plan }, to).await,
            Request::Revision { revision } => self.revision(revision).await,
            Request::DirectoryWithSecrets => {
                Answer::Directory(Box::new(Directory::clone(&*self.directory.lock().await)))
            }
            Request::Directory => Answer::Directory(Box::new(without_passwords(&*self.directory.lock().await))),
            Request::History { limit } => {
                let query = HistoryQuery { before: None, limit };
                let answer = self.stored(move |store| store.history(query)).await;
                answer
                    .map_or_else(refused, |entries| Answer::History(entries.into_iter().map(without_digests).collect()))
            }
            Request::Records(query) => {
                self.stored(move |store| store.records(&query)).await.map_or_else(refused, Answer::Records)
            }
            Request::Calls => self.shard.ask(ShardRequest::Calls).await.map_or_else(gone, Answer::Calls),
            Request::Registrations => {
                self.shard.ask(ShardRequest::Registrations).await.map_or_else(gone, Answer::Registrations)
            }
            Request::Explain { inquiry, at } => {
                let told = self.shard.ask(|answer| ShardRequest::Explain(inquiry, at, answer)).await;
                told.map_or_else(gone, |told| Answer::Explanation(Box::new(told)))
            }
            Request::Trace { call } => self.trace(call).await,
            Request::Clear { call } => match self.shard.ask(|answer| ShardRequest::ClearCall(call, answer)).await {
                Some(true) => Answer::Done,
                Some(false) => Answer::Refused(vec![format!("there is no call {call}")]),
                None => gone(),
            },
            Request::Status => self.status().await,
            Request::Reload => match self.reloader.reload(&self.shard) {
                Ok(lines) => Answer::Reloaded(lines),
                Err(error) => refused(error.to_string()),
            },
            Request::Drain => match self.shard.ask(ShardRequest::Drain).await {
                Some(()) => {
                    self.stop.notify_one();
                    Answer::Done
                }
                None => gone(),
            },
        }
    }

    /// Waits until an administrator has drained the server.
    pub async fn stopped(&self) {
        self.stop.notified().await;
    }

    async fn apply(
        &self,
        author: String,
        changes: Vec<Change>,
        passwords: Vec<(String, Secret)>,
        plan: bool,
    ) -> Answer {
        let head = self.directory.lock().await;
        let changes = match self.with_passwords(changes, &passwords) {
            Ok(changes) => changes,
            Err(reason) => return Answer::Refused(vec![reason]),
        };
        self.commit(head, Order { author, base: None, plan }, changes).await
    }

    /// Applies changes to the head, stores them, and tells the call thread; or says what they would do.
    pub(super) async fn commit(
        &self,
        mut head: MutexGuard<'_, Arc<Directory>>,
        order: Order,
        changes: Vec<Change>,
    ) -> Answer {
        if let Some(reason) = changes.iter().find_map(|change| self.missing_announcement(change)) {
            return Answer::Refused(vec![reason]);
        }
        let base = order.base.unwrap_or(head.revision);
        let set = ChangeSet { base, author: order.author, at: self.clock.utc(), changes };
        let next = match head.apply(&set) {
            Ok(next) => Arc::new(next),
            Err(refusals) => return Answer::Refused(refusals.iter().map(ToString::to_string).collect()),
        };
        let differences = difference(&head, &next).iter().map(ToString::to_string).collect();
        if order.plan {
            return Answer::Applied { revision: head.revision, differences };
        }
        let resulting = next.clone();
        if let Err(error) = self.stored(move |store| store.append(&set, &resulting)).await {
            return refused(error);
        }
        *head = next.clone();
        let revision = next.revision;
        match self.shard.ask(|done| ShardRequest::Directory(next, done)).await {
            Some(()) => Answer::Applied { revision, differences },
            None => gone(),
        }
    }

    /// Why a service number would answer with silence: the directory does not know which announcements there are.
    fn missing_announcement(&self, change: &Change) -> Option<String> {
        let (Change::AddService { number, kind } | Change::ChangeService { number, kind }) = change else {
            return None;
        };
        let ServiceKind::Announcement(name) = kind else { return None };
        let known = &self.announcements;
        (!known.contains(name)).then(|| {
            format!("service number {number}: there is no announcement {name:?}; there are: {}", known.join(", "))
        })
    }

    /// Puts the digests of passwords into the changes that they belong to.
    fn with_passwords(&self, mut changes: Vec<Change>, passwords: &[(String, Secret)]) -> Result<Vec<Change>, String> {
        let mut waiting = BTreeMap::new();
        for (number, secret) in passwords {
            if !password::is_acceptable(secret) {
                return Err(format!("extension {number}: a password has 8 to 128 printable characters"));
            }
            waiting.insert(number.as_str(), secret);
        }
        for change in &mut changes {
            let number = match change {
                Change::AddExtension(new) => new.number,
                Change::ChangeExtension { number, .. } => *number,
                _ => continue,
            };
            let Some(secret) = waiting.remove(number.as_str()) else { continue };
            let digests = password::digests(number.as_str(), &self.realm, secret);
            match change {
                Change::AddExtension(new) => new.password = digests,
                Change::ChangeExtension { patch, .. } => patch.password = Some(digests),
                _ => {}
            }
        }
        match waiting.keys().next() {
            Some(number) => Err(format!("a password for {number}, which is not changed")),
            None => Ok(changes),
        }
    }

    /// Runs a query on the store's thread.
    pub(super) async fn stored<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn directory::Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoredFault> {
        let receiver = self.writer.run(work).map_err(StoredFault::Refused)?;
        let answer = tokio::task::spawn_blocking(move || receiver.recv()).await;
        match answer {
            Ok(Ok(result)) => result.map_err(StoredFault::Store),
            _ => Err(StoredFault::Refused(JobRefused::Stopped)),
        }
    }

    async fn trace(&self, call: CallId) -> Answer {
        let Some(entries) = self.shard.ask(|answer| ShardRequest::Trace(call, answer)).await else { return gone() };
        let first = entries.first().map(|entry| entry.at.moment).unwrap_or_default();
        Answer::Trace(entries.iter().map(|entry| step(entry, first)).collect())
    }

    async fn status(&self) -> Answer {
        let Some(figures) = self.shard.ask(ShardRequest::Figures).await else { return gone() };
        let directory = self.directory.lock().await.clone();
        let alarms = self.alarms.lock().map(|alarms| alarms.iter().map(|code| (*code).to_owned()).collect());
        Answer::Status(Box::new(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            process: std::process::id(),
            uptime: self.clock.uptime().as_secs(),
            revision: directory.revision,
            extensions: directory.extensions.len(),
            listeners: self.listeners.clone(),
            resident: machine::resident(),
            figures: Figures { ..figures },
            alarms: alarms.unwrap_or_default(),
            record_files: self.record_files.as_ref().map(|counts| RecordFiles {
                lines: counts.lines(),
                waiting: counts.waiting(),
                failures: counts.failures(),
            }),
        }))
    }
}

pub(super) fn refused(reason: impl ToString) -> Answer {
    Answer::Refused(vec![reason.to_string()])
}

fn gone() -> Answer {
    Answer::Refused(vec!["the server is ending".to_owned()])
}

/// Why the store's thread gave no answer.
#[derive(Debug)]
pub(super) enum StoredFault {
    /// It takes no question.
    Refused(JobRefused),
    /// The store's own answer.
    Store(StoreError),
}

impl std::fmt::Display for StoredFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoredFault::Refused(refused) => write!(f, "{refused}"),
            StoredFault::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for StoredFault {}

/// Who wants something changed, on top of which revision, and whether only to see what would happen.
pub(super) struct Order {
    pub(super) author: String,
    pub(super) base: Option<Revision>,
    pub(super) plan: bool,
}

/// A history is no place for digests either.
fn without_digests(mut entry: HistoryEntry) -> HistoryEntry {
    for change in &mut entry.set.changes {
        match change {
            Change::AddExtension(new) => new.password.clear(),
            Change::ChangeExtension { patch, .. } => patch.password = patch.password.as_ref().map(|_| Vec::new()),
            _ => {}
        }
    }
    entry
}

/// Whoever can read this can change it, but a list on a screen is no place for digests.
fn without_passwords(directory: &Directory) -> Directory {
    let mut shown = directory.clone();
    for extension in shown.extensions.values_mut() {
        extension.password.clear();
    }
    shown
}

fn step(entry: &Entry, first: ground::Moment) -> Step {
    let after = entry.at.moment.since(first).as_micros() as u64;
    let at = entry.at.utc.to_string();
    match &entry.what {
        What::Event(event) => {
            let number = event.number.to_string();
            let party = if number.is_empty() { "unknown number" } else { &number };
            let summary = format!("{party}: {:?} ({:?})", event.state, event.cause);
            Step { after, at, from: None, to: None, summary, message: None }
        }
        What::Message { direction, peer, bytes } => {
            let (almon, peer) = ("almon".to_owned(), peer.to_string());
            let (from, to) = if *direction == Direction::In { (peer, almon) } else { (almon, peer) };
            let Ok(message) = Message::parse_datagram(bytes.clone()) else {
                let summary = "unreadable".to_owned();
                return Step { after, at, from: Some(from), to: Some(to), summary, message: None };
            };
            let shown = String::from_utf8_lossy(&sip::redact(&message)).into_owned();
            Step { after, at, from: Some(from), to: Some(to), summary: summary(&message), message: Some(shown) }
        }
    }
}

/// The start line, and for a response the method that it answers; with the stable reason code where there is one.
fn summary(message: &Message) -> String {
    let method = message.transaction_method().map(|method| method.to_string()).unwrap_or_default();
    let text = match message.status() {
        Some(status) => format!("{} {} ({method})", status.0, status.reason_phrase()),
        None => {
            let uri = message.request_uri().map(|uri| uri.to_string()).unwrap_or_default();
            format!("{method} {uri}")
        }
    };
    match line_sip::reason_in(message) {
        Some(reason) if reason != Reason::NormalClearing => format!("{text} [{reason}]"),
        _ => text,
    }
}
