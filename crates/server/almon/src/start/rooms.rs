//! Opening everything in its order: data, sockets, engine, call thread.

use super::outside::Others;
use super::{StartError, epoch, machine, system};
use crate::configuration::{DigestName, Network, Site};
use crate::control::office::ShardMailbox;
use crate::shard::driver::{Parts, Shard};
use crate::shard::flows::LocalSocket;
use crate::switchboard::{Input, Switchboard};
use directory::{Directory, Store};
use exchange::{ExchangeConfig, Waits};
use ground::{AlarmCode, Machine, NetworkId};
use media::{Engine, EngineConfig, EngineHandle, QueueLimits, SoundConfig};
use media_plan::{AddressFamily, CodecName, MediaEvent, MediaNetwork, OwnCodecs, PortPair};
use net::{Clock, DatagramSocket, Reactor, StreamKind, StreamLimits, StreamService, TlsIdentity, Waker};
use ports::{Bind, ListenerRange, Service};
use sip::Transport;
use sip::agent;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{Options, RecordFiles, SqliteStore, StoreAlarm, Writer, WriterConfig};

/// Requests of other threads that wait for the call thread.
const MAILBOX: usize = 1024;

/// What a start that fails waits for its store to close.
const GIVE_UP: Duration = Duration::from_secs(5);

/// Everything that was opened.
pub(super) struct Rooms {
    pub(super) clock: Clock,
    pub(super) realm: String,
    pub(super) directory: Arc<Directory>,
    pub(super) writer: Arc<Writer>,
    pub(super) shard: ShardMailbox,
    pub(super) calls: JoinHandle<std::io::Result<()>>,
    pub(super) listeners: Vec<(String, String)>,
    pub(super) alarms: Arc<Mutex<BTreeSet<&'static str>>>,
    pub(super) interrupted: usize,
    pub(super) announcements: Vec<String>,
    pub(super) record_files: Option<RecordFiles>,
}

/// What the data folder held.
struct Kept {
    writer: Arc<Writer>,
    directory: Arc<Directory>,
    registrations: Vec<directory::store::StoredRegistration>,
    interrupted: usize,
}

impl Rooms {
    /// Opens the rooms of a site. Whatever fails ends what was opened before it.
    pub(super) fn open(site: &Site) -> Result<Rooms, StartError> {
        let clock = Clock::start();
        let alarms = Arc::new(Mutex::new(BTreeSet::new()));
        let kept = open_store(site, clock, alarms.clone())?;
        let writer = kept.writer.clone();
        let record_files = record_files(site, &writer, alarms.clone())?;
        let opened = Rooms::open_around(site, clock, kept, alarms);
        if let Ok(rooms) = opened {
            return Ok(Rooms { record_files, ..rooms });
        }
        if let Some(files) = record_files {
            files.stop();
        }
        opened.inspect_err(|_| {
            // The data folder is free again when this returns.
            if let Ok(writer) = Arc::try_unwrap(writer) {
                writer.shut_down(GIVE_UP);
            }
        })
    }

    fn open_around(
        site: &Site,
        clock: Clock,
        kept: Kept,
        alarms: Arc<Mutex<BTreeSet<&'static str>>>,
    ) -> Result<Rooms, StartError> {
        let sockets = Sockets::open(site)?;
        let reactor = Reactor::new(sockets.datagram, clock).map_err(system("event loop"))?;
        let waker = reactor.waker();
        let listeners = sockets.listed;
        let streams = sockets.streams.start(waker.clone()).map_err(system("stream thread"))?;
        let (engine, media_events) = start_engine(site, clock, &waker)?;
        let announcements = engine.announcements().to_vec();
        let (requests, mailbox) = sync_channel(MAILBOX);
        let now = clock.now();
        let start_second = epoch::take(&site.configuration.data, now.utc).map_err(system("start counter"))?;
        let sip = sip_config(site, &sockets.local, start_second)?;
        let exchange = exchange_config(site, start_second);
        let mut board = Switchboard::new(now, sip, exchange, kept.directory.clone());
        board.handle(now, Input::Restore(kept.registrations));
        let outside = Box::new(Others { engine, writer: kept.writer.clone() });
        let trace_bytes = usize::try_from(site.configuration.limits.trace_bytes).unwrap_or(usize::MAX);
        let drain_bound = Duration::from_secs(u64::from(site.configuration.limits.drain));
        let local = sockets.local;
        let parts = Parts {
            board,
            sockets: local,
            streams,
            requests: mailbox,
            media_events,
            outside,
            trace_bytes,
            drain_bound,
        };
        let mut shard = Shard::new(parts);
        let calls = std::thread::Builder::new()
            .name("calls".to_owned())
            .spawn(move || reactor.run(&mut shard))
            .map_err(system("call thread"))?;
        Ok(Rooms {
            clock,
            realm: site.configuration.sip.realm.clone(),
            directory: kept.directory,
            writer: kept.writer,
            shard: ShardMailbox { requests, waker },
            calls,
            listeners,
            alarms,
            interrupted: kept.interrupted,
            announcements,
            record_files: None,
        })
    }
}

