//! A real server process on free ports of the loopback, and the command line against it.

#![allow(dead_code, reason = "each scenario uses its part")]

pub mod telephone;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The program under test.
pub const ALMON: &str = env!("CARGO_BIN_EXE_almon");

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A data folder with its configuration.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub port: u16,
}

impl Place {
    pub fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), port: free_port() };
        place.configure("");
        place
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("almon.toml")
    }

    /// Writes the configuration with something more in it.
    pub fn configure(&self, more: &str) {
        let text = format!(
            "data = {:?}\n[[network]]\nname = 'loop'\naddresses = ['127.0.0.1']\n[ports.services.sip-udp]\nport = {}\n\
             [ports.services.sip-tcp]\nport = {}\n[ports.services.sip-tls]\nenabled = false\n{more}",
            self.folder.path().join("data"),
            self.port,
            self.port
        );
        fs::write(self.configuration(), text).unwrap();
    }

    /// Starts a server and waits until it is ready.
    pub fn start(&self) -> Server {
        let server = self.spawn(&[]);
        server.wait_for(" ready ");
        server
    }

    /// Starts a server without waiting.
    pub fn spawn(&self, environment: &[(&str, &Path)]) -> Server {
        let mut command = Command::new(ALMON);
        command.arg("--config").arg(self.configuration()).arg("run").stderr(Stdio::piped()).stdout(Stdio::null());
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, sink) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        let reader = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = sink.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Server { child, log, reader: Some(reader) }
    }

    /// Runs a command with these words and input.
    pub fn command(&self, words: &[&str], input: &str) -> Output {
        let mut command = Command::new(ALMON);
        command.arg("--config").arg(self.configuration()).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What a command that has to succeed prints.
    pub fn says(&self, words: &[&str]) -> String {
        let output = self.command(words, "");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that has to fail says on standard error.
    pub fn refuses(&self, words: &[&str]) -> String {
        let output = self.command(words, "");
        assert!(!output.status.success(), "{words:?} should fail: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

/// A server process; killed when it is dropped.
pub struct Server {
    pub child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn wait_for(&self, text: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.log().contains(text) {
            assert!(Instant::now() < until, "{text:?} was not logged:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, and for the last of its log; true when it ended well.
    pub fn wait(&mut self) -> bool {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Its end of the pipe is closed, so the reader ends.
                self.reader.take().map(std::thread::JoinHandle::join);
                return status.success();
            }
            assert!(Instant::now() < until, "the server does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
