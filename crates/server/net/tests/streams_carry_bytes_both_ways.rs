//! TCP and TLS connections: accepted, made, closed, bounded; bytes arrive whole and in order.

use bytes::Bytes;
use ground::FlowId;
use net::{
    Clock, Datagram, DatagramSocket, Driver, Reactor, StreamEvent, StreamHandle, StreamKind, StreamLimits, StreamOrder,
    StreamService, TlsIdentity,
};
use ports::{Bind, Checks, Overrides, PortList, PortPlan, Service};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A driver that only wants its reactor's waker.
struct Idle;

impl Driver for Idle {
    fn datagrams(&mut self, _: ground::Now, _: usize, _: &mut Vec<Datagram>) {}
    fn woken(&mut self, _: ground::Now) {}
    fn timeout(&mut self, _: ground::Now) {}
    fn next_timeout(&self) -> Option<ground::Moment> {
        None
    }
    fn transmit(&mut self, _: &mut [DatagramSocket]) {}
    fn finished(&self) -> bool {
        true
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn planned(service: Service, port: u16) -> Bind {
    let overrides = Overrides { bind: vec![IpAddr::from([127, 0, 0, 1])], ..Overrides::default() }
        .with_port(service, PortList::one(port).unwrap());
    let plan = PortPlan::resolve(&overrides, &Checks::default()).unwrap();
    plan.listener(service).unwrap().binds()[0]
}

fn identity() -> TlsIdentity {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    TlsIdentity::new(vec![made.cert.der().clone()], key, roots).unwrap()
}

fn start(kind: StreamKind, limits: StreamLimits) -> (StreamHandle, SocketAddr) {
    let port = free_port();
    let service = if kind == StreamKind::Tls { Service::SipTls } else { Service::SipTcp };
    let bind = planned(service, port);
    let reactor = Reactor::new(Vec::new(), Clock::start()).unwrap();
    let waker = reactor.waker();
    let mut idle = Idle;
    reactor.run(&mut idle).unwrap();
    let service = StreamService::open(&[(bind, kind)], Some(identity()), limits).unwrap();
    (service.start(waker).unwrap(), bind.address())
}

fn next(handle: &mut StreamHandle) -> StreamEvent {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Some(event) = handle.poll() {
            return event;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("no event within ten seconds");
}

fn collect(handle: &mut StreamHandle, flow: FlowId, length: usize) -> Vec<u8> {
    let mut got = Vec::new();
    while got.len() < length {
        match next(handle) {
            StreamEvent::Received { flow: from, bytes } if from == flow => got.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    got
}

#[test]
fn a_peer_connects_speaks_and_is_answered() {
    let (mut handle, address) = start(StreamKind::Tcp, StreamLimits::default());
    let mut peer = TcpStream::connect(address).unwrap();
    let StreamEvent::Accepted { flow, peer: from, local, .. } = next(&mut handle) else { panic!("not accepted") };
    assert_eq!((from, local), (peer.local_addr().unwrap(), address));
    let sent: Vec<u8> = (0..200_000_u32).map(|i| i as u8).collect();
    peer.write_all(&sent).unwrap();
    assert_eq!(collect(&mut handle, flow, sent.len()), sent);
    assert!(handle.order(StreamOrder::Send { flow, bytes: Bytes::from_static(b"answer") }));
    assert!(handle.order(StreamOrder::Close { flow }));
    let mut answer = Vec::new();
    peer.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"answer", "what was sent before the close arrives");
    assert!(matches!(next(&mut handle), StreamEvent::Closed { flow: gone } if gone == flow));
}

#[test]
fn almon_connects_over_tls_to_itself() {
    let (mut handle, address) = start(StreamKind::Tls, StreamLimits::default());
    let flow = handle.new_flow();
    let from = address.ip();
    let kind = StreamKind::Tls;
    assert!(handle.order(StreamOrder::Connect { flow, kind, from, to: address, server_name: None }));
    assert!(handle.order(StreamOrder::Send { flow, bytes: Bytes::from_static(b"queued before the handshake") }));
    let mut accepted = None;
    let mut got = Vec::new();
    while got != b"queued before the handshake" {
        match next(&mut handle) {
            StreamEvent::Accepted { flow, .. } => accepted = Some(flow),
            StreamEvent::Connected { flow: made, .. } => assert_eq!(made, flow),
            StreamEvent::Received { flow, bytes } => {
                assert_eq!(Some(flow), accepted);
                got.extend_from_slice(&bytes);
            }
            StreamEvent::Closed { .. } => panic!("closed"),
        }
    }
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_is_refused() {
    let (mut server, address) = start(StreamKind::Tls, StreamLimits::default());
    let (mut client, _) = start(StreamKind::Tls, StreamLimits::default());
    let flow = client.new_flow();
    let from = address.ip();
    client.order(StreamOrder::Connect { flow, kind: StreamKind::Tls, from, to: address, server_name: None });
    assert!(matches!(next(&mut client), StreamEvent::Closed { flow: gone } if gone == flow));
    std::thread::sleep(Duration::from_millis(50));
    assert!(server.poll().is_none(), "a failed handshake is no connection");
}

#[test]
fn nobody_listening_is_told_as_the_flow_s_end() {
    let (mut handle, address) = start(StreamKind::Tcp, StreamLimits::default());
    let flow = handle.new_flow();
    let to = SocketAddr::new(address.ip(), free_port());
    let (kind, from) = (StreamKind::Tcp, address.ip());
    handle.order(StreamOrder::Connect { flow, kind, from, to, server_name: None });
    assert!(matches!(next(&mut handle), StreamEvent::Closed { flow: gone } if gone == flow));
}

#[test]
fn a_silent_connection_and_one_too_many_are_closed() {
    let limits =
        StreamLimits { connections_a_peer: 2, first_byte: Duration::from_millis(200), ..StreamLimits::default() };
    let (mut handle, address) = start(StreamKind::Tcp, limits);
    let peers: Vec<_> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut third = &peers[2];
    third.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut byte = [0];
    assert_eq!(third.read(&mut byte).unwrap_or(0), 0, "the third is closed");
    let mut closed = 0;
    while closed < 2 {
        closed += usize::from(matches!(next(&mut handle), StreamEvent::Closed { .. }));
    }
    // The places are free again.
    let _again = TcpStream::connect(address).unwrap();
    assert!(matches!(next(&mut handle), StreamEvent::Accepted { .. }));
}

#[test]
fn a_half_open_tls_connection_is_closed_in_time() {
    let limits = StreamLimits { first_byte: Duration::from_millis(200), ..StreamLimits::default() };
    let (mut handle, address) = start(StreamKind::Tls, limits);
    let mut peer = TcpStream::connect(address).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut byte = [0];
    assert_eq!(peer.read(&mut byte).unwrap_or(0), 0);
    assert!(handle.poll().is_none(), "the call thread never hears of it");
}

#[test]
fn a_listener_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = planned(Service::SipTcp, taken.local_addr().unwrap().port());
    let error = StreamService::open(&[(bind, StreamKind::Tcp)], None, StreamLimits::default()).err().unwrap();
    assert!(error.to_string().contains("in use"), "{error}");
    let _ = Arc::new(taken);
}
