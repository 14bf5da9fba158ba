//! SIPp: one scenario of `peers/sipp`, run without a terminal.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::almon::password;
use crate::audio::alaw_encode;
use crate::namespace::Host;
use crate::program::Program;
use crate::script::Script;

/// The longest that any scenario takes.
const BOUND: Duration = Duration::from_secs(45);
/// The port on which telephones made of SIPp stand.
const PORT: u16 = 5060;
/// How much of the messages a failing test shows, in bytes.
const SHOWN: usize = 12_000;

/// A scenario to be run.
pub struct Sipp<'a> {
    host: &'a Host,
    scenario: String,
    /// The scenario itself, when it is no file.
    text: Option<String>,
    arguments: Vec<String>,
    words: Vec<(String, String)>,
    sound: Vec<u8>,
    towards: Option<SocketAddr>,
    dialled: Option<String>,
    v6: bool,
    calls: u32,
}

/// A scenario that runs.
pub struct SippRun {
    program: Program,
    scenario: String,
    folder: PathBuf,
    calls: u32,
}

/// How a scenario ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Calls that went as the scenario says.
    pub ok: u64,
    /// Calls that did not.
    pub failed: u64,
    /// Messages that had to be sent again.
    pub retransmissions: u64,
    /// Every message, sent and received.
    pub messages: String,
}

impl Outcome {
    /// Every message that it received which contains all of these words.
    pub fn received(&self, words: &[&str]) -> Vec<&str> {
        texts(&self.messages, "message received", words)
    }

    /// Every message that it sent which contains all of these words.
    pub fn sent(&self, words: &[&str]) -> Vec<&str> {
        texts(&self.messages, "message sent", words)
    }

    /// What was said in which order: `>` for what it sent and `<` for what it received, then the method or the status. A
    /// notification of a transfer says which status it tells, a repetition is left out.
    pub fn flow(&self) -> Vec<String> {
        flow(&self.messages)
    }
}

fn flow(messages: &str) -> Vec<String> {
    let parts = messages.split("----------------------------------------------- ");
    let mut seen = Vec::new();
    let mut said = Vec::new();
    for (heading, text) in parts.filter_map(|part| part.split_once("\n\n")) {
        let text = text.replace('\r', "");
        let way = if heading.contains("message sent") { '>' } else { '<' };
        let first = text.lines().next().unwrap_or_default();
        let word = match first.strip_prefix("SIP/2.0 ") {
            Some(status) => status.split(' ').next(),
            None => first.split(' ').next(),
        };
        let fragment = text.split("\n\n").nth(1).and_then(|body| body.trim_start().strip_prefix("SIP/2.0 "));
        let fragment = fragment.and_then(|body| body.get(..3)).map(|status| format!(" {status}")).unwrap_or_default();
        let message = (way, text.trim_end().to_owned());
        if !seen.contains(&message) {
            seen.push(message);
            said.push(format!("{way} {}{fragment}", word.unwrap_or_default()));
        }
    }
    said
}

/// Messages of SIPp's file, without its headings.
fn texts<'m>(messages: &'m str, way: &str, words: &[&str]) -> Vec<&'m str> {
    let parts =
        messages.split("----------------------------------------------- ").filter_map(|part| part.split_once("\n\n"));
    let ours = parts.filter(|(heading, _)| heading.contains(way)).map(|(_, text)| text.trim_end());
    ours.filter(|text| words.iter().all(|word| text.contains(word))).collect()
}

