//! `fuzz list`, `fuzz TARGET SECONDS [SEED]`, `fuzz replay TARGET FILE`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fuzz::{Fault, Finding, Options, Target, corpus, targets};

const USAGE: &str = "fuzz list | fuzz TARGET SECONDS [SEED] | fuzz replay TARGET FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["list"] => {
            targets::ALL.iter().for_each(|target| println!("{}", target.name));
            Ok(true)
        }
        ["replay", target, file] => find(target).and_then(|target| replay(target, file)),
        [target, seconds] => find(target).and_then(|target| campaign(target, seconds, None)),
        [target, seconds, seed] => find(target).and_then(|target| campaign(target, seconds, Some(seed))),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn find(name: &str) -> Result<Target, String> {
    targets::ALL.iter().copied().find(|target| target.name == name).ok_or_else(|| {
        let names: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
        format!("no target {name}: there are {}\n{USAGE}", names.join(", "))
    })
}

fn campaign(target: Target, seconds: &str, seed: Option<&str>) -> Result<bool, String> {
    let seconds: f64 = seconds.parse().map_err(|_| format!("no number of seconds: {seconds}"))?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| format!("no number of seconds: {error}"))?;
    let seed = match seed {
        Some(text) => text.parse().map_err(|_| format!("no seed: {text}"))?,
        None => std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64),
    };
    let home = corpus::home();
    let seeds = corpus::seeds(&home, target.name).map_err(|error| format!("corpus: {error}"))?;
    let tokens = corpus::tokens(&home, target.name).map_err(|error| format!("dictionary: {error}"))?;
    println!("{}: seed {seed}, {} corpus files, {} tokens", target.name, seeds.len(), tokens.len());
    let outcome = fuzz::run(target, &Options { seed, time, seeds, tokens, ..Options::default() });
    let elapsed = outcome.elapsed.as_secs_f64();
    println!("{}: {} inputs in {elapsed:.1} s, {:.0} a second", target.name, outcome.executions, outcome.rate());
    match outcome.finding {
        None => Ok(true),
        Some(finding) => {
            let path = save(target, &finding)?;
            eprintln!("{}: {}\nsaved in {}", target.name, told(&finding.fault), path.display());
            Ok(false)
        }
    }
}

fn replay(target: Target, file: &str) -> Result<bool, String> {
    let input = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let options = Options { seeds: vec![input], time: Duration::ZERO, ..Options::default() };
    match fuzz::run(target, &options).finding {
        None => {
            println!("{}: {file} does no harm", target.name);
            Ok(true)
        }
        Some(finding) => {
            eprintln!("{}: {}", target.name, told(&finding.fault));
            Ok(false)
        }
    }
}

fn told(fault: &Fault) -> String {
    match fault {
        Fault::Panic(message) => message.clone(),
        Fault::Slow(time) => format!("an input takes {:.1} s", time.as_secs_f64()),
        Fault::Hang(time) => format!("an input has not ended after {:.1} s", time.as_secs_f64()),
    }
}

/// Saves the input under a name made of its bytes (FNV-1a), so that the same finding is one file.
fn save(target: Target, finding: &Finding) -> Result<PathBuf, String> {
    let hash = finding
        .input
        .iter()
        .fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3));
    let folder = corpus::home().join("findings").join(target.name);
    let path = folder.join(format!("{hash:016x}"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, &finding.input))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
