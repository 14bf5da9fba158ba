//! The laws of the house, as programs: each law reads the source tree and names every line that breaks it.
//!
//! A law is a module of [`laws`] with one function over a [`tree::Tree`]; [`documents`] compares what programs print with
//! the documents that quote them. `./x check` runs both.

pub mod documents;
pub mod laws;
pub mod source;
pub mod spdx;
pub mod tree;
