//! The non-INVITE server transaction, RFC 3261 section 17.2.2 figure 8, with the repairs of RFC 4320.

use super::action::{Action, Actions};
use super::{Intervals, Timer};
use smallvec::smallvec;

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The request came and has no response.
    Trying,
    /// A provisional response is out.
    Proceeding,
    /// The final response is out; a repeated request brings it again.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A repeat of the request.
    Request,
    /// The user sends 100 to 199.
    Provisional,
    /// The user sends 200 to 699.
    Final,
    /// A timer of this transaction fired.
    Fired(Timer),
    /// The transport could not deliver what was sent.
    TransportError,
}

/// The machine: its state.
#[derive(Clone, Debug)]
pub struct NonInviteServer {
    state: State,
    reliable: bool,
}

impl NonInviteServer {
    /// A machine for a request that just came in.
    pub fn new(reliable: bool) -> Self {
        NonInviteServer { state: State::Trying, reliable }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// One transition of the figure.
    pub fn handle(&mut self, input: Input, intervals: &Intervals) -> Actions {
        let (next, actions): (State, Actions) = match (self.state, input) {
            // Nothing was answered yet: a repeat is absorbed.
            (State::Trying, Input::Request) => (State::Trying, Actions::new()),
            (State::Trying | State::Proceeding, Input::Provisional) => {
                (State::Proceeding, smallvec![Action::SendResponse])
            }
            (State::Proceeding, Input::Request) => (State::Proceeding, smallvec![Action::SendResponse]),
            (State::Trying | State::Proceeding, Input::Final) => self.complete(intervals),
            (State::Completed, Input::Request) => (State::Completed, smallvec![Action::SendResponse]),
            (State::Completed, Input::Fired(Timer::J)) => (State::Terminated, smallvec![Action::Terminate]),
            (State::Trying | State::Proceeding | State::Completed, Input::TransportError) => {
                (State::Terminated, smallvec![Action::InformTransportError, Action::Terminate])
            }
            (state, _) => (state, Actions::new()),
        };
        self.state = next;
        actions
    }

    /// To Completed for 64*T1 (timer J); over a reliable transport the transaction ends at once.
    fn complete(&mut self, intervals: &Intervals) -> (State, Actions) {
        if self.reliable {
            return (State::Terminated, smallvec![Action::SendResponse, Action::Terminate]);
        }
        let wait = intervals.transaction_bound();
        (State::Completed, smallvec![Action::SendResponse, Action::Start(Timer::J, wait)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(reliable: bool) -> (NonInviteServer, Intervals) {
        (NonInviteServer::new(reliable), Intervals::default())
    }

    #[test]
    fn a_repeat_before_any_response_is_absorbed() {
        let (mut m, i) = machine(false);
        assert!(m.handle(Input::Request, &i).is_empty());
        assert_eq!(m.state(), State::Trying);
    }

    #[test]
    fn a_repeat_brings_the_last_response_again() {
        let (mut m, i) = machine(false);
        assert_eq!(m.handle(Input::Provisional, &i).as_slice(), [Action::SendResponse]);
        assert_eq!(m.handle(Input::Request, &i).as_slice(), [Action::SendResponse]);
        assert_eq!(m.handle(Input::Final, &i).as_slice(), [Action::SendResponse, Action::Start(Timer::J, i.t1 * 64)]);
        assert_eq!(m.handle(Input::Request, &i).as_slice(), [Action::SendResponse]);
        assert!(m.handle(Input::Final, &i).is_empty(), "only one final response is sent");
        assert_eq!(m.handle(Input::Fired(Timer::J), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn over_tcp_it_ends_with_the_final_response() {
        let (mut m, i) = machine(true);
        assert_eq!(m.handle(Input::Final, &i).as_slice(), [Action::SendResponse, Action::Terminate]);
        assert_eq!(m.state(), State::Terminated);
    }

    #[test]
    fn a_transport_error_ends_it() {
        for answer in [None, Some(Input::Provisional), Some(Input::Final)] {
            let (mut m, i) = machine(false);
            if let Some(answer) = answer {
                m.handle(answer, &i);
            }
            assert_eq!(
                m.handle(Input::TransportError, &i).as_slice(),
                [Action::InformTransportError, Action::Terminate]
            );
        }
    }
}
