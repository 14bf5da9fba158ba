//! Bad input: each gets a clear answer or none, memory stays flat, and calls in progress go on.

use peers::{Almon, Baresip, Host, Pair, Phone, Setup, Site, audio, until};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// How many requests without credentials are sent, and from how many ports.
const FLOOD: u32 = 100_000;
const PORTS: u32 = 200;
/// How many of these are sent before memory is measured for the first time: buffers have then their size.
const WARM: u32 = 10_000;
/// How much memory may grow, in KiB: what a few thousand allocations of a busy server may cost.
const GROWTH: u64 = 4096;

fn request(method: &str, from: SocketAddr, transport: &str, number: u32, more: &str, body: &str) -> String {
    format!(
        "{method} sip:1002@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {from};branch=z9hG4bK{number:08x};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:1001@192.0.2.1>;tag=t{number}\r\nTo: <sip:1002@192.0.2.1>\r\n\
         Call-ID: {number:08x}@{from}\r\nCSeq: 1 {method}\r\nContact: <sip:1001@{from}>\r\n{more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn connect(host: &Host, server: SocketAddr) -> TcpStream {
    host.inside(|| TcpStream::connect_timeout(&server, Duration::from_secs(3))).expect("the server accepts connections")
}

/// Everything that comes until the connection closes or nothing comes for `patience`; and whether it was closed.
fn read_all(stream: &mut TcpStream, patience: Duration) -> (String, bool) {
    stream.set_read_timeout(Some(patience)).expect("a time-out is set");
    let (mut told, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (String::from_utf8_lossy(&told).into_owned(), true),
            Ok(length) => told.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return (String::from_utf8_lossy(&told).into_owned(), false);
            }
            Err(_) => return (String::from_utf8_lossy(&told).into_owned(), true),
        }
    }
}

fn flood(host: &Host, server: SocketAddr, method: &'static str, count: u32, from: u32) {
    let sockets: Vec<UdpSocket> =
        host.inside(|| (0..PORTS).map(|_| UdpSocket::bind((host.v4(), 0)).unwrap()).collect());
    let body = "v=0\r\no=- 1 1 IN IP4 192.0.2.13\r\ns=-\r\nc=IN IP4 192.0.2.13\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";
    let started = Instant::now();
    for number in 0..count {
        let socket = &sockets[(number % PORTS) as usize];
        let own = socket.local_addr().expect("it is bound");
        let body = if method == "INVITE" { body } else { "" };
        let more = if method == "INVITE" { "Content-Type: application/sdp\r\n" } else { "Expires: 600\r\n" };
        let text = request(method, own, "UDP", from + number, more, body);
        // A full buffer of the kernel is part of a flood.
        let _ = socket.send_to(text.as_bytes(), server);
        // At most 10,000 a second, so that the server sees most of them.
        let due = started + Duration::from_micros(u64::from(number) * 100);
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            std::thread::sleep(early);
        }
    }
}

fn flooded(method: &'static str) {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup { judged: false, ..Setup::default() });
    let stranger = site.host();
    flood(&stranger, pair.server, method, WARM, 0);
    let before = (pair.almon.resident(), pair.almon.figure("messages_in"));
    // A call in progress goes on meanwhile.
    let answer = pair.called("answer").start();
    let call = pair.caller("call").hold(6000).start();
    pair.almon.wait_for_calls(1);
    flood(&stranger, pair.server, method, FLOOD, WARM);
    call.finish();
    answer.finish();
    let after = (pair.almon.resident(), pair.almon.figure("messages_in"));
    eprintln!("{method}: {} KiB, after {} more messages {} KiB", before.0, after.1 - before.1, after.0);
    assert!(after.1 - before.1 > u64::from(FLOOD) / 2, "only {} messages arrived", after.1 - before.1);
    assert!(after.0 < before.0 + (before.0 / 20).max(GROWTH), "memory grew from {} to {} KiB", before.0, after.0);
    pair.call();
    pair.almon.wait_for_records(2);
    pair.almon.end();
}

