//! Accounts: who may prove to be whom, on both sides of digest authentication (RFC 3261 section 22, RFC 8760).

use crate::digest::{A1, Algorithm};
use ground::Secret;
use smallvec::SmallVec;

/// Digest algorithms in the order in which a challenge names them, RFC 8760 section 2.4.
pub type Algorithms = SmallVec<[Algorithm; 3]>;

/// The secrets of the accounts, as one snapshot of the directory: a pure function.
pub trait Accounts: Send {
    /// The stored A1 (RFC 7616 section 3.4.2) of the account for one algorithm; none for an account that does not exist.
    fn a1(&self, username: &str, realm: &str, algorithm: Algorithm) -> Option<A1>;

    /// How many contacts the account may have at once; none leaves it at what the registrar's configuration says.
    fn contacts(&self, _account: &str) -> Option<usize> {
        None
    }
}

/// What the agent answers a 401 or 407 with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The user name.
    pub username: Box<str>,
    /// The password.
    pub password: Secret,
}