impl<'a> Sipp<'a> {
    /// The scenario `peers/sipp/NAME.xml`, on this host.
    pub fn new(host: &'a Host, scenario: &str) -> Sipp<'a> {
        Sipp {
            host,
            scenario: scenario.to_owned(),
            text: None,
            arguments: Vec::new(),
            words: Vec::new(),
            sound: Vec::new(),
            towards: None,
            dialled: None,
            v6: false,
            calls: 1,
        }
    }

    /// A scenario that the test has written, on this host.
    pub fn script(host: &'a Host, server: SocketAddr, script: &Script) -> Sipp<'a> {
        let mut sipp = Sipp::new(host, script.name()).towards(server).user(script.user());
        sipp.text = Some(script.text());
        // Names of dialogs stand in addresses, where an @ would have to be escaped.
        sipp.option("-cid_str", "%u-%p-%s")
    }

    /// Sends to this address; a callee needs none.
    pub fn towards(mut self, address: SocketAddr) -> Self {
        (self.towards, self.v6) = (Some(address), address.is_ipv6());
        self
    }

    /// Runs it as the telephone of an extension.
    pub fn user(self, number: &str) -> Self {
        let password = password(number);
        self.key("user", number).option("-au", number).option("-ap", &password)
    }

    /// The number that is dialled.
    pub fn dial(mut self, number: &str) -> Self {
        self.dialled = Some(number.to_owned());
        self.option("-s", number)
    }

    /// What stands for `{{name}}` in the scenario.
    pub fn key(mut self, name: &str, value: &str) -> Self {
        self.words.push((format!("{{{{{name}}}}}"), value.to_owned()));
        self
    }

    /// What is said where the scenario says `says.alaw`.
    pub fn says(mut self, samples: &[i16]) -> Self {
        self.sound = alaw_encode(samples);
        self
    }

    /// An option of SIPp.
    pub fn option(self, name: &str, value: &str) -> Self {
        self.argument(name).argument(value)
    }

    /// One more word.
    pub fn argument(mut self, word: &str) -> Self {
        self.arguments.push(word.to_owned());
        self
    }

    /// Over TCP.
    pub fn tcp(self) -> Self {
        self.option("-t", "t1")
    }

    /// As many calls, so many begun a second.
    pub fn calls(mut self, calls: u32, rate: u32) -> Self {
        self.calls = calls;
        self.option("-r", &rate.to_string())
    }

    /// How long the pause of the scenario is, in milliseconds.
    pub fn hold(self, milliseconds: u32) -> Self {
        self.option("-d", &milliseconds.to_string())
    }

    /// On IPv6, for a callee, which sends to nobody by itself.
    pub fn on_v6(mut self) -> Self {
        self.v6 = true;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// When there is no such scenario.
    pub fn start(self) -> SippRun {
        let text = self.text.clone().unwrap_or_else(|| read_scenario(&self.scenario));
        let text = self.words.iter().fold(text, |text, (word, value)| text.replace(word, value));
        let left = text.split_once("{{").map(|(_, rest)| rest.chars().take(20).collect::<String>());
        assert_eq!(left, None, "{} needs another word", self.scenario);
        let folder = self.host.folder("sipp");
        let count = std::fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();
        let folder = folder.join(format!("{count}-{}", self.scenario));
        std::fs::create_dir_all(&folder).expect("a folder in /tmp");
        for (name, bytes) in [("scenario.xml", text.as_bytes()), ("says.alaw", &self.sound)] {
            std::fs::write(folder.join(name), bytes).expect("a file in /tmp");
        }
        let address = if self.v6 { self.host.v6() } else { self.host.v4() };
        let mut command = Command::new("sipp");
        command.current_dir(&folder).args(["-nostdin", "-deadcall_wait", "0", "-watchdog_interval", "0"]);
        command.args(["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"]);
        command.args(["-trace_msg", "-message_file", "messages.log", "-message_overwrite", "true"]);
        command.args(["-sf", "scenario.xml"]).arg("-i").arg(address.to_string()).arg("-mi").arg(address.to_string());
        command.args(["-p", &PORT.to_string(), "-m", &self.calls.to_string(), "-recv_timeout", "9000"]);
        command.args(["-timeout", &format!("{}s", BOUND.as_secs() - 5), "-timeout_error"]);
        command.args(&self.arguments);
        if let Some(address) = self.towards {
            // Its own knows neither the dialled number nor the brackets of an IPv6 address.
            let user = self.dialled.map(|number| format!("{number}@")).unwrap_or_default();
            command.arg("-auth_uri").arg(format!("{user}{address}"));
            command.arg(address.to_string());
        }
        let program = self.host.start(&self.scenario, command);
        SippRun { program, scenario: self.scenario, folder, calls: self.calls }
    }

    /// Registers the telephone of an extension, which is then known by its address and port.
    ///
    /// # Panics
    ///
    /// When it is not accepted.
    pub fn register(host: &Host, server: SocketAddr, number: &str) -> Outcome {
        Sipp::new(host, "register").towards(server).user(number).key("expires", "600").run()
    }

    /// Runs it to its end: every call must go as the scenario says.
    ///
    /// # Panics
    ///
    /// When one does not.
    pub fn run(self) -> Outcome {
        self.start().finish()
    }
}

impl SippRun {
    /// Waits for its end: every call must have gone as the scenario says.
    ///
    /// # Panics
    ///
    /// When one did not: with the errors and the messages.
    pub fn finish(self) -> Outcome {
        let (calls, scenario, folder) = (self.calls, self.scenario.clone(), self.folder.clone());
        let outcome = self.outcome();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            outcome.failed == 0 && outcome.ok == u64::from(calls),
            "SIPp {scenario}: {} of {calls} calls went well, {} failed\n{}\n{}",
            outcome.ok,
            outcome.failed,
            beginning(&read("errors.log")),
            beginning(&outcome.messages),
        );
        outcome
    }

    /// Waits for its end, whatever it is.
    ///
    /// # Panics
    ///
    /// When it does not end or keeps no figures.
    pub fn outcome(mut self) -> Outcome {
        let ended = self.program.wait(BOUND);
        let folder = self.folder.display();
        assert!(ended.is_some(), "SIPp {} does not end, see {folder}", self.scenario);
        let text = std::fs::read_to_string(self.folder.join("stat.csv")).unwrap_or_default();
        let figures = last_row(&text)
            .unwrap_or_else(|| panic!("SIPp {} keeps no figures: {}", self.scenario, self.program.log()));
        let figure = |name: &str| figures.get(name).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        Outcome {
            ok: figure("SuccessfulCall(C)"),
            failed: figure("FailedCall(C)"),
            retransmissions: figure("Retransmissions(C)"),
            messages: std::fs::read_to_string(self.folder.join("messages.log")).unwrap_or_default(),
        }
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.program.ended().is_none()
    }

    /// Every message so far.
    pub fn messages(&self) -> String {
        std::fs::read_to_string(self.folder.join("messages.log")).unwrap_or_default()
    }
}

fn read_scenario(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(format!("{name}.xml"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn last_row(text: &str) -> Option<BTreeMap<&str, &str>> {
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let names = lines.next()?;
    Some(names.split(';').zip(lines.next_back()?.split(';')).collect())
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_names_each_message_once() {
        let line = "----------------------------------------------- 2026-01-01\nUDP message";
        let text = format!(
            "{line} sent [9] bytes:\n\nREFER sip:a SIP/2.0\nCSeq: 2 REFER\n\n{line} received [9] bytes :\n\n\
             SIP/2.0 202 Accepted\n\n{line} received [9] bytes :\n\nNOTIFY sip:a SIP/2.0\nEvent: refer\n\nSIP/2.0 100 Trying\n\
             \n{line} received [9] bytes :\n\nSIP/2.0 202 Accepted\n\n"
        );
        assert_eq!(flow(&text), ["> REFER", "< 202", "< NOTIFY 100"]);
    }

    #[test]
    fn the_last_row_counts() {
        let figures = last_row("A;SuccessfulCall(C);FailedCall(C);\n1;0;0;\n2;7;1;\n").unwrap();
        assert_eq!((figures["SuccessfulCall(C)"], figures["FailedCall(C)"]), ("7", "1"));
        assert!(last_row("A;B\n").is_none());
    }
}
