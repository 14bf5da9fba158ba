//! A server transaction as the layer keeps it: its machine, its last response, its way. The request itself is not kept.

use super::action::Actions;
use super::flow::Destination;
use super::{Intervals, InviteServer, NonInviteServer, Timer};
use super::{InviteServerInput, NonInviteServerInput};
use bytes::Bytes;

/// Either machine.
#[derive(Clone, Debug)]
pub(super) enum ServerMachine {
    Invite(InviteServer),
    NonInvite(NonInviteServer),
}

/// What the layer keeps of a request that came in.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub machine: ServerMachine,
    pub key: Box<str>,
    pub merge_key: Option<Box<str>>,
    /// The last response, for repeats of the request.
    pub response: Bytes,
    /// Where responses go, RFC 3261 section 18.2.2 and RFC 3581 section 4.
    pub to: Destination,
    /// Where they go when the connection is gone: the source address at the port of sent-by (RFC 3261 section 18.2.2).
    pub reopen: Option<Destination>,
    pub running: u16,
}

impl Server {
    pub fn repeated(&mut self, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle(InviteServerInput::Invite, intervals),
            ServerMachine::NonInvite(machine) => machine.handle(NonInviteServerInput::Request, intervals),
        }
    }

    pub fn ack(&mut self, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle(InviteServerInput::Ack, intervals),
            ServerMachine::NonInvite(_) => Actions::new(),
        }
    }

    pub fn respond(&mut self, status: u16, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ServerMachine::Invite(machine) => {
                let input = match status {
                    ..200 => InviteServerInput::Provisional,
                    200..300 => InviteServerInput::Success,
                    300.. => InviteServerInput::Failure,
                };
                machine.handle(input, intervals)
            }
            ServerMachine::NonInvite(machine) => {
                let input = if status < 200 { NonInviteServerInput::Provisional } else { NonInviteServerInput::Final };
                machine.handle(input, intervals)
            }
        }
    }

    pub fn fired(&mut self, timer: Timer, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle(InviteServerInput::Fired(timer), intervals),
            ServerMachine::NonInvite(machine) => machine.handle(NonInviteServerInput::Fired(timer), intervals),
        }
    }

    pub fn transport_error(&mut self, intervals: &Intervals) -> Actions {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle(InviteServerInput::TransportError, intervals),
            ServerMachine::NonInvite(machine) => machine.handle(NonInviteServerInput::TransportError, intervals),
        }
    }
}
