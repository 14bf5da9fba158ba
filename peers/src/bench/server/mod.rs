//! The servers under the bench, each started afresh for a measurement.

pub mod almon;
mod kamailio;
pub mod probe;

use std::io;
use std::time::{Duration, Instant};

use peers::Program;

use super::Bench;
use super::figures::Server;
use super::processes;

/// Where every server listens, in a namespace of the bench's own.
pub const ADDRESS: &str = "127.0.0.1:5060";
/// The port of the far side of the trunk: numbers that begin with 2 go there.
pub const FAR_PORT: u16 = 7060;
/// The port of the near side, and of the telephones that register.
pub const NEAR_PORT: u16 = 6060;
/// The first extension.
pub const FIRST_EXTENSION: usize = 100_000;

/// How long a start may take.
const START: Duration = Duration::from_secs(30);
/// How long an end may take.
const END: Duration = Duration::from_secs(20);

/// The usual port at another host.
pub fn at(host: &str) -> String {
    ADDRESS.replace(almon::HOME, host)
}

/// The password of an extension, the same for every server.
pub fn password(extension: usize) -> String {
    format!("bench-{extension}")
}

/// A server that runs.
pub struct Running {
    programs: Vec<Program>,
    /// From the start of its program to its first answer.
    pub first_answer: Duration,
}

impl Running {
    /// Starts a server; Almon gets so many extensions, the others compute passwords and need none.
    pub fn start(bench: &Bench, server: Server, extensions: usize) -> io::Result<Running> {
        match server {
            Server::Almon => {
                let data = almon::prepared(bench, extensions)?;
                almon::run(bench, &data, "")
            }
            Server::Kamailio => Running::first(|| kamailio::start(bench, false)),
            Server::KamailioRtpengine => Running::first(|| kamailio::start(bench, true)),
            Server::Sofia => Err(io::Error::other("sofia-sip is a library")),
        }
    }

    /// Starts programs and waits for the first answer.
    fn first(start: impl FnOnce() -> io::Result<Vec<Program>>) -> io::Result<Running> {
        Running::first_at(ADDRESS, start)
    }

    fn first_at(address: &str, start: impl FnOnce() -> io::Result<Vec<Program>>) -> io::Result<Running> {
        let begin = Instant::now();
        let mut programs = start()?;
        let answered =
            probe::until_answer(address, START, || programs.iter_mut().all(|program| program.ended().is_none()));
        if !answered {
            let logs: Vec<String> = programs.iter().map(Program::log).collect();
            return Err(io::Error::other(format!("the server does not answer: {}", logs.join("\n"))));
        }
        Ok(Running { programs, first_answer: begin.elapsed() })
    }

    /// Its processes, without their children.
    pub fn roots(&self) -> Vec<u32> {
        self.programs.iter().map(Program::id).collect()
    }

    /// Ends it at once, as a power failure does.
    pub fn kill(mut self) {
        self.programs.iter_mut().for_each(Program::kill);
        // Nobody of this number is there any more who could be asked to end.
        self.programs.clear();
    }

    /// Processor seconds of each of its threads so far.
    pub fn threads(&self) -> std::collections::BTreeMap<String, f64> {
        self.programs.iter().map(Program::id).flat_map(processes::threads).collect()
    }

    /// Processor seconds so far.
    pub fn cpu(&self) -> f64 {
        processes::cpu_seconds(&self.roots())
    }

    /// Memory in KiB.
    pub fn memory(&self) -> f64 {
        processes::memory(&self.roots())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked to end, a server takes its children with it.
        for program in self.programs.iter_mut().rev() {
            program.stop(END);
        }
    }
}

/// A server that cannot be started here, with the package to install; none when it can.
pub fn lacking(server: Server) -> Option<&'static str> {
    let wanted: &[(&str, &str)] = match server {
        Server::Almon | Server::Sofia => &[],
        Server::Kamailio => &[("kamailio", "kamailio")],
        Server::KamailioRtpengine => &[("kamailio", "kamailio"), ("rtpengine", "rtpengine-daemon")],
    };
    wanted.iter().find(|(program, _)| peers::find(program).is_none()).map(|(_, package)| *package)
}
