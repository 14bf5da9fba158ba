//! A translator of addresses (NAT): a machine between the site and another network, with rules in nftables.

#![allow(dead_code, reason = "each test file needs another part of it")]

use peers::{Host, Site};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// The bridge of the other network.
const FAR: &str = "far";
/// How long nft may take.
const BOUND: Duration = Duration::from_secs(10);

/// The translator: its cable is in the site, its bridge [`FAR`] is the other network.
pub struct Translator<'a> {
    site: &'a Site,
    machine: Host,
    far: Ipv4Addr,
    hosts: AtomicU8,
}

impl<'a> Translator<'a> {
    /// Telephones stand behind it, in 10.7.0.0/24. Each of their conversations leaves from a port drawn by lot, and nothing comes
    /// in that does not answer: the strictest kind of RFC 4787 (address and port dependent mapping and filtering).
    pub fn before_telephones(site: &'a Site) -> Translator<'a> {
        let translator = Translator::between(site, Ipv4Addr::new(10, 7, 0, 1));
        translator.load(
            "table ip translator {\n\
             chain out {\ntype nat hook postrouting priority srcnat; policy accept;\n\
             oifname \"cable\" meta l4proto { tcp, udp } masquerade to :30000-60000 random\n}\n\
             chain own {\ntype filter hook input priority filter; policy accept;\n\
             iifname \"cable\" ct state new,invalid drop\n}\n\
             chain through {\ntype filter hook forward priority filter; policy accept;\n\
             iifname \"cable\" ct state new,invalid drop\n}\n}\n",
        );
        translator
    }

    /// The exchange stands behind it: everybody else is in 198.51.100.0/24, where the exchange is 198.51.100.1. What comes for its
    /// SIP ports and the media range is forwarded to `inner`.
    pub fn before_the_exchange(site: &'a Site, inner: IpAddr, media: &str) -> Translator<'a> {
        let translator = Translator::between(site, Ipv4Addr::new(198, 51, 100, 1));
        translator.load(&format!(
            "table ip translator {{\n\
             chain in {{\ntype nat hook prerouting priority dstnat; policy accept;\n\
             iifname \"{FAR}\" udp dport {{ 5060, {media} }} dnat to {inner}\n\
             iifname \"{FAR}\" tcp dport {{ 5060, 5061 }} dnat to {inner}\n}}\n\
             chain out {{\ntype nat hook postrouting priority srcnat; policy accept;\n\
             oifname \"{FAR}\" masquerade\n}}\n}}\n"
        ));
        site.exchange().ip(&format!("route add default via {}\n", translator.machine.v4()));
        translator
    }

    fn between(site: &'a Site, far: Ipv4Addr) -> Translator<'a> {
        let machine = site.host();
        machine.ip(&format!(
            "link add {FAR} type bridge stp_state 0 forward_delay 0\nlink set {FAR} up\naddress add {far}/24 dev {FAR}\n"
        ));
        let translator = Translator { site, machine, far, hosts: AtomicU8::new(21) };
        translator.set("ipv4/ip_forward", 1);
        translator
    }

    /// Where it stands.
    pub fn machine(&self) -> &Host {
        &self.machine
    }

    /// Its address in the other network.
    pub fn far(&self) -> IpAddr {
        self.far.into()
    }

    /// A machine in the other network: the first ends in 21, then 22, and so on.
    pub fn host(&self) -> Host {
        let number = self.hosts.fetch_add(1, Ordering::Relaxed);
        let [a, b, c, _] = self.far.octets();
        let v6 = Ipv6Addr::new(0xfd07, 0, 0, 0, 0, 0, 0, number.into());
        self.site.host_elsewhere(&self.machine, FAR, Ipv4Addr::new(a, b, c, number), v6)
    }

    /// A machine in the other network for which the translator is the way to everywhere else.
    pub fn host_with_a_way_out(&self) -> Host {
        let host = self.host();
        host.ip(&format!("route add default via {}\n", self.far));
        host
    }

    /// It forgets a conversation of datagrams after so long a silence.
    pub fn forgets_after(&self, seconds: u32) {
        self.set("netfilter/nf_conntrack_udp_timeout", seconds);
        self.set("netfilter/nf_conntrack_udp_timeout_stream", seconds);
    }

    fn set(&self, name: &str, value: u32) {
        let path = format!("/proc/sys/net/{name}");
        // The kernel shows the settings of the network that the opening thread is in.
        let set = self.machine.inside(|| std::fs::write(&path, value.to_string()));
        set.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    fn load(&self, rules: &str) {
        let file = self.machine.folder("nft").join("rules.nft");
        std::fs::write(&file, rules).expect("a file in /tmp");
        let mut command = Command::new(peers::find("nft").expect("nft is installed"));
        command.arg("-f").arg(&file);
        let mut program = self.machine.start("nft", command);
        let status = program.wait(BOUND).expect("nft ends");
        assert!(status.success(), "nft refuses the rules: {status}: {}\n{rules}", program.log());
    }
}
