//! A real server: started with a configuration of its own, asked through its command line, ended as an operator does.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::namespace::Site;
use crate::program::{Program, until};
use crate::setup::Setup;
use crate::tshark::Capture;

/// How long a start may take: the build is a debug build and the machine may be busy.
const START: Duration = Duration::from_secs(20);
/// How long the last call may take to be cleared away.
const IDLE: Duration = Duration::from_secs(8);
/// How long the server may take to end.
const END: Duration = Duration::from_secs(15);
/// The longest that a command may take.
const COMMAND: Duration = Duration::from_secs(20);

/// The program under test.
///
/// # Panics
///
/// When neither `ALMON_BIN` names it nor it stands in the build folder of these tests.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("ALMON_BIN").map(PathBuf::from);
    // Tests stand in target/debug/deps.
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("almon"));
    let found = named.or_else(beside).filter(|path| path.is_file());
    found.unwrap_or_else(|| panic!("ALMON_BIN does not name the server; `./x peers` builds it and sets it"))
}

/// The password of an extension.
pub fn password(number: &str) -> String {
    format!("secret-of-{number}")
}

/// A command that ended with another exit code than 0.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard error.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {:?}: {}", self.code, self.text)
    }
}

/// A running server.
pub struct Almon<'a> {
    site: &'a Site,
    setup: Setup,
    binary: PathBuf,
    config: PathBuf,
    data: PathBuf,
    program: Option<Program>,
    capture: Option<Capture>,
    starts: u32,
}

