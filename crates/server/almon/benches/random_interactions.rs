//! A million random interactions in virtual time, many days of a town one after the other, and how many of them a second of processor time
//! carries: telephones, exchange, journal and every check included. `cargo bench -p almon --bench random_interactions`.
//!
//! `-- INTERACTIONS [FIRST_SEED]`: so many instead. A day that fails is told with its seed, and is the same again in the test
//! `anything_happens_in_a_town` with `TOWN_SEED` set to it.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a measurement reads the clock")]

#[path = "../tests/town/mod.rs"]
mod town;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Instant;
use town::{Plan, Tally, Town};

/// The interactions of one day.
const A_DAY: u64 = 10_000;
/// Interactions when nothing else is asked for.
const ALL: u64 = 1_000_000;

/// Processor time of this process so far, in seconds.
fn processor_seconds() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF);
    usage.map_or(0.0, |usage| {
        let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        seconds(usage.user_time()) + seconds(usage.system_time())
    })
}

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let wanted = numbers.first().copied().unwrap_or(ALL);
    let first = numbers.get(1).copied().unwrap_or(1);
    let without = std::env::var("TOWN_WITHOUT").unwrap_or_default();
    let without: Vec<String> = without.split(',').map(str::to_owned).collect();
    let ladder = std::env::var_os("TOWN_LADDER").is_some();
    let (clock, mut all, mut failed, mut seed) = (Instant::now(), Tally::default(), Vec::new(), first);
    let mut tried = 0;
    while tried < wanted {
        let interactions = A_DAY.min(wanted - tried);
        let plan = Plan { seed, interactions, ladder, without: without.clone() };
        match catch_unwind(|| Town::new(plan).live()) {
            Ok(tally) => all.add(&tally),
            Err(_) => failed.push(seed),
        }
        (tried, seed) = (tried + interactions, seed + 1);
    }
    let spent = processor_seconds();
    print!("{all}");
    println!("seeds {first} to {}; {} s by the wall clock", seed - 1, clock.elapsed().as_secs());
    println!("interactions-a-cpu-second {:.0}", all.interactions() as f64 / spent);
    println!("interactions {}", all.interactions());
    println!("days-that-failed {}", failed.len());
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!("their seeds: {failed:?}");
        ExitCode::FAILURE
    }
}
