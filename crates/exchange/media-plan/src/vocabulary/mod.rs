//! The words: descriptions of media, resources, and orders with their outcomes.

pub mod control;
pub mod description;
pub mod resource;
