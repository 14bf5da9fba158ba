//! The thread of the stream connections: accepts, connects, and moves bytes between connections and the call thread.

use super::connection::{Connection, Limits, mark};
use super::tls::TlsIdentity;
use crate::error::BindError;
use crate::reactor::Waker;
use bytes::Bytes;
use ground::FlowId;
use ports::Bind;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Chunks that wait for the call thread before the senders are slowed down.
const EVENT_QUEUE: usize = 4096;
/// Orders that wait for the stream thread.
const ORDER_QUEUE: usize = 16_384;

/// Bounds on connections.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address.
    pub connections_a_peer: usize,
    /// A connection that sent nothing at all is closed after this, its TLS handshake included.
    pub first_byte: Duration,
    /// A connection over which nothing came for so long is closed.
    pub idle: Duration,
    /// The mark of packets (RFC 2474).
    pub dscp: u8,
    /// How long connecting, with the TLS handshake, may take.
    pub connect: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        StreamLimits {
            connections: 40_000,
            connections_a_peer: 2_000,
            first_byte: Duration::from_secs(10),
            idle: Duration::from_secs(900),
            dscp: 0,
            connect: Duration::from_secs(5),
        }
    }
}

/// TCP, or TLS over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

/// What the call thread orders.
#[derive(Debug)]
pub enum StreamOrder {
    /// Connect to a peer; the order gives the flow its name. What is sent meanwhile waits.
    Connect {
        /// The new flow, from [`StreamHandle::new_flow`].
        flow: FlowId,
        /// TCP or TLS.
        kind: StreamKind,
        /// The address to connect from; its port is chosen by the system.
        from: IpAddr,
        /// The peer.
        to: SocketAddr,
        /// The name that the peer's certificate must carry (RFC 5922); its IP address when none is known.
        server_name: Option<String>,
    },
    /// Send bytes over a flow.
    Send {
        /// The flow.
        flow: FlowId,
        /// Whole messages.
        bytes: Bytes,
    },
    /// Close a flow after what was sent.
    Close {
        /// The flow.
        flow: FlowId,
    },
}

/// What the call thread hears.
#[derive(Debug)]
pub enum StreamEvent {
    /// A peer connected (after its handshake).
    Accepted {
        /// The flow's name.
        flow: FlowId,
        /// Index of the listener.
        listener: usize,
        /// TCP or TLS.
        kind: StreamKind,
        /// Our address.
        local: SocketAddr,
        /// The peer's.
        peer: SocketAddr,
    },
    /// An ordered connection stands.
    Connected {
        /// The flow's name.
        flow: FlowId,
        /// Our address.
        local: SocketAddr,
    },
    /// Bytes arrived, in order.
    Received {
        /// The flow.
        flow: FlowId,
        /// Any piece of the stream.
        bytes: Bytes,
    },
    /// The flow is over; nothing follows.
    Closed {
        /// The flow.
        flow: FlowId,
    },
}

/// The call thread's end.
pub struct StreamHandle {
    orders: mpsc::Sender<StreamOrder>,
    events: mpsc::Receiver<StreamEvent>,
    next_flow: Arc<AtomicU64>,
    refused: u64,
}

impl StreamHandle {
    /// A name for a flow to connect.
    pub fn new_flow(&self) -> FlowId {
        FlowId(self.next_flow.fetch_add(1, Ordering::Relaxed))
    }

    /// Gives an order; false when the queue is full, which a flow's owner treats as the loss of the flow.
    pub fn order(&mut self, order: StreamOrder) -> bool {
        let taken = self.orders.try_send(order).is_ok();
        self.refused += u64::from(!taken);
        taken
    }

    /// The next event, without waiting.
    pub fn poll(&mut self) -> Option<StreamEvent> {
        self.events.try_recv().ok()
    }

    /// Orders that found the queue full.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

/// The stream thread's side, before it runs.
pub struct StreamService {
    listeners: Vec<(TcpListener, StreamKind)>,
    identity: Option<TlsIdentity>,
    limits: StreamLimits,
}

impl StreamService {
    /// Opens the plan's stream listeners. TLS listeners need an identity.
    pub fn open(
        listeners: &[(Bind, StreamKind)],
        identity: Option<TlsIdentity>,
        limits: StreamLimits,
    ) -> Result<Self, BindError> {
        let mut opened = Vec::new();
        for (bind, kind) in listeners {
            let address = bind.address();
            let socket = bind_tcp(address, limits.dscp)
                .map_err(|error| BindError::new(bind.service().name(), address, error))?;
            opened.push((socket, *kind));
        }
        Ok(StreamService { listeners: opened, identity, limits })
    }

