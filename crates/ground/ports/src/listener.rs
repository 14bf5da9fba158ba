//! Tokens without which nothing is bound: only a plan makes them.

use std::net::{IpAddr, SocketAddr};

use crate::protocol::Transport;
use crate::range::PortRange;
use crate::row::RowId;
use crate::service::Service;

/// Leave to bind one address. Its fields are private: only a resolved plan grants it.
///
/// IPv6 sockets are to be bound for IPv6 only (`IPV6_V6ONLY`): the plan counts `0.0.0.0` and `::` as two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bind {
    service: Service,
    transport: Transport,
    address: SocketAddr,
}

impl Bind {
    pub(crate) fn new(service: Service, transport: Transport, address: SocketAddr) -> Bind {
        Bind { service, transport, address }
    }

    /// For which service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// In which port space.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Which address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Leave to open one service's listener: every address and port that it is planned on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    service: Service,
    rows: &'static [RowId],
    transport: Transport,
    binds: Vec<Bind>,
}

impl Listener {
    pub(crate) fn new(service: Service, rows: &'static [RowId], transport: Transport, binds: Vec<Bind>) -> Listener {
        Listener { service, rows, transport, binds }
    }

    /// For which service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The rows that share it.
    pub fn rows(&self) -> &'static [RowId] {
        self.rows
    }

    /// In which port space.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// What to bind, at least one.
    pub fn binds(&self) -> &[Bind] {
        &self.binds
    }

    /// The addresses and ports to bind.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.binds.iter().map(Bind::address)
    }
}

/// Leave to bind any port of a run on one address: media, H.245.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerRange {
    service: Service,
    transport: Transport,
    address: IpAddr,
    ports: PortRange,
}

impl ListenerRange {
    pub(crate) fn new(service: Service, transport: Transport, address: IpAddr, ports: PortRange) -> ListenerRange {
        ListenerRange { service, transport, address, ports }
    }

    /// For which service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// In which port space.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The address that all of them are on.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The ports.
    pub fn ports(&self) -> PortRange {
        self.ports
    }

    /// Leave for one of them; `None` for a port outside.
    pub fn bind(&self, port: u16) -> Option<Bind> {
        self.ports.contains(port).then(|| Bind::new(self.service, self.transport, SocketAddr::new(self.address, port)))
    }
}
