//! Datagram sockets: binding by the port plan, receiving and sending in batches.

mod batch;
pub mod binding;
pub mod socket;