fn open_store(site: &Site, clock: Clock, alarms: Arc<Mutex<BTreeSet<&'static str>>>) -> Result<Kept, StartError> {
    let mut store = SqliteStore::open(&site.configuration.data, &Options::default())?;
    store.set_realm_once(&site.configuration.sip.realm)?;
    let directory = Arc::new(store.load()?);
    let now = clock.utc();
    let interrupted = store.interrupted(now)?.len();
    let mut registrations = store.load_registrations()?;
    registrations.retain(|registration| registration.expires_at > now);
    let writer = Writer::start(Box::new(store), WriterConfig::default(), move |alarm| store_alarm(&alarms, &alarm))
        .map_err(system("store thread"))?;
    Ok(Kept { writer: Arc::new(writer), directory, registrations, interrupted })
}

/// The thread that writes call records into files, where the configuration names a folder.
fn record_files(
    site: &Site,
    writer: &Arc<Writer>,
    alarms: Arc<Mutex<BTreeSet<&'static str>>>,
) -> Result<Option<RecordFiles>, StartError> {
    let folder = &site.configuration.records.csv;
    if folder.as_os_str().is_empty() {
        return Ok(None);
    }
    let code = AlarmCode::RecordOutputFailed.code();
    let alarm = move |reason: Option<&str>| {
        let Ok(mut alarms) = alarms.lock() else { return };
        match reason {
            Some(reason) => {
                tracing::error!(alarm = code, reason, "alarm");
                alarms.insert(code)
            }
            None => {
                tracing::info!(alarm = code, "alarm over");
                alarms.remove(code)
            }
        };
    };
    RecordFiles::start(folder, writer.clone(), alarm).map(Some).map_err(system("record files thread"))
}

fn store_alarm(alarms: &Mutex<BTreeSet<&'static str>>, alarm: &StoreAlarm) {
    let (code, active) = match alarm {
        StoreAlarm::Raised { code, error } => {
            tracing::error!(alarm = code.code(), %error, "alarm: calls go on, what is to be kept waits");
            (*code, true)
        }
        StoreAlarm::RecordsLost { count } => {
            tracing::error!(alarm = AlarmCode::RecordsLost.code(), count, "alarm: call records were lost");
            (AlarmCode::RecordsLost, true)
        }
        StoreAlarm::Cleared { code } => {
            tracing::info!(alarm = code.code(), "alarm over");
            (*code, false)
        }
    };
    if let Ok(mut alarms) = alarms.lock() {
        if active {
            alarms.insert(code.code())
        } else {
            alarms.remove(code.code())
        };
    }
}

/// The signalling sockets of the plan.
struct Sockets {
    datagram: Vec<DatagramSocket>,
    streams: StreamService,
    local: Vec<LocalSocket>,
    listed: Vec<(String, String)>,
}

impl Sockets {
    fn open(site: &Site) -> Result<Sockets, StartError> {
        let configuration = &site.configuration;
        let identity = identity(site)?;
        let mut sockets: Vec<(Bind, Transport)> = Vec::new();
        for (service, transport) in
            [(Service::SipUdp, Transport::Udp), (Service::SipTcp, Transport::Tcp), (Service::SipTls, Transport::Tls)]
        {
            let closed = transport == Transport::Tls && identity.is_none();
            match site.plan.listener(service) {
                Ok(listener) if !closed => sockets.extend(listener.binds().iter().map(|bind| (*bind, transport))),
                Ok(_) => tracing::info!("{service} stays closed: [tls] names no certificate"),
                Err(reason) => tracing::info!("{service} stays closed: {reason}"),
            }
        }
        let (mut datagram, mut streams, mut local, mut listed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, (bind, transport)) in sockets.iter().enumerate() {
            let address = bind.address();
            let Some(network) = site.network_of(address.ip()) else {
                return Err(StartError::NoNetwork { service: bind.service(), address });
            };
            match transport {
                Transport::Udp => datagram.push(net::bind_udp(bind, configuration.sip.dscp)?),
                Transport::Tls => streams.push((*bind, StreamKind::Tls)),
                _ => streams.push((*bind, StreamKind::Tcp)),
            }
            let index = index as u16;
            local.push(LocalSocket { index, transport: *transport, local: address, network: network.id });
            listed.push((bind.service().to_string(), address.to_string()));
        }
        let limits = StreamLimits {
            connections: configuration.limits.connections as usize,
            connections_a_peer: configuration.limits.connections_per_address as usize,
            dscp: configuration.sip.dscp,
            ..StreamLimits::default()
        };
        let streams = StreamService::open(&streams, identity, limits)?;
        Ok(Sockets { datagram, streams, local, listed })
    }
}

