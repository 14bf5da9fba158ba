//! Killed (kill -9) with calls up and started again on the same data: what the calls notice, and how long a start with many takes.

mod large;
mod sound;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::super::Bench;
use super::super::figures::PartResult;
use super::super::load::telephones::Places;
use super::super::server::{ADDRESS, FAR_PORT, NEAR_PORT};

pub use large::{AT_LAST, ENDED as MANY_ENDED};
pub use sound::{ENDED, GOING_ON, SILENCE_BEYOND};

/// What the journal's thread may hold back is on its way to the system before the kill; what the last milliseconds bring is lost.
const BEFORE: Duration = Duration::from_millis(500);

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    for _ in 0..bench.pick(3, 1) {
        sound::run(bench, result)?;
        result.calibrate();
    }
    large::run(bench, result)
}

fn places() -> io::Result<Places> {
    let local = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    let server = ADDRESS.parse().map_err(io::Error::other)?;
    Ok(Places { server, near: local(NEAR_PORT), far: local(FAR_PORT) })
}
