//! Opening everything in its order: data, sockets, calls that go on, engine, call thread.

use super::kept::{Alarms, Kept, open_store, record_files, start_journal};
use super::outside::Others;
use super::sockets::Sockets;
use super::{StartError, engine, epoch, settings, system};
use crate::configuration::Site;
use crate::control::office::ShardMailbox;
use crate::journal::gate::Gate;
use crate::journal::recorder::Recorder;
use crate::journal::replay::moment_after;
use crate::journal::restore;
use crate::shard::driver::{Parts, Shard};
use crate::switchboard::{Input, Switchboard};
use directory::Directory;
use ground::{Machine, Now};
use net::{Clock, Reactor, TlsIdentity};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{RecordFiles, Writer};

/// Requests of other threads that wait for the call thread.
const MAILBOX: usize = 1024;

/// What a start that fails waits for its store to close.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Everything that was opened.
pub(super) struct Rooms {
    pub(super) clock: Clock,
    pub(super) realm: String,
    pub(super) directory: Arc<Directory>,
    pub(super) writer: Arc<Writer>,
    pub(super) shard: ShardMailbox,
    pub(super) calls: JoinHandle<std::io::Result<()>>,
    pub(super) listeners: Vec<(String, String)>,
    pub(super) alarms: Alarms,
    pub(super) interrupted: usize,
    pub(super) announcements: Vec<String>,
    pub(super) record_files: Option<RecordFiles>,
    pub(super) journal: Option<journal::Writer>,
    pub(super) pulse: Arc<AtomicU64>,
    pub(super) identity: Option<TlsIdentity>,
}

impl Rooms {
    /// Opens the rooms of a site. Whatever fails ends what was opened before it.
    pub(super) fn open(site: &Site) -> Result<Rooms, StartError> {
        let wall = Clock::start();
        let alarms: Alarms = Arc::new(Mutex::new(BTreeSet::new()));
        let kept = open_store(site, wall.utc(), alarms.clone())?;
        // Time goes on where the calls were.
        let clock = match &kept.state {
            Some(state) => Clock::going_on(moment_after(state.now, wall.utc())),
            None => wall,
        };
        let writer = kept.writer.clone();
        let record_files = record_files(site, &writer, alarms.clone())?;
        let opened = Rooms::open_around(site, clock, kept, alarms);
        if let Ok(rooms) = opened {
            return Ok(Rooms { record_files, ..rooms });
        }
        if let Some(files) = record_files {
            files.stop();
        }
        opened.inspect_err(|_| {
            // The data folder is free again when this returns.
            if let Ok(writer) = Arc::try_unwrap(writer) {
                writer.shut_down(GIVE_UP);
            }
        })
    }

    fn open_around(site: &Site, clock: Clock, kept: Kept, alarms: Alarms) -> Result<Rooms, StartError> {
        let Kept { writer, directory, registrations, interrupted, state } = kept;
        let sockets = Sockets::open(site)?;
        let reactor = Reactor::new(sockets.datagram, clock).map_err(system("event loop"))?;
        let waker = reactor.waker();
        let listeners = sockets.listed;
        let streams = sockets.streams.start(waker.clone()).map_err(system("stream thread"))?;
        let (requests, mailbox) = sync_channel(MAILBOX);
        let now = clock.now();
        let start_second = epoch::take(&site.configuration.data, now.utc).map_err(system("start counter"))?;
        let sip = settings::sip_config(site, &sockets.local, start_second)?;
        let exchange = settings::exchange_config(site, start_second, now.utc);
        let (journal, recorder) = start_journal(site, alarms.clone())?.unzip();
        let configs = (sip, exchange);
        let board = match state {
            Some(state) => go_on(now, configs, *state, (directory.clone(), registrations), recorder),
            None => {
                let mut board = Switchboard::new(now, configs.0, configs.1, directory.clone());
                board.handle(now, Input::Restore(registrations));
                if let Some(recorder) = recorder {
                    board.record_to(now, recorder);
                }
                board
            }
        };
        let (engine, media_events) = engine::start(site, clock, &waker, restore::ports(&board))?;
        let announcements = engine.announcements().to_vec();
        let pulse = Arc::new(AtomicU64::new(0));
        let parts = Parts {
            board,
            sockets: sockets.local,
            streams,
            requests: mailbox,
            media_events,
            outside: Box::new(Others { engine, writer: writer.clone() }),
            gate: Gate::open(),
            pulse: pulse.clone(),
            trace_bytes: usize::try_from(site.configuration.limits.trace_bytes).unwrap_or(usize::MAX),
            drain_bound: Duration::from_secs(u64::from(site.configuration.limits.drain)),
        };
        let calls = start_calls(reactor, Shard::new(parts), clock)?;
        Ok(Rooms {
            clock,
            realm: site.configuration.sip.realm.clone(),
            directory,
            writer,
            shard: ShardMailbox { requests, waker },
            calls,
            listeners,
            alarms,
            interrupted,
            announcements,
            record_files: None,
            journal,
            pulse,
            identity: sockets.identity,
        })
    }
}

/// The rooms with the calls of the process before.
fn go_on(
    now: Now,
    configs: (line_sip::Config, exchange::ExchangeConfig),
    state: crate::journal::player::State,
    (directory, registrations): (Arc<Directory>, Vec<directory::store::StoredRegistration>),
    recorder: Option<Recorder>,
) -> Switchboard {
    let (board, reconciled) = restore::restore(now, configs, state, (directory, registrations), recorder);
    if reconciled.interrupted + reconciled.ended > 0 {
        let (interrupted, ended) = (reconciled.interrupted, reconciled.ended);
        tracing::warn!(interrupted, ended, "connections that were under way when the last run ended are over");
    }
    board
}

fn start_calls(
    reactor: Reactor,
    mut shard: Shard,
    clock: Clock,
) -> Result<JoinHandle<std::io::Result<()>>, StartError> {
    let work = move || {
        shard.begin(clock.now());
        reactor.run(&mut shard)
    };
    std::thread::Builder::new().name("calls".to_owned()).spawn(work).map_err(system("call thread"))
}