#[test]
fn a_flood_of_registrations_without_credentials() {
    flooded("REGISTER");
}

#[test]
fn a_flood_of_calls_without_credentials() {
    flooded("INVITE");
}

#[test]
fn messages_that_end_early_over_udp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let socket = stranger.inside(|| UdpSocket::bind(stranger.sip(5060)).unwrap());
    let body = "v=0\r\no=- 1 1 IN IP4 192.0.2.13\r\ns=-\r\nc=IN IP4 192.0.2.13\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";
    let whole = request("INVITE", stranger.sip(5060), "UDP", 1, "Content-Type: application/sdp\r\n", body);
    for length in 0..whole.len() {
        socket.send_to(&whole.as_bytes()[..length], pair.server).unwrap();
    }
    pair.call();
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn messages_that_end_early_over_tcp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let whole = request("OPTIONS", stranger.sip(5060), "TCP", 1, "", "");
    for length in (0..whole.len()).step_by(9) {
        let mut stream = connect(&stranger, pair.server);
        stream.write_all(&whole.as_bytes()[..length]).unwrap();
    }
    let mut stream = connect(&stranger, pair.server);
    stream.write_all(whole.as_bytes()).unwrap();
    let (told, _) = read_all(&mut stream, Duration::from_millis(500));
    assert!(told.starts_with("SIP/2.0 200 "), "{told}");
    drop(stream);
    until("the connections are forgotten", Duration::from_secs(10), || {
        (pair.almon.figure("connections") == 0).then_some(())
    });
    pair.call();
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn messages_that_are_too_large() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let before = pair.almon.resident();
    let own = stranger.sip(5060);
    let socket = stranger.inside(|| UdpSocket::bind(own).unwrap());
    socket.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    // The largest datagram there is; many headers; one long header. Each is a request that could be answered.
    let long = format!("Subject: {}\r\n", "x".repeat(60_000));
    let many = "Subject: x\r\n".repeat(4_000);
    for (number, more) in [&long, &many].into_iter().enumerate() {
        socket.send_to(request("OPTIONS", own, "UDP", number as u32, more, "").as_bytes(), pair.server).unwrap();
        let mut buffer = [0; 2048];
        let answer = socket.recv(&mut buffer).map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned());
        let answer = answer.unwrap_or_else(|error| panic!("no answer to a request that is too large: {error}"));
        assert!(
            ["SIP/2.0 413", "SIP/2.0 513", "SIP/2.0 400"].iter().any(|status| answer.starts_with(status)),
            "{answer}"
        );
    }
    // A stream that announces more than anybody needs, and one whose header never ends.
    let text = request("OPTIONS", own, "TCP", 7, "", "").replace("Content-Length: 0", "Content-Length: 2000000000");
    let mut stream = connect(&stranger, pair.server);
    stream.write_all(text.as_bytes()).unwrap();
    let (told, closed) = read_all(&mut stream, Duration::from_secs(3));
    assert!(closed, "a stream whose framing is lost is closed: {told}");
    assert!(told.is_empty() || told.starts_with("SIP/2.0 4") || told.starts_with("SIP/2.0 5"), "{told}");
    let mut stream = connect(&stranger, pair.server);
    let mut sent = stream.write_all(b"OPTIONS sip:1002@192.0.2.1 SIP/2.0\r\n");
    for _ in 0..2_000 {
        if sent.is_err() {
            break;
        }
        sent = stream.write_all("Subject: and so on, and so on, and so on, and so on\r\n".repeat(100).as_bytes());
    }
    let (told, closed) = read_all(&mut stream, Duration::from_secs(3));
    assert!(closed, "a header without an end is not collected for ever: {told}");
    assert!(pair.almon.resident() < before + GROWTH, "memory grew from {before} to {} KiB", pair.almon.resident());
    pair.call();
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn a_thousand_silent_connections() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let before = pair.almon.resident();
    let mut silent: Vec<TcpStream> = (0..1000).map(|_| connect(&stranger, pair.server)).collect();
    until("the connections are counted", Duration::from_secs(5), || {
        (pair.almon.figure("connections") >= 1000).then_some(())
    });
    let held = pair.almon.resident() - before;
    assert!(held < 1000 * 32, "{held} KiB for 1000 silent connections");
    // Somebody else is served meanwhile, over TCP as well.
    let mut served = connect(&pair.caller, pair.server);
    served.write_all(request("OPTIONS", pair.caller.sip(5060), "TCP", 1, "", "").as_bytes()).unwrap();
    let (told, _) = read_all(&mut served, Duration::from_millis(700));
    assert!(told.starts_with("SIP/2.0 200 "), "{told}");
    drop(served);
    pair.call();
    // Who says nothing at all is not kept.
    until("silent connections are closed", Duration::from_secs(20), || {
        (pair.almon.figure("connections") == 0).then_some(())
    });
    let mut buffer = [0; 1];
    assert!(matches!(silent[0].read(&mut buffer), Ok(0) | Err(_)), "the server has closed it");
    drop(silent);
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn a_sender_that_takes_its_time() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let mut slow = connect(&stranger, pair.server);
    slow.set_nodelay(true).unwrap();
    let text = request("OPTIONS", stranger.sip(5060), "TCP", 1, "", "");
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| (0..3).for_each(|_| pair.call()));
        for byte in text.as_bytes() {
            slow.write_all(std::slice::from_ref(byte)).expect("the server is patient");
            std::thread::sleep(Duration::from_millis(8));
        }
        calls.join().expect("calls go on");
    });
    let (told, _) = read_all(&mut slow, Duration::from_millis(700));
    assert!(told.starts_with("SIP/2.0 200 "), "{told}");
    drop(slow);
    pair.almon.wait_for_records(3);
    pair.almon.end();
}

