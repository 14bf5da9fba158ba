//! What observers hear: ECMA-269 events in the exchange's own vocabulary.

use ground::{CallId, ConnectionId, DeviceId, Number};
use serde::{Deserialize, Serialize};

/// Connection states of ECMA-269 section 6.1.5, with `Offered` before Delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConnectionState {
    /// No relation between call and device.
    #[default]
    Null,
    /// The device asks for service: it is dialling.
    Initiated,
    /// The call was offered to the device's line, which has not yet said that it rings.
    Offered,
    /// The device is alerting.
    Alerting,
    /// The device takes part.
    Connected,
    /// The device takes part and is on hold.
    Hold,
    /// The call waits at the device.
    Queued,
    /// The call could not be completed; a tone or announcement may be heard.
    Fail,
}

/// A step of a call, for the ladder, the journal, monitors and CSTA. Lossy for whoever cannot follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// The call.
    pub call: CallId,
    /// The connection that changed.
    pub connection: ConnectionId,
    /// Its device, when it is known.
    pub device: Option<DeviceId>,
    /// The device's number.
    pub number: Number,
    /// The state that the connection is in now.
    pub state: ConnectionState,
    /// Why.
    pub cause: EventCause,
}

/// Causes of events (ECMA-269 section 12.2.15), those that the exchange uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventCause {
    /// A new call.
    NewCall,
    /// The normal end or course.
    NormalClearing,
    /// The party is busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// The number does not exist.
    DestinationNotObtainable,
    /// The network has no way.
    NetworkNotObtainable,
    /// The party refused.
    CallRejected,
    /// The caller gave up.
    CallCancelled,
    /// A resource is missing.
    ResourcesNotAvailable,
    /// Not permitted.
    Blocked,
    /// Another terminal answered.
    AnsweredElsewhere,
    /// The two sides do not fit.
    IncompatibleDestination,
    /// The far side is out of order.
    DestinationOutOfOrder,
    /// The party held or was retrieved.
    Hold,
    /// The party was transferred (ECMA-269 section 17.1.32 Transferred event).
    Transfer,
    /// The call was redirected before its answer.
    Redirected,
    /// The call was picked up, or moved to another telephone.
    CallPickup,
}
