//! What the SIP line and the exchange are told of the configuration.

use super::{StartError, chance, zone};
use crate::configuration::{DigestName, Network, Site};
use crate::shard::flows::LocalSocket;
use exchange::{ExchangeConfig, Waits};
use ground::{NetworkId, Utc};
use media_plan::{CodecName, MediaNetwork, OwnCodecs};
use ports::Service;
use sip::agent;
use std::time::Duration;

pub(super) fn sip_config(
    site: &Site,
    local: &[LocalSocket],
    start_second: u32,
) -> Result<line_sip::Config, StartError> {
    let sip = &site.configuration.sip;
    let mut limits = agent::Limits::default();
    limits.sessions = limits.sessions.max(site.configuration.limits.calls as usize * 3);
    limits.unauthenticated_rate = site.configuration.limits.unproven_per_address;
    limits.unauthenticated_burst = limits.unauthenticated_rate.saturating_mul(5);
    let agent = agent::Config {
        shard: 'a',
        seed: chance::bytes::<32>()?,
        start: ground::Utc::from_seconds(i64::from(start_second)),
        intervals: Default::default(),
        trying: agent::Trying::Immediately,
        limits,
        waits: agent::Waits::default(),
        default_ports: agent::DefaultPorts {
            plain: default_port(Service::SipUdp),
            secure: default_port(Service::SipTls),
        },
        networks: site.networks.iter().map(|network| agent_network(site, network, local)).collect(),
        registrar: sip::registrar::RegistrarConfig {
            minimum: sip.min_expires,
            default: sip.max_expires,
            maximum: sip.max_expires,
            contacts: 8,
            keep_alive: Duration::from_secs(u64::from(sip.keep_alive)),
            ..Default::default()
        },
        info_types: line_sip::DIGIT_TYPES.iter().map(|kind| (*kind).into()).collect(),
        trace: site.configuration.limits.trace_bytes > 0,
    };
    let listener = |socket: &LocalSocket| line_sip::ListenerEntry {
        index: socket.index,
        transport: socket.transport,
        local: socket.local,
    };
    Ok(line_sip::Config {
        agent,
        listeners: local.iter().map(listener).collect(),
        hosts: site.networks.iter().flat_map(hosts).collect(),
        start_second,
    })
}

/// The port that a URI without port means (RFC 3261 section 19.1.2), as the default plan has it.
fn default_port(service: Service) -> u16 {
    let plan = ports::PortPlan::default();
    plan.flow(service).and_then(|flow| flow.ports().first().map(|run| run.first())).unwrap_or(0)
}

/// The hosts of a network's identities: its address of each family.
fn hosts(network: &Network) -> impl Iterator<Item = (NetworkId, Box<str>)> {
    let v4 = network.v4.map(|v4| v4.to_string());
    let v6 = network.v6.map(|v6| format!("[{v6}]"));
    let id = network.id;
    [v4, v6].into_iter().flatten().map(move |host| (id, host.into()))
}

fn agent_network(site: &Site, network: &Network, local: &[LocalSocket]) -> agent::Network {
    let algorithm = |name: &DigestName| match name {
        DigestName::Sha512_256 => sip::digest::Algorithm::Sha512_256,
        DigestName::Sha256 => sip::digest::Algorithm::Sha256,
        DigestName::Md5 => sip::digest::Algorithm::Md5,
    };
    let mut advertised: Vec<agent::Advertised> = Vec::new();
    for socket in local.iter().filter(|socket| socket.network == network.id) {
        let host = if socket.local.is_ipv4() { network.v4 } else { network.v6 };
        let Some(host) = host else { continue };
        let host = if host.is_ipv6() { format!("[{host}]") } else { host.to_string() };
        advertised.push(agent::Advertised {
            transport: socket.transport,
            host: host.into(),
            port: Some(socket.local.port()),
        });
    }
    agent::Network {
        id: network.id,
        advertised,
        realm: site.configuration.sip.realm.as_str().into(),
        algorithms: network.section.digest.iter().map(algorithm).collect(),
        challenge: true,
        trunks: Vec::new(),
    }
}

pub(super) fn exchange_config(site: &Site, start_second: u32, now: Utc) -> ExchangeConfig {
    let configuration = &site.configuration;
    let network = |network: &Network| {
        let bound = |v4: bool| network.section.addresses.iter().copied().find(|address| address.is_ipv4() == v4);
        MediaNetwork { network: network.id, v4: bound(true).zip(network.v4), v6: bound(false).zip(network.v6) }
    };
    let names: Vec<CodecName> = configuration.media.codecs.iter().map(|name| CodecName::parse(name)).collect();
    ExchangeConfig {
        server: exchange::ServerId::default(),
        start_second,
        media_networks: site.networks.iter().map(network).collect(),
        own_codecs: OwnCodecs::ordered(&names),
        offsets: zone::offsets(&configuration.site.time_zone, now),
        max_calls: configuration.limits.calls as usize,
        waits: Waits {
            silence: Duration::from_secs(u64::from(configuration.media.silence)),
            longest_call: Duration::from_secs(u64::from(configuration.sip.longest_call) * 60),
            ..Waits::default()
        },
    }
}
