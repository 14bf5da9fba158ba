//! From the start of the program to its first answer, what it holds then, and how large it is.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::server::Running;
use super::present;

/// Sizes of the directory.
pub const EXTENSIONS: [usize; 2] = [2_000, 15_000];
/// Until the start is over.
const SETTLE: Duration = Duration::from_secs(2);

/// How a size is named.
pub fn load(extensions: usize) -> String {
    format!("{extensions} extensions")
}

/// Servers that compute their passwords have no extensions.
pub const NO_DIRECTORY: &str = "no directory";
/// The program file.
pub const PROGRAM: &str = "release build, stripped";

/// Runs the part.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    for extensions in EXTENSIONS {
        starts(bench, Server::Almon, extensions, &load(extensions), result)?;
    }
    for server in present(&[Server::Kamailio, Server::KamailioRtpengine], result) {
        starts(bench, server, 0, NO_DIRECTORY, result)?;
    }
    let size = std::fs::metadata(&bench.almon)?.len();
    result.add(Measure::ProgramSize, PROGRAM, Server::Almon, size as f64 / f64::from(1 << 20));
    Ok(())
}

fn starts(bench: &Bench, server: Server, extensions: usize, load: &str, result: &mut PartResult) -> io::Result<()> {
    for round in 0..bench.pick(5, 2) {
        let running = Running::start(bench, server, extensions)?;
        result.add(Measure::FirstAnswer, load, server, running.first_answer.as_secs_f64());
        if round == 0 {
            sleep(SETTLE);
            result.add(Measure::Memory, load, server, running.memory() / 1024.0);
        }
    }
    Ok(())
}
