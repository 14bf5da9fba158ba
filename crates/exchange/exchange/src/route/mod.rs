//! Routing: what becomes of a dialled number, decided over tables that are compiled for each directory revision.

pub mod decision;
mod explain;
pub mod explanation;
pub mod listener;
pub mod local_time;
pub mod number_plan;
pub mod prefix_tree;
pub mod reach;
mod tree;
