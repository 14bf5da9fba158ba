//! SIPp as the load: a scenario at a rate, bounded in count and time, and what it says about itself.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use peers::Program;

use super::Bench;
use super::server::{ADDRESS, FAR_PORT, NEAR_PORT};

/// How long after the last start of a call SIPp may go on.
const GRACE: Duration = Duration::from_secs(15);

/// What a run found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Scenarios that came to their end.
    pub good: u64,
    /// Scenarios that did not.
    pub failed: u64,
    /// Messages that were sent again.
    pub repeated: u64,
    /// Mean response time in milliseconds.
    pub response: f64,
    /// Seconds from the first to the end.
    pub seconds: f64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { good, failed, repeated, seconds, .. } = self;
        write!(f, "{good} came through, {failed} failed, {repeated} messages were sent again, {seconds:.1} s")
    }
}

impl Outcome {
    /// Whether the rate was held: at most one of 200 failed, at most one of 50 was sent again, and it took no longer than it
    /// should, the time of the calls themselves and a second for start and end set aside.
    pub fn held(&self, rate: u32, count: u32) -> bool {
        let count = f64::from(count);
        let due = count / f64::from(rate);
        self.good as f64 >= 0.995 * count && self.repeated as f64 <= 0.02 * count && self.seconds <= due * 1.05 + 1.5
    }
}

/// A load.
pub struct Load {
    rate: u32,
    count: u32,
    command: Command,
    folder: PathBuf,
    statistics: PathBuf,
    /// How long each call stays.
    stay: Duration,
}

impl Load {
    /// A number of calls through the server, at a rate.
    pub fn calls(bench: &Bench, rate: u32, count: u32, stay: Duration) -> io::Result<Load> {
        Load::calls_through(bench, ADDRESS, rate, count, stay)
    }

    /// The same through a server at another address.
    pub fn calls_through(bench: &Bench, server: &str, rate: u32, count: u32, stay: Duration) -> io::Result<Load> {
        let mut load = Load::new(bench, ("caller.xml", server), rate, count, stay)?;
        let stay = stay.as_millis().to_string();
        load.command.args(["-s", "20000", "-mp", "45000", "-d", &stay]);
        Ok(load)
    }

    /// Registrations with the accounts of a list, one after the other and from the beginning again.
    pub fn registrations(bench: &Bench, accounts: &Path, rate: u32, count: u32) -> io::Result<Load> {
        let mut load = Load::new(bench, ("register.xml", ADDRESS), rate, count, Duration::ZERO)?;
        load.command.arg("-inf").arg(accounts);
        Ok(load)
    }

    fn new(bench: &Bench, (scenario, server): (&str, &str), rate: u32, count: u32, stay: Duration) -> io::Result<Load> {
        let folder = bench.folder.path().to_owned();
        let statistics = folder.join("sipp.csv");
        // A file of the last run would be taken for this one's.
        if statistics.exists() {
            fs::remove_file(&statistics)?;
        }
        let mut command = sipp(bench, scenario, NEAR_PORT)?;
        command.arg(server).args(["-r", &rate.to_string(), "-m", &count.to_string(), "-l", "100000"]);
        command.args(["-trace_stat", "-fd", "1", "-stf"]).arg(&statistics);
        Ok(Load { rate, count, command, folder, statistics, stay })
    }

    /// Starts it.
    pub fn start(mut self) -> io::Result<LoadRunning> {
        let program = Program::start("sipp", &mut self.command, &self.folder)?;
        Ok(LoadRunning { program, begin: Instant::now(), load: self })
    }

    /// Runs it to its end.
    pub fn run(self) -> io::Result<Outcome> {
        self.start()?.finish()
    }
}

/// A load that runs.
pub struct LoadRunning {
    program: Program,
    begin: Instant,
    load: Load,
}

impl LoadRunning {
    /// Waits for its end.
    pub fn finish(mut self) -> io::Result<Outcome> {
        let due = Duration::from_secs_f64(f64::from(self.load.count) / f64::from(self.load.rate)) + self.load.stay;
        self.program.wait((due * 2 + GRACE).saturating_sub(self.begin.elapsed()));
        let seconds = self.begin.elapsed().as_secs_f64();
        self.program.kill();
        let text = fs::read_to_string(&self.load.statistics).unwrap_or_default();
        let read = outcome(&text)
            .ok_or_else(|| io::Error::other(format!("SIPp said nothing: {}", tail(&self.program.log()))))?;
        Ok(Outcome { seconds: seconds - self.load.stay.as_secs_f64(), ..read })
    }
}

