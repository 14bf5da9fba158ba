//! Memory of calls: of a server just started, of one that had as many before, and what is left after a burst. While the calls
//! are up and nobody speaks, what an idle call costs is measured too.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::server::Running;
use super::super::sipp::{Load, far_side};
use super::present;

/// Calls a second while they are set up.
const RATE: u32 = 100;
/// The burst.
const BURST_RATE: u32 = 800;
/// From the last set-up to the measurement.
const SETTLE: Duration = Duration::from_secs(1);

/// Names of the loads.
pub const FIRST: &str = "first calls after the start";
/// Names of the loads.
pub const AGAIN: &str = "as many calls again";
/// Names of the loads.
pub const IDLE: &str = "calls without media";
/// Names of the loads.
pub const EMPTY: &str = "just started";

/// How the time after the burst is named.
pub fn after_burst(seconds: u64) -> String {
    format!("{seconds} s after 8 s of {BURST_RATE} calls a second")
}

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
    sleep(SETTLE);
    let empty = running.memory();
    result.add(Measure::Memory, EMPTY, server, empty / 1024.0);
    held(bench, &running, server, FIRST, result)?;
    held(bench, &running, server, AGAIN, result)?;
    // With rtpengine the highest rate is below that of the burst; the short form looks at Almon alone.
    let others = server == Server::KamailioRtpengine || bench.short;
    if server != Server::Almon && others {
        return Ok(());
    }
    let before = running.memory();
    let _far = far_side(bench)?;
    let count = BURST_RATE * 8;
    let outcome = Load::calls(bench, BURST_RATE, count, Duration::ZERO)?.run()?;
    if !outcome.held(BURST_RATE, count) {
        result.note(format!("{} did not hold the burst: {outcome}.", server.name()));
    }
    let pause = bench.pick(60, 20);
    sleep(Duration::from_secs(pause));
    result.add(Measure::Memory, &after_burst(pause), server, running.memory() / 1024.0);
    result.add(Measure::MemoryKept, &after_burst(pause), server, running.memory() / before);
    Ok(())
}

/// Sets calls up, measures while they are there, and lets them end.
fn held(bench: &Bench, running: &Running, server: Server, load: &str, result: &mut PartResult) -> io::Result<()> {
    let calls = bench.pick(1000, 200);
    let quiet = Duration::from_secs(bench.pick(8, 2));
    let _far = far_side(bench)?;
    let before = running.memory();
    let ramp = Duration::from_secs(u64::from(calls / RATE));
    let sipp = Load::calls(bench, RATE, calls, ramp + quiet + SETTLE * 3)?.start()?;
    sleep(ramp + SETTLE);
    let (up, cpu) = (running.memory(), running.cpu());
    sleep(quiet);
    let idle = (running.cpu() - cpu) / quiet.as_secs_f64();
    let outcome = sipp.finish()?;
    if outcome.good < u64::from(calls) {
        result.note(format!("{}: {} of {calls} held calls failed.", server.name(), outcome.failed));
    }
    result.add(Measure::MemoryEach, load, server, (up - before) / f64::from(calls));
    result.add(Measure::CpuPerHundred, IDLE, server, idle * 100.0 * 100.0 / f64::from(calls));
    // What a transaction keeps after its end is not the next round's.
    sleep(SETTLE);
    Ok(())
}
