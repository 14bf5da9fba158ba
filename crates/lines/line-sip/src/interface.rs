//! What goes into the SIP line and what comes out.

use crate::snapshot::DialogSnapshot;
use directory::Directory;
use directory::store::{RegistrationWrite, StoredRegistration};
use exchange::{Order, Reachability, Report};
use ground::{ConnectionId, Reason};
use sip::agent::{self, SendId, Trace};
use sip::transaction::{Destination, Flow};
use std::sync::Arc;

/// What goes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// Something came from the wire, or could not go there.
    Wire(agent::Input),
    /// The exchange orders.
    Order {
        /// The connection.
        connection: ConnectionId,
        /// The order.
        order: Order,
    },
    /// The directory has a new revision.
    Directory(Arc<Directory>),
    /// Registrations from before the restart.
    Restore(Vec<StoredRegistration>),
    /// The dialogs from before the restart, after their registrations: they go on. What was not answered is ended.
    RestoreDialogs(Vec<DialogSnapshot>),
}

/// What comes out.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// Where.
        to: Destination,
        /// One whole message.
        bytes: bytes::Bytes,
        /// To be given back when the transport fails.
        send: SendId,
    },
    /// A report to the exchange.
    Report {
        /// The connection.
        connection: ConnectionId,
        /// The report.
        report: Report,
    },
    /// The telephones of a device changed.
    Reachability(Reachability),
    /// A registration to be written to the store.
    Registration(RegistrationWrite),
    /// What a connection needs to go on after a restart is new or has changed; replaces what was handed out for it before. At most once for
    /// each connection and input.
    Dialog(Box<DialogSnapshot>),
    /// A connection for which a dialog was handed out is over.
    DialogGone(ConnectionId),
    /// A message for the ladder; its secrets are not replaced.
    Trace {
        /// The message.
        trace: Trace,
        /// The connection to which it belongs, when that is known.
        connection: Option<ConnectionId>,
    },
    /// A call that nobody could be told of: for the log.
    Refused {
        /// Where it came from.
        flow: Flow,
        /// Why.
        reason: Reason,
    },
}
