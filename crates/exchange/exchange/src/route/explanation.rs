//! Why a number means what it means: the rules that were looked at, and what became of each.

use ground::Digits;
use std::fmt;

/// A rule of the number plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An emergency number.
    Emergency {
        /// The number.
        number: Digits,
        /// The route that it leaves over.
        route: String,
    },
    /// An extension.
    Extension {
        /// Its number.
        number: Digits,
    },
    /// A service inside the exchange.
    Service {
        /// Its number.
        number: Digits,
    },
    /// A route out of the exchange.
    Route {
        /// Its name.
        name: String,
        /// What its numbers begin with.
        prefix: Digits,
    },
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
    /// The dialled number is shorter than the route's numbers.
    TooShort {
        /// The fewest digits.
        least: u8,
    },
    /// The dialled number is longer than the route's numbers.
    TooLong {
        /// The most digits.
        most: u8,
    },
    /// The dialled number goes on behind this one.
    MoreDialled,
}

/// A rule and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub verdict: Verdict,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Emergency { number, route } => write!(f, "emergency number {number} over route {route}"),
            Rule::Extension { number } => write!(f, "extension {number}"),
            Rule::Service { number } => write!(f, "service number {number}"),
            Rule::Route { name, prefix } => write!(f, "route {name} for {prefix}..."),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Won => f.write_str("won"),
            Verdict::Waits => f.write_str("fits, waits for more digits"),
            Verdict::AfterEmergency => f.write_str("lost to an emergency number"),
            Verdict::AfterExactNumber => f.write_str("lost to an exact number"),
            Verdict::ShorterPrefix => f.write_str("lost to a longer prefix"),
            Verdict::SamePrefix => f.write_str("lost to a route of the same prefix"),
            Verdict::TooShort { least } => write!(f, "needs at least {least} digits"),
            Verdict::TooLong { most } => write!(f, "takes at most {most} digits"),
            Verdict::MoreDialled => f.write_str("more was dialled than this number"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.verdict)
    }
}
