//! The parts of the bench.

mod calls;
pub mod memory;
pub mod parse;
mod registrations;
pub mod relay;
mod start;

use std::io;

use super::Bench;
use super::figures::{Part, PartResult, Server};
use super::server::lacking;

/// Runs a part; what it finds goes into `result`, also when it ends early.
pub fn run(bench: &Bench, part: Part, result: &mut PartResult) -> io::Result<()> {
    match part {
        Part::Parse => parse::run(bench, result),
        Part::Registrations => registrations::run(bench, result),
        Part::Calls => calls::run(bench, result),
        Part::Memory => memory::run(bench, result),
        Part::Relay => relay::run(bench, result),
        Part::Start => start::run(bench, result),
    }
}

/// Those of `servers` that are installed; of the others it is said that they did not run.
fn present(servers: &[Server], result: &mut PartResult) -> Vec<Server> {
    let mut found = Vec::new();
    for server in servers {
        match lacking(*server) {
            None => found.push(*server),
            Some(package) => {
                result.did_not_run(format!("{}: it is not installed (apt install {package})", server.name()));
            }
        }
    }
    found
}

/// How a rate is named in tables.
fn a_second(rate: u32) -> String {
    format!("{rate} a second")
}
