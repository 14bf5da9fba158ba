//! The INVITE server transaction, RFC 3261 section 17.2.1 figure 7 as corrected by RFC 6026 section 7.1.

use super::action::{Action, Actions};
use super::{Intervals, Timer};
use smallvec::smallvec;
use std::time::Duration;

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The INVITE came and has no final response.
    Proceeding,
    /// A final response of 300 to 699 is out and its ACK is awaited.
    Completed,
    /// The ACK came; its repeats are absorbed.
    Confirmed,
    /// A 2xx is out: the user repeats it, repeats of the INVITE are absorbed (RFC 6026 section 7.1).
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A repeat of the INVITE.
    Invite,
    /// An ACK that matches this transaction.
    Ack,
    /// The user sends 101 to 199, or the layer 100.
    Provisional,
    /// The user sends 200 to 299, first or again.
    Success,
    /// The user sends 300 to 699.
    Failure,
    /// A timer of this transaction fired.
    Fired(Timer),
    /// The transport could not deliver what was sent.
    TransportError,
}

/// The machine: a state and the interval of timer G.
#[derive(Clone, Debug)]
pub struct InviteServer {
    state: State,
    interval: Duration,
    reliable: bool,
}

impl InviteServer {
    /// A machine for an INVITE that just came in; the layer sees to 100 Trying.
    pub fn new(intervals: &Intervals, reliable: bool) -> Self {
        InviteServer { state: State::Proceeding, interval: intervals.t1, reliable }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// One transition of the figure.
    pub fn handle(&mut self, input: Input, intervals: &Intervals) -> Actions {
        let (next, actions): (State, Actions) = match (self.state, input) {
            (State::Proceeding, Input::Invite) => (State::Proceeding, smallvec![Action::SendResponse]),
            (State::Proceeding, Input::Provisional) => (State::Proceeding, smallvec![Action::SendResponse]),
            (State::Proceeding, Input::Success) => (
                State::Accepted,
                smallvec![Action::SendResponse, Action::Start(Timer::L, intervals.transaction_bound())],
            ),
            (State::Proceeding, Input::Failure) => {
                let mut actions: Actions =
                    smallvec![Action::SendResponse, Action::Start(Timer::H, intervals.transaction_bound())];
                if !self.reliable {
                    actions.push(Action::Start(Timer::G, self.interval));
                }
                (State::Completed, actions)
            }
            // RFC 6026 section 7.1: the user repeats the 2xx; a repeated INVITE is absorbed; an ACK goes up.
            (State::Accepted, Input::Success) => (State::Accepted, smallvec![Action::SendResponse]),
            (State::Accepted, Input::Ack) => (State::Accepted, smallvec![Action::Deliver]),
            (State::Accepted, Input::Fired(Timer::L)) => (State::Terminated, smallvec![Action::Terminate]),
            (State::Completed, Input::Invite) => (State::Completed, smallvec![Action::SendResponse]),
            (State::Completed, Input::Fired(Timer::G)) => {
                self.interval = intervals.doubled(self.interval);
                (State::Completed, smallvec![Action::SendResponse, Action::Start(Timer::G, self.interval)])
            }
            (State::Completed, Input::Ack) => self.confirm(intervals),
            (State::Completed, Input::Fired(Timer::H)) => {
                (State::Terminated, smallvec![Action::InformTimeout, Action::Terminate])
            }
            (State::Confirmed, Input::Fired(Timer::I)) => (State::Terminated, smallvec![Action::Terminate]),
            // RFC 6026 section 7.1: a transport error is told, and does not end a transaction that owes an answer or its
            // repeats; timers H and L bound it.
            (State::Proceeding | State::Completed | State::Accepted, Input::TransportError) => {
                (self.state, smallvec![Action::InformTransportError])
            }
            (state, _) => (state, Actions::new()),
        };
        self.state = next;
        actions
    }

    /// To Confirmed for T4 (timer I); over a reliable transport the transaction ends at once.
    fn confirm(&mut self, intervals: &Intervals) -> (State, Actions) {
        let mut actions: Actions = smallvec![Action::Stop(Timer::G), Action::Stop(Timer::H)];
        let wait = intervals.network_lifetime(self.reliable);
        if wait.is_zero() {
            actions.push(Action::Terminate);
            return (State::Terminated, actions);
        }
        actions.push(Action::Start(Timer::I, wait));
        (State::Confirmed, actions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(reliable: bool) -> (InviteServer, Intervals) {
        let intervals = Intervals::default();
        (InviteServer::new(&intervals, reliable), intervals)
    }

    #[test]
    fn a_repeated_invite_brings_the_last_provisional_response_again() {
        let (mut m, i) = machine(false);
        assert_eq!(m.handle(Input::Provisional, &i).as_slice(), [Action::SendResponse]);
        assert_eq!(m.handle(Input::Invite, &i).as_slice(), [Action::SendResponse]);
        assert!(m.handle(Input::Ack, &i).is_empty(), "no ACK can belong to a transaction without a final response");
    }

    #[test]
    fn a_failure_is_repeated_by_timer_g_until_the_ack() {
        let (mut m, i) = machine(false);
        assert_eq!(
            m.handle(Input::Failure, &i).as_slice(),
            [Action::SendResponse, Action::Start(Timer::H, i.t1 * 64), Action::Start(Timer::G, i.t1)]
        );
        for millis in [1000, 2000, 4000, 4000] {
            assert_eq!(
                m.handle(Input::Fired(Timer::G), &i).as_slice(),
                [Action::SendResponse, Action::Start(Timer::G, Duration::from_millis(millis))]
            );
        }
        assert_eq!(m.handle(Input::Invite, &i).as_slice(), [Action::SendResponse]);
        assert_eq!(
            m.handle(Input::Ack, &i).as_slice(),
            [Action::Stop(Timer::G), Action::Stop(Timer::H), Action::Start(Timer::I, i.t4)]
        );
        assert!(m.handle(Input::Ack, &i).is_empty(), "a repeated ACK is absorbed");
        assert!(m.handle(Input::Invite, &i).is_empty());
        assert_eq!(m.handle(Input::Fired(Timer::I), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn a_failure_without_ack_ends_at_timer_h() {
        let (mut m, i) = machine(true);
        assert_eq!(m.handle(Input::Failure, &i).as_slice(), [Action::SendResponse, Action::Start(Timer::H, i.t1 * 64)]);
        assert_eq!(m.handle(Input::Fired(Timer::H), &i).as_slice(), [Action::InformTimeout, Action::Terminate]);
    }

    #[test]
    fn over_tcp_the_ack_ends_it_at_once() {
        let (mut m, i) = machine(true);
        m.handle(Input::Failure, &i);
        assert!(m.handle(Input::Ack, &i).contains(&Action::Terminate));
        assert_eq!(m.state(), State::Terminated);
    }

    #[test]
    fn after_a_2xx_repeats_of_the_invite_are_absorbed_until_timer_l() {
        let (mut m, i) = machine(false);
        assert_eq!(m.handle(Input::Success, &i).as_slice(), [Action::SendResponse, Action::Start(Timer::L, i.t1 * 64)]);
        assert!(m.handle(Input::Invite, &i).is_empty());
        assert_eq!(m.handle(Input::Success, &i).as_slice(), [Action::SendResponse]);
        assert_eq!(m.handle(Input::Ack, &i).as_slice(), [Action::Deliver]);
        assert!(m.handle(Input::Failure, &i).is_empty(), "nothing can follow a 2xx");
        assert_eq!(m.handle(Input::Fired(Timer::L), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn a_transport_error_does_not_end_a_transaction_that_owes_repeats() {
        for answer in [Input::Provisional, Input::Success, Input::Failure] {
            let (mut m, i) = machine(false);
            m.handle(answer, &i);
            let state = m.state();
            assert_eq!(m.handle(Input::TransportError, &i).as_slice(), [Action::InformTransportError]);
            assert_eq!(m.state(), state);
        }
    }
}
