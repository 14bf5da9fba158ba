//! The non-INVITE client transaction, RFC 3261 section 17.1.2 figure 6, with the repairs of RFC 4320.

use super::action::{Action, Actions};
use super::{Intervals, Timer};
use smallvec::smallvec;
use std::time::Duration;

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The request is out, nothing came back.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; repeats of it are absorbed.
    Completed,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The transaction user sends the request.
    Request,
    /// A response of 100 to 199.
    Provisional,
    /// A response of 200 to 699.
    Final,
    /// A timer of this transaction fired.
    Fired(Timer),
    /// The transport could not deliver what was sent.
    TransportError,
}

/// The machine: a state and the interval of timer E.
#[derive(Clone, Debug)]
pub struct NonInviteClient {
    state: State,
    interval: Duration,
    reliable: bool,
}

impl NonInviteClient {
    /// A machine that waits for [`Input::Request`].
    pub fn new(intervals: &Intervals, reliable: bool) -> Self {
        NonInviteClient { state: State::Trying, interval: intervals.t1, reliable }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// One transition of the figure.
    pub fn handle(&mut self, input: Input, intervals: &Intervals) -> Actions {
        let (next, actions): (State, Actions) = match (self.state, input) {
            (State::Trying, Input::Request) => {
                let mut actions: Actions =
                    smallvec![Action::SendRequest, Action::Start(Timer::F, intervals.transaction_bound())];
                if !self.reliable {
                    actions.push(Action::Start(Timer::E, self.interval));
                }
                (State::Trying, actions)
            }
            (State::Trying, Input::Fired(Timer::E)) => {
                self.interval = intervals.doubled(self.interval);
                (State::Trying, smallvec![Action::SendRequest, Action::Start(Timer::E, self.interval)])
            }
            // Section 17.1.2.2: once a provisional response came, the interval is T2.
            (State::Proceeding, Input::Fired(Timer::E)) => {
                (State::Proceeding, smallvec![Action::SendRequest, Action::Start(Timer::E, intervals.t2)])
            }
            (State::Trying | State::Proceeding, Input::Fired(Timer::F)) => {
                (State::Terminated, smallvec![Action::InformTimeout, Action::Terminate])
            }
            (State::Trying | State::Proceeding, Input::TransportError) => {
                (State::Terminated, smallvec![Action::InformTransportError, Action::Terminate])
            }
            (State::Trying | State::Proceeding, Input::Provisional) => (State::Proceeding, smallvec![Action::Deliver]),
            (State::Trying | State::Proceeding, Input::Final) => self.complete(intervals),
            (State::Completed, Input::Fired(Timer::K)) => (State::Terminated, smallvec![Action::Terminate]),
            (state, _) => (state, Actions::new()),
        };
        self.state = next;
        actions
    }

    /// To Completed for T4 (timer K); over a reliable transport the transaction ends at once.
    fn complete(&mut self, intervals: &Intervals) -> (State, Actions) {
        let mut actions: Actions = smallvec![Action::Stop(Timer::E), Action::Stop(Timer::F), Action::Deliver];
        let wait = intervals.network_lifetime(self.reliable);
        if wait.is_zero() {
            actions.push(Action::Terminate);
            return (State::Terminated, actions);
        }
        actions.push(Action::Start(Timer::K, wait));
        (State::Completed, actions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(reliable: bool) -> (NonInviteClient, Intervals) {
        let intervals = Intervals::default();
        (NonInviteClient::new(&intervals, reliable), intervals)
    }

    #[test]
    fn over_udp_the_request_is_repeated_up_to_t2_until_timer_f() {
        let (mut m, i) = machine(false);
        assert_eq!(
            m.handle(Input::Request, &i).as_slice(),
            [Action::SendRequest, Action::Start(Timer::F, i.t1 * 64), Action::Start(Timer::E, i.t1)]
        );
        for millis in [1000, 2000, 4000, 4000] {
            assert_eq!(
                m.handle(Input::Fired(Timer::E), &i).as_slice(),
                [Action::SendRequest, Action::Start(Timer::E, Duration::from_millis(millis))]
            );
        }
        assert_eq!(m.handle(Input::Fired(Timer::F), &i).as_slice(), [Action::InformTimeout, Action::Terminate]);
    }

    #[test]
    fn over_tcp_nothing_is_repeated_and_a_final_response_ends_it() {
        let (mut m, i) = machine(true);
        assert_eq!(m.handle(Input::Request, &i).as_slice(), [Action::SendRequest, Action::Start(Timer::F, i.t1 * 64)]);
        assert!(m.handle(Input::Final, &i).ends_with(&[Action::Deliver, Action::Terminate]));
        assert_eq!(m.state(), State::Terminated);
    }

    #[test]
    fn after_a_provisional_response_the_repeats_go_on_at_t2_and_timer_f_still_ends_it() {
        let (mut m, i) = machine(false);
        m.handle(Input::Request, &i);
        assert_eq!(m.handle(Input::Provisional, &i).as_slice(), [Action::Deliver]);
        assert_eq!(m.state(), State::Proceeding);
        assert_eq!(
            m.handle(Input::Fired(Timer::E), &i).as_slice(),
            [Action::SendRequest, Action::Start(Timer::E, i.t2)]
        );
        assert_eq!(m.handle(Input::Fired(Timer::F), &i).as_slice(), [Action::InformTimeout, Action::Terminate]);
    }

    #[test]
    fn repeats_of_the_final_response_are_absorbed_until_timer_k() {
        let (mut m, i) = machine(false);
        m.handle(Input::Request, &i);
        let actions = m.handle(Input::Final, &i);
        assert!(actions.contains(&Action::Deliver) && actions.contains(&Action::Start(Timer::K, i.t4)));
        assert!(m.handle(Input::Final, &i).is_empty());
        assert!(m.handle(Input::Provisional, &i).is_empty());
        assert!(m.handle(Input::TransportError, &i).is_empty());
        assert_eq!(m.handle(Input::Fired(Timer::K), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn a_transport_error_is_told_and_ends_it() {
        for first in [None, Some(Input::Provisional)] {
            let (mut m, i) = machine(false);
            m.handle(Input::Request, &i);
            if let Some(first) = first {
                m.handle(first, &i);
            }
            assert_eq!(
                m.handle(Input::TransportError, &i).as_slice(),
                [Action::InformTransportError, Action::Terminate]
            );
        }
    }
}
