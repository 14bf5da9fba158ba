//! Payload formats whose arithmetic is ours.

pub mod g711;
