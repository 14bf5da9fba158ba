//! Listeners and stream connections as SIP flows.

use ground::{FlowId, Moment, NetworkId, TimerTable};
use net::StreamKind;
use sip::agent::SendId;
use sip::framing::StreamFramer;
use sip::transaction::{Destination, Flow};
use sip::{Limits, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// A message that has begun must end within this; a slow sender is cut off.
const MESSAGE_BOUND: Duration = Duration::from_secs(20);
/// Sends remembered until their connection stands.
const UNCONFIRMED: usize = 64;

/// A local socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalSocket {
    /// Its number in flows, over datagram and stream sockets.
    pub index: u16,
    /// The transport.
    pub transport: Transport,
    /// Its address.
    pub local: SocketAddr,
    /// The network.
    pub network: NetworkId,
}

/// One stream connection.
pub struct Connection {
    /// As SIP names it.
    pub flow: Flow,
    /// Cuts its bytes into messages.
    pub framer: StreamFramer,
    /// Sends that wait for the connection to stand; empty when it does.
    pub unconfirmed: Vec<(Destination, SendId)>,
}

/// All stream connections.
#[derive(Default)]
pub struct Flows {
    connections: BTreeMap<FlowId, Connection>,
    by_peer: BTreeMap<(Transport, NetworkId, SocketAddr), FlowId>,
    /// When the message that has begun on a connection must have ended.
    deadlines: TimerTable<FlowId>,
}

impl Flows {
    /// A new connection; by its peer it is found for requests to that address (RFC 3261 section 18.1.1).
    pub fn open(&mut self, id: FlowId, flow: Flow, outgoing: bool) {
        let connection = Connection { flow, framer: StreamFramer::new(Limits::default()), unconfirmed: Vec::new() };
        self.connections.insert(id, connection);
        if outgoing {
            self.by_peer.insert((flow.transport, flow.network, flow.peer), id);
        }
    }

    /// A connection.
    pub fn get_mut(&mut self, id: FlowId) -> Option<&mut Connection> {
        self.connections.get_mut(&id)
    }

    /// True while the connection is there.
    pub fn contains(&self, id: FlowId) -> bool {
        self.connections.contains_key(&id)
    }

    /// The connection that was made to an address.
    pub fn to(&self, transport: Transport, network: NetworkId, peer: SocketAddr) -> Option<FlowId> {
        self.by_peer.get(&(transport, network, peer)).copied()
    }

    /// Forgets a connection.
    pub fn close(&mut self, id: FlowId) -> Option<Connection> {
        let gone = self.connections.remove(&id)?;
        self.deadlines.cancel(&id);
        let key = (gone.flow.transport, gone.flow.network, gone.flow.peer);
        if self.by_peer.get(&key) == Some(&id) {
            self.by_peer.remove(&key);
        }
        Some(gone)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// When the next sender will have been too slow.
    pub fn next_deadline(&self) -> Option<Moment> {
        self.deadlines.next()
    }

    /// A connection whose sender is too slow.
    pub fn overdue(&mut self, now: Moment) -> Option<FlowId> {
        self.deadlines.pop_due(now).map(|(_, id)| id)
    }

    /// Sets or stops the clock for a slow sender, after bytes were taken in.
    pub fn watch(&mut self, now: Moment, id: FlowId) {
        let inside = self.connections.get(&id).is_some_and(|connection| connection.framer.is_inside_message());
        match (inside, self.deadlines.when(&id)) {
            (true, None) => self.deadlines.set(id, now + MESSAGE_BOUND),
            (false, Some(_)) => {
                self.deadlines.cancel(&id);
            }
            _ => {}
        }
    }
}

impl Connection {
    /// Remembers a send until the connection stands.
    pub fn note_unconfirmed(&mut self, to: Destination, send: SendId) {
        if send != SendId::UNTRACKED && self.unconfirmed.len() < UNCONFIRMED {
            self.unconfirmed.push((to, send));
        }
    }
}

/// TCP or TLS as the stream service names it; none for datagrams and WebSocket.
pub fn stream_kind(transport: Transport) -> Option<StreamKind> {
    match transport {
        Transport::Tcp => Some(StreamKind::Tcp),
        Transport::Tls => Some(StreamKind::Tls),
        Transport::Udp | Transport::Ws | Transport::Wss => None,
    }
}

/// The SIP transport of a stream.
pub fn transport_of(kind: StreamKind) -> Transport {
    match kind {
        StreamKind::Tcp => Transport::Tcp,
        StreamKind::Tls => Transport::Tls,
    }
}
