//! A machine for the script: a PATH on which stand a few real tools and otherwise programs that only write down their call.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Tools the script uses that change nothing.
const REAL: &[&str] = &[
    "bash", "cat", "comm", "dirname", "env", "find", "head", "mktemp", "printf", "readlink", "sed", "sh", "sort",
    "tail", "test", "true",
];

/// The machine.
pub struct Stage {
    folder: TempDir,
    unattended: bool,
}

/// How a run of the script ended.
pub struct End {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Stage {
    /// A machine with a new Rust and a C compiler, without root and without any of the packages.
    pub fn new() -> Self {
        let stage = Self { folder: TempDir::new().expect("a folder"), unattended: false };
        fs::create_dir(stage.bin()).expect("a folder");
        for name in REAL {
            let found = ["/bin", "/usr/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists());
            symlink(found.unwrap_or_else(|| panic!("{name} is missing")), stage.bin().join(name)).expect("a link");
        }
        stage
            .program("rustc", "echo 'rustc 99.0.0 (x 2030)'")
            .program("cargo", "exit 0")
            .quiet_program("cc", "exit 0")
            .quiet_program("id", "echo 1000")
            .quiet_program("sudo", "exit 1")
            .quiet_program("dpkg-query", "exit 1")
            .quiet_program("apt-get", "exit 0")
    }

    fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    /// Puts a program on the machine: it writes down its call (but for `rustc`) and runs `body`.
    pub fn program(self, name: &str, body: &str) -> Self {
        if matches!(name, "rustc" | "cc" | "dpkg-query") {
            return self.quiet_program(name, body);
        }
        let log = self.folder.path().join("calls");
        let body = format!("echo \"{name} $*${{ALMON_BIN:+ with $ALMON_BIN}}\" >>'{}'\n{body}", log.display());
        self.quiet_program(name, &body)
    }

    fn quiet_program(self, name: &str, body: &str) -> Self {
        write_script(&self.bin().join(name), body);
        self
    }

    /// Takes a program off the machine.
    pub fn without(self, name: &str) -> Self {
        fs::remove_file(self.bin().join(name)).expect("removed");
        self
    }

    /// The script runs as root; what would change the machine only writes down its call.
    pub fn with_root(self) -> Self {
        let mut stage = self.quiet_program("id", "echo 0");
        for name in ["apt-get", "mv", "rm", "chmod", "systemctl", "debconf-set-selections"] {
            stage = stage.program(name, "exit 0");
        }
        stage.program("tee", "cat >/dev/null")
    }

    /// The run is unattended.
    pub fn unattended(mut self) -> Self {
        self.unattended = true;
        self
    }

    /// Puts a program into the target folder, as if it had been built.
    pub fn built(self, path: &str, body: &str) -> Self {
        let path = self.folder.path().join("target").join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        write_script(&path, body);
        self
    }

    /// A path in the target folder.
    pub fn target(&self, path: &str) -> String {
        self.folder.path().join("target").join(path).display().to_string()
    }

    /// Runs the script from a folder that is not the tree's.
    pub fn run(&self, arguments: &[&str]) -> End {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../x");
        let mut command = Command::new("/bin/bash");
        command.arg(script).args(arguments).current_dir(self.folder.path()).env_clear();
        command
            .env("PATH", self.bin())
            .env("HOME", self.folder.path())
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        if self.unattended {
            command.env("CI", "true");
        }
        let output = command.output().expect("runs");
        End {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The calls that were written down, in order.
    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn write_script(path: &Path, body: &str) {
    // A program that was a link to a real tool must not be written through.
    drop(fs::remove_file(path));
    fs::write(path, format!("#!/bin/sh\n{body}\n")).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("made a program");
}
