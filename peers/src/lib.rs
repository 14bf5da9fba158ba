//! Tests of the exchange against real programs that nobody here wrote.

mod requirement;

pub use requirement::{find, require, require_root};
