//! Random interactions in virtual time (calls, hold, transfers, lost messages, restarts): a bench of the server's crate does them, and
//! fails when anything is left over or a replay differs.

use std::io;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::{numbers, target};

/// How many.
pub const COUNT: u32 = 1_000_000;
/// The load.
const LOAD: &str = "all tables empty, one record a segment, replay equal";

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let source = bench.root.join("crates/server/almon/benches/random_interactions.rs");
    if !source.exists() && !source.with_extension("").exists() {
        result.did_not_run("random interactions: there is no such bench".to_owned());
        return Ok(());
    }
    let count = bench.pick(COUNT, COUNT / 100).to_string();
    let said = target(bench, "almon", "random_interactions", &[&count])?;
    match numbers(&said, "interactions").as_slice() {
        [done, ..] => result.add(Measure::Interactions, LOAD, Server::Almon, *done),
        [] => result.did_not_run("random interactions: it does not say how many there were".to_owned()),
    }
    Ok(())
}
