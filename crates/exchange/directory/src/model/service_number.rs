//! Service numbers: devices that live inside the exchange.

use ground::{DeviceId, Digits};
use serde::{Deserialize, Serialize};

/// A number behind which the exchange itself answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceNumber {
    /// The number, unique among extensions and service numbers.
    pub number: Digits,
    /// The logical device.
    pub device: DeviceId,
    /// What answers.
    pub kind: ServiceKind,
}

/// What an internal service does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// Answers and returns what the caller says.
    Echo,
    /// Answers and plays the music that waiting callers hear.
    Music,
    /// Answers and plays an announcement once, then hangs up.
    Announcement(String),
}
