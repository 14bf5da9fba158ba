//! A large site: 15,000 extensions, all registered, and 2,000 calls. How long the call thread pauses for a snapshot, and how long a start
//! takes after a kill: with a journal as long as it was, and when a snapshot had just been taken.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::super::super::Bench;
use super::super::super::figures::{Measure, PartResult, Server};
use super::super::super::load::streams::{Destinations, of_call, sockets};
use super::super::super::load::telephones::Telephones;
use super::super::super::server::{ADDRESS, FIRST_EXTENSION, almon, password, probe};
use super::super::super::sipp::{Load, accounts};
use super::{BEFORE, places};

const EXTENSIONS: usize = 15_000;
const CALLS: usize = 2_000;
/// Calls that are set up while snapshots are watched.
const MORE: usize = 600;
/// How fast calls are set up, and registrations made.
const RATE: f64 = 200.0;
const REGISTRATIONS: u32 = 3_000;
/// The journal as it is, but for snapshots: none by itself, or one for each MiB.
const LONG: &str = "[journal]\nsnapshot-mebibytes = 1024\nsnapshot-minutes = 600\n";
const OFTEN: &str = "[journal]\nsnapshot-mebibytes = 1\nsnapshot-minutes = 600\n";

/// The start with everything that was journalled since the calls began.
pub const AT_LAST: &str = "15000 extensions registered, 2000 calls, all of them in the tail of the journal";
/// The start after another start.
const AT_ONCE: &str = "15000 extensions registered, 2000 calls, right after a snapshot";
/// The call thread.
const SNAPSHOT: &str = "15000 extensions registered, 2000 to 2600 calls, snapshot";
const NO_SNAPSHOT: &str = "the same time, no snapshot";
/// Calls without sound, after several kills.
pub const ENDED: &str = "2000, killed: a BYE is answered 200 and passed on";

pub(super) fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let calls = bench.pick(CALLS, CALLS / 10);
    let data = almon::prepared(bench, EXTENSIONS)?;
    let running = almon::run(bench, &data, LONG)?;
    register(bench, result)?;
    let sockets = sockets()?;
    let audio = (0..calls + MORE).map(|call| of_call(&sockets, call)).collect::<io::Result<Vec<_>>>()?;
    let destinations = Arc::new(Destinations::new(calls + MORE));
    let mut telephones = Telephones::open(places()?, audio, &destinations)?;
    let up = telephones.set_up_to(calls, RATE)?;
    if up < calls {
        result.note(format!("{up} of {calls} calls came about."));
    }
    telephones.keep(BEFORE)?;
    running.kill();
    let mebibytes = almon::journal_bytes(&data)? as f64 / f64::from(1 << 20);
    result
        .note(format!("The journal of {up} calls and {EXTENSIONS} registrations had {mebibytes:.1} MiB at the kill."));
    let pattern = bench.folder.path().join("killed");
    fs::rename(&data, &pattern)?;
    for _ in 0..bench.pick(5, 1) {
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        almon::copy(&pattern, &data)?;
        start(bench, &data, AT_LAST, &mut telephones, result)?.kill();
        start(bench, &data, AT_ONCE, &mut telephones, result)?.kill();
    }
    result.calibrate();
    let (running, _) = almon::run_until_ready(bench, &data, OFTEN)?;
    watch(bench, &data, &mut telephones, calls, result)?;
    telephones.hang_up(RATE)?;
    telephones.keep(BEFORE * 2)?;
    let (answered, told) = telephones.well_ended();
    let all = (calls + MORE) as f64;
    result.add(Measure::CallsShare, ENDED, Server::Almon, answered.min(told) as f64 * 100.0 / all);
    let (cut, reasons) = telephones.cut();
    if cut > 0 {
        result.note(format!("{cut} of {all} calls were ended by the server: {reasons:?}."));
    }
    drop(running);
    Ok(())
}

fn register(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let list = accounts(bench, FIRST_EXTENSION, EXTENSIONS, password)?;
    let count = u32::try_from(EXTENSIONS).unwrap_or(u32::MAX);
    let outcome = Load::registrations(bench, &list, REGISTRATIONS, count)?.run()?;
    if outcome.good < u64::from(count) {
        result.note(format!("{} of {EXTENSIONS} registrations failed.", outcome.failed));
    }
    Ok(())
}

fn start(
    bench: &Bench,
    data: &Path,
    load: &str,
    telephones: &mut Telephones<'_>,
    result: &mut PartResult,
) -> io::Result<super::super::super::server::Running> {
    let (running, ready) = almon::run_until_ready(bench, data, LONG)?;
    result.add(Measure::Ready, load, Server::Almon, ready.as_secs_f64());
    result.add(Measure::FirstAnswer, load, Server::Almon, running.first_answer.as_secs_f64());
    // Until its own first snapshot is written. Who hears nothing is asked whether it is still there, and answers.
    telephones.keep(BEFORE * 4)?;
    Ok(running)
}

