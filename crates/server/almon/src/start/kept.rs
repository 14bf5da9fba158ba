//! What the data folder holds: the directory, registrations, records, and the state of the process before.

use super::{StartError, system};
use crate::configuration::{Configuration, Site};
use crate::journal::BUILD;
use crate::journal::player::State;
use crate::journal::recorder::{Policy, Recorder};
use crate::journal::restore::{Found, Records, find};
use directory::store::{OpenRecord, StoredRegistration};
use directory::{CallRecord, Directory, Store};
use ground::{AlarmCode, Utc};
use journal::{Alarm, Folder};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Options, RecordFiles, SqliteStore, StoreAlarm, Writer, WriterConfig};

/// The alarms that stand, as other threads see them.
pub(super) type Alarms = Arc<Mutex<BTreeSet<&'static str>>>;

/// What the data folder held.
pub(super) struct Kept {
    pub(super) writer: Arc<Writer>,
    pub(super) directory: Arc<Directory>,
    pub(super) registrations: Vec<StoredRegistration>,
    pub(super) interrupted: usize,
    /// The state of the process before, when its calls go on.
    pub(super) state: Option<Box<State>>,
}

/// Opens the store, and the journal of the process before: records of calls that do not go on are closed.
pub(super) fn open_store(site: &Site, now: Utc, alarms: Alarms) -> Result<Kept, StartError> {
    let mut store = SqliteStore::open(&site.configuration.data, &Options::default())?;
    store.set_realm_once(&site.configuration.sip.realm)?;
    let directory = Arc::new(super::directory::load(&mut store)?);
    let state = earlier_state(site, now)?;
    let records = state.as_deref().map(Records::of).unwrap_or_default();
    let open: Vec<OpenRecord> = records.open.iter().map(open).collect();
    store.open_records(&open)?;
    store.close_records(&records.closed)?;
    let interrupted = store.close_interrupted(now, &records.keys())?.len();
    let mut registrations = store.load_registrations()?;
    registrations.retain(|registration| registration.expires_at > now);
    let writer = Writer::start(Box::new(store), WriterConfig::default(), move |alarm| store_alarm(&alarms, &alarm))
        .map_err(system("store thread"))?;
    Ok(Kept { writer: Arc::new(writer), directory, registrations, interrupted, state })
}

/// What a record says that has not ended.
pub(super) fn open(record: &CallRecord) -> OpenRecord {
    OpenRecord {
        key: record.key,
        caller: record.caller,
        dialled: record.dialled,
        connected: record.connected,
        transferred_by: record.transferred_by,
        trunk_in: record.trunk_in,
        trunk_out: record.trunk_out,
        started: record.started,
        offset_minutes: record.offset_minutes,
        answered_after: record.answered_after,
    }
}

/// The folder of the journal.
pub fn journal_folder(configuration: &Configuration) -> PathBuf {
    let folder = &configuration.journal.folder;
    if folder.as_os_str().is_empty() { configuration.data.join("journal") } else { folder.clone() }
}

fn earlier_state(site: &Site, now: Utc) -> Result<Option<Box<State>>, StartError> {
    let section = &site.configuration.journal;
    if !section.enabled {
        return Ok(None);
    }
    let folder = Folder::open(&journal_folder(&site.configuration)).map_err(system("journal"))?;
    let longest = Duration::from_secs(u64::from(section.longest_absence));
    match find(&folder, now, longest).map_err(system("journal"))? {
        Found::Nothing => Ok(None),
        Found::State(state, report) => {
            tracing::info!(
                calls = report.calls,
                records = report.records,
                until = %state.now.utc,
                "the calls of the last run go on"
            );
            Ok(Some(state))
        }
        Found::Unusable { reason, aside } => {
            let aside = aside.map(|path| path.display().to_string()).unwrap_or_default();
            tracing::warn!(aside, "the calls of the last run do not go on: its journal cannot be used: {reason}");
            Ok(None)
        }
    }
}

/// When the journal takes a snapshot.
pub(super) fn policy(section: &crate::configuration::JournalSection) -> Policy {
    Policy {
        after: Duration::from_secs(u64::from(section.snapshot_minutes) * 60),
        bytes: (section.snapshot_mebibytes as usize) << 20,
        ..Policy::default()
    }
}

/// Starts the journal's thread, when the configuration wants a journal.
pub(super) fn start_journal(site: &Site, alarms: Alarms) -> Result<Option<(journal::Writer, Recorder)>, StartError> {
    let section = &site.configuration.journal;
    if !section.enabled {
        return Ok(None);
    }
    let folder = Folder::open(&journal_folder(&site.configuration)).map_err(system("journal"))?;
    let mut config = journal::WriterConfig::new(BUILD);
    config.pause = Duration::from_millis(u64::from(section.pause_milliseconds));
    config.sync = Duration::from_secs(u64::from(section.sync_seconds));
    let told = move |alarm| journal_alarm(&alarms, &alarm);
    let (writer, appender) = journal::Writer::start(folder, config, told).map_err(system("journal"))?;
    Ok(Some((writer, Recorder::new(Box::new(appender), policy(section)))))
}

fn journal_alarm(alarms: &Mutex<BTreeSet<&'static str>>, alarm: &Alarm) {
    let code = AlarmCode::JournalBroken.code();
    let Ok(mut alarms) = alarms.lock() else { return };
    match alarm {
        Alarm::Broken(trouble) => {
            tracing::error!(alarm = code, %trouble, "alarm: calls go on, but would not survive a restart now");
            alarms.insert(code)
        }
        Alarm::Healed { lost } => {
            tracing::info!(alarm = code, lost, "alarm over: the journal is whole again");
            alarms.remove(code)
        }
    };
}

/// The thread that writes call records into files, where the configuration names a folder.
pub(super) fn record_files(
    site: &Site,
    writer: &Arc<Writer>,
    alarms: Alarms,
) -> Result<Option<RecordFiles>, StartError> {
    let folder = &site.configuration.records.csv;
    if folder.as_os_str().is_empty() {
        return Ok(None);
    }
    let code = AlarmCode::RecordOutputFailed.code();
    let alarm = move |reason: Option<&str>| {
        let Ok(mut alarms) = alarms.lock() else { return };
        match reason {
            Some(reason) => {
                tracing::error!(alarm = code, reason, "alarm");
                alarms.insert(code)
            }
            None => {
                tracing::info!(alarm = code, "alarm over");
                alarms.remove(code)
            }
        };
    };
    RecordFiles::start(folder, writer.clone(), alarm).map(Some).map_err(system("record files thread"))
}

fn store_alarm(alarms: &Mutex<BTreeSet<&'static str>>, alarm: &StoreAlarm) {
    let (code, active) = match alarm {
        StoreAlarm::Raised { code, error } => {
            tracing::error!(alarm = code.code(), %error, "alarm: calls go on, what is to be kept waits");
            (*code, true)
        }
        StoreAlarm::RecordsLost { count } => {
            tracing::error!(alarm = AlarmCode::RecordsLost.code(), count, "alarm: call records were lost");
            (AlarmCode::RecordsLost, true)
        }
        StoreAlarm::Cleared { code } => {
            tracing::info!(alarm = code.code(), "alarm over");
            (*code, false)
        }
    };
    if let Ok(mut alarms) = alarms.lock() {
        if active {
            alarms.insert(code.code())
        } else {
            alarms.remove(code.code())
        };
    }
}
