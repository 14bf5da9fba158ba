//! Number analysis: what a dialled number means, decided over tables that are compiled for each directory revision.

pub mod explanation;
pub mod number_plan;
pub mod prefix_tree;
