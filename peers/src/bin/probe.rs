//! Opens or tries many flows at once; run inside a network namespace.
//!
//! `probe listen` reads flows from standard input, one a line, up to a line `end`; opens all of them, prints `ready`, and
//! serves until standard input closes. A UDP socket echoes, a TCP socket accepts; what raw sockets get is printed as
//! `got FLOW`. `probe connect` tries every flow at the same time and prints `passed FLOW` or `dropped FLOW`; raw flows
//! are one-way and print `sent FLOW`.
//!
//! A flow is `udp|tcp ADDRESS:PORT`, with `from ADDRESS:PORT` where the source matters, or one of the raw ones:
//! `sctp ADDRESS:PORT from ADDRESS:PORT` sends an INIT (RFC 9260 section 3.3.2), `ip50 ADDRESS:0` a packet of IP
//! protocol 50, and so on.

use std::io::{self, BufRead, Read};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// How often an unanswered datagram is sent, and how long each waits.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_millis(700);
/// A connection may need a second SYN, which comes after a second.
const CONNECT_WAIT: Duration = Duration::from_millis(2100);

const SCTP: u8 = 132;

#[derive(Clone, Debug)]
struct Flow {
    line: String,
    kind: Kind,
    to: SocketAddr,
    from: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Udp,
    Tcp,
    Raw(u8),
}

fn main() -> io::Result<()> {
    let mut lines = io::stdin().lock().lines();
    let mut flows = Vec::new();
    for line in &mut lines {
        match line?.trim() {
            "end" => break,
            line => flows.push(flow(line).ok_or_else(|| io::Error::other(format!("no flow: {line}")))?),
        }
    }
    match std::env::args().nth(1).as_deref() {
        Some("listen") => {
            listen(flows)?;
            println!("ready");
            lines.for_each(drop);
            Ok(())
        }
        Some("connect") => connect(flows),
        _ => Err(io::Error::other("listen or connect?")),
    }
}

fn flow(line: &str) -> Option<Flow> {
    let mut words = line.split(' ');
    let kind = match words.next()? {
        "udp" => Kind::Udp,
        "tcp" => Kind::Tcp,
        "sctp" => Kind::Raw(SCTP),
        other => Kind::Raw(other.strip_prefix("ip")?.parse().ok()?),
    };
    let to = words.next()?.parse().ok()?;
    let from = match words.next() {
        Some("from") => Some(words.next()?.parse().ok()?),
        _ => None,
    };
    Some(Flow { line: line.to_owned(), kind, to, from })
}

fn listen(flows: Vec<Flow>) -> io::Result<()> {
    let mut raws: Vec<(u8, IpAddr)> = Vec::new();
    let mut echoes = Vec::new();
    for flow in flows {
        let told = |error: io::Error| io::Error::other(format!("{}: {error}", flow.line));
        match flow.kind {
            Kind::Udp => {
                let socket = patiently(|| UdpSocket::bind(flow.to)).map_err(told)?;
                socket.set_nonblocking(true)?;
                echoes.push(socket);
            }
            // The kernel completes handshakes of a listening socket.
            Kind::Tcp => std::mem::forget(patiently(|| TcpListener::bind(flow.to)).map_err(told)?),
            Kind::Raw(protocol) if raws.contains(&(protocol, flow.to.ip())) => {}
            Kind::Raw(protocol) => {
                raws.push((protocol, flow.to.ip()));
                let socket = raw(protocol, flow.to.ip()).map_err(told)?;
                socket.bind(&SockAddr::from(SocketAddr::new(flow.to.ip(), 0))).map_err(told)?;
                thread::spawn(move || hear(&socket, protocol, flow.to.ip()));
            }
        }
    }
    thread::spawn(move || echo(&echoes));
    Ok(())
}

fn echo(sockets: &[UdpSocket]) {
    let mut buffer = [0; 64];
    loop {
        for socket in sockets {
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                // A firewall may refuse the answer: then the other side hears nothing, which is the finding.
                let _ = socket.send_to(&buffer[..length], from);
            }
        }
        thread::sleep(Duration::from_millis(3));
    }
}

fn hear(mut socket: &Socket, protocol: u8, address: IpAddr) {
    let mut buffer = [0; 2048];
    while let Ok(length) = socket.read(&mut buffer) {
        // A raw IPv4 socket gets the IP header too, a raw IPv6 socket does not.
        let header = if address.is_ipv4() { usize::from(buffer[0] & 0x0F) * 4 } else { 0 };
        let port = match buffer.get(header + 2..header + 4) {
            Some(bytes) if protocol == SCTP && length >= header + 4 => u16::from_be_bytes([bytes[0], bytes[1]]),
            _ => 0,
        };
        let name = if protocol == SCTP { "sctp".to_owned() } else { format!("ip{protocol}") };
        println!("got {name} {}", SocketAddr::new(address, port));
    }
}

