//! What a configuration means on this machine: the networks, the port plan, and everything that is wrong.

use super::{Configuration, NetworkSection};
use crate::start::zone;
use ground::NetworkId;
use ports::{Checks, PlanErrors, PortPlan};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// Something wrong in a configuration that reads well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no network, so nothing would be listened on.
    NoNetwork,
    /// Two networks have one name, or a name is empty.
    NetworkName {
        /// The name.
        name: String,
    },
    /// A network listens nowhere.
    NoAddress {
        /// The network.
        network: String,
    },
    /// Two networks share an address.
    SharedAddress {
        /// The address.
        address: IpAddr,
    },
    /// Two addresses of one family are bound, or a wildcard, and it is not said which one peers are to use.
    AdvertiseNeeded {
        /// The network.
        network: String,
    },
    /// Two addresses of one family, a wildcard or a multicast address are to be advertised.
    AdvertiseUnusable {
        /// The network.
        network: String,
        /// The address.
        address: IpAddr,
    },
    /// A network offers no digest algorithm.
    NoDigest {
        /// The network.
        network: String,
    },
    /// The realm is empty or holds something that a quoted string cannot.
    Realm {
        /// The realm.
        realm: String,
    },
    /// A value is outside its range.
    OutOfRange {
        /// The key, with its section.
        key: &'static str,
        /// What is permitted.
        permitted: &'static str,
    },
    /// A codec that Almon cannot make itself.
    UnknownCodec {
        /// The name.
        name: String,
    },
    /// A time zone that does not exist.
    UnknownTimeZone {
        /// The name.
        name: String,
    },
    /// A certificate without its key, or a key without certificate.
    HalfCertificate,
    /// The port plan contradicts itself.
    Ports(PlanErrors),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoNetwork => write!(f, "[[network]]: there is none, so nothing could call"),
            Problem::NetworkName { name } => write!(f, "[[network]] name {name:?}: names must be unique and not empty"),
            Problem::NoAddress { network } => write!(f, "[[network]] {network}: addresses is empty"),
            Problem::SharedAddress { address } => write!(f, "[[network]] {address} stands in two networks"),
            Problem::AdvertiseNeeded { network } => {
                write!(
                    f,
                    "[[network]] {network}: several addresses of a family or a wildcard: say in advertise which one peers use"
                )
            }
            Problem::AdvertiseUnusable { network, address } => {
                write!(f, "[[network]] {network}: {address} cannot be advertised (one unicast address of each family)")
            }
            Problem::NoDigest { network } => write!(f, "[[network]] {network}: digest is empty"),
            Problem::Realm { realm } => {
                write!(f, "[sip] realm {realm:?}: 1 to 100 printable characters without quotation marks")
            }
            Problem::OutOfRange { key, permitted } => write!(f, "{key}: must be {permitted}"),
            Problem::UnknownTimeZone { name } => {
                write!(f, "[site] time-zone: {name:?} is not in the IANA time zone database")
            }
            Problem::UnknownCodec { name } => write!(f, "[media] codecs: {name:?} is not one of PCMA, PCMU"),
            Problem::HalfCertificate => write!(f, "[tls] certificate and key go together"),
            Problem::Ports(errors) => write!(f, "[ports] {errors}"),
        }
    }
}

/// A network as the rooms use it.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its identifier: its place in the file.
    pub id: NetworkId,
    /// The section.
    pub section: NetworkSection,
    /// The address advertised for IPv4.
    pub v4: Option<IpAddr>,
    /// The address advertised for IPv6.
    pub v6: Option<IpAddr>,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Site {
    /// The file.
    pub configuration: Configuration,
    /// The networks.
    pub networks: Vec<Network>,
    /// The ports.
    pub plan: PortPlan,
}

impl Site {
    /// Checks everything; `ephemeral` is the content of `/proc/sys/net/ipv4/ip_local_port_range`.
    pub fn new(configuration: Configuration, ephemeral: Option<&str>) -> Result<Site, Vec<Problem>> {
        let mut problems = Vec::new();
        let networks = networks(&configuration, &mut problems);
        values(&configuration, &mut problems);
        let mut overrides = configuration.ports.clone();
        if overrides.bind.is_empty() {
            overrides.bind = configuration.network.iter().flat_map(|network| network.addresses.clone()).collect();
        }
        let mut checks = Checks::default();
        if let Some(range) = ephemeral.and_then(|content| ports::ephemeral_range(content).ok()) {
            checks.ephemeral = vec![range];
        }
        match PortPlan::resolve(&overrides, &checks) {
            Ok(plan) if problems.is_empty() => Ok(Site { configuration, networks, plan }),
            Ok(_) => Err(problems),
            Err(errors) => {
                problems.push(Problem::Ports(errors));
                Err(problems)
            }
        }
    }

    /// The network to which a bound address belongs.
    pub fn network_of(&self, address: IpAddr) -> Option<&Network> {
        self.networks.iter().find(|network| network.section.addresses.contains(&address))
    }

    /// The network with this name.
    pub fn network_named(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.section.name == name)
    }
}

fn networks(configuration: &Configuration, problems: &mut Vec<Problem>) -> Vec<Network> {
    if configuration.network.is_empty() {
        problems.push(Problem::NoNetwork);
    }
    let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    let mut networks = Vec::new();
    for (index, section) in configuration.network.iter().enumerate() {
        let name = section.name.clone();
        if name.is_empty() || !names.insert(name.clone()) {
            problems.push(Problem::NetworkName { name: name.clone() });
        }
        if section.addresses.is_empty() {
            problems.push(Problem::NoAddress { network: name.clone() });
        }
        if section.digest.is_empty() {
            problems.push(Problem::NoDigest { network: name.clone() });
        }
        for address in &section.addresses {
            if !addresses.insert(*address) {
                problems.push(Problem::SharedAddress { address: *address });
            }
        }
        let v4 = advertised(section, IpAddr::is_ipv4, problems);
        let v6 = advertised(section, IpAddr::is_ipv6, problems);
        networks.push(Network { id: NetworkId(index as u16), section: section.clone(), v4, v6 });
    }
    networks
}

