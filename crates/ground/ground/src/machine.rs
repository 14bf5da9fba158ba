//! The shape of every wire machine and of the exchange: bytes and time in, bytes and events out.

use crate::{Moment, Now};

/// A sans-IO machine: it is driven, never waits, and never reads a clock.
///
/// The driver calls [`Machine::handle`] for each input and for each time-out, then [`Machine::poll`] until it is empty, then
/// waits until the next input or until [`Machine::next_timeout`].
pub trait Machine {
    /// What goes in.
    type Input;
    /// What comes out.
    type Output;

    /// Takes one input at one instant. Time-outs that became due before it fire first.
    fn handle(&mut self, now: Now, input: Self::Input);

    /// Fires every timer that is due.
    fn handle_timeout(&mut self, now: Now);

    /// Takes the next output; none when the machine waits for input or time.
    fn poll(&mut self) -> Option<Self::Output>;

    /// When [`Machine::handle_timeout`] wants to be called next.
    fn next_timeout(&self) -> Option<Moment>;
}