fn connect(flows: Vec<Flow>) -> io::Result<()> {
    let tries: Vec<_> = flows
        .into_iter()
        .map(|flow| {
            thread::spawn(move || {
                let passed = match flow.kind {
                    Kind::Udp => datagram(&flow),
                    Kind::Tcp => stream(&flow),
                    Kind::Raw(protocol) => packet(&flow, protocol),
                };
                let word = match (passed, flow.kind) {
                    (Ok(true), Kind::Raw(_)) => "sent".to_owned(),
                    (Ok(true), _) => "passed".to_owned(),
                    (Ok(false), _) => "dropped".to_owned(),
                    (Err(error), _) => format!("failed ({error})"),
                };
                println!("{word} {}", flow.line);
            })
        })
        .collect();
    let failed = tries.into_iter().filter_map(|tried| tried.join().err()).count();
    if failed == 0 { Ok(()) } else { Err(io::Error::other(format!("{failed} tries panicked"))) }
}

fn any(of: SocketAddr) -> SocketAddr {
    let host = if of.is_ipv4() { "0.0.0.0" } else { "::" };
    SocketAddr::new(host.parse().unwrap_or(of.ip()), 0)
}

/// Binds, and waits while a client of an earlier round still has the port: the system gives clients ports of that range too.
fn patiently<T>(bind: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match bind() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < until => {
                thread::sleep(Duration::from_millis(100));
            }
            bound => return bound,
        }
    }
}

/// A firewall's drop shows as silence, or on the sender's own machine as "operation not permitted".
fn datagram(flow: &Flow) -> io::Result<bool> {
    let socket = UdpSocket::bind(flow.from.unwrap_or(any(flow.to)))?;
    socket.connect(flow.to)?;
    socket.set_read_timeout(Some(WAIT))?;
    for _ in 0..TRIES {
        match socket.send(b"are you there?") {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
            sent => sent?,
        };
        match socket.recv(&mut [0; 64]) {
            Ok(_) => return Ok(true),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

fn stream(flow: &Flow) -> io::Result<bool> {
    let result = match flow.from {
        None => TcpStream::connect_timeout(&flow.to, CONNECT_WAIT).map(drop),
        Some(from) => {
            let socket = Socket::new(Domain::for_address(from), Type::STREAM, Some(Protocol::TCP))?;
            socket.bind(&SockAddr::from(from))?;
            socket.connect_timeout(&SockAddr::from(flow.to), CONNECT_WAIT)
        }
    };
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
        Err(error) => Err(error),
    }
}

fn packet(flow: &Flow, protocol: u8) -> io::Result<bool> {
    let socket = raw(protocol, flow.to.ip())?;
    let payload = match flow.from {
        Some(from) if protocol == SCTP => init(from.port(), flow.to.port()),
        _ => b"\0\0\0\x01\0\0\0\x01 no real payload".to_vec(),
    };
    // Neighbour discovery may lose the first ones.
    for _ in 0..TRIES {
        match socket.send_to(&payload, &SockAddr::from(SocketAddr::new(flow.to.ip(), 0))) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
            sent => sent?,
        };
        thread::sleep(WAIT / 3);
    }
    Ok(true)
}

fn raw(protocol: u8, address: IpAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(SocketAddr::new(address, 0));
    Socket::new(domain, Type::RAW, Some(Protocol::from(i32::from(protocol))))
}

/// An SCTP packet with an INIT chunk (RFC 9260 sections 3.1 and 3.3.2).
fn init(from: u16, to: u16) -> Vec<u8> {
    let mut packet = Vec::with_capacity(32);
    packet.extend(from.to_be_bytes());
    packet.extend(to.to_be_bytes());
    // Verification tag 0, and the check sum that is put in below.
    packet.extend([0; 8]);
    // Type 1, no flags, length 20; initiate tag, window, streams out and in, first TSN.
    packet.extend([1, 0, 0, 20, 0, 0, 0, 7, 0, 1, 0, 0, 0, 10, 0, 10, 0, 0, 0, 1]);
    let sum = crc32c(&packet).to_le_bytes();
    packet[8..12].copy_from_slice(&sum);
    packet
}

/// RFC 9260 appendix A.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_read() {
        let read = flow("sctp 192.0.2.1:5678 from 192.0.2.2:5678").unwrap();
        assert_eq!((read.kind, read.to.port(), read.from.unwrap().port()), (Kind::Raw(SCTP), 5678, 5678));
        assert_eq!(flow("ip50 [2001:db8::1]:0").unwrap().kind, Kind::Raw(50));
        assert!(flow("smoke 192.0.2.1:1").is_none() && flow("udp nowhere").is_none());
    }

    #[test]
    fn the_check_sum_is_castagnolis() {
        // The check value of CRC-32C: that of the digits 1 to 9.
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }
}
