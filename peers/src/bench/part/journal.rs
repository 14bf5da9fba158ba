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
use super::super::server::{Running, almon};
use super::super::sipp::{Load, far_side};
use super::a_second;

/// Rates.
const RATES: [u32; 3] = [100, 400, 1600];
/// Until everything that a call leaves behind is done.
const SETTLE: Duration = Duration::from_millis(1500);
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

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    bytes(bench, result)?;
    for round in 0..bench.pick(4, 1) {
        // Who comes first changes too.
        let order = if round % 2 == 0 { [OFF, ON] } else { [ON, OFF] };
        let mut costs = BTreeMap::new();
        for settings in order {
            costs.insert(settings == ON, costs_of(bench, settings, result)?);
        }
        if let (Some(off), Some(on)) = (costs.get(&false), costs.get(&true)) {
            tell(off, on, result);
        }
        result.calibrate();
    }
    Ok(())
}

/// What a call costs, in milliseconds: all of it, the thread of the records, those of the journal.
#[derive(Clone, Copy, Debug)]
struct Cost {
    all: f64,
    records: f64,
    journal: f64,
}

fn costs_of(bench: &Bench, settings: &str, result: &mut PartResult) -> io::Result<BTreeMap<u32, Cost>> {
    let data = almon::prepared(bench, 0)?;
    let running = almon::run(bench, &data, settings)?;
    let mut costs = BTreeMap::new();
    // The first calls of a process cost more: memory is new.
    calls(bench, 400, 400)?;
    for rate in RATES {
        let count = rate * bench.pick(6, 2);
        let before = running.threads();
        let outcome = calls(bench, rate, count)?;
        let after = running.threads();
        if !outcome.held(rate, count) {
            result.note(format!("{rate} calls a second were not held: {outcome}."));
            continue;
        }
        costs.insert(rate, cost(&before, &after, outcome.good as f64));
    }
    Ok(costs)
}

fn calls(bench: &Bench, rate: u32, count: u32) -> io::Result<super::super::sipp::Outcome> {
    let _far = far_side(bench)?;
    let outcome = Load::calls(bench, rate, count, Duration::ZERO)?.run()?;
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

fn tell(off: &BTreeMap<u32, Cost>, on: &BTreeMap<u32, Cost>, result: &mut PartResult) {
    for (rate, (off, on)) in off.iter().filter_map(|(rate, off)| Some((rate, (*off, *on.get(rate)?)))) {
        let rate = a_second(*rate);
        let mut add = |measure, load: &str, value| result.add(measure, &format!("{rate}{load}"), Server::Almon, value);
        add(Measure::CpuEach, ", without journal and without the thread of the records", off.all - off.records);
        add(Measure::CpuEach, ", with both", on.all);
        add(Measure::CpuEach, ", of it the thread of the records", on.records);
        add(Measure::CpuEach, ", of it the threads of the journal", on.journal);
        add(Measure::CpuAdded, "", added(off, on));
    }
}

fn bytes(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let data = almon::prepared(bench, 0)?;
    let running: Running = almon::run(bench, &data, ONE_FILE)?;
    let count = bench.pick(1000, 200);
    sleep(SETTLE);
    let before = almon::journal_bytes(&data)?;
    let outcome = calls(bench, 100, count)?;
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
