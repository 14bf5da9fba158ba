//! The cost of relaying: 100 calls of G.711, 50 packets a second each way, over loopback, for ten seconds
//! with packets that come one by one, and for ten with packets that come ten together.
//!
//! ```text
//! cargo bench -p media --bench relay_load -- [CALLS] [SECONDS]
//! ```
//!
//! Prints the processor time of the media thread for 100 calls, the system calls a packet, loss, and the delay from the moment
//! of sending to that of receiving. The load comes from the same machine, so that the delay includes the load's own.

use ground::{ConnectionId, Moment, NetworkId, Now, Utc};
use media::{Engine, EngineConfig, EngineHandle, KernelCalls, QueueLimits, SoundConfig};
use media_plan::{
    AddressFamily, Codec, CodecName, Direction, Learning, MediaEvent, MediaOrder, MediaOrderKind, OrderId, PortPair,
    RemoteMedia, StreamSetup,
};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds options of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let calls: usize = arguments.next().map_or(Ok(100), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let start = Instant::now();
    let (handle, events) = Engine::start(config(start, calls))?;
    let sink = UdpSocket::bind("127.0.0.1:0")?;
    let ports = set_up(&handle, &events, calls, sink.local_addr()?)?;
    let senders: Vec<_> = ports.iter().map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let stop = Arc::new(AtomicBool::new(false));
    let listener = std::thread::spawn({
        let stop = stop.clone();
        move || listen(&sink, start, &stop)
    });
    // The first packets are learned and warm everything up.
    speak(&senders, &ports, start, Duration::from_secs(1), 1);
    let mut runs = Vec::new();
    for together in [1, 10] {
        let from = start.elapsed().as_micros() as u64;
        let (before, calls_before, clock) = (processor_seconds()?, handle.kernel_calls(), Instant::now());
        let sent = speak(&senders, &ports, start, Duration::from_secs(seconds), together);
        let elapsed = clock.elapsed().as_secs_f64();
        let (used, kernel) = (processor_seconds()? - before, handle.kernel_calls().since(calls_before));
        let span = from..start.elapsed().as_micros() as u64;
        runs.push(Run { together, sent, elapsed, used, kernel, span });
    }
    std::thread::sleep(Duration::from_millis(300));
    stop.store(true, Ordering::Relaxed);
    let delays = listener.join().map_err(|_| "the listener panicked")?;
    for run in &runs {
        print(run, calls, &delays);
    }
    Ok(())
}

/// What was measured with packets that came so many together.
struct Run {
    together: usize,
    sent: u64,
    elapsed: f64,
    used: f64,
    kernel: KernelCalls,
    /// When its packets were sent, in microseconds.
    span: Range<u64>,
}

fn print(run: &Run, calls: usize, delays: &[(u64, u64)]) {
    let mut delays: Vec<u64> = delays.iter().filter(|(at, _)| run.span.contains(at)).map(|(_, delay)| *delay).collect();
    delays.sort_unstable();
    let quantile = |share: f64| delays.get((delays.len() as f64 * share) as usize).copied().unwrap_or(0);
    let (rate, share) = (run.sent as f64 / run.elapsed, run.used / run.elapsed * 100.0);
    println!("{calls} calls, {rate:.0} packets a second received and as many sent, {} together", run.together);
    println!("  processor: {share:.2} % of a core, {:.2} % per 100 calls", share * 100.0 / calls as f64);
    let each = |count: u64| count as f64 / run.sent as f64;
    println!(
        "  system calls a packet: {:.3} (receive {:.3}, send {:.3}, wait {:.3}, other {:.3})",
        each(run.kernel.total()),
        each(run.kernel.receives),
        each(run.kernel.sends),
        each(run.kernel.waits),
        each(run.kernel.others)
    );
    println!("  delay: p50 {} µs, p99 {} µs, p99.9 {} µs", quantile(0.5), quantile(0.99), quantile(0.999));
    println!("  sent {}, lost {}", run.sent, run.sent.saturating_sub(delays.len() as u64));
}

fn config(start: Instant, calls: usize) -> EngineConfig {
    let clock = Arc::new(move || {
        let micros = start.elapsed().as_micros() as u64;
        Now { moment: Moment::from_micros(micros), utc: Utc::from_micros(micros as i64) }
    });
    EngineConfig {
        networks: vec![(NetworkId(1), AddressFamily::V4)],
        ports: 20_000..=28_191,
        resume: Vec::new(),
        stock: calls * 2,
        threads: 1,
        sounds: SoundConfig::default(),
        queues: QueueLimits::default(),
        seed: 1,
        binder: Box::new(bind),
        clock,
        wake: Arc::new(|| ()),
    }
}

