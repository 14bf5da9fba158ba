//! The network of a test: a namespace for the exchange with a bridge in it, and one for every other host, on a virtual cable.
//!
//! Whatever passes the bridge interface passes the exchange: a capture there sees what Almon sends and receives, and nothing
//! that others say among themselves.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

use crate::program::Program;
use crate::requirement::{find, require, require_root};

/// The interface of the exchange.
pub(crate) const HUB: &str = "hub";
/// The interface of every other host.
const CABLE: &str = "cable";
/// What the names of our namespaces begin with.
const PREFIX: &str = "almon-peer-";

/// A network of its own for one test, removed at its end.
pub struct Site {
    exchange: Host,
    hosts: AtomicU8,
    folder: TempDir,
}

/// A machine in the network of a test.
pub struct Host {
    namespace: String,
    number: u8,
    folder: PathBuf,
    /// Its addresses when it stands outside of the site's own network.
    elsewhere: Option<(Ipv4Addr, Ipv6Addr)>,
}

impl Site {
    /// A site for a test that needs these programs; none, said loudly, when one of them or root is missing.
    ///
    /// # Panics
    ///
    /// As [`require`] and [`Site::new`] do.
    pub fn with(programs: &[&str]) -> Option<Site> {
        let wanted = [&["ip", "tshark", "dumpcap"], programs].concat();
        (require(&wanted) && require_root()).then(Site::new)
    }

    /// Lays out the network with the exchange's own machine in it.
    ///
    /// # Panics
    ///
    /// When the kernel refuses, or the test does not run as root.
    pub fn new() -> Site {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        sweep();
        // Logs, messages and captures of a test that fails can be looked at with ALMON_PEERS_KEEP=1.
        let keep = std::env::var_os("ALMON_PEERS_KEEP").is_some();
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix("almon-peer-").disable_cleanup(keep).tempdir().expect("a folder in /tmp");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("{PREFIX}{}-{count}-", std::process::id());
        let exchange =
            Host { namespace: format!("{namespace}1"), number: 1, folder: folder.path().to_owned(), elsewhere: None };
        ip(&format!("netns add {}", exchange.namespace));
        // A bridge without an address of its own takes that of a port, and changes it when a host joins.
        let lines = format!(
            "link add {HUB} address 02:00:c0:00:02:01 type bridge stp_state 0 forward_delay 0\n{}",
            exchange.addresses(HUB)
        );
        batch(&exchange.namespace, &lines);
        Site { exchange, hosts: AtomicU8::new(11), folder }
    }

    /// The machine of the exchange: 192.0.2.1 and 2001:db8::1.
    pub fn exchange(&self) -> &Host {
        &self.exchange
    }

    /// Another machine with addresses of its own: 192.0.2.11 and 2001:db8::11, then 12, and so on.
    pub fn host(&self) -> Host {
        let host = self.cabled(&self.exchange, HUB, None);
        batch(&host.namespace, &host.addresses(CABLE));
        // Linphone believes in a network only when it has a way out.
        let (v4, v6) = (self.exchange.v4(), self.exchange.v6());
        batch(&host.namespace, &format!("route add default via {v4}\nroute add default via {v6}\n"));
        host
    }

    /// A machine that stands outside of the site's own network, with these addresses (networks of /24 and /64): its cable ends
    /// in a bridge of another machine. It has no way to anywhere else until it is given one.
    pub fn host_elsewhere(&self, place: &Host, bridge: &str, v4: Ipv4Addr, v6: Ipv6Addr) -> Host {
        let host = self.cabled(place, bridge, Some((v4, v6)));
        batch(&host.namespace, &host.addresses(CABLE));
        host
    }

    fn cabled(&self, place: &Host, bridge: &str, elsewhere: Option<(Ipv4Addr, Ipv6Addr)>) -> Host {
        let number = self.hosts.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("{}{number}", self.exchange.namespace.trim_end_matches('1'));
        let host = Host { namespace, number, folder: self.folder.path().to_owned(), elsewhere };
        ip(&format!("netns add {}", host.namespace));
        batch(
            &place.namespace,
            &format!(
                "link add to{number} type veth peer name {CABLE} netns {}\nlink set to{number} master {bridge} up\n",
                host.namespace
            ),
        );
        host
    }

    /// A folder for the files of the test, removed with the site.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for Site {
    fn default() -> Self {
        Site::new()
    }
}

impl Host {
    /// Its IPv4 address.
    pub fn v4(&self) -> IpAddr {
        self.elsewhere.map_or(Ipv4Addr::new(192, 0, 2, self.number), |(v4, _)| v4).into()
    }

    /// Its IPv6 address. The last group shows the same digits as the last of the IPv4 address.
    pub fn v6(&self) -> IpAddr {
        let group = u16::from_str_radix(&self.number.to_string(), 16).unwrap_or_default();
        self.elsewhere.map_or(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, group), |(_, v6)| v6).into()
    }

    /// Its address of the family of `other`.
    pub fn like(&self, other: IpAddr) -> IpAddr {
        if other.is_ipv4() { self.v4() } else { self.v6() }
    }

    /// A SIP address on it.
    pub fn sip(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.v4(), port)
    }

    /// Which host of the site it is: the last number of its addresses.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// A folder of this name among the files of the test.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(format!("{}-{name}", self.number));
        std::fs::create_dir_all(&folder).expect("a folder in /tmp");
        folder
    }

    /// Runs `work` on a thread of this machine: sockets that it opens stay there.
    ///
    /// # Panics
    ///
    /// When `work` does.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let path = Path::new("/run/netns").join(&self.namespace);
        let enter = || {
            let file = File::open(&path).expect("the namespace is there");
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may enter it");
            work()
        };
        let done = thread::scope(|scope| scope.spawn(enter).join());
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Starts a program on this machine.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start(&self, name: &str, mut command: Command) -> Program {
        let folder = self.folder("logs");
        let started = self.inside(|| Program::start(name, &mut command, &folder));
        started.unwrap_or_else(|error| panic!("{name} does not start: {error}"))
    }

    /// Gives lines of `ip -batch` to this machine.
    ///
    /// # Panics
    ///
    /// When one is refused.
    pub fn ip(&self, lines: &str) {
        batch(&self.namespace, lines);
    }

    fn addresses(&self, interface: &str) -> String {
        format!(
            "link set lo up\nlink set {interface} up\naddress add {}/24 dev {interface}\n\
             address add {}/64 dev {interface} nodad\n",
            self.v4(),
            self.v6()
        )
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        remove(&self.namespace);
    }
}

/// Removes what tests that were killed have left: their process is named in the namespace.
fn sweep() {
    let Ok(names) = std::fs::read_dir("/run/netns") else { return };
    for name in names.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            remove(&name);
        }
    }
}

fn remove(namespace: &str) {
    // One that has gone already is as good as removed.
    let _ = program().args(["netns", "del", namespace]).stderr(Stdio::null()).status();
}

fn program() -> Command {
    Command::new(find("ip").unwrap_or_else(|| "ip".into()))
}

fn ip(line: &str) {
    let status = program().args(line.split(' ')).status().expect("ip is installed");
    assert!(status.success(), "ip {line}: {status}");
}

fn batch(namespace: &str, lines: &str) {
    use std::io::Write;
    let mut child =
        program().args(["-n", namespace, "-batch", "-"]).stdin(Stdio::piped()).spawn().expect("ip is installed");
    let written = child.stdin.take().map(|mut input| input.write_all(lines.as_bytes()));
    let status = child.wait().expect("ip ends");
    assert!(status.success() && matches!(written, Some(Ok(()))), "ip -batch: {status}\n{lines}");
}
