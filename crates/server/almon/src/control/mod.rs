//! The local admin socket: one JSON object a line, request and answer, for the command line and for scripts.
//!
//! The socket lies in the data folder, which only the server's own user may enter, so whoever can connect is the administrator.

pub mod client;
pub mod office;
pub mod password;
pub mod protocol;
mod revisions;
pub mod server;
