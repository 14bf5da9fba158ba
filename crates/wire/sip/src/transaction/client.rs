//! A client transaction as the layer keeps it: its machine, its bytes, its way.

use super::action::Actions;
use super::flow::Destination;
use super::{Intervals, InviteClient, NonInviteClient, Timer};
use super::{InviteClientInput, NonInviteClientInput};
use bytes::Bytes;

/// Either machine.
#[derive(Clone, Debug)]
pub(super) enum ClientMachine {
    Invite(InviteClient),
    NonInvite(NonInviteClient),
}

/// What the layer keeps of a request that was sent.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub machine: ClientMachine,
    pub key: Box<str>,
    /// The request; emptied by the final response.
    pub request: Bytes,
    /// The ACK of a failure, to be repeated.
    pub ack: Bytes,
    pub to: Destination,
    /// The same request for the datagram transport, should the stream fail (RFC 3261 section 18.1.1).
    pub fallback: Option<(Destination, Bytes)>,
    pub running: u16,
}

impl Client {
    pub fn is_invite(&self) -> bool {
        matches!(self.machine, ClientMachine::Invite(_))
    }

    pub fn start(&mut self, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle(InviteClientInput::Invite, intervals),
            ClientMachine::NonInvite(machine) => machine.handle(NonInviteClientInput::Request, intervals),
        }
    }

    pub fn response(&mut self, status: u16, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ClientMachine::Invite(machine) => {
                let input = match status {
                    ..200 => InviteClientInput::Provisional,
                    200..300 => InviteClientInput::Success,
                    300.. => InviteClientInput::Failure,
                };
                machine.handle(input, intervals)
            }
            ClientMachine::NonInvite(machine) => {
                let input = if status < 200 { NonInviteClientInput::Provisional } else { NonInviteClientInput::Final };
                machine.handle(input, intervals)
            }
        }
    }

    pub fn fired(&mut self, timer: Timer, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle(InviteClientInput::Fired(timer), intervals),
            ClientMachine::NonInvite(machine) => machine.handle(NonInviteClientInput::Fired(timer), intervals),
        }
    }

    pub fn transport_error(&mut self, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ClientMachine::Invite(machine) => machine.handle(InviteClientInput::TransportError, intervals),
            ClientMachine::NonInvite(machine) => machine.handle(NonInviteClientInput::TransportError, intervals),
        }
    }
}
