//! The words between the exchange and everybody else: orders to lines, reports from them, events for observers.

pub mod event;
pub mod input;
pub mod order;
pub mod report;
