//! Calls from the near side of a trunk to its far side, set up and ended at once: INVITE, 100, 180, 200, ACK, BYE, 200 on each
//! side. Almon anchors the media of every one and writes its record.

use std::io;
use std::time::Duration;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::server::{Running, almon};
use super::super::sipp::{Load, far_side};
use super::{a_second, present};

/// Rates at which servers are compared, and further ones at which the highest is looked for.
const RATES: [u32; 7] = [100, 200, 400, 800, 1600, 2400, 3200];
/// Until everything that a call leaves behind is done.
const SETTLE: Duration = Duration::from_millis(1000);

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let servers = present(&[Server::Almon, Server::Kamailio, Server::KamailioRtpengine], result);
    for server in servers {
        one(bench, server, result)?;
        result.calibrate();
    }
    Ok(())
}

fn one(bench: &Bench, server: Server, result: &mut PartResult) -> io::Result<()> {
    let running = Running::start(bench, server, 0)?;
    let mut highest = 0;
    // A rate that was not held is tried once more: something else may have kept the machine busy.
    let (mut rates, mut failed) = (RATES.into_iter().peekable(), 0);
    while let Some(rate) = rates.peek().copied() {
        let count = rate * bench.pick(6, 2);
        let _far = far_side(bench)?;
        let start = running.cpu();
        let outcome = Load::calls(bench, rate, count, Duration::ZERO)?.run()?;
        std::thread::sleep(SETTLE);
        let spent = running.cpu() - start;
        if !outcome.held(rate, count) {
            result.note(format!("{} did not hold {rate} calls a second: {outcome}.", server.name()));
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
        if server == Server::Almon && rate == RATES[0] {
            check_records(bench, outcome.good as usize, result)?;
        }
    }
    result.add(Measure::HighestRate, "tried up to 3200", server, f64::from(highest));
    Ok(())
}

/// A call without a record would be cheaper than it may be.
fn check_records(bench: &Bench, calls: usize, result: &mut PartResult) -> io::Result<()> {
    let data = bench.folder.path().join("almon");
    let records = almon::records(&data, calls + 1)?;
    if records != calls {
        result.complete = false;
        result.note(format!("Almon wrote {records} records of {calls} calls."));
    }
    Ok(())
}
