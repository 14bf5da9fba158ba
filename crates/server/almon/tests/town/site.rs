//! The town's site: thirty extensions, some with several telephones, two trunks, services and an emergency number.

use almon::control::password;
use almon::switchboard::Switchboard;
use directory::change::{CallLimit, Change, ChangeSet, NewChoice, NewExtension, NewRoute, NewTrunk};
use directory::{Directory, ServiceKind, TrunkTransport};
use exchange::{ExchangeConfig, Waits};
use ground::{NetworkId, Now, Secret, Utc};
use media_plan::{AddressFamily, CodecName, MediaNetwork, OwnCodecs, PortPair};
use sip::Transport;
use sip::agent::{Advertised, Config, DefaultPorts, Limits, Network, Trying};
use sip::digest::Algorithm;
use std::net::SocketAddr;
use std::sync::Arc;

pub const NETWORK: NetworkId = NetworkId(0);
pub const EXCHANGE: &str = "192.0.2.1:5060";
/// The trunks' far ends.
pub const FAR_ENDS: [(&str, &str); 2] = [("carrier", "198.51.100.9:5060"), ("other", "198.51.100.10:5060")];
/// When the first process starts.
pub const FIRST_SECOND: u32 = 1_700_000_000;
pub const REALM: &str = "almon";
pub const EXTENSIONS: std::ops::RangeInclusive<u32> = 1001..=1030;
/// How many calls a world of this size holds at once.
pub const MOST_CALLS: usize = 60;
/// Pairs of media ports: fewer than the calls could take, so that now and then there are none left.
const PORT_PAIRS: u16 = 110;

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// How many telephones a number has.
pub fn telephones_of(number: u32) -> u8 {
    match number {
        1001..=1006 => 2,
        1007 => 4,
        _ => 1,
    }
}

pub fn port_pairs() -> Vec<PortPair> {
    let pair = |i| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 20_000 + 2 * i };
    (0..PORT_PAIRS).map(pair).collect()
}

/// A user agent at an address that challenges nobody.
pub fn telephone_config(seed: u64, at: SocketAddr) -> Config {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Config {
        shard: 'T',
        seed: bytes,
        start: Utc::default(),
        intervals: Default::default(),
        trying: Trying::Immediately,
        limits: Limits::default(),
        waits: Default::default(),
        default_ports: DefaultPorts { plain: 5060, secure: 5061 },
        networks: vec![Network {
            id: NETWORK,
            advertised: vec![Advertised {
                transport: Transport::Udp,
                host: at.ip().to_string().into(),
                port: Some(at.port()),
            }],
            realm: "telephone".into(),
            algorithms: [Algorithm::Sha256].into_iter().collect(),
            challenge: false,
            trunks: Vec::new(),
        }],
        registrar: Default::default(),
        info_types: line_sip::DIGIT_TYPES.iter().map(|kind| (*kind).into()).collect(),
        trace: false,
    }
}

/// What the switchboard of this start is made with.
pub fn configuration(seed: u64, start_second: u32) -> (line_sip::Config, ExchangeConfig) {
    let at = address(EXCHANGE);
    let mut agent = telephone_config(seed ^ (u64::from(start_second) << 32), at);
    agent.shard = 'a';
    agent.networks[0].challenge = true;
    agent.networks[0].realm = REALM.into();
    agent.registrar.contacts = 8;
    agent.start = Utc::from_seconds(i64::from(start_second));
    let sip = line_sip::Config {
        agent,
        listeners: vec![line_sip::ListenerEntry { index: 0, transport: Transport::Udp, local: at }],
        hosts: vec![(NETWORK, at.ip().to_string().into())],
        start_second,
    };
    let exchange = ExchangeConfig {
        server: exchange::ServerId::default(),
        start_second,
        media_networks: vec![MediaNetwork { network: NETWORK, v4: Some((at.ip(), at.ip())), v6: None }],
        own_codecs: OwnCodecs::ordered(&[CodecName::Pcma, CodecName::Pcmu]),
        offsets: ground::SiteOffsets::fixed(60),
        max_calls: MOST_CALLS,
        waits: Waits::default(),
    };
    (sip, exchange)
}

pub fn board(seed: u64, now: Now, directory: &Arc<Directory>) -> Switchboard {
    let (sip, exchange) = configuration(seed, FIRST_SECOND);
    Switchboard::new(now, sip, exchange, directory.clone())
}

pub fn choice(trunk: &str, strip: u8) -> NewChoice {
    NewChoice { trunk: trunk.into(), strip, prepend: Default::default() }
}

fn trunk((name, at): (&str, &str)) -> Change {
    let other = name == "other";
    Change::AddTrunk(NewTrunk {
        name: name.into(),
        address: address(at),
        transport: TrunkTransport::Udp,
        network: NETWORK,
        sources: Vec::new(),
        transit: true,
        max_calls: if other { CallLimit::AtMost(12) } else { CallLimit::Unlimited },
        follow_redirects: other,
        may_transfer: true,
        transfers_itself: other,
    })
}

fn route(name: &str, prefix: &str, choices: Vec<NewChoice>) -> Change {
    let prefix = prefix.parse().unwrap();
    Change::AddRoute(NewRoute { name: name.into(), prefix, min_digits: 4, max_digits: 16, choices, hours: Vec::new() })
}

pub fn site() -> Arc<Directory> {
    let mut changes: Vec<Change> = EXTENSIONS.map(extension).collect();
    let services = [("600", ServiceKind::Echo), ("601", ServiceKind::Music)];
    for (number, kind) in services {
        changes.push(Change::AddService { number: number.parse().unwrap(), kind });
    }
    let kind = ServiceKind::Announcement("number-not-available".to_owned());
    changes.push(Change::AddService { number: "602".parse().unwrap(), kind });
    changes.extend(FAR_ENDS.map(trunk));
    changes.push(route("outside", "9", vec![choice("carrier", 1), choice("other", 1)]));
    changes.push(route("abroad", "8", vec![choice("other", 1)]));
    changes.push(Change::AddEmergency { number: "112".parse().unwrap(), route: "outside".into() });
    let empty = Directory::default();
    let set = ChangeSet { base: empty.revision, author: "test".into(), at: Utc::default(), changes };
    Arc::new(empty.apply(&set).unwrap())
}

/// An extension with the password of its number.
pub fn extension(number: u32) -> Change {
    let text = number.to_string();
    Change::AddExtension(NewExtension {
        number: text.parse().unwrap(),
        name: format!("User {number}"),
        max_terminals: 4,
        external_calls: number != 1004,
        password: password::digests(&text, REALM, &Secret::new(format!("password-{number}"))),
        call_waiting: !number.is_multiple_of(5),
        max_calls: number.is_multiple_of(7).then_some(2),
        pickup_group: match number {
            1001..=1008 => Some(1),
            1009..=1012 => Some(2),
            _ => None,
        },
    })
}