    /// Starts the thread. It ends when the handle is dropped. `waker` wakes the call thread when events wait for it.
    pub fn start(self, waker: Waker) -> io::Result<StreamHandle> {
        let (order_sender, orders) = mpsc::channel(ORDER_QUEUE);
        let (event_sender, events) = mpsc::channel(EVENT_QUEUE);
        let next_flow = Arc::new(AtomicU64::new(1));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sink = EventSink { sender: event_sender, waker };
        let flows = next_flow.clone();
        std::thread::Builder::new()
            .name("streams".to_owned())
            .spawn(move || runtime.block_on(serve(self, orders, sink, flows)))?;
        Ok(StreamHandle { orders: order_sender, events, next_flow, refused: 0 })
    }
}

/// Where connections put what they hear. A full queue slows the connection's reader, and so its peer.
#[derive(Clone)]
pub(super) struct EventSink {
    sender: mpsc::Sender<StreamEvent>,
    waker: Waker,
}

impl EventSink {
    /// False when the call thread has gone.
    pub(super) async fn put(&self, event: StreamEvent) -> bool {
        let put = self.sender.send(event).await.is_ok();
        self.waker.wake();
        put
    }
}

/// A connection as the service sees it.
struct Entry {
    peer: IpAddr,
    outgoing: mpsc::Sender<Bytes>,
}

/// What tasks tell the service.
enum Notice {
    Accepted { listener: usize, stream: tokio::net::TcpStream, peer: SocketAddr },
    Ended(FlowId),
}

struct Service {
    identity: Option<TlsIdentity>,
    limits: StreamLimits,
    sink: EventSink,
    flows: Arc<AtomicU64>,
    kinds: Vec<StreamKind>,
    connections: BTreeMap<FlowId, Entry>,
    a_peer: BTreeMap<IpAddr, usize>,
    notices: mpsc::Sender<Notice>,
}

async fn serve(
    service: StreamService,
    mut orders: mpsc::Receiver<StreamOrder>,
    sink: EventSink,
    flows: Arc<AtomicU64>,
) {
    let (notice_sender, mut notices) = mpsc::channel(256);
    let mut kinds = Vec::new();
    for (index, (socket, kind)) in service.listeners.into_iter().enumerate() {
        kinds.push(kind);
        if let Ok(listener) = tokio::net::TcpListener::from_std(socket) {
            tokio::spawn(accept(index, listener, notice_sender.clone()));
        }
    }
    let mut state = Service {
        identity: service.identity,
        limits: service.limits,
        sink,
        flows,
        kinds,
        connections: BTreeMap::new(),
        a_peer: BTreeMap::new(),
        notices: notice_sender,
    };
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => state.order(order).await,
                None => return,
            },
            Some(notice) = notices.recv() => state.notice(notice),
        }
    }
}

async fn accept(listener: usize, socket: tokio::net::TcpListener, notices: mpsc::Sender<Notice>) {
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => {
                if notices.send(Notice::Accepted { listener, stream, peer }).await.is_err() {
                    return;
                }
            }
            // Out of descriptors, or the peer has gone already: neither may spin nor end the listener.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

impl Service {
    fn admit(&mut self, flow: FlowId, peer: IpAddr, outgoing: mpsc::Sender<Bytes>) -> bool {
        let count = self.a_peer.get(&peer).copied().unwrap_or(0);
        if self.connections.len() >= self.limits.connections || count >= self.limits.connections_a_peer {
            tracing::warn!(%peer, connections = self.connections.len(), "a connection was refused: too many");
            return false;
        }
        self.a_peer.insert(peer, count + 1);
        self.connections.insert(flow, Entry { peer, outgoing });
        true
    }

    fn connection(&self, flow: FlowId, kind: StreamKind, peer: SocketAddr) -> Connection {
        Connection {
            flow,
            kind,
            peer,
            identity: self.identity.clone(),
            sink: self.sink.clone(),
            limits: Limits {
                first_byte: self.limits.first_byte,
                idle: self.limits.idle,
                connect: self.limits.connect,
                dscp: self.limits.dscp,
            },
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Ended(flow) => self.forget(flow),
            Notice::Accepted { listener, stream, peer } => {
                let flow = FlowId(self.flows.fetch_add(1, Ordering::Relaxed));
                let (sender, receiver) = Connection::outgoing_queue();
                if !self.admit(flow, peer.ip(), sender) {
                    return;
                }
                let Some(kind) = self.kinds.get(listener).copied() else { return };
                let connection = self.connection(flow, kind, peer);
                let notices = self.notices.clone();
                tokio::spawn(async move {
                    connection.serve_accepted(stream, listener, receiver).await;
                    let _ = notices.send(Notice::Ended(flow)).await;
                });
            }
        }
    }

    fn forget(&mut self, flow: FlowId) {
        let Some(entry) = self.connections.remove(&flow) else { return };
        if let Some(count) = self.a_peer.get_mut(&entry.peer) {
            *count -= 1;
            if *count == 0 {
                self.a_peer.remove(&entry.peer);
            }
        }
    }

    async fn order(&mut self, order: StreamOrder) {
        match order {
            StreamOrder::Connect { flow, kind, from, to, server_name } => {
                let (sender, receiver) = Connection::outgoing_queue();
                if !self.admit(flow, to.ip(), sender) {
                    self.sink.put(StreamEvent::Closed { flow }).await;
                    return;
                }
                let connection = self.connection(flow, kind, to);
                let notices = self.notices.clone();
                tokio::spawn(async move {
                    connection.serve_connecting(from, server_name, receiver).await;
                    let _ = notices.send(Notice::Ended(flow)).await;
                });
            }
            StreamOrder::Send { flow, bytes } => {
                let full = match self.connections.get(&flow) {
                    Some(entry) => entry.outgoing.try_send(bytes).is_err(),
                    None => false,
                };
                // A peer that does not read is not waited for.
                if full {
                    tracing::warn!(%flow, "a connection was closed: its peer does not read");
                    self.forget(flow);
                }
            }
            // Dropping the queue's sender ends the connection's task after what it holds.
            StreamOrder::Close { flow } => self.forget(flow),
        }
    }
}

fn bind_tcp(address: SocketAddr, dscp: u8) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking().cloexec(), Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for old connections in TIME-WAIT.
    socket.set_reuse_address(true)?;
    mark(&SockRef::from(&socket), address.is_ipv6(), dscp);
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn a_connection_is_marked_before_it_is_accepted() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let address: SocketAddr = address.parse().unwrap();
            let listener = bind_tcp(address, 38).unwrap();
            let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (accepted, _) = listener.accept().unwrap();
            let socket = SockRef::from(&accepted);
            let class = if address.is_ipv6() { socket.tclass_v6() } else { socket.tos_v4() };
            assert_eq!(class.unwrap(), 38 << 2, "{address}");
        }
    }
}
