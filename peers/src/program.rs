//! A program that a test starts: bounded in time, ended with the test, its log shown when the test fails.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How often something that is waited for is looked at.
const GLANCE: Duration = Duration::from_millis(20);
/// How much of a log a failing test shows, in lines.
const SHOWN: usize = 120;

/// Waits until `probe` finds something.
///
/// # Panics
///
/// When `bound` is over and it has not: `what` is named.
pub fn until<T>(what: &str, bound: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + bound;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < end, "waited {bound:?} in vain: {what}");
        thread::sleep(GLANCE);
    }
}

/// A running program, killed when dropped.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a command; what it prints goes to `NAME.log` in the folder.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> io::Result<Program> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::piped()).stdout(file.try_clone()?).stderr(file);
        Ok(Program { name: name.to_owned(), child: command.spawn()?, log })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line to its standard input.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        let input = self.child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{line}")?;
        input.flush()
    }

    /// Everything that it has printed.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for its end; none when it still runs after `bound`.
    pub fn wait(&mut self, bound: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + bound;
        loop {
            match self.ended() {
                Some(status) => return Some(status),
                None if Instant::now() >= end => return None,
                None => thread::sleep(GLANCE),
            }
        }
    }

    /// Sends a signal; one that has ended already hears nothing.
    pub fn signal(&self, signal: Signal) {
        let process = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        let _ = process.map(|process| kill_process(process, signal));
    }

    /// Asks it to end, waits, and kills it when it does not.
    pub fn stop(&mut self, bound: Duration) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        let status = self.wait(bound);
        if status.is_none() {
            self.kill();
        }
        status
    }

    /// Ends it at once, as a power failure does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let from = lines.len().saturating_sub(SHOWN);
            eprintln!("----- {} printed (its last {} lines):", self.name, lines.len() - from);
            lines[from..].iter().for_each(|line| eprintln!("{line}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_waited_for_and_its_words_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut program =
            Program::start("shell", Command::new("sh").args(["-c", "echo strowger; exit 3"]), folder.path()).unwrap();
        assert_eq!(program.wait(Duration::from_secs(5)).and_then(|status| status.code()), Some(3));
        assert_eq!(program.log(), "strowger\n");
    }

    #[test]
    fn one_that_does_not_end_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::start("shell", Command::new("sleep").arg("60"), folder.path()).unwrap();
        assert!(program.wait(Duration::from_millis(60)).is_none());
        assert!(program.say("wake up").is_ok());
        let status = program.stop(Duration::from_secs(5)).expect("sleep ends when asked to");
        assert!(!status.success());
    }

    #[test]
    #[should_panic(expected = "in vain: rain")]
    fn what_does_not_come_is_named() {
        until("rain", Duration::from_millis(50), || None::<()>);
    }
}
