//! A server with several telephones made of SIPp, each on a host of its own, and what its records say.

#![allow(dead_code, reason = "each test file takes what it needs")]

use peers::{Almon, Host, Outcome, Script, Setup, Sipp, SippRun, Site, until};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a message may take.
const BOUND: Duration = Duration::from_secs(8);

/// The server and its telephones.
pub struct Floor<'a> {
    pub almon: Almon<'a>,
    pub server: SocketAddr,
    pub hosts: BTreeMap<String, Host>,
}

impl<'a> Floor<'a> {
    /// A server on which these extensions have registered.
    pub fn new(site: &'a Site, setup: Setup, numbers: &[&str]) -> Floor<'a> {
        let almon = Almon::start(site, setup);
        let hosts = numbers.iter().map(|number| ((*number).to_owned(), site.host())).collect();
        let floor = Floor { almon, server: site.exchange().sip(5060), hosts };
        numbers.iter().for_each(|number| floor.almon.extension(number));
        floor.register(numbers);
        floor
    }

    /// Registers these telephones, all at once.
    pub fn register(&self, numbers: &[&str]) {
        let register = |number: &&str| {
            let sipp = Sipp::new(self.host(number), "register").towards(self.server);
            sipp.user(number).key("expires", "600").start()
        };
        let runs: Vec<SippRun> = numbers.iter().map(register).collect();
        runs.into_iter().for_each(|run| drop(run.finish()));
    }

    /// The host of an extension.
    pub fn host(&self, number: &str) -> &Host {
        &self.hosts[number]
    }

    /// A script, to be played by its user's telephone.
    pub fn sipp(&self, script: &Script) -> Sipp<'_> {
        Sipp::script(self.host(script.user()), self.server, script)
    }

    /// Plays scripts at the same time to their ends: those that are called first, the caller last.
    pub fn play(&self, scripts: &[Script]) -> Vec<Outcome> {
        let runs: Vec<SippRun> = scripts.iter().map(|script| self.sipp(script).start()).collect();
        runs.into_iter().map(SippRun::finish).collect()
    }

    /// Waits for this many records; gives each as a line, oldest first.
    pub fn segments(&self, count: usize) -> Vec<String> {
        self.almon.wait_for_records(count).iter().map(segment).collect()
    }

    /// The lines of the records that have come since there were `before`, sorted: all of them are `expected`.
    pub fn added(&self, before: usize, expected: &[&str]) {
        let mut lines = self.segments(before + expected.len()).split_off(before);
        lines.sort();
        let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        expected.sort();
        assert_eq!(lines, expected, "the records of this call");
    }
}

/// A record in a line: `CALLER>CONNECTED OUTCOME REASON`, and ` by NUMBER` after a transfer.
pub fn segment(record: &Value) -> String {
    let digits = |name: &str| record[name]["digits"].as_str().unwrap_or("-").to_owned();
    let outcome = record["outcome"].as_str().unwrap_or_default();
    let by = match &record["transferred_by"] {
        Value::Null => String::new(),
        _ => format!(" by {}", digits("transferred_by")),
    };
    format!("{}>{} {outcome} {}{by}", digits("caller"), digits("connected"), code(record))
}

/// The stable code of a record's reason, whichever way JSON spells it.
pub fn code(record: &Value) -> String {
    let text = record["reason"].as_str().unwrap_or_default();
    let kebab = text.chars().enumerate().flat_map(|(at, letter)| {
        let dash = (letter.is_uppercase() && at > 0).then_some('-');
        dash.into_iter().chain(letter.to_lowercase())
    });
    kebab.collect()
}

/// The last lines of a flow, from the first that is `from`.
pub fn from<'o>(flow: &'o [String], from: &str) -> Vec<&'o str> {
    flow.iter().map(String::as_str).skip_while(|line| *line != from).collect()
}

/// Checks that somebody was told within its call that the other party is this number: by this method, in P-Asserted-Identity.
pub fn assert_shown(who: &Outcome, method: &str, number: &str) {
    let told = who.received(&[&format!("{method} sip:"), &format!("<sip:{number}@"), "P-Asserted-Identity: "]);
    let shown = told.iter().any(|text| {
        text.lines().any(|line| line.starts_with("P-Asserted-Identity:") && line.contains(&format!("<sip:{number}@")))
    });
    assert!(shown, "{method} shows nobody that it is {number}: {:?}\n{}", who.flow(), who.messages);
}

/// The names of a dialog as an INVITE that replaces it gives them (RFC 3891 section 6.1).
pub struct DialogName {
    call: String,
    exchange: String,
    telephone: String,
}

impl DialogName {
    /// The dialog that a telephone has with the exchange, from its response to the INVITE with this status: sent by the telephone
    /// that was called, received by the one that calls.
    pub fn of(run: &SippRun, called: bool, status: u16) -> DialogName {
        let first = format!("SIP/2.0 {status} ");
        let text = until("the dialog is there", BOUND, || {
            let messages = run.messages();
            let parts = messages.split("----------------------------------------------- ");
            let mut texts = parts.filter_map(|part| part.split_once("\n\n")).map(|(_, text)| text);
            texts.find(|text| text.starts_with(&first) && text.contains("\r\n\r\n")).map(str::to_owned)
        });
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().to_owned()
        };
        let tag =
            |name: &str| value(name).split("tag=").nth(1).map(|tag| tag.split(';').next().unwrap_or(tag).to_owned());
        let (from, to) = (tag("From:"), tag("To:"));
        let (exchange, telephone) = if called { (from, to) } else { (to, from) };
        let call = value("Call-ID:");
        DialogName { call, exchange: exchange.unwrap_or_default(), telephone: telephone.unwrap_or_default() }
    }

    /// The header field of an INVITE that comes to the exchange: its own tag is the one of whom it comes to.
    pub fn replaces(&self) -> String {
        format!("Replaces: {};to-tag={};from-tag={}", self.call, self.exchange, self.telephone)
    }
}
