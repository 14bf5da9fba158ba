//! The exchange alone, without lines, sockets and clocks: what an event costs it on a large site. A bench of its own crate does it.

use std::io;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::{numbers, target};

/// The load.
const LOAD: &str = "15000 extensions, 2000 calls up";

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let said = target(bench, "exchange", "many_calls", &[])?;
    for micros in numbers(&said, "microseconds-an-event") {
        result.add(Measure::EventCost, LOAD, Server::Almon, micros);
    }
    Ok(())
}
