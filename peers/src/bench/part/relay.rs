//! Relayed media: two-legged calls in G.711, a packet each 20 ms both ways, every packet counted.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::load::streams::{Account, Destinations, Streams, of_call, sockets};
use super::super::load::telephones::{Places, Telephones};
use super::super::server::{ADDRESS, FAR_PORT, NEAR_PORT, Running};
use super::super::statistics::quantile;
use super::present;

/// Calls.
const CALLS: usize = 100;
/// Calls a second while they are set up and ended: the result is about media.
const RATE: f64 = 25.0;
/// Until everything has calmed down after the last set-up.
const SETTLE: Duration = Duration::from_secs(1);

/// Names of the loads, and how many packets leave the load together.
pub const TOGETHER: (&str, usize) = ("100 calls, ten packets each millisecond", 10);
/// Names of the loads.
pub const APART: (&str, usize) = ("100 calls, a packet each 100 µs", 1);

/// Runs the part. Servers take turns.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let servers = present(&[Server::Almon, Server::KamailioRtpengine], result);
    for _ in 0..bench.pick(3, 1) {
        for load in [TOGETHER, APART] {
            for server in &servers {
                one(bench, *server, load, result)?;
                result.calibrate();
            }
        }
    }
    Ok(())
}

fn one(bench: &Bench, server: Server, (name, together): (&str, usize), result: &mut PartResult) -> io::Result<()> {
    let running = Running::start(bench, server, 0)?;
    let local = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    let server_address = ADDRESS.parse().map_err(io::Error::other)?;
    let places = Places { server: server_address, near: local(NEAR_PORT), far: local(FAR_PORT) };
    let sockets = sockets()?;
    let audio = (0..CALLS).map(|call| of_call(&sockets, call)).collect::<io::Result<Vec<_>>>()?;
    let destinations = Arc::new(Destinations::new(CALLS));
    let mut telephones = Telephones::open(places, audio, &destinations)?;
    let streams = Streams::start(&sockets, destinations.clone(), together);
    let up = telephones.set_up(RATE)?;
    telephones.keep(SETTLE)?;
    let (begin, cpu, from) = (Instant::now(), running.cpu(), streams.now());
    telephones.keep(Duration::from_secs(bench.pick(10, 5)))?;
    let (spent, seconds, until) = (running.cpu() - cpu, begin.elapsed().as_secs_f64(), streams.now());
    let account = streams.finish(from..until);
    telephones.hang_up(RATE)?;
    if up < CALLS {
        result.note(format!("{}: {up} of {CALLS} calls came about.", server.name()));
    }
    tell(server, name, &account, result);
    result.add(Measure::CpuPerHundred, name, server, spent / seconds * 100.0 * 100.0 / up.max(1) as f64);
    Ok(())
}

fn tell(server: Server, load: &str, account: &Account, result: &mut PartResult) {
    let lost = account.sent.saturating_sub(account.delays.len() as u64) as f64 * 100.0 / account.sent.max(1) as f64;
    result.add(Measure::Loss, load, server, lost);
    let mut delays = account.delays.clone();
    let mut share = |part| f64::from(quantile(&mut delays, part)) / 1e3;
    let (half, most) = (share(0.5), share(0.99));
    result.add(Measure::DelayHalf, load, server, half);
    result.add(Measure::DelayNinetyNine, load, server, most);
    if account.strange > 0 {
        result.note(format!("{}: {} packets came where they did not belong.", server.name(), account.strange));
    }
    eprintln!(
        "   {} packets sent, {} heard, the sender was at most {} µs late",
        account.sent,
        account.delays.len(),
        account.late
    );
}
