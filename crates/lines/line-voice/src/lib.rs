//! The voice line: devices that live in the exchange. They answer at once, have no media of their own, and name what the
//! exchange plays to the caller instead.
//!
//! A pure machine: orders in, reports out. A device holds nothing but the connections that it has answered.

mod device;
mod line;

pub use line::{Config, Counters, Input, Output, VoiceLine};