impl<'a> Almon<'a> {
    /// Starts a server and waits until it says that it is ready.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn start(site: &'a Site, setup: Setup) -> Almon<'a> {
        let host = site.exchange();
        let (config, data) = (site.folder().join("almon.toml"), site.folder().join("data"));
        std::fs::create_dir_all(&data).expect("a folder in /tmp");
        std::fs::write(&config, setup.configuration(&data, &[host.v4(), host.v6()])).expect("a file in /tmp");
        // A build that runs meanwhile replaces the program: this test keeps the one that it began with.
        let (built, own) = (binary(), site.folder().join("almon"));
        let kept = std::fs::hard_link(&built, &own).or_else(|_| std::fs::copy(&built, &own).map(drop));
        kept.unwrap_or_else(|error| panic!("{}: {error}", built.display()));
        let capture = setup.judged.then(|| Capture::start(host));
        let mut almon = Almon { site, setup, binary: own, config, data, program: None, capture, starts: 0 };
        almon.run();
        almon
    }

    /// Starts it with the default set-up and these extensions.
    ///
    /// # Panics
    ///
    /// When one is refused.
    pub fn with_extensions(site: &'a Site, numbers: &[&str]) -> Almon<'a> {
        let almon = Almon::start(site, Setup::default());
        numbers.iter().for_each(|number| almon.extension(number));
        almon
    }

    /// Starts the program again on the same data folder.
    ///
    /// # Panics
    ///
    /// When it does not become ready.
    pub fn run(&mut self) {
        self.starts += 1;
        let program = self.site.exchange().start(&format!("almon-{}", self.starts), self.command());
        let program = self.program.insert(program);
        until("the server says that it is ready", START, || {
            assert!(program.ended().is_none(), "the server ended at once:\n{}", program.log());
            program.log().lines().any(|line| line.contains("ready")).then_some(())
        });
    }

    fn command(&self) -> Command {
        let run = |command: &mut Command| {
            command.arg("run").arg("--config").arg(&self.config);
        };
        let Some(space) = self.setup.space else {
            let mut command = Command::new(&self.binary);
            run(&mut command);
            return command;
        };
        // Mounted for this process alone, and gone with it.
        let mut command = Command::new("unshare");
        let script = format!("mount -t tmpfs -o size={space}k tmpfs \"$0\" && exec \"$@\"");
        command.args(["--mount", "sh", "-c", &script]).arg(&self.data).arg(&self.binary);
        run(&mut command);
        command
    }

    /// The configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The data folder, as the server sees it.
    pub fn data(&self) -> PathBuf {
        match (&self.program, self.setup.space) {
            (Some(program), Some(_)) => {
                let root = PathBuf::from(format!("/proc/{}/root", program.id()));
                root.join(self.data.strip_prefix("/").unwrap_or(&self.data))
            }
            _ => self.data.clone(),
        }
    }

    /// Its process.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn id(&self) -> u32 {
        self.program.as_ref().expect("the server runs").id()
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> String {
        self.program.as_ref().map(Program::log).unwrap_or_default()
    }

    /// Runs a command of the command line, with `input` on its standard input.
    pub fn command_with(&self, arguments: &[&str], input: &str) -> Result<String, Refusal> {
        let mut command = Command::new("timeout");
        command.arg(COMMAND.as_secs().to_string()).arg(&self.binary).arg("--data").arg(self.data()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        if let Some(mut pipe) = child.stdin.take() {
            // A command that does not read its input has ended already.
            let _ = pipe.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().expect("the command ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(Refusal { code: output.status.code(), text: text(&output.stderr) }),
        }
    }

    /// Runs a command that must succeed.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn tell(&self, arguments: &[&str]) -> String {
        self.command_with(arguments, "").unwrap_or_else(|refusal| panic!("almon {}: {refusal}", arguments.join(" ")))
    }

    /// The JSON that a command prints.
    ///
    /// # Panics
    ///
    /// When it fails or prints something else.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.tell(&[&["--json"], arguments].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("almon {}: {error}: {text}", arguments.join(" ")))
    }

    /// Adds an extension with its [`password`].
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub fn extension(&self, number: &str) {
        let arguments = ["extension", "add", number, "--name", "Strowger", "--password-stdin"];
        let added = self.command_with(&arguments, &format!("{}\n", password(number)));
        added.unwrap_or_else(|refusal| panic!("extension {number}: {refusal}"));
    }

    /// A list that a command prints as JSON.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn list(&self, arguments: &[&str]) -> Vec<Value> {
        self.json(arguments).as_array().expect("a list").clone()
    }

    /// The call records, newest first.
    pub fn records(&self) -> Vec<Value> {
        self.list(&["calls", "records", "--limit", "1000"])
    }

    /// Waits until there are `count` records; gives them, oldest first.
    ///
    /// # Panics
    ///
    /// When there are not.
    pub fn wait_for_records(&self, count: usize) -> Vec<Value> {
        let mut records = until(&format!("{count} call records"), IDLE, || {
            let records = self.records();
            (records.len() >= count).then_some(records)
        });
        assert_eq!(records.len(), count, "{records:#?}");
        records.reverse();
        records
    }

    /// The calls in progress.
    pub fn calls(&self) -> Vec<Value> {
        self.list(&["calls"])
    }

    /// Waits until there are this many calls.
    ///
    /// # Panics
    ///
    /// When there are not.
    pub fn wait_for_calls(&self, count: usize) {
        let mut last = 0;
        let what = format!("{count} calls in progress");
        until(&what, IDLE, || {
            last = self.calls().len();
            (last == count).then_some(())
        });
    }

    /// How many telephones are registered for a number.
    pub fn telephones(&self, number: &str) -> usize {
        self.list(&["registrations"]).iter().filter(|one| one["number"] == number).count()
    }

    /// Waits until a number has this many telephones.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn wait_for_telephones(&self, number: &str, count: usize) {
        until(&format!("{count} telephones of {number}"), IDLE, || (self.telephones(number) == count).then_some(()));
    }

    /// A figure of the server's status.
    ///
    /// # Panics
    ///
    /// When there is none of this name.
    pub fn figure(&self, name: &str) -> u64 {
        let status = self.json(&["status"]);
        status["figures"][name].as_u64().unwrap_or_else(|| panic!("no figure {name}: {status:#}"))
    }

    /// Resident memory in KiB, as the kernel counts it.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).expect("the server runs")
    }

    /// Kills the process, as a power failure does.
    pub fn kill(&mut self) {
        if let Some(program) = &mut self.program {
            program.kill();
        }
    }

    /// Ends the server as an operator does.
    ///
    /// # Panics
    ///
    /// When it does not end in time, or not well.
    pub fn stop(&mut self) {
        let program = self.program.as_mut().expect("the server runs");
        program.signal(Signal::TERM);
        let status = program.wait(END).unwrap_or_else(|| panic!("the server does not end on SIGTERM"));
        assert_eq!(status.code(), Some(0), "the server ends with {status}");
    }

    /// The capture of what the server sends and receives, closed; none when it is not judged.
    ///
    /// # Panics
    ///
    /// When nothing is captured.
    pub fn captured(&mut self) -> &Capture {
        let capture = self.capture.as_mut().expect("the set-up asks for a capture");
        capture.stop();
        capture
    }

    /// Ends the test: no call may be left, the server must end well and without having panicked, and tshark must find nothing
    /// wrong in what it sent.
    ///
    /// # Panics
    ///
    /// When any of that is not so.
    pub fn end(mut self) {
        until("the server has no call left", IDLE, || (self.figure("calls") == 0).then_some(()));
        assert_eq!(self.calls().len(), 0, "calls that the figures do not count");
        self.stop();
        let log = self.log();
        assert!(!log.contains("panicked"), "a thread of the server panicked:\n{log}");
        self.replayed();
        let host = self.site.exchange();
        let addresses = [host.v4(), host.v6()];
        if let Some(capture) = &mut self.capture {
            capture.stop();
            capture.judge(&addresses);
        }
    }

    /// Feeds every file of the journal to the exchange again: how many inputs there were. The server must have ended.
    ///
    /// # Panics
    ///
    /// When anything else comes out than did.
    pub fn replayed(&self) -> u64 {
        // Nobody else sees a file system of the server's own, and a full one has no journal.
        if self.setup.space.is_some() {
            return 0;
        }
        let entries = std::fs::read_dir(self.data.join("journal")).expect("the server keeps a journal");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "journal"));
        assert!(!files.is_empty(), "the journal has a file");
        let replay = |file: &PathBuf| {
            let report = self.json(&["replay", &file.display().to_string()]);
            assert_eq!(report["different"], 0, "{}: {report:#}", file.display());
            report["records"].as_u64().unwrap_or_default()
        };
        files.iter().map(replay).sum()
    }

    /// What a failing test shows.
    fn evidence(&self) {
        let folder = self.site.folder().display();
        let Ok(records) = self.command_with(&["calls", "records", "--limit", "3"], "") else {
            eprintln!("----- the server of {folder} does not answer");
            return;
        };
        let live = self.command_with(&["calls"], "").unwrap_or_default();
        // The first column of both tables names the call.
        let named = |table: &str| -> Vec<String> {
            table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
        };
        for call in [named(&live), named(&records)].concat().iter().take(3) {
            let ladder = self.command_with(&["trace", call, "--full"], "");
            eprintln!("----- call {call}:\n{}", ladder.unwrap_or_else(|refusal| refusal.text));
        }
        eprintln!("----- calls:\n{live}\n----- records:\n{records}");
    }
}

impl Drop for Almon<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.evidence();
        }
    }
}
