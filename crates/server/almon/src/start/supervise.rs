//! The main thread: admin socket, signals, the service manager, and the orderly end.

use super::reload::Reloader;
use super::rooms::Rooms;
use super::watchdog::Watchdog;
use super::{StartError, WhenReady, system};
use crate::configuration::Site;
use crate::control::office::{Office, ShardMailbox};
use crate::control::server;
use crate::shard::request::Request;
use sd_notify::NotifyState;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use store::{RecordFiles, Writer};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;
use tokio::task::LocalSet;

/// What is still waiting for the disk at the end gets this long.
const FLUSH: Duration = Duration::from_secs(10);
/// The call thread answers within this, or it does not feed the watchdog.
const ANSWER: Duration = Duration::from_secs(2);
/// Calls that are ended at the end get this long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Runs until a signal, a drain or the end of the call thread.
pub(super) fn run(site: &Site, rooms: Rooms, reloader: Reloader, ready: Option<WhenReady>) -> Result<(), StartError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("control thread"))?;
    let Rooms {
        clock,
        realm,
        directory,
        writer,
        shard,
        calls,
        listeners,
        alarms,
        interrupted,
        announcements,
        record_files,
        journal,
        pulse,
        identity: _,
    } = rooms;
    let office = Rc::new(Office {
        realm,
        directory: Mutex::new(directory),
        writer: writer.clone(),
        shard: shard.clone(),
        clock,
        listeners,
        stop: tokio::sync::Notify::new(),
        announcements,
        alarms,
        record_files: record_files.as_ref().map(RecordFiles::counts),
        reloader,
    });
    let watchdog = Watchdog::start(pulse, site.configuration.limits.watchdog).map_err(system("watchdog"))?;
    let outcome = LocalSet::new().block_on(&runtime, control(site, office, shard.clone(), interrupted, ready, &calls));
    shard.put(Request::Stop);
    if let Some(watchdog) = watchdog {
        watchdog.stop();
    }
    let ended = calls.join().unwrap_or_else(|_| Err(io::Error::other("the call thread failed")));
    drop(runtime);
    if let Some(journal) = journal {
        journal.stop();
    }
    if let Some(files) = record_files {
        files.stop();
    }
    flush(writer);
    outcome?;
    ended.map_err(system("call thread"))
}

async fn control(
    site: &Site,
    office: Rc<Office>,
    shard: ShardMailbox,
    interrupted: usize,
    ready: Option<WhenReady>,
    calls: &JoinHandle<io::Result<()>>,
) -> Result<(), StartError> {
    let listener = server::open(&site.configuration.data).map_err(system("admin socket"))?;
    let serving = tokio::task::spawn_local(server::serve(listener, office.clone()));
    let mut terminate = signal(SignalKind::terminate()).map_err(system("signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system("signals"))?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system("signals"))?;
    if interrupted > 0 {
        tracing::warn!(
            calls = interrupted,
            "the last run ended without closing its calls; their records are marked interrupted"
        );
    }
    for (service, address) in &office.listeners {
        tracing::info!("{service} listens on {address}");
    }
    if let Some(ready) = ready {
        ready(office.clone()).await?;
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), process = std::process::id(), "ready");
    notify(&[NotifyState::Ready]);
    let mut heartbeat = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            () = office.stopped() => break,
            _ = hangup.recv() => {
                if let Err(error) = office.reloader.reload(&shard) {
                    tracing::error!(%error, "the configuration was not read again");
                }
            }
            _ = heartbeat.tick() => {
                if calls.is_finished() {
                    serving.abort();
                    return Ok(());
                }
                // The service manager's watchdog is fed only when the call thread answers. A signal is heard meanwhile.
                let answer = tokio::time::timeout(ANSWER, shard.ask(Request::Figures)).await;
                if matches!(answer, Ok(Some(_))) {
                    notify(&[NotifyState::Watchdog]);
                }
            }
        }
    }
    notify(&[NotifyState::Stopping]);
    tokio::select! {
        _ = shard.ask(Request::Drain) => {}
        _ = terminate.recv() => tracing::info!("asked twice: the calls that are left are ended"),
        _ = interrupt.recv() => tracing::info!("asked twice: the calls that are left are ended"),
    }
    if let Some(left) = shard.ask(Request::ClearAll).await.filter(|left| *left > 0) {
        tracing::warn!(calls = left, "calls were ended by the stop");
        tokio::time::sleep(GOODBYE).await;
    }
    serving.abort();
    tracing::info!("stopped");
    Ok(())
}

fn notify(states: &[NotifyState<'_>]) {
    // Outside of a service manager there is nobody to tell.
    let _ = sd_notify::notify(false, states);
}

fn flush(writer: Arc<Writer>) {
    let Ok(writer) = Arc::try_unwrap(writer) else {
        tracing::error!("the store is still in use; what waits for the disk is written in the background");
        return;
    };
    let shutdown = writer.shut_down(FLUSH);
    if !shutdown.complete {
        tracing::error!(records = shutdown.records_left, "not everything could be written before the end");
    }
}
