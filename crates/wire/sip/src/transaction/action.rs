//! What a transaction machine asks of the layer that owns it.

use super::Timer;
use smallvec::SmallVec;
use std::time::Duration;

/// One order of a machine, RFC 3261 figures 5 to 8: the layer holds the bytes, the sockets' addresses and the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send the request, or send it again.
    SendRequest,
    /// Send the last response, or send it again.
    SendResponse,
    /// Send the ACK of a final response that is not 2xx (RFC 3261 section 17.1.1.3).
    SendAck,
    /// Hand the message that was the input to the transaction user.
    Deliver,
    /// Start or restart a timer.
    Start(Timer, Duration),
    /// Stop a timer.
    Stop(Timer),
    /// Tell the user that no response (timers B and F) or no ACK (timer H) came.
    InformTimeout,
    /// Tell the user that the transport failed.
    InformTransportError,
    /// The transaction is over: forget it and all of its timers.
    Terminate,
}

/// The orders of one transition, in their order.
pub type Actions = SmallVec<[Action; 4]>;
