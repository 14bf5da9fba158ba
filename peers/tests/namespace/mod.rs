//! Network namespaces joined by virtual cables, removed when the test ends, however it ends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The addresses of what lies beyond the exchange.
pub const BEYOND: [&str; 2] = ["198.51.100.2", "2001:db8:b::2"];

/// One of the namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that the rules guard.
    Exchange,
    /// Everybody else.
    Peer,
    /// A machine that the peer reaches only if the exchange routes.
    Beyond,
}

/// Three namespaces in a row: the peer, the exchange and what lies beyond it.
pub struct Namespaces {
    exchange: String,
    peer: String,
    beyond: String,
}

impl Namespaces {
    /// Makes both, with these addresses (IPv4 in networks of /24, IPv6 of /64).
    pub fn new(exchange: &[&str], peer: &[&str]) -> Namespaces {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |side: &str| format!("almon-{side}-{}-{number}", std::process::id());
        let namespaces = Namespaces { exchange: name("x"), peer: name("p"), beyond: name("b") };
        for side in [Side::Exchange, Side::Peer, Side::Beyond] {
            ip(&["netns", "add", namespaces.name(side)]);
        }
        namespaces.join(Side::Peer, "cable");
        namespaces.join(Side::Beyond, "far");
        namespaces.address(Side::Exchange, "cable", exchange);
        namespaces.address(Side::Peer, "cable", peer);
        namespaces.address(Side::Exchange, "far", &["198.51.100.1", "2001:db8:b::1"]);
        namespaces.address(Side::Beyond, "far", &[BEYOND[0], BEYOND[1]]);
        for (side, gateways) in [(Side::Peer, exchange), (Side::Beyond, &["198.51.100.1", "2001:db8:b::1"][..])] {
            gateways.iter().take(2).for_each(|via| {
                ip(&["-n", namespaces.name(side), "route", "add", "default", "via", via]);
            });
        }
        // The exchange's machine routes, until the rules keep it from that.
        let route = "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding";
        assert!(namespaces.inside(Side::Exchange, &["sh", "-c", route]).wait().unwrap().success());
        namespaces
    }

    /// Lays a cable from the exchange to `side`.
    fn join(&self, side: Side, cable: &str) {
        let far = ["type", "veth", "peer", "name", cable, "netns", self.name(side)];
        ip(&[&["-n", &self.exchange, "link", "add", cable][..], &far[..]].concat());
    }

    fn address(&self, side: Side, cable: &str, addresses: &[&str]) {
        let name = self.name(side);
        for address in addresses {
            let v6 = address.contains(':');
            let network = format!("{address}/{}", if v6 { 64 } else { 24 });
            let words = ["-n", name, "address", "add", &network, "dev", cable];
            ip(&[&words[..], if v6 { &["nodad"][..] } else { &[][..] }].concat());
        }
        ip(&["-n", name, "link", "set", "lo", "up"]);
        ip(&["-n", name, "link", "set", cable, "up"]);
    }

    fn name(&self, side: Side) -> &str {
        match side {
            Side::Exchange => &self.exchange,
            Side::Peer => &self.peer,
            Side::Beyond => &self.beyond,
        }
    }

    /// Loads a ruleset into the exchange's namespace.
    pub fn load(&self, rules: &str) {
        let mut child = self.inside(Side::Exchange, &[&path("nft"), "-f", "-"]);
        child.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "nft refuses the rules: {status}\n{rules}");
    }

    /// Opens every flow on the side of `to`, tries each from the other side, and tells which got through. What lies
    /// beyond is tried from the peer, through the exchange.
    pub fn passed(&self, to: Side, flows: &[String]) -> BTreeSet<String> {
        let from = if to == Side::Peer { Side::Exchange } else { Side::Peer };
        let mut listener = Helper(self.inside(to, &[env!("CARGO_BIN_EXE_probe"), "listen"]));
        // What is listened on, without the sources.
        let opened: BTreeSet<&str> = flows.iter().filter_map(|line| line.split(" from ").next()).collect();
        let mut input = listener.0.stdin.take().unwrap();
        input.write_all(text(opened.iter().copied()).as_bytes()).unwrap();
        let mut output = BufReader::new(listener.0.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "the listeners did not open towards {to:?}");
        let told = self.connect(from, flows);
        // Raw packets have no answer: leave the last ones the time to arrive.
        std::thread::sleep(Duration::from_millis(200));
        listener.0.kill().unwrap();
        let mut heard = String::new();
        output.read_to_string(&mut heard).unwrap();
        drop(input);
        let heard: BTreeSet<&str> = heard.lines().filter_map(|line| line.strip_prefix("got ")).collect();
        let failed: Vec<&str> = told.lines().filter(|line| line.starts_with("failed")).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        let answered = told.lines().filter_map(|line| line.strip_prefix("passed "));
        let sent = told.lines().filter_map(|line| line.strip_prefix("sent "));
        let arrived = sent.filter(|line| line.split(" from ").next().is_some_and(|target| heard.contains(target)));
        answered.chain(arrived).map(str::to_owned).collect()
    }

    fn connect(&self, side: Side, flows: &[String]) -> String {
        let mut helper = Helper(self.inside(side, &[env!("CARGO_BIN_EXE_probe"), "connect"]));
        let mut input = helper.0.stdin.take().unwrap();
        input.write_all(text(flows.iter().map(String::as_str)).as_bytes()).unwrap();
        let mut told = String::new();
        helper.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(helper.0.wait().unwrap().success());
        assert_eq!(told.lines().count(), flows.len(), "every flow has a verdict");
        told
    }

    fn inside(&self, side: Side, command: &[&str]) -> Child {
        program("ip")
            .args(["netns", "exec", self.name(side)])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in [&self.exchange, &self.peer, &self.beyond] {
            // One that was never made is no reason to keep the other.
            let _ = program("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

/// A child process that does not outlive the test.
struct Helper(Child);

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("{line}\n")).collect::<String>() + "end\n"
}

fn ip(arguments: &[&str]) {
    let status = program("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {}: {status}", arguments.join(" "));
}

fn path(name: &str) -> String {
    peers::find(name).map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

fn program(name: &str) -> Command {
    Command::new(path(name))
}
