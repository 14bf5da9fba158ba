//! What goes into the agent and what comes out.

use super::command::{Command, SessionId};
use super::event::Event;
use crate::message::{Message, ParseError};
use crate::transaction::{Destination, Flow};
use bytes::Bytes;
use ground::FlowId;

/// What goes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message was framed.
    Received {
        /// Where it came from.
        flow: Flow,
        /// The message.
        message: Message,
    },
    /// Bytes came that are no message: answered without state when enough of a request could be read.
    Malformed {
        /// Where they came from.
        flow: Flow,
        /// What is wrong with them.
        error: ParseError,
        /// What could be read, from [`Message::salvage`] or the framer.
        salvaged: Option<Message>,
    },
    /// A ping came between messages, RFC 5626 section 3.5.1: it is answered with a pong.
    Ping {
        /// Where it came from.
        flow: Flow,
    },
    /// A connection is gone.
    FlowClosed {
        /// The connection.
        connection: FlowId,
    },
    /// Bytes of an [`Output::Send`] could not be delivered: no connection could be made, or the address is unreachable.
    TransportFailed {
        /// Where they should have gone.
        to: Destination,
        /// The number of the send; see [`Output::Send`].
        send: SendId,
    },
    /// An order.
    Command(Command),
}

/// The number of a send, for [`Input::TransportFailed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(pub u64);

impl SendId {
    /// The number of sends whose failure changes nothing.
    pub const UNTRACKED: SendId = SendId(0);
}

/// What comes out.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// Where.
        to: Destination,
        /// One whole message, or a keep-alive.
        bytes: Bytes,
        /// To be given back when the transport fails.
        send: SendId,
    },
    /// A report to the owner.
    Event(Event),
    /// What [`super::Agent::export`] gives for this session has changed, or the session is new. Comes behind everything else that
    /// one call brought forth, and at most once in it; a session that is gone is told by [`Event::Ended`].
    SessionChanged {
        /// The session.
        session: SessionId,
    },
    /// A message for the ladder, when [`super::Config::trace`] is on. Its secrets are not replaced.
    Trace(Trace),
}

/// One message on the wire.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Which way it went.
    pub direction: Direction,
    /// The other end.
    pub peer: Destination,
    /// The session to which it belongs, when that is known at this point.
    pub session: Option<SessionId>,
    /// The message.
    pub bytes: Bytes,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came in.
    In,
    /// It went out.
    Out,
}