fn advertised(section: &NetworkSection, family: fn(&IpAddr) -> bool, problems: &mut Vec<Problem>) -> Option<IpAddr> {
    let network = || section.name.clone();
    let bound: Vec<IpAddr> = section.addresses.iter().copied().filter(family).collect();
    let told: Vec<IpAddr> = section.advertise.iter().copied().filter(family).collect();
    match told.as_slice() {
        [address] if !address.is_unspecified() && !address.is_multicast() => (!bound.is_empty()).then_some(*address),
        [address, ..] => {
            problems.push(Problem::AdvertiseUnusable { network: network(), address: *address });
            None
        }
        [] => match bound.as_slice() {
            [] => None,
            [address] if !address.is_unspecified() => Some(*address),
            _ => {
                problems.push(Problem::AdvertiseNeeded { network: network() });
                None
            }
        },
    }
}

fn values(configuration: &Configuration, problems: &mut Vec<Problem>) {
    let (sip, media, tls) = (&configuration.sip, &configuration.media, &configuration.tls);
    let realm = &sip.realm;
    if realm.is_empty() || realm.len() > 100 || realm.chars().any(|c| c.is_control() || c == '"' || c == '\\') {
        problems.push(Problem::Realm { realm: realm.clone() });
    }
    let ranges = [
        (sip.min_expires >= 60 && sip.min_expires <= sip.max_expires, "[sip] min-expires", "60 to max-expires"),
        (sip.max_expires <= 86_400, "[sip] max-expires", "at most 86400"),
        ((5..=3600).contains(&sip.keep_alive), "[sip] keep-alive", "5 to 3600"),
        (sip.dscp < 64, "[sip] dscp", "0 to 63"),
        (media.dscp < 64, "[media] dscp", "0 to 63"),
        ((1..=16).contains(&media.threads), "[media] threads", "1 to 16"),
        ((10..=3600).contains(&media.silence), "[media] silence", "10 to 3600"),
        (sip.longest_call > 0, "[sip] longest-call", "at least 1"),
        ((1..=100_000).contains(&configuration.limits.calls), "[limits] calls", "1 to 100000"),
        ((1..=1000).contains(&configuration.journal.pause_milliseconds), "[journal] pause-milliseconds", "1 to 1000"),
        ((1..=1440).contains(&configuration.journal.snapshot_minutes), "[journal] snapshot-minutes", "1 to 1440"),
        ((1..=1024).contains(&configuration.journal.snapshot_mebibytes), "[journal] snapshot-mebibytes", "1 to 1024"),
        (configuration.limits.trace_bytes <= 4 << 30, "[limits] trace-bytes", "at most 4294967296"),
    ];
    for (good, key, permitted) in ranges {
        if !good {
            problems.push(Problem::OutOfRange { key, permitted });
        }
    }
    if !zone::is_known(&configuration.site.time_zone) {
        problems.push(Problem::UnknownTimeZone { name: configuration.site.time_zone.clone() });
    }
    for name in &media.codecs {
        if !matches!(name.as_str(), "PCMA" | "PCMU") {
            problems.push(Problem::UnknownCodec { name: name.clone() });
        }
    }
    if tls.certificate.as_os_str().is_empty() != tls.key.as_os_str().is_empty() {
        problems.push(Problem::HalfCertificate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<Problem> {
        Site::new(Configuration::parse(text).unwrap(), None).err().unwrap_or_default()
    }

    #[test]
    fn the_default_listens_on_the_loopback_alone() {
        let site = Site::new(Configuration::default(), Some("32768\t60999\n")).unwrap();
        let listener = site.plan.listener(ports::Service::SipUdp).unwrap();
        assert!(listener.addresses().all(|address| address.ip().is_loopback()));
        assert_eq!(site.networks[0].v4, Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(site.networks[0].v6, None);
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_every_reason() {
        assert_eq!(problems("network = []"), [Problem::NoNetwork]);
        let twice = "[[network]]\nname='a'\naddresses=['10.0.0.1']\n[[network]]\nname='a'\naddresses=['10.0.0.1']";
        // The name, the address, and the port plan that would bind it twice.
        assert_eq!(problems(twice).len(), 3);
        let wildcard = "[[network]]\nname='a'\naddresses=['0.0.0.0']";
        assert_eq!(problems(wildcard), [Problem::AdvertiseNeeded { network: "a".into() }]);
        assert!(problems(&format!("{wildcard}\nadvertise=['192.0.2.1']")).is_empty());
        assert_eq!(problems("[sip]\nrealm='a\"b'").len(), 1);
        assert_eq!(problems("[tls]\ncertificate='a.pem'"), [Problem::HalfCertificate]);
        assert_eq!(problems("[media]\ncodecs=['G729']").len(), 1);
        assert_eq!(problems("[sip]\nmin-expires=30").len(), 1);
    }

    #[test]
    fn a_media_range_among_the_system_s_own_ports_is_refused() {
        let text = "[ports.services.media]\nport='40000-41999'";
        assert!(matches!(problems(text).as_slice(), [Problem::Ports(_)]));
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let error = Configuration::parse("[sip]\nrealmm = 'x'").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("realmm"), "{error}");
    }
}
