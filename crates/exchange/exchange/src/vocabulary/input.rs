//! What goes into the exchange and what comes out.

use super::event::CallEvent;
use super::order::Order;
use super::report::{LineKind, MediaLocation, Report};
use crate::half::ServerId;
use crate::half::message::Envelope;
use directory::{CallRecord, Directory};
use ground::{AlarmCode, CallId, ConnectionId, DeviceId, Number, Reason};
use media_plan::{MediaEvent, MediaOrder};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A registered telephone, named by its line; never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TerminalId(pub u64);

/// A telephone at which a device can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminal {
    /// Its name.
    pub id: TerminalId,
    /// Its line.
    pub line: LineKind,
    /// Where its media goes.
    pub location: MediaLocation,
}

/// The telephones of a device, most preferred first; replaces what was known before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reachability {
    /// The device.
    pub device: DeviceId,
    /// Its telephones; empty when none is registered.
    pub terminals: Vec<Terminal>,
}

/// One input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    /// A line reports about a connection.
    Report {
        /// The connection.
        connection: ConnectionId,
        /// What happened.
        report: Report,
    },
    /// Whoever handles media tells something.
    Media(MediaEvent),
    /// A device's telephones changed.
    Reachability(Reachability),
    /// The directory has a new revision. Calls in progress keep what they resolved.
    #[serde(with = "whole_directory")]
    Directory(Arc<Directory>),
    /// An administrator ends a call.
    ClearCall {
        /// The call.
        call: CallId,
    },
    /// Take no new calls but emergency calls from now on.
    Drain,
    /// Another server's half speaks to one here.
    Mail(Box<Envelope>),
    /// Where the telephones of a device are served.
    Home {
        /// The device.
        device: DeviceId,
        /// The server.
        server: ServerId,
    },
    /// A server is lost, and all halves with it.
    ServerLost(ServerId),
}

/// A directory is written as what it says; who shares it is not.
mod whole_directory {
    use directory::Directory;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<S: Serializer>(directory: &Arc<Directory>, serializer: S) -> Result<S::Ok, S::Error> {
        Directory::serialize(directory, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Directory>, D::Error> {
        Directory::deserialize(deserializer).map(Arc::new)
    }
}

/// One output.
#[derive(Clone, Debug, Serialize)]
pub enum Output {
    /// An order to a line.
    Order {
        /// Which line.
        line: LineKind,
        /// The connection.
        connection: ConnectionId,
        /// The call that it belongs to, for traces.
        call: CallId,
        /// What to do.
        order: Order,
    },
    /// An order to whoever handles media.
    Media(MediaOrder),
    /// A call segment began, or was answered: kept open in the store, so that a crash is seen and what is known by then is
    /// not lost. The same key is closed by `RecordClosed`.
    RecordOpened(CallRecord),
    /// A call segment ended: written once.
    RecordClosed(CallRecord),
    /// A call was refused; for the log. The same reason stands in the record and in the order to the caller.
    Refused(RefusalNote),
    /// An observer's event.
    Event(CallEvent),
    /// An alarm begins or ends.
    Alarm {
        /// Which.
        code: AlarmCode,
        /// Begins or ends.
        active: bool,
    },
    /// A half here speaks to one on another server. Mail to one server arrives in order.
    Mail {
        /// The server.
        server: ServerId,
        /// What is said to whom.
        envelope: Box<Envelope>,
    },
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalNote {
    /// The call.
    pub call: CallId,
    /// Who called.
    pub caller: Number,
    /// What was dialled.
    pub dialled: Number,
    /// Why.
    pub reason: Reason,
}
