//! A site and a switchboard over it, without sockets.

use almon::control::password;
use almon::switchboard::Switchboard;
use directory::change::{Change, ChangeSet, NewChoice, NewExtension, NewRoute, NewTrunk};
use directory::{Directory, ServiceKind, TrunkTransport};
use exchange::{ExchangeConfig, Waits};
use ground::{NetworkId, Now, Secret, Utc};
use media_plan::{CodecName, MediaNetwork, OwnCodecs};
use sip::Transport;
use sip::agent::{Advertised, Config, DefaultPorts, Limits, Network, Trying};
use sip::digest::Algorithm;
use std::net::SocketAddr;
use std::sync::Arc;

/// The only network.
pub const NETWORK: NetworkId = NetworkId(0);
/// Where the exchange is.
pub const EXCHANGE: &str = "192.0.2.1:5060";
/// Where the trunk's far end is.
pub const CARRIER: &str = "198.51.100.9:5060";
/// The realm of passwords.
pub const REALM: &str = "almon";

/// An address from its text.
pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A user agent at an address that challenges nobody.
pub fn telephone_config(seed: u8, at: SocketAddr) -> Config {
    Config {
        shard: 'T',
        seed: [seed; 32],
        start: ground::Utc::default(),
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

/// A switchboard that challenges everybody but the trunks.
pub fn board(directory: &Arc<Directory>, now: Now) -> Switchboard {
    let (sip, exchange) = configuration();
    Switchboard::new(now, sip, exchange, directory.clone())
}

/// What the switchboard is made with, to be changed by a scenario.
pub fn configuration() -> (line_sip::Config, ExchangeConfig) {
    let at = address(EXCHANGE);
    let mut agent = telephone_config(99, at);
    agent.shard = 'a';
    agent.trace = true;
    agent.networks[0].challenge = true;
    agent.networks[0].realm = REALM.into();
    agent.registrar.contacts = 8;
    let sip = line_sip::Config {
        agent,
        listeners: vec![line_sip::ListenerEntry { index: 0, transport: Transport::Udp, local: at }],
        hosts: vec![(NETWORK, at.ip().to_string().into())],
        start_second: 1_700_000_000,
    };
    let exchange = ExchangeConfig {
        server: exchange::ServerId::default(),
        start_second: 1_700_000_000,
        media_networks: vec![MediaNetwork { network: NETWORK, v4: Some((at.ip(), at.ip())), v6: None }],
        own_codecs: OwnCodecs::ordered(&[CodecName::Pcma, CodecName::Pcmu]),
        offsets: ground::SiteOffsets::fixed(60),
        max_calls: 100,
        waits: Waits::default(),
    };
    (sip, exchange)
}

/// A choice of a route that takes the access digit off.
pub fn board_choice(trunk: &str) -> NewChoice {
    NewChoice { trunk: trunk.into(), strip: 1, prepend: Default::default() }
}

/// Extensions 1001 to 1004, echo at 600, music at 601, prefix 9 to the trunk at 198.51.100.9, emergency 112 over it.
pub fn site() -> Arc<Directory> {
    let mut changes: Vec<Change> = (1001..=1004).map(extension).collect();
    changes.push(Change::AddService { number: "600".parse().unwrap(), kind: ServiceKind::Echo });
    changes.push(Change::AddService { number: "601".parse().unwrap(), kind: ServiceKind::Music });
    changes.push(Change::AddTrunk(NewTrunk {
        name: "carrier".into(),
        address: address(CARRIER),
        transport: TrunkTransport::Udp,
        network: NETWORK,
        sources: Vec::new(),
        transit: false,
        max_calls: Default::default(),
        follow_redirects: false,
        may_transfer: false,
        transfers_itself: false,
    }));
    changes.push(Change::AddRoute(NewRoute {
        name: "outside".into(),
        prefix: "9".parse().unwrap(),
        min_digits: 4,
        max_digits: 16,
        choices: vec![board_choice("carrier")],
        hours: Vec::new(),
    }));
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
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    })
}
