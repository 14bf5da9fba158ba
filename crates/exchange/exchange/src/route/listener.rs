//! What a decision tells on its way: each rule that was looked at with what became of it, and each condition.
//!
//! Everything is borrowed, so that a call, which nobody explains, pays nothing: with `()` as the listener the compiler leaves
//! the notes out.

use ground::{Digits, Reason};

/// Hears how a decision was made.
pub trait Listener {
    /// False when nobody listens: work that only serves the explanation is left out.
    const HEARS: bool = true;

    /// Something was looked at.
    fn note(&mut self, note: Note<'_>);
}

/// Nobody listens.
impl Listener for () {
    const HEARS: bool = false;

    fn note(&mut self, _: Note<'_>) {}
}

/// One thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// A rule of the number plan, and what became of it.
    Rule(Rule<'a>, Verdict),
    /// A condition that the call has to meet, and whether it does.
    Condition(Condition, Result<(), Reason>),
}

/// A rule of the number plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// An emergency number.
    Emergency {
        /// The number.
        number: &'a Digits,
        /// The route whose trunks carry it.
        route: &'a str,
    },
    /// An extension.
    Extension {
        /// Its number.
        number: &'a Digits,
    },
    /// A service inside the exchange.
    Service {
        /// Its number.
        number: &'a Digits,
    },
    /// A route out of the exchange.
    Route(&'a directory::Route),
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It decided.
    Won,
    /// It fits, and more digits could still lead elsewhere.
    Waits,
    /// It lost to an emergency number: those come before any rule.
    AfterEmergency,
    /// It lost to the number of a subscriber or service, which is exact.
    AfterExactNumber,
    /// It lost to a route with a longer prefix.
    ShorterPrefix,
    /// It lost to a route of the same prefix whose name comes first.
    SamePrefix,
    /// It does not work at this time.
    OutsideHours,
    /// The dialled number is shorter than the route's numbers.
    TooShort,
    /// The dialled number is longer than the route's numbers.
    TooLong,
    /// The dialled number goes on behind this one.
    MoreDialled,
}

/// A condition that a call has to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The exchange takes new calls: it is not being stopped and not overloaded.
    Admission,
    /// The call may still pass another exchange, or reach a telephone.
    Hops(u8),
    /// The extension's class permits calls outside.
    ExternalCalls,
    /// The trunk's calls may leave over a trunk again.
    Transit,
    /// The caller does not call itself.
    AnotherNumber,
    /// The call is an emergency call: no class, limit or drain holds it back.
    Emergency,
}
