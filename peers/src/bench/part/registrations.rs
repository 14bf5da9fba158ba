//! Registrations with digest: each is challenged and answered, four messages in all.

use std::io;
use std::path::Path;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::server::{FIRST_EXTENSION, Running, password};
use super::super::sipp::{Load, accounts};
use super::{a_second, present};

/// Rates at which servers are compared, and further ones at which the highest is looked for.
const RATES: [u32; 4] = [1000, 2000, 4000, 8000];
/// The rate at which the telephones come for the first time.
const FIRST_RATE: u32 = 2000;

/// The load under which memory is measured.
pub fn memory_load(telephones: usize) -> String {
    format!("{telephones} telephones")
}

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let telephones = bench.pick(10_000, 4_000);
    let list = accounts(bench, FIRST_EXTENSION, telephones, password)?;
    let servers = present(&[Server::Almon, Server::Kamailio], result);
    for _ in 0..bench.pick(2, 1) {
        for server in &servers {
            one(bench, *server, telephones, &list, result)?;
        }
        result.calibrate();
    }
    Ok(())
}

fn one(bench: &Bench, server: Server, telephones: usize, list: &Path, result: &mut PartResult) -> io::Result<()> {
    let running = Running::start(bench, server, telephones)?;
    let before = running.memory();
    let first = Load::registrations(bench, list, FIRST_RATE, telephones as u32)?.run()?;
    if first.good < telephones as u64 {
        result.note(format!("{}: {} of {telephones} telephones did not register.", server.name(), first.failed));
    }
    let each = (running.memory() - before) / first.good.max(1) as f64;
    result.add(Measure::MemoryEach, &memory_load(telephones), server, each);
    let mut highest = 0;
    // A rate that was not held is tried once more: something else may have kept the machine busy.
    let (mut rates, mut failed) = (RATES.into_iter().peekable(), 0);
    while let Some(rate) = rates.peek().copied() {
        let count = rate * bench.pick(5, 2);
        let start = running.cpu();
        let outcome = Load::registrations(bench, list, rate, count)?.run()?;
        let spent = running.cpu() - start;
        if !outcome.held(rate, count) {
            result.note(format!("{} did not hold {rate} registrations a second: {outcome}.", server.name()));
            failed += 1;
            if failed == 2 {
                break;
            }
            continue;
        }
        (highest, failed) = (rate, 0);
        rates.next();
        result.add(Measure::CpuEach, &a_second(rate), server, spent * 1e3 / outcome.good as f64);
        result.add(Measure::ResponseTime, &a_second(rate), server, outcome.response);
    }
    result.add(Measure::HighestRate, "tried up to 8000", server, f64::from(highest));
    Ok(())
}
