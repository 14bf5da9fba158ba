//! Routes: which dialled prefixes leave the exchange, and over which trunks.

use super::hours::Hours;
use ground::{Digits, TrunkId};
use serde::{Deserialize, Serialize};

/// An external destination: a dialled prefix with its choices of trunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The name by which commands know it, unique.
    pub name: String,
    /// What dialled numbers begin with. The longest prefix wins.
    pub prefix: Digits,
    /// The fewest digits, prefix included, of a complete number.
    pub min_digits: u8,
    /// The most digits, prefix included.
    pub max_digits: u8,
    /// The trunks, tried in this order until one takes the call.
    pub choices: Vec<RouteChoice>,
    /// When it is open, in the site's local time; empty for always. Emergency numbers leave over it at any time.
    #[serde(default)]
    pub hours: Vec<Hours>,
}

/// One choice of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChoice {
    /// The trunk.
    pub trunk: TrunkId,
    /// How many digits are taken off the front of the dialled number.
    pub strip: u8,
    /// What is put in front afterwards.
    pub prepend: Digits,
}