fn bind(pair: PortPair) -> io::Result<(UdpSocket, UdpSocket)> {
    let one = |port| {
        let socket = UdpSocket::bind(("127.0.0.1", port))?;
        socket.set_nonblocking(true)?;
        Ok::<_, io::Error>(socket)
    };
    Ok((one(pair.rtp_port)?, one(pair.rtcp_port())?))
}

/// Opens, sets up and connects the legs; the ports to which packets are sent.
fn set_up(
    handle: &EngineHandle,
    events: &Receiver<MediaEvent>,
    calls: usize,
    sink: SocketAddr,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error>> {
    let MediaEvent::PortsBound { pairs } = events.recv()? else { return Err("no ports were bound".into()) };
    let codecs: Vec<Codec> = Codec::with_static_number(CodecName::Pcma).into_iter().collect();
    let remote = Some(RemoteMedia { rtp: sink, rtcp: sink, learning: Learning::Locked });
    let setup = StreamSetup {
        remote,
        direction: Direction::SendReceive,
        send: codecs.clone(),
        receive: codecs,
        packet_time: 20,
        silence_after: Some(Duration::from_secs(60)),
    };
    let mut orders = Vec::new();
    let mut ports = Vec::new();
    for (leg, pair) in (1..).zip(pairs.iter().take(calls * 2)) {
        let leg_id = ConnectionId(leg);
        orders.push((leg_id, MediaOrderKind::Open { ports: *pair }));
        orders.push((leg_id, MediaOrderKind::Modify(Box::new(setup.clone()))));
        if leg % 2 == 0 {
            orders.push((leg_id, MediaOrderKind::Connect { with: ConnectionId(leg - 1) }));
        }
        ports.push(SocketAddr::new(sink.ip(), pair.rtp_port));
    }
    if ports.len() < calls * 2 {
        return Err("too few ports were bound".into());
    }
    for (id, (leg, kind)) in (1..).zip(orders) {
        handle.order(MediaOrder { id: OrderId(id), leg, kind }).map_err(|_| "the queue is full")?;
        loop {
            if let MediaEvent::Outcome { order: OrderId(order), result, .. } = events.recv()?
                && order == id
            {
                result.map_err(|fault| format!("{fault:?}"))?;
                break;
            }
        }
    }
    Ok(ports)
}

/// Sends every leg a packet each 20 ms, the legs spread evenly over that time, so many `together`; returns how many packets
/// were sent. Packets of telephones come one by one; packets that come together share a wait.
fn speak(senders: &[UdpSocket], ports: &[SocketAddr], start: Instant, duration: Duration, together: usize) -> u64 {
    let begin = Instant::now();
    let mut packet = [0u8; 172];
    (packet[0], packet[1]) = (0x80, 8);
    let mut sent = 0;
    let rounds = (duration.as_millis() / 20) as u32;
    let period = Duration::from_millis(20);
    for round in 0..rounds {
        for (index, (sender, port)) in senders.iter().zip(ports).enumerate() {
            if index % together == 0 {
                let due = begin + period * round + period * index as u32 / senders.len() as u32;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            packet[2..4].copy_from_slice(&(round as u16).to_be_bytes());
            packet[4..8].copy_from_slice(&(round * 160).to_be_bytes());
            packet[8..12].copy_from_slice(&(index as u32).to_be_bytes());
            packet[12..20].copy_from_slice(&(start.elapsed().as_micros() as u64).to_be_bytes());
            sent += u64::from(sender.send_to(&packet, port).is_ok());
        }
    }
    sent
}

/// For each packet heard the moment of its sending and its delay, in microseconds.
fn listen(sink: &UdpSocket, start: Instant, stop: &AtomicBool) -> Vec<(u64, u64)> {
    let mut delays = Vec::new();
    let mut buffer = [0; 2048];
    let _ = sink.set_read_timeout(Some(Duration::from_millis(100)));
    while !stop.load(Ordering::Relaxed) {
        let Ok(length) = sink.recv(&mut buffer) else { continue };
        let now = start.elapsed().as_micros() as u64;
        if let Some(stamp) = buffer[..length].get(12..20).and_then(|bytes| bytes.try_into().ok()) {
            let at = u64::from_be_bytes(stamp);
            delays.push((at, now.saturating_sub(at)));
        }
    }
    delays
}

/// Processor seconds of the media threads so far, from the scheduler's account in nanoseconds.
fn processor_seconds() -> io::Result<f64> {
    let mut nanoseconds = 0u64;
    for task in std::fs::read_dir("/proc/self/task")? {
        let folder = task?.path();
        if std::fs::read_to_string(folder.join("comm"))?.trim_end() == "media-0" {
            let account = std::fs::read_to_string(folder.join("schedstat"))?;
            nanoseconds += account.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0);
        }
    }
    Ok(nanoseconds as f64 / 1e9)
}
