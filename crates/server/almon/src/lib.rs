//! The Almon exchange: reads the configuration, opens the ports of the plan, and wires the rooms together.

pub mod command;
pub mod configuration;
pub mod control;
pub mod demo;
pub mod desk;
pub mod journal;
pub mod shard;
pub mod start;
pub mod switchboard;
