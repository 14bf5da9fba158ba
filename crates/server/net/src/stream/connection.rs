//! One connection's task: handshake, then reading and writing until either side is done.

use super::service::{EventSink, StreamEvent, StreamKind};
use super::tls::TlsIdentity;
use bytes::{Bytes, BytesMut};
use ground::FlowId;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Messages that wait for a peer that reads slowly.
const OUTGOING: usize = 512;
/// A single read.
const READ: usize = 16 << 10;
/// How long one write may take before the peer counts as gone.
const WRITE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
    pub(super) connect: Duration,
    pub(super) dscp: u8,
}

pub(super) struct Connection {
    pub(super) flow: FlowId,
    pub(super) kind: StreamKind,
    pub(super) peer: SocketAddr,
    pub(super) identity: Option<TlsIdentity>,
    pub(super) sink: EventSink,
    pub(super) limits: Limits,
}

impl Connection {
    pub(super) fn outgoing_queue() -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
        mpsc::channel(OUTGOING)
    }

    /// A peer connected: handshake first, then it is told to the call thread, which so never hears of half-open ones.
    pub(super) async fn serve_accepted(self, stream: TcpStream, listener: usize, outgoing: mpsc::Receiver<Bytes>) {
        prepare(&stream);
        let Ok(local) = stream.local_addr() else { return };
        let (flow, kind, peer) = (self.flow, self.kind, self.peer);
        let accepted = StreamEvent::Accepted { flow, listener, kind, local, peer };
        if kind == StreamKind::Tls {
            let Some(identity) = &self.identity else { return };
            let acceptor = tokio_rustls::TlsAcceptor::from(identity.server());
            match timeout(self.limits.first_byte, acceptor.accept(stream)).await {
                Ok(Ok(tls)) => self.run(tls, accepted, outgoing).await,
                Ok(Err(error)) => tracing::info!(%peer, %error, "a TLS handshake failed"),
                Err(_) => tracing::info!(%peer, "a TLS handshake took too long"),
            }
        } else {
            self.run(stream, accepted, outgoing).await;
        }
    }

    /// Connects, with handshake. Failure is told as the flow's end.
    pub(super) async fn serve_connecting(self, from: IpAddr, name: Option<String>, outgoing: mpsc::Receiver<Bytes>) {
        let (flow, peer) = (self.flow, self.peer);
        let limit = self.limits.connect;
        let stream = match timeout(limit, connect(from, peer, self.limits.dscp)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.failed(&error).await,
            Err(_) => return self.failed(&io::ErrorKind::TimedOut.into()).await,
        };
        prepare(&stream);
        let Ok(local) = stream.local_addr() else { return self.failed(&io::ErrorKind::NotConnected.into()).await };
        let connected = StreamEvent::Connected { flow, local };
        if self.kind != StreamKind::Tls {
            return self.run(stream, connected, outgoing).await;
        }
        let Some(identity) = &self.identity else { return self.failed(&io::ErrorKind::Unsupported.into()).await };
        let server = match name.map(ServerName::try_from) {
            Some(Ok(name)) => name,
            _ => ServerName::from(peer.ip()),
        };
        let connector = tokio_rustls::TlsConnector::from(identity.client());
        match timeout(limit, connector.connect(server, stream)).await {
            Ok(Ok(tls)) => self.run(tls, connected, outgoing).await,
            Ok(Err(error)) => self.failed(&error).await,
            Err(_) => self.failed(&io::ErrorKind::TimedOut.into()).await,
        }
    }

    async fn failed(&self, error: &io::Error) {
        tracing::info!(peer = %self.peer, %error, "a connection could not be made");
        self.sink.put(StreamEvent::Closed { flow: self.flow }).await;
    }

    async fn run<S: AsyncRead + AsyncWrite>(&self, stream: S, begun: StreamEvent, mut outgoing: mpsc::Receiver<Bytes>) {
        if !self.sink.put(begun).await {
            return;
        }
        let (mut reader, mut writer) = tokio::io::split(stream);
        let reading = self.read(&mut reader);
        let writing = async {
            while let Some(bytes) = outgoing.recv().await {
                let write = async {
                    writer.write_all(&bytes).await?;
                    writer.flush().await
                };
                if !matches!(timeout(WRITE, write).await, Ok(Ok(()))) {
                    return;
                }
            }
            // The owner closed the flow: a clean end for the peer.
            let _ = timeout(WRITE, writer.shutdown()).await;
        };
        tokio::select! {
            () = reading => {}
            () = writing => {}
        }
        self.sink.put(StreamEvent::Closed { flow: self.flow }).await;
    }

    async fn read<R: AsyncRead + Unpin>(&self, reader: &mut R) {
        let mut buffer = BytesMut::new();
        let mut patience = self.limits.first_byte;
        loop {
            buffer.reserve(READ);
            match timeout(patience, reader.read_buf(&mut buffer)).await {
                Ok(Ok(count)) if count > 0 => {
                    patience = self.limits.idle;
                    let bytes = buffer.split().freeze();
                    if !self.sink.put(StreamEvent::Received { flow: self.flow, bytes }).await {
                        return;
                    }
                }
                Err(_) => {
                    tracing::info!(peer = %self.peer, flow = %self.flow, "a silent connection was closed");
                    return;
                }
                _ => return,
            }
        }
    }
}

async fn connect(from: IpAddr, to: SocketAddr, dscp: u8) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    mark(&SockRef::from(&socket), to.is_ipv6(), dscp);
    socket.bind(SocketAddr::new(from, 0))?;
    socket.connect(to).await
}

/// Marks what a socket sends (RFC 2474 section 3). A connection inherits the mark of its listener: set there it covers the first
/// segments too, which the kernel sends before the connection is accepted.
pub(super) fn mark(socket: &SockRef<'_>, v6: bool, dscp: u8) {
    let class = u32::from(dscp) << 2;
    // A mark that the kernel refuses costs priority, not the connection.
    let _ = if v6 { socket.set_tclass_v6(class) } else { socket.set_tos_v4(class) };
}

/// Small messages go out at once; a peer that vanished is noticed in about a minute.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let probes =
        TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(10)).with_retries(3);
    let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
}
