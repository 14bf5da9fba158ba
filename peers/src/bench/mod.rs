//! The bench: its parts one after the other, each with servers started afresh, and the page made of what they found.

mod arguments;
mod calibration;
mod clock;
mod figures;
mod keep;
mod load;
mod machine;
mod network;
mod page;
mod part;
mod processes;
mod server;
mod sipp;
mod statistics;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use figures::{Part, PartResult};

/// The nice value of the bench, its servers and its load.
const PRIORITY: i32 = -15;

/// What every part needs to know.
pub struct Bench {
    /// The short form: seen to run, not to be published.
    pub short: bool,
    /// The root of the project.
    pub root: PathBuf,
    /// The server under test.
    pub almon: PathBuf,
    /// For files of this run, removed at its end.
    pub folder: tempfile::TempDir,
}

impl Bench {
    /// A configuration, scenario or program of the bench's own.
    pub fn own(&self, name: &str) -> PathBuf {
        self.root.join("peers/bench").join(name)
    }

    /// `full`, or `short` in the short form.
    pub fn pick<T>(&self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    match Arguments::read(std::env::args().skip(1)).map(run) {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::FAILURE,
        Ok(Err(error)) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}

/// True when everything that was asked for ran.
fn run(arguments: Arguments) -> io::Result<bool> {
    let root = root();
    let keep = keep::Keep::new(&root, arguments.short);
    if arguments.command == Command::Page {
        return page::write(&keep).map(|()| true);
    }
    let almon = server::almon::binary(&root)?;
    let folder = tempfile::Builder::new().prefix("almon-bench-").tempdir()?;
    let bench = Bench { short: arguments.short, root, almon, folder };
    let _network = network::Network::enter()?;
    // Servers and load alike: what else the machine does is to cost them as little as it can.
    let _ = rustix::process::setpriority_process(None, PRIORITY);
    let mut good = true;
    for part in arguments.parts {
        good &= measure(&bench, part, &keep)?;
    }
    page::write(&keep)?;
    Ok(good)
}

fn measure(bench: &Bench, part: Part, keep: &keep::Keep) -> io::Result<bool> {
    eprintln!("== {}", part.name());
    let clock = std::time::Instant::now();
    let mut result = PartResult::new(part, clock::utc_now(), machine::load_average());
    result.calibrate();
    let done = part::run(bench, part, &mut result);
    if let Err(error) = &done {
        result.note(format!("It ended early: {error}."));
    }
    result.calibrate();
    keep.put(&result)?;
    eprintln!("== {}: {} s", part.name(), clock.elapsed().as_secs());
    Ok(done.is_ok() && result.complete)
}

/// The root of the project: cargo names the package's folder, `./x` works in the root.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.and_then(|folder| folder.parent().map(PathBuf::from)).unwrap_or_else(|| PathBuf::from("."))
}
