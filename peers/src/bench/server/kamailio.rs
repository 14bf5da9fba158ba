//! Kamailio under the bench, with rtpengine for the media or without.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use peers::Program;

use super::super::Bench;

/// Where Kamailio reaches rtpengine.
const CONTROL: &str = "127.0.0.1:2223";

/// Starts it; the relay first, because Kamailio looks for it at its own start.
pub(super) fn start(bench: &Bench, relay: bool) -> io::Result<Vec<Program>> {
    let folder = bench.folder.path();
    let mut programs = Vec::new();
    if relay {
        // User space alone (--table=-1): inside a kernel module is another comparison. Two threads, as for two cores.
        let mut command = Command::new(program("rtpengine")?);
        command.args(["--table=-1", "--interface=127.0.0.1", "--foreground", "--log-stderr", "--log-level=3"]);
        command.args(["--port-min=30000", "--port-max=39999", "--num-threads=2"]).arg(format!("--listen-ng={CONTROL}"));
        command.arg(format!("--pidfile={}", folder.join("rtpengine.pid").display()));
        programs.push(Program::start("rtpengine", &mut command, folder)?);
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    let mut command = Command::new(program("kamailio")?);
    command.arg("-f").arg(bench.own("kamailio.cfg")).args(["-DD", "-E", "-m", "512", "-M", "16"]);
    if relay {
        command.args(["-A", "RELAY"]);
    }
    command.arg("-Y").arg(folder).arg("-P").arg(folder.join("kamailio.pid"));
    programs.push(Program::start("kamailio", &mut command, folder)?);
    Ok(programs)
}

fn program(name: &str) -> io::Result<PathBuf> {
    peers::find(name).ok_or_else(|| io::Error::other(format!("{name} is missing")))
}