/// Sends noise that looks like RTP to the media ports of calls until told to stop.
fn stray(host: &Host, server: IpAddr, stop: &std::sync::atomic::AtomicBool) {
    let socket = host.inside(|| UdpSocket::bind((host.v4(), 20_000)).unwrap());
    let noise = audio::alaw_encode(&audio::tone(1000.0, -6.0, 0.02));
    let mut sequence = 0_u16;
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        for port in 20_000..20_008 {
            let mut packet = vec![0x80, 8];
            packet.extend(sequence.to_be_bytes());
            packet.extend((u32::from(sequence) * 160).to_be_bytes());
            packet.extend([0xDE, 0xAD, 0xBE, 0xEF]);
            packet.extend(&noise);
            socket.send_to(&packet, (server, port)).unwrap();
        }
        sequence = sequence.wrapping_add(1);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn somebody_else_s_sound_is_not_heard() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there, stranger) = (site.host(), site.host(), site.host());
    let mut called = Baresip::start(&there, &Phone::new("1002", site.exchange(), &other).answering());
    let mut calling = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        // It begins before the call, so that a port that takes the first one who sends would be taken.
        scope.spawn(|| stray(&stranger, site.exchange().v4(), &stop));
        calling.dial("1002");
        calling.event("CALL_ESTABLISHED");
        std::thread::sleep(Duration::from_secs(3));
        calling.hang_up();
        called.event("CALL_CLOSED");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    for (heard, said) in [(calling.heard(), called.said()), (called.heard(), calling.said())] {
        let found = audio::likeness(&said.concat(), &heard.concat());
        assert!(found.correlation > 0.95 && found.gain.abs() < 1.0 && found.seconds > 2.0, "{found:?}");
    }
    almon.wait_for_records(1);
    calling.quit();
    called.quit();
    let to_stranger = almon.captured().count(&format!("ip.dst == {} && udp.srcport >= 20000 && !icmp", stranger.v4()));
    assert_eq!(to_stranger, 0, "media was sent to a stranger");
    almon.end();
}
