//! Tests of the exchange against real programs that nobody here wrote.

mod requirement;

pub use requirement::{require, require_root};
