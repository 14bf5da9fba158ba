//! Level 2: what is valid to act on. A message that frames is checked against the strict grammar of every header this
//! element uses and against what it can do; failure names the answer (RFC 3261 section 8.2 and 16.3), and malformed
//! responses are discarded (section 8.1.3 and 18.1.2).

mod capabilities;
mod grammar;
mod rejection;
mod request;
mod response;

pub use capabilities::Capabilities;
pub use grammar::well_formed;
pub use rejection::Rejection;
pub use request::{hops, request};
pub use response::{Discard, response};

#[cfg(test)]
mod tests;
