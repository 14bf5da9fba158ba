//! An explanation: what was asked, everything that was looked at as a tree, and what comes of it. All of it is plain data.

use super::local_time::LocalTime;
use super::number_plan::Dialling;
use directory::{Revision, ServiceKind};
use ground::{Digits, Number, Reason};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who is supposed to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The extension with this number.
    Extension(Digits),
    /// Somebody over a trunk.
    Trunk {
        /// The trunk's name.
        name: String,
        /// The caller's number as the trunk tells it.
        caller: String,
    },
}

/// A call that is to be explained and not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Who calls.
    pub origin: Origin,
    /// What is dialled.
    pub dialled: Number,
    /// Whether more could follow.
    pub dialling: Dialling,
    /// When, at the site; none for this moment.
    pub time: Option<LocalTime>,
    /// How many exchanges the call may still pass (RFC 3261 section 8.1.1.6 lets a telephone begin with 70).
    pub hops: u8,
}

/// Why nothing can be explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unexplained {
    /// No extension has the caller's number.
    UnknownExtension(Digits),
    /// No trunk has this name.
    UnknownTrunk(String),
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unexplained::UnknownExtension(number) => write!(f, "there is no extension {number} to call from"),
            Unexplained::UnknownTrunk(name) => write!(f, "there is no trunk {:?}", name),
        }
    }
}

impl std::error::Error for Unexplained {}

/// What was asked, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The caller's number.
    pub from: String,
    /// The caller's name; empty when it has none.
    pub name: String,
    /// The trunk over which the call would come in.
    pub via: Option<String>,
    /// What is dialled, with `+` in front of an international number.
    pub dialled: String,
    /// The time of the week at the site.
    pub time: LocalTime,
    /// The revision of the directory that decided.
    pub revision: Revision,
}

/// What became of a thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It decided.
    Won,
    /// A condition that is met, or a step at which nothing held the call back.
    Passed,
    /// A rule that lost, a choice that cannot be used.
    Lost,
    /// Here the call ends.
    Failed,
    /// It fits, and more digits could follow.
    Waits,
    /// It is tried when those before it fail.
    Next,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub what: String,
    /// What became of it.
    pub verdict: Mark,
    /// Why, in a few words.
    pub why: String,
    /// What was looked at within it.
    pub children: Vec<Node>,
}

impl Node {
    /// A thing without parts.
    pub(crate) fn new(what: impl Into<String>, verdict: Mark, why: impl Into<String>) -> Node {
        Node { what: what.into(), verdict, why: why.into(), children: Vec::new() }
    }

    /// The same with its parts.
    pub(crate) fn with(self, children: Vec<Node>) -> Node {
        Node { children, ..self }
    }
}

/// What comes of the call, as far as the exchange decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// More digits are awaited.
    MoreDigits,
    /// It is refused.
    Refused {
        /// Why: its stable code.
        #[serde(with = "reason_code")]
        reason: Reason,
    },
    /// An extension is called.
    Extension {
        /// Its number.
        number: Digits,
        /// Its name.
        name: String,
        /// How many telephones are offered the call.
        telephones: usize,
        /// It is talking already, and the call waits.
        waits: bool,
    },
    /// A service answers.
    Service {
        /// Its number.
        number: Digits,
        /// What answers.
        kind: ServiceKind,
    },
    /// It leaves over a trunk.
    Trunk {
        /// The route.
        route: String,
        /// The trunk that is tried first.
        trunk: String,
        /// The number that it is sent.
        number: Digits,
        /// It is an emergency call.
        emergency: bool,
    },
}

/// Why a call goes where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was asked.
    pub question: Asked,
    /// What was looked at, in this order.
    pub nodes: Vec<Node>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// A reason as its stable code.
mod reason_code {
    use ground::Reason;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(reason: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(reason.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        let code = Cow::<'de, str>::deserialize(deserializer)?;
        Reason::from_code(&code).ok_or_else(|| serde::de::Error::custom(format_args!("no reason {code:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_written_with_its_stable_code() {
        let outcome = Outcome::Refused { reason: Reason::NotAuthorized };
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(text, r#"{"refused":{"reason":"not-authorized"}}"#);
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
        assert!(serde_json::from_str::<Outcome>(r#"{"refused":{"reason":"because"}}"#).is_err());
    }
}