fn identity(site: &Site) -> Result<Option<TlsIdentity>, StartError> {
    let tls = &site.configuration.tls;
    if tls.certificate.as_os_str().is_empty() {
        return Ok(None);
    }
    let authorities = (!tls.authorities.as_os_str().is_empty()).then_some(tls.authorities.as_path());
    TlsIdentity::load(&tls.certificate, &tls.key, authorities).map(Some).map_err(StartError::Certificate)
}

fn start_engine(site: &Site, clock: Clock, waker: &Waker) -> Result<(EngineHandle, Receiver<MediaEvent>), StartError> {
    let ranges = site.plan.media_ports().map_err(StartError::Plan)?;
    let first = ranges.first().map(ListenerRange::ports);
    let ports = first.map_or(0..=0, |run| run.first()..=run.last());
    let mut networks = Vec::new();
    let mut places = Vec::new();
    for range in ranges {
        let Some(network) = site.network_of(range.address()) else { continue };
        let family = AddressFamily::of(range.address());
        // One address of each family carries a network's media.
        if !networks.contains(&(network.id, family)) {
            networks.push((network.id, family));
            places.push(range);
        }
    }
    let dscp = site.configuration.media.dscp;
    let networks_count = networks.len();
    let order = networks.clone();
    let binder = move |pair: PortPair| {
        let place = order.iter().position(|known| *known == (pair.network, pair.family));
        let range = place.and_then(|place| places.get(place)).ok_or(std::io::ErrorKind::AddrNotAvailable)?;
        net::bind_media_pair(range, pair.rtp_port, dscp).map_err(std::io::Error::other)
    };
    let wake = waker.clone();
    let config = EngineConfig {
        networks,
        ports,
        resume: Vec::new(),
        stock: stock(networks_count),
        threads: usize::from(site.configuration.media.threads),
        sounds: SoundConfig {
            music: file("[media] music", &site.configuration.media.music)?,
            announcements: file("[media] announcements", &site.configuration.media.announcements)?,
        },
        queues: QueueLimits::default(),
        seed: random_number()?,
        binder: Box::new(binder),
        clock: Arc::new(move || clock.now()),
        wake: Arc::new(move || wake.wake()),
    };
    Engine::start(config).map_err(StartError::Media)
}

/// Pairs of ports bound ahead for each network and family: a burst of half as many legs finds its ports. Each pair is two open
/// files, so all stocks together take an eighth of what the process may open.
fn stock(networks: usize) -> usize {
    let files = machine::raise_file_limit().unwrap_or(1024);
    let each = usize::try_from(files).unwrap_or(usize::MAX) / 8 / 2 / networks.max(1);
    each.clamp(16, 1024)
}

fn file(key: &'static str, path: &Path) -> Result<Option<PathBuf>, StartError> {
    match (path.as_os_str().is_empty(), path.exists()) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(path.to_owned())),
        (false, false) => Err(StartError::Missing { key, path: path.to_owned() }),
    }
}

fn random<const N: usize>() -> Result<[u8; N], StartError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| system("randomness")(std::io::Error::other(error.to_string())))?;
    Ok(bytes)
}

fn random_number() -> Result<u64, StartError> {
    random::<8>().map(u64::from_le_bytes)
}

fn sip_config(site: &Site, local: &[LocalSocket], start_second: u32) -> Result<line_sip::Config, StartError> {
    let sip = &site.configuration.sip;
    let mut limits = agent::Limits::default();
    limits.sessions = limits.sessions.max(site.configuration.limits.calls as usize * 3);
    limits.unauthenticated_rate = site.configuration.limits.unproven_per_address;
    limits.unauthenticated_burst = limits.unauthenticated_rate.saturating_mul(5);
    let agent = agent::Config {
        shard: 'a',
        seed: random::<32>()?,
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

fn exchange_config(site: &Site, start_second: u32) -> ExchangeConfig {
    let configuration = &site.configuration;
    let network = |network: &Network| {
        let bound = |v4: bool| network.section.addresses.iter().copied().find(|address| address.is_ipv4() == v4);
        MediaNetwork { network: network.id, v4: bound(true).zip(network.v4), v6: bound(false).zip(network.v6) }
    };
    let names: Vec<CodecName> = configuration.media.codecs.iter().map(|name| CodecName::parse(name)).collect();
    ExchangeConfig {
        start_second,
        media_networks: site.networks.iter().map(network).collect(),
        own_codecs: OwnCodecs::ordered(&names),
        offset_minutes: 0,
        max_calls: configuration.limits.calls as usize,
        waits: Waits {
            silence: Duration::from_secs(u64::from(configuration.media.silence)),
            longest_call: Duration::from_secs(u64::from(configuration.sip.longest_call) * 60),
            ..Waits::default()
        },
    }
}
