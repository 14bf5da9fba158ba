//! The INVITE client transaction, RFC 3261 section 17.1.1 figure 5 as corrected by RFC 6026 section 7.2.

use super::action::{Action, Actions};
use super::{Intervals, Timer};
use smallvec::smallvec;
use std::time::Duration;

/// The states of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The INVITE is out, nothing came back.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A final response of 300 to 699 came and is acknowledged.
    Completed,
    /// A 2xx came; more of them may come, of this or of other forks (RFC 6026 section 7.2).
    Accepted,
    /// Over.
    Terminated,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The transaction user sends the INVITE.
    Invite,
    /// A response of 100 to 199.
    Provisional,
    /// A response of 200 to 299.
    Success,
    /// A response of 300 to 699.
    Failure,
    /// A timer of this transaction fired.
    Fired(Timer),
    /// The transport could not deliver what was sent.
    TransportError,
}

/// The machine: a state and the interval of timer A.
#[derive(Clone, Debug)]
pub struct InviteClient {
    state: State,
    interval: Duration,
    reliable: bool,
}

impl InviteClient {
    /// A machine that waits for [`Input::Invite`].
    pub fn new(intervals: &Intervals, reliable: bool) -> Self {
        InviteClient { state: State::Calling, interval: intervals.t1, reliable }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// One transition of the figure.
    pub fn handle(&mut self, input: Input, intervals: &Intervals) -> Actions {
        let (next, actions): (State, Actions) = match (self.state, input) {
            (State::Calling, Input::Invite) => {
                let mut actions: Actions = smallvec![Action::SendRequest];
                if !self.reliable {
                    actions.push(Action::Start(Timer::A, self.interval));
                }
                actions.push(Action::Start(Timer::B, intervals.transaction_bound()));
                (State::Calling, actions)
            }
            // Section 17.1.1.2: timer A doubles without the ceiling of T2.
            (State::Calling, Input::Fired(Timer::A)) => {
                self.interval = self.interval.saturating_mul(2);
                (State::Calling, smallvec![Action::SendRequest, Action::Start(Timer::A, self.interval)])
            }
            (State::Calling, Input::Fired(Timer::B)) => {
                (State::Terminated, smallvec![Action::InformTimeout, Action::Terminate])
            }
            (State::Calling, Input::Provisional) => {
                (State::Proceeding, smallvec![Action::Stop(Timer::A), Action::Stop(Timer::B), Action::Deliver])
            }
            (State::Proceeding, Input::Provisional) => (State::Proceeding, smallvec![Action::Deliver]),
            (State::Calling | State::Proceeding, Input::Success) => (
                State::Accepted,
                smallvec![
                    Action::Stop(Timer::A),
                    Action::Stop(Timer::B),
                    Action::Deliver,
                    Action::Start(Timer::M, intervals.transaction_bound())
                ],
            ),
            (State::Calling | State::Proceeding, Input::Failure) => self.complete(intervals),
            // RFC 6026 section 7.2: every further 2xx goes up, for the user to acknowledge.
            (State::Accepted, Input::Success) => (State::Accepted, smallvec![Action::Deliver]),
            (State::Accepted, Input::Fired(Timer::M)) => (State::Terminated, smallvec![Action::Terminate]),
            (State::Completed, Input::Failure) => (State::Completed, smallvec![Action::SendAck]),
            (State::Completed, Input::Fired(Timer::D)) => (State::Terminated, smallvec![Action::Terminate]),
            // RFC 6026 section 7.2 removed the transition on a transport error from Accepted: the ACK is the user's.
            (State::Calling | State::Proceeding | State::Completed, Input::TransportError) => {
                (State::Terminated, smallvec![Action::InformTransportError, Action::Terminate])
            }
            (state, _) => (state, Actions::new()),
        };
        self.state = next;
        actions
    }

    /// To Completed; over a reliable transport timer D is zero and the transaction ends at once.
    fn complete(&mut self, intervals: &Intervals) -> (State, Actions) {
        let mut actions: Actions =
            smallvec![Action::Stop(Timer::A), Action::Stop(Timer::B), Action::SendAck, Action::Deliver];
        let wait = intervals.response_retransmits(self.reliable);
        if wait.is_zero() {
            actions.push(Action::Terminate);
            return (State::Terminated, actions);
        }
        actions.push(Action::Start(Timer::D, wait));
        (State::Completed, actions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(reliable: bool) -> (InviteClient, Intervals) {
        let intervals = Intervals::default();
        (InviteClient::new(&intervals, reliable), intervals)
    }

    #[test]
    fn over_udp_the_invite_is_repeated_with_doubling_intervals() {
        let (mut m, i) = machine(false);
        let start = m.handle(Input::Invite, &i);
        assert_eq!(
            start.as_slice(),
            [Action::SendRequest, Action::Start(Timer::A, i.t1), Action::Start(Timer::B, i.t1 * 64)]
        );
        for factor in [2, 4, 8, 16, 32, 64] {
            let again = m.handle(Input::Fired(Timer::A), &i);
            assert_eq!(again.as_slice(), [Action::SendRequest, Action::Start(Timer::A, i.t1 * factor)]);
        }
        assert_eq!(m.handle(Input::Fired(Timer::B), &i).as_slice(), [Action::InformTimeout, Action::Terminate]);
        assert_eq!(m.state(), State::Terminated);
    }

    #[test]
    fn over_tcp_nothing_is_repeated() {
        let (mut m, i) = machine(true);
        assert_eq!(m.handle(Input::Invite, &i).as_slice(), [Action::SendRequest, Action::Start(Timer::B, i.t1 * 64)]);
        let actions = m.handle(Input::Failure, &i);
        assert!(actions.contains(&Action::SendAck) && actions.contains(&Action::Terminate));
        assert_eq!(m.state(), State::Terminated);
    }

    #[test]
    fn a_provisional_response_stops_the_repeats_and_the_time_out() {
        let (mut m, i) = machine(false);
        m.handle(Input::Invite, &i);
        assert_eq!(
            m.handle(Input::Provisional, &i).as_slice(),
            [Action::Stop(Timer::A), Action::Stop(Timer::B), Action::Deliver]
        );
        assert_eq!(m.state(), State::Proceeding);
        assert_eq!(m.handle(Input::Provisional, &i).as_slice(), [Action::Deliver]);
        assert!(m.handle(Input::Fired(Timer::B), &i).is_empty(), "a late timer B changes nothing");
    }

    #[test]
    fn a_failure_is_acknowledged_each_time_and_delivered_once() {
        let (mut m, i) = machine(false);
        m.handle(Input::Invite, &i);
        let first = m.handle(Input::Failure, &i);
        assert!(first.contains(&Action::SendAck) && first.contains(&Action::Deliver));
        assert!(first.contains(&Action::Start(Timer::D, Duration::from_secs(32))));
        assert_eq!(m.handle(Input::Failure, &i).as_slice(), [Action::SendAck]);
        assert!(m.handle(Input::Success, &i).is_empty(), "a 2xx after a failure is not delivered");
        assert_eq!(m.handle(Input::Fired(Timer::D), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn every_2xx_is_delivered_until_timer_m() {
        let (mut m, i) = machine(false);
        m.handle(Input::Invite, &i);
        m.handle(Input::Provisional, &i);
        let first = m.handle(Input::Success, &i);
        assert!(first.contains(&Action::Deliver) && first.contains(&Action::Start(Timer::M, i.t1 * 64)));
        assert_eq!(m.state(), State::Accepted);
        assert_eq!(m.handle(Input::Success, &i).as_slice(), [Action::Deliver]);
        assert!(m.handle(Input::Failure, &i).is_empty());
        assert!(m.handle(Input::Provisional, &i).is_empty());
        assert!(m.handle(Input::TransportError, &i).is_empty(), "RFC 6026: the ACK is not the transaction's");
        assert_eq!(m.handle(Input::Fired(Timer::M), &i).as_slice(), [Action::Terminate]);
    }

    #[test]
    fn a_transport_error_ends_it_in_every_other_state() {
        for inputs in [&[][..], &[Input::Provisional], &[Input::Failure]] {
            let (mut m, i) = machine(false);
            m.handle(Input::Invite, &i);
            for &input in inputs {
                m.handle(input, &i);
            }
            assert_eq!(
                m.handle(Input::TransportError, &i).as_slice(),
                [Action::InformTransportError, Action::Terminate]
            );
        }
    }
}
