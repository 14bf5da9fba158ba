//! The parts of the bench.

mod calls;
pub mod exchange;
pub mod journal;
pub mod memory;
pub mod parse;
pub mod random;
mod registrations;
pub mod relay;
pub mod restart;
mod start;

use std::io;
use std::process::Command;

use super::Bench;
use super::figures::{Part, PartResult, Server};
use super::server::lacking;

/// Runs a part; what it finds goes into `result`, also when it ends early.
pub fn run(bench: &Bench, part: Part, result: &mut PartResult) -> io::Result<()> {
    match part {
        Part::Parse => parse::run(bench, result),
        Part::Registrations => registrations::run(bench, result),
        Part::Calls => calls::run(bench, result),
        Part::Memory => memory::run(bench, result),
        Part::Relay => relay::run(bench, result),
        Part::Start => start::run(bench, result),
        Part::Exchange => exchange::run(bench, result),
        Part::Journal => journal::run(bench, result),
        Part::Restart => restart::run(bench, result),
        Part::Random => random::run(bench, result),
    }
}

/// Those of `servers` that are installed; of the others it is said that they did not run.
fn present(servers: &[Server], result: &mut PartResult) -> Vec<Server> {
    let mut found = Vec::new();
    for server in servers {
        match lacking(*server) {
            None => found.push(*server),
            Some(package) => {
                result.did_not_run(format!("{}: it is not installed (apt install {package})", server.name()));
            }
        }
    }
    found
}

/// What a bench target of one of the product's crates prints; each figure is a line of a name and a number.
fn target(bench: &Bench, package: &str, name: &str, arguments: &[&str]) -> io::Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(&bench.root).args(["bench", "--quiet", "--offline", "--package", package, "--bench", name]);
    let output = command.arg("--").args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let end: Vec<&str> = why.lines().rev().take(12).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        return Err(io::Error::other(format!("{name} of {package} failed: {}", end.join("; "))));
    }
    Ok(said)
}

/// The numbers that a target printed behind this name.
fn numbers(said: &str, name: &str) -> Vec<f64> {
    let lines = said.lines().filter_map(|line| line.split_once(' ')).filter(|(found, _)| *found == name);
    lines.filter_map(|(_, number)| number.trim().parse().ok()).collect()
}

/// How a rate is named in tables.
fn a_second(rate: u32) -> String {
    format!("{rate} a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_behind_their_name() {
        let said = "15000 extensions\nmicroseconds 1.5\nmicroseconds 2\nother 3\nmicroseconds many\n";
        assert_eq!(numbers(said, "microseconds"), [1.5, 2.0]);
        assert!(numbers(said, "seconds").is_empty());
    }
}