/// Asks all the time while more calls come and snapshots are taken: the longest answer around each is its pause.
fn watch(
    bench: &Bench,
    data: &Path,
    telephones: &mut Telephones<'_>,
    calls: usize,
    result: &mut PartResult,
) -> io::Result<()> {
    telephones.keep(BEFORE * 2)?;
    let begin = Instant::now();
    let stop = Arc::new(AtomicBool::new(false));
    let snapshots = Arc::new(Mutex::new(Vec::new()));
    let (folder, ended, seen) = (data.to_owned(), stop.clone(), snapshots.clone());
    let looking = thread::spawn(move || look(&folder, begin, &ended, &seen));
    let ended = stop.clone();
    let asking = thread::spawn(move || ask(begin, &ended));
    let up = telephones.set_up_to(calls + MORE, bench.pick(RATE / 4.0, RATE))?;
    telephones.keep(BEFORE)?;
    stop.store(true, Ordering::Relaxed);
    let failed = |_| io::Error::other("a thread of the bench failed");
    looking.join().map_err(failed)??;
    let answers = asking.join().map_err(failed)??;
    let snapshots = snapshots.lock().map(|taken| taken.clone()).unwrap_or_default();
    let (pauses, quiet) = pauses(&answers, &snapshots);
    if pauses.is_empty() {
        result.did_not_run("the pause of a snapshot: none was taken".to_owned());
    }
    pauses.iter().for_each(|pause| result.add(Measure::Pause, SNAPSHOT, Server::Almon, *pause));
    result.add(Measure::Pause, NO_SNAPSHOT, Server::Almon, quiet);
    eprintln!("   {up} calls up, {} snapshots, {} questions", snapshots.len(), answers.len());
    Ok(())
}

/// When a new file of the journal was begun, in seconds since `begin`.
fn look(data: &Path, begin: Instant, stop: &AtomicBool, seen: &Mutex<Vec<f64>>) -> io::Result<()> {
    let newest = |data: &Path| Ok::<_, io::Error>(almon::journal_files(data)?.pop());
    let mut last = newest(data)?;
    while !stop.load(Ordering::Relaxed) {
        let now = newest(data)?;
        if now != last {
            if let Ok(mut seen) = seen.lock() {
                seen.push(begin.elapsed().as_secs_f64());
            }
            last = now;
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Asks one question after the other: when each was asked, in seconds since `begin`, and how long its answer took, in milliseconds.
fn ask(begin: Instant, stop: &AtomicBool) -> io::Result<Vec<(f64, f64)>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(ADDRESS)?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut answers = Vec::new();
    for count in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let asked = begin.elapsed().as_secs_f64();
        if probe::ask(&socket, ADDRESS, count)? {
            answers.push((asked, (begin.elapsed().as_secs_f64() - asked) * 1e3));
        }
        sleep(Duration::from_micros(500));
    }
    Ok(answers)
}

/// The longest answer around each snapshot, and the middle of the longest ones in all other stretches of the same length.
fn pauses(answers: &[(f64, f64)], snapshots: &[f64]) -> (Vec<f64>, f64) {
    const STRETCH: f64 = 0.1;
    let longest = |from: f64| {
        let within = answers.iter().filter(|(asked, took)| asked + took / 1e3 >= from && *asked < from + STRETCH);
        within.map(|(_, took)| *took).fold(0.0, f64::max)
    };
    // The file is begun by another thread, a little after the call thread went on.
    let around = |taken: &f64| longest(taken - STRETCH * 0.9);
    let end = answers.last().map_or(0.0, |(asked, _)| *asked);
    let stretches = (0..(end / STRETCH) as usize).map(|index| index as f64 * STRETCH);
    let far = |from: &f64| snapshots.iter().all(|taken| (taken - from).abs() > 3.0 * STRETCH);
    let quiet: Vec<f64> = stretches.filter(far).map(longest).collect();
    (snapshots.iter().map(around).collect(), super::super::super::statistics::median(&quiet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_the_longest_answer_around_a_snapshot() {
        let mut answers: Vec<(f64, f64)> = (0..1000).map(|index| (f64::from(index) * 0.002, 0.1)).collect();
        // At 1 s nobody answers for 12 ms.
        answers[500].1 = 12.0;
        let (pauses, quiet) = pauses(&answers, &[1.015]);
        assert_eq!(pauses, [12.0]);
        assert!((quiet - 0.1).abs() < 1e-9);
    }
}
