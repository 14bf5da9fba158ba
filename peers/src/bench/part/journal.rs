//! What the journal and the records cost: calls with and without a journal take turns on the same machine, and what is written is
//! counted.
//!
//! Records cannot be switched off. What they cost is what their thread computes; that the call thread hands them over is in both runs.

use std::collections::BTreeMap;
use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::server::{Running, almon, at};
use super::super::sipp::{Load, Outcome, far_side};
use super::a_second;

/// Rates.
const RATES: [u32; 3] = [100, 400, 1600];
/// Until everything that a call leaves behind is done.
const SETTLE: Duration = Duration::from_millis(500);
/// The thread that writes records.
const RECORDS: &str = "store-writer";
/// The threads that write the journal.
const JOURNAL: [&str; 2] = ["journal", "journal-sync"];

const OFF: &str = "[journal]\nenabled = false\n";
const ON: &str = "";
/// No snapshot comes while bytes are counted.
const ONE_FILE: &str = "[journal]\nsnapshot-mebibytes = 1024\nsnapshot-minutes = 600\n";

/// The load of the bytes.
const BYTES: &str = "a call over trunks, no snapshot among it";

/// Runs the part. Both servers run all the time; the load goes to the one and to the other in short turns, so that what else the
/// machine does meets both.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    bytes(bench, result)?;
    let data = almon::prepared(bench, 0)?;
    let servers = [(OFF, "127.0.0.2"), (ON, "127.0.0.3")];
    let running = servers.map(|(settings, host)| almon::run_at(bench, &data, settings, host));
    let [off, on] = running;
    let running = [off?, on?];
    let _far = far_side(bench)?;
    for rate in RATES {
        // The first calls at a rate cost more: memory is new.
        for (_, host) in servers {
            calls(bench, host, rate, rate * 2)?;
        }
        let mut spent = [Cost::default(); 2];
        let mut turns = 0;
        for turn in 0..bench.pick(12, 2) {
            // Who comes first changes too.
            let order = if turn % 2 == 0 { [0, 1] } else { [1, 0] };
            let mut costs = [None; 2];
            for who in order {
                let before = running[who].threads();
                let outcome = calls(bench, servers[who].1, rate, rate * 2)?;
                let after = running[who].threads();
                if outcome.failed > 0 {
                    result.note(format!("{rate} calls a second: {outcome}."));
                }
                costs[who] = Some(cost(&before, &after, outcome.good.max(1) as f64));
            }
            if let [Some(off), Some(on)] = costs {
                (spent[0], spent[1], turns) = (spent[0].plus(off), spent[1].plus(on), turns + 1);
                tell(rate, off, on, result);
            }
        }
        if turns > 0 {
            result.add(Measure::CpuAdded, &a_second(rate), Server::Almon, added(spent[0], spent[1]));
        }
        result.calibrate();
    }
    Ok(())
}

/// What a call costs, in milliseconds: all of it, the thread of the records, those of the journal.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    all: f64,
    records: f64,
    journal: f64,
}

impl Cost {
    fn plus(self, other: Cost) -> Cost {
        let Cost { all, records, journal } = other;
        Cost { all: self.all + all, records: self.records + records, journal: self.journal + journal }
    }
}

fn calls(bench: &Bench, host: &str, rate: u32, count: u32) -> io::Result<Outcome> {
    let outcome = Load::calls_through(bench, &at(host), rate, count, Duration::ZERO)?.run()?;
    sleep(SETTLE);
    Ok(outcome)
}

fn cost(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>, calls: f64) -> Cost {
    let of = |name: &str| {
        let at = |threads: &BTreeMap<String, f64>| threads.get(name).copied().unwrap_or(0.0);
        (at(after) - at(before)) * 1e3 / calls
    };
    let all = after.keys().map(|name| of(name)).sum();
    Cost { all, records: of(RECORDS), journal: JOURNAL.into_iter().map(of).sum() }
}

/// What journal and records add to a call that has neither, in per cent.
fn added(off: Cost, on: Cost) -> f64 {
    let bare = off.all - off.records;
    (on.all - bare) * 100.0 / bare
}

fn tell(rate: u32, off: Cost, on: Cost, result: &mut PartResult) {
    let rate = a_second(rate);
    let mut add = |load: &str, value| result.add(Measure::CpuEach, &format!("{rate}{load}"), Server::Almon, value);
    add(", without journal and without the thread of the records", off.all - off.records);
    add(", with both", on.all);
    add(", of it the thread of the records", on.records);
    add(", of it the threads of the journal", on.journal);
}

fn bytes(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let data = almon::prepared(bench, 0)?;
    let running: Running = almon::run(bench, &data, ONE_FILE)?;
    let count = bench.pick(1000, 200);
    sleep(SETTLE);
    let _far = far_side(bench)?;
    let before = almon::journal_bytes(&data)?;
    let outcome = calls(bench, almon::HOME, 100, count)?;
    let written = almon::journal_bytes(&data)?.saturating_sub(before);
    drop(running);
    result.add(Measure::JournalEach, BYTES, Server::Almon, written as f64 / 1024.0 / outcome.good.max(1) as f64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(list: &[(&str, f64)]) -> BTreeMap<String, f64> {
        list.iter().map(|(name, seconds)| ((*name).to_owned(), *seconds)).collect()
    }

    #[test]
    fn a_cost_is_told_apart_by_threads() {
        let before = threads(&[("calls", 1.0), ("journal", 0.5), ("store-writer", 0.25)]);
        let after = threads(&[("calls", 2.0), ("journal", 0.7), ("store-writer", 0.35), ("journal-sync", 0.1)]);
        let cost = cost(&before, &after, 1000.0);
        assert!((cost.all - 1.4).abs() < 1e-9 && (cost.records - 0.1).abs() < 1e-9, "{cost:?}");
        assert!((cost.journal - 0.3).abs() < 1e-9, "{cost:?}");
    }

    #[test]
    fn what_is_added_is_added_to_a_call_without_journal_and_records() {
        let off = Cost { all: 1.1, records: 0.1, journal: 0.0 };
        let on = Cost { all: 1.2, records: 0.1, journal: 0.05 };
        assert!((added(off, on) - 20.0).abs() < 1e-9);
    }
}
