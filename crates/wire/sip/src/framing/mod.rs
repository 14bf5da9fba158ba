//! Where one message ends and the next begins: datagrams and streams (RFC 3261 section 18.3).

mod datagram;
mod stream;

pub use datagram::{Datagram, read_datagram};
pub use stream::{StreamEvent, StreamFramer};
