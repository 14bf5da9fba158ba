//! Calls: which halves and connections belong to one, what state each connection is in, and the record that is kept.

pub mod progress;
pub mod record;

pub use progress::{Call, Calls, ConnectionView};
