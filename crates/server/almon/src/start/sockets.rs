//! The signalling sockets of the plan.

use super::StartError;
use crate::configuration::Site;
use crate::shard::flows::LocalSocket;
use net::{DatagramSocket, StreamKind, StreamLimits, StreamService, TlsIdentity};
use ports::{Bind, Service};
use sip::Transport;

/// The signalling sockets of the plan.
pub(super) struct Sockets {
    pub(super) datagram: Vec<DatagramSocket>,
    pub(super) streams: StreamService,
    pub(super) local: Vec<LocalSocket>,
    pub(super) identity: Option<TlsIdentity>,
    pub(super) listed: Vec<(String, String)>,
}

impl Sockets {
    pub(super) fn open(site: &Site) -> Result<Sockets, StartError> {
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
        let streams = StreamService::open(&streams, identity.clone(), limits)?;
        Ok(Sockets { datagram, streams, local, identity, listed })
    }
}

/// The certificate, when the configuration names one.
pub(super) fn identity(site: &Site) -> Result<Option<TlsIdentity>, StartError> {
    let tls = &site.configuration.tls;
    if tls.certificate.as_os_str().is_empty() {
        return Ok(None);
    }
    let authorities = (!tls.authorities.as_os_str().is_empty()).then_some(tls.authorities.as_path());
    TlsIdentity::load(&tls.certificate, &tls.key, authorities).map(Some).map_err(StartError::Certificate)
}