/// The far side of the trunk, which answers every call until it is dropped.
pub fn far_side(bench: &Bench) -> io::Result<Program> {
    let mut command = sipp(bench, "callee.xml", FAR_PORT)?;
    command.args(["-mp", "45010", "-l", "100000"]);
    let program = Program::start("sipp-far", &mut command, bench.folder.path())?;
    std::thread::sleep(Duration::from_millis(500));
    Ok(program)
}

fn sipp(bench: &Bench, scenario: &str, port: u16) -> io::Result<Command> {
    let program = peers::find("sipp").ok_or_else(|| io::Error::other("sipp is missing (apt install sip-tester)"))?;
    let mut command = Command::new(program);
    command.current_dir(bench.folder.path()).arg("-sf").arg(bench.own(scenario));
    command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-buff_size", "2000000"]);
    command.args(["-recv_timeout", "8000", "-deadcall_wait", "0", "-watchdog_interval", "0"]);
    Ok(command)
}

/// A list of accounts for `Load::registrations`.
pub fn accounts(bench: &Bench, first: usize, count: usize, password: impl Fn(usize) -> String) -> io::Result<PathBuf> {
    let path = bench.folder.path().join(format!("accounts-{count}.csv"));
    let line = |number| format!("{number};[authentication username={number} password={}]\n", password(number));
    let lines: String = (first..first + count).map(line).collect();
    fs::write(&path, format!("SEQUENTIAL\n{lines}"))?;
    Ok(path)
}

/// Reads the last line of SIPp's statistics.
fn outcome(text: &str) -> Option<Outcome> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(';').collect();
    let values: Vec<&str> = lines.next_back()?.split(';').collect();
    let value = |name: &str| values.get(names.iter().position(|known| *known == name)?).copied();
    let number = |name: &str| value(name)?.parse().ok();
    Some(Outcome {
        good: number("SuccessfulCall(C)")?,
        failed: number("FailedCall(C)")?,
        repeated: number("Retransmissions(C)")?,
        response: milliseconds(value("ResponseTime1(C)")?)?,
        seconds: 0.0,
    })
}

/// Reads SIPp's `hours:minutes:seconds:microseconds`.
fn milliseconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':').map(|part| part.parse::<f64>().ok());
    let mut next = || parts.next().flatten();
    let (hours, minutes, seconds, micros) = (next()?, next()?, next()?, next()?);
    Some(((hours * 60.0 + minutes) * 60.0 + seconds) * 1e3 + micros / 1e3)
}

fn tail(log: &str) -> String {
    let from = log.char_indices().rev().nth(500).map_or(0, |(at, _)| at);
    log[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let text = "A;SuccessfulCall(C);FailedCall(C);Retransmissions(C);ResponseTime1(C);\n\
                    0;5;0;0;00:00:00:000900;\n0;4000;3;12;00:00:01:002500;\n";
        let read = outcome(text).unwrap();
        assert_eq!(read, Outcome { good: 4000, failed: 3, repeated: 12, response: 1002.5, seconds: 0.0 });
        assert_eq!(outcome(""), None);
        assert_eq!(outcome("only;names\n"), None);
    }

    #[test]
    fn a_rate_is_held_when_nearly_all_come_through_in_time() {
        let run = Outcome { good: 1000, failed: 0, repeated: 3, response: 1.0, seconds: 10.4 };
        assert!(run.held(100, 1000));
        assert_eq!(run.to_string(), "1000 came through, 0 failed, 3 messages were sent again, 10.4 s");
        assert!(!Outcome { good: 990, failed: 10, ..run }.held(100, 1000));
        assert!(!Outcome { repeated: 21, ..run }.held(100, 1000));
        assert!(!Outcome { seconds: 12.1, ..run }.held(100, 1000));
    }

    #[test]
    fn the_end_of_a_log_is_shown() {
        assert_eq!(tail("kurz"), "kurz");
        assert!(tail(&"é".repeat(2000)).chars().count() <= 501);
    }
}
