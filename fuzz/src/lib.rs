//! A small mutational fuzzer on stable Rust, and a target for every parser of the product.

pub mod corpus;
pub mod mutate;
pub mod random;
pub mod run;
mod shrink;
pub mod targets;

pub use run::{Fault, Finding, Options, Outcome, Target, run};
