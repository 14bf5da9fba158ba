//! Requests and answers of the admin socket.

use crate::shard::live::LiveCall;
use crate::shard::request::{Figures, LiveRegistration};
use directory::store::{HistoryEntry, RecordQuery};
use directory::{CallRecord, Change, Directory, Revision, SiteFile};
use exchange::route::explanation::{Explanation, Inquiry, Unexplained};
use ground::{CallId, NetworkId, Secret, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest line either side accepts, in bytes: a change of 100,000 extensions fits.
pub const LONGEST_LINE: usize = 64 << 20;

/// What is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Apply changes as one set, or only say what they would do.
    Apply {
        /// Who.
        author: String,
        /// The changes.
        changes: Vec<Change>,
        /// Passwords to be hashed into the changes, by extension number.
        #[serde(default)]
        passwords: Vec<(String, Secret)>,
        /// Say what would change, and change nothing.
        #[serde(default)]
        plan: bool,
    },
    /// Bring the site to what a file says, as one change set, or only say what that would change.
    ApplySite {
        /// Who.
        author: String,
        /// The file.
        site: Box<SiteFile>,
        /// The networks of the configuration by name.
        networks: BTreeMap<String, NetworkId>,
        /// Remove what the file does not name, even if it does not call itself complete.
        remove: bool,
        /// The revision that the author saw; none for whatever is in force.
        base: Option<Revision>,
        /// Say what would change, and change nothing.
        plan: bool,
    },
    /// Bring the configuration back to an earlier revision, as a new change set. User state stays as it is.
    Rollback {
        /// Who.
        author: String,
        /// To what it was at this revision.
        to: Revision,
        /// The revision that the author saw; none for whatever is in force.
        base: Option<Revision>,
        /// Say what would change, and change nothing.
        plan: bool,
    },
    /// What one change set changed.
    Revision {
        /// The revision that it led to.
        revision: Revision,
    },
    /// The directory in force, without passwords.
    Directory,
    /// The directory in force with the digests of its passwords: whoever has them can register as anybody.
    DirectoryWithSecrets,
    /// The last change sets.
    History {
        /// At most so many.
        limit: u32,
    },
    /// The calls in progress.
    Calls,
    /// Call records.
    Records(Box<RecordQuery>),
    /// The ladder of a call.
    Trace {
        /// The call.
        call: CallId,
    },
    /// End a call.
    Clear {
        /// The call.
        call: CallId,
    },
    /// The registered telephones.
    Registrations,
    /// What would become of a call, and why.
    Explain {
        /// The call.
        inquiry: Box<Inquiry>,
        /// When; none for this moment, or for the inquiry's own time.
        at: Option<Utc>,
    },
    /// How the server is.
    Status,
    /// Read the configuration file again and apply what can change while calls go on.
    Reload,
    /// Take no new calls, wait for the last one, then end.
    Drain,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The changes were applied, or what they would do.
    Applied {
        /// The revision in force.
        revision: Revision,
        /// What changed, a line each.
        differences: Vec<String>,
    },
    /// One change set.
    Revision(Box<RevisionShown>),
    /// The directory.
    Directory(Box<Directory>),
    /// Change sets, newest first.
    History(Vec<HistoryEntry>),
    /// Calls in progress.
    Calls(Vec<LiveCall>),
    /// Call records, in the order asked for.
    Records(Vec<CallRecord>),
    /// Steps of a call, oldest first.
    Trace(Vec<Step>),
    /// Why a call goes where it goes, or why that cannot be told.
    Explanation(Box<Result<Explanation, Unexplained>>),
    /// The telephones.
    Registrations(Vec<LiveRegistration>),
    /// The server.
    Status(Box<Status>),
    /// The configuration was read again: what changed, a line each.
    Reloaded(Vec<String>),
    /// It was done.
    Done,
    /// It was refused: the reasons, for people.
    Refused(Vec<String>),
}

/// What one change set changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevisionShown {
    /// The revision that it led to.
    pub revision: Revision,
    /// Who.
    pub author: String,
    /// When.
    pub at: Utc,
    /// What changed, a line each.
    pub differences: Vec<String>,
}

/// One step of a ladder, secrets replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Microseconds since the first step.
    pub after: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who sent it; none for an event of the exchange.
    pub from: Option<String>,
    /// Who received it.
    pub to: Option<String>,
    /// One line.
    pub summary: String,
    /// The message, when it is one.
    pub message: Option<String>,
}

/// How the server is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// The build version.
    pub version: String,
    /// The process.
    pub process: u32,
    /// Seconds since the start.
    pub uptime: u64,
    /// The revision in force.
    pub revision: Revision,
    /// Extensions.
    pub extensions: usize,
    /// The open listeners: service and address.
    pub listeners: Vec<(String, String)>,
    /// Resident memory in KiB.
    pub resident: u64,
    /// Figures of the call thread.
    pub figures: Figures,
    /// Alarms of the store.
    pub alarms: Vec<String>,
    /// Files of call records, where the configuration names a folder.
    #[serde(default)]
    pub record_files: Option<RecordFiles>,
}

/// What was written into the files of call records.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct RecordFiles {
    /// Lines since the start.
    pub lines: u64,
    /// Records that wait for their line, as the last attempt found.
    pub waiting: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
}
