//! Calls with sound: all of them go on after the kill, on the same ports, and can be ended.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::super::Bench;
use super::super::super::figures::{Measure, PartResult, Server};
use super::super::super::load::streams::{Destinations, Leg, Streams, of_call, sockets};
use super::super::super::load::telephones::Telephones;
use super::super::super::server::almon;
use super::super::super::statistics::{median, spread};
use super::{BEFORE, places};

/// Calls, and how many are set up a second.
const CALLS: usize = 200;
const RATE: f64 = 25.0;
/// How long people talk afterwards.
const AFTER: Duration = Duration::from_secs(4);
/// A party that hears nothing for so long at the end, in microseconds, hears nothing any more.
const SILENT: u64 = 200_000;

/// Of 200 calls with sound.
pub const GOING_ON: &str = "200 with sound, killed: both parties hear one another again";
/// Of 200 calls with sound.
pub const ENDED: &str = "200 with sound, killed: a BYE is answered 200 and passed on";
/// Of 200 calls with sound.
pub const SILENCE_BEYOND: &str = "200 calls with sound, killed: beyond the time to ready";
const SILENCE: [&str; 3] = ["shortest of 400 parties", "middle of 400 parties", "longest of 400 parties"];
const AWAY: &str = "200 calls with sound, killed";

pub(super) fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let data = almon::prepared(bench, 0)?;
    let running = almon::run(bench, &data, "")?;
    let sockets = sockets()?;
    let audio = (0..CALLS).map(|call| of_call(&sockets, call)).collect::<io::Result<Vec<_>>>()?;
    let destinations = Arc::new(Destinations::new(CALLS));
    let mut telephones = Telephones::open(places()?, audio, &destinations)?;
    let streams = Streams::start(&sockets, destinations.clone(), 10);
    let up = telephones.set_up(RATE)?;
    telephones.keep(BEFORE * 2)?;
    let killed = Instant::now();
    running.kill();
    let (running, ready) = almon::run_until_ready(bench, &data, "")?;
    // From the kill, with what it takes to start a process.
    let away = killed.elapsed().as_secs_f64();
    telephones.keep(AFTER)?;
    let end = u64::from(streams.now());
    let account = streams.finish(0..u32::MAX);
    telephones.hang_up(RATE * 4.0)?;
    telephones.keep(BEFORE * 2)?;
    drop(running);
    if up < CALLS {
        result.note(format!("{up} of {CALLS} calls with sound came about."));
    }
    let well = |leg: &Leg| leg.last + SILENT > end && leg.elsewhere == 0;
    let on = account.legs.chunks(2).filter(|legs| legs.iter().all(well)).count();
    let elsewhere: u64 = account.legs.iter().map(|leg| leg.elsewhere).sum();
    if elsewhere > 0 {
        result.note(format!("{elsewhere} packets came from another port than before."));
    }
    let (answered, told) = telephones.well_ended();
    let share = |calls: usize| calls as f64 * 100.0 / CALLS as f64;
    result.add(Measure::CallsShare, GOING_ON, Server::Almon, share(on));
    result.add(Measure::CallsShare, ENDED, Server::Almon, share(answered.min(told)));
    result.add(Measure::Ready, AWAY, Server::Almon, ready.as_secs_f64());
    eprintln!("   {away:.3} s from the kill to the first answer and the word that it is ready, whichever came later");
    let silences: Vec<f64> = account.legs.iter().map(|leg| leg.silence as f64 / 1e6).collect();
    let (shortest, longest) = spread(&silences);
    for (name, silence) in SILENCE.into_iter().zip([shortest, median(&silences), longest]) {
        result.add(Measure::Silence, name, Server::Almon, silence);
    }
    result.add(Measure::Silence, SILENCE_BEYOND, Server::Almon, longest - ready.as_secs_f64());
    Ok(())
}
