//! Level 2: what is valid to act on. A message that frames is checked against the strict grammar of every header that is
//! needed (or, to measure, of every header that is known) and against what it can do; failure names the answer (RFC 3261 section 8.2 and 16.3), and malformed
//! responses are discarded (section 8.1.3 and 18.1.2).

mod capabilities;
mod grammar;
mod rejection;
mod request;
mod response;

pub use capabilities::Capabilities;
pub use grammar::{Strictness, well_formed, well_formed_as};
pub use rejection::Rejection;
pub use request::{hops, request};
pub use response::{Discard, response, response_as};

#[cfg(test)]
mod tests;
