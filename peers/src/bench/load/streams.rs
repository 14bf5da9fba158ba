//! Packets of calls: each carries who sent it, its number and when, so that loss is counted exactly and the delay is known to
//! the nanosecond of this machine's clock.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two packets of a stream.
const PERIOD: Duration = Duration::from_millis(20);
/// Header and 20 ms of G.711 (RFC 3550 section 5.1, RFC 3551 section 4.5.14).
const PACKET: usize = 12 + 160;
/// What the payload begins with.
const MARK: [u8; 4] = *b"alMb";
/// Sockets on each side: the kernel's buffer of one would be short for all.
pub const SOCKETS: usize = 2;

/// Where the packets of each call go, as the session descriptions said.
pub struct Destinations {
    /// Two for each call: from the near side, from the far side. Address and port in the lower 48 bits; 0 for none.
    places: Vec<AtomicU64>,
}

impl Destinations {
    /// For so many calls, none known.
    pub fn new(calls: usize) -> Destinations {
        Destinations { places: (0..calls * 2).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Says where one side of a call sends to; none stops it.
    pub fn set(&self, call: usize, near: bool, to: Option<SocketAddrV4>) {
        let packed = to.map_or(0, |to| u64::from(u32::from(*to.ip())) << 16 | u64::from(to.port()));
        if let Some(place) = self.places.get(call * 2 + usize::from(!near)) {
            place.store(packed, Ordering::Relaxed);
        }
    }

    fn get(&self, leg: usize) -> Option<SocketAddrV4> {
        let packed = self.places.get(leg)?.load(Ordering::Relaxed);
        (packed != 0).then(|| SocketAddrV4::new(Ipv4Addr::from((packed >> 16) as u32), packed as u16))
    }
}

/// What a packet says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    /// Call and side, as in [`Destinations`].
    leg: u32,
    /// Counts the packets of the leg.
    count: u32,
    /// Nanoseconds since the streams began.
    sent: u64,
}

impl Stamp {
    fn write(self, packet: &mut [u8; PACKET]) {
        (packet[0], packet[1]) = (0x80, 8);
        packet[2..4].copy_from_slice(&(self.count as u16).to_be_bytes());
        packet[4..8].copy_from_slice(&self.count.wrapping_mul(160).to_be_bytes());
        packet[8..12].copy_from_slice(&(0x4000_0000 | self.leg).to_be_bytes());
        packet[12..16].copy_from_slice(&MARK);
        packet[16..20].copy_from_slice(&self.leg.to_be_bytes());
        packet[20..24].copy_from_slice(&self.count.to_be_bytes());
        packet[24..32].copy_from_slice(&self.sent.to_be_bytes());
    }

    fn read(packet: &[u8]) -> Option<Stamp> {
        let word = |at: usize| Some(u32::from_be_bytes(packet.get(at..at + 4)?.try_into().ok()?));
        if packet.get(12..16)? != MARK {
            return None;
        }
        let sent = u64::from(word(24)?) << 32 | u64::from(word(28)?);
        Some(Stamp { leg: word(16)?, count: word(20)?, sent })
    }
}

/// What one receiver heard.
#[derive(Default)]
struct Heard {
    /// Of each packet, repeated ones left out: sent when, and delay, both in microseconds.
    delays: Vec<(u32, u32)>,
    /// Packets that were heard by the side that sent them, or that carry no stamp.
    strange: u64,
    /// What was heard of each leg.
    legs: Vec<Leg>,
}

/// What was heard of a leg, by its other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// When its last packet came, in microseconds since the streams began; 0 for never.
    pub last: u64,
    /// The longest time between two of its packets, in microseconds.
    pub silence: u64,
    /// Packets that came from another port than that to which who hears them sends.
    pub elsewhere: u64,
}

impl Leg {
    fn hear(&mut self, now: u64, from_there: bool) {
        if self.last != 0 {
            self.silence = self.silence.max(now - self.last);
        }
        self.last = now;
        self.elsewhere += u64::from(!from_there);
    }
}

/// What became of the packets that were sent in the measured time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Sent.
    pub sent: u64,
    /// Heard, at any time, where they did not belong.
    pub strange: u64,
    /// Delays of those that were heard, in microseconds.
    pub delays: Vec<u32>,
    /// How late the sender was at the worst, in microseconds: a busy machine.
    pub late: u64,
    /// What was heard of each leg, at any time.
    pub legs: Vec<Leg>,
}

/// What the sender did.
#[derive(Default)]
struct Spoken {
    /// When packets were sent, in microseconds.
    times: Vec<u32>,
    /// The worst lateness, in microseconds.
    late: u64,
}

/// Packets that flow.
pub struct Streams {
    begin: Instant,
    stop: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
    sender: JoinHandle<Spoken>,
    receivers: Vec<JoinHandle<Heard>>,
}

/// The audio sockets of both sides: the first half is near, the second far.
pub fn sockets() -> io::Result<Vec<Arc<UdpSocket>>> {
    let open = |_| {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Arc::new(socket))
    };
    (0..SOCKETS * 2).map(open).collect()
}

/// The sockets of a call: near and far.
pub fn of_call(sockets: &[Arc<UdpSocket>], call: usize) -> io::Result<(SocketAddrV4, SocketAddrV4)> {
    let address = |index: usize| match sockets[index].local_addr()? {
        std::net::SocketAddr::V4(address) => Ok(address),
        std::net::SocketAddr::V6(_) => Err(io::Error::other("an IPv4 socket has an IPv4 address")),
    };
    Ok((address(call % SOCKETS)?, address(SOCKETS + call % SOCKETS)?))
}

impl Streams {
    /// Starts to speak and to listen. Every leg that has a destination is sent a packet each 20 ms; `together` packets leave
    /// at the same moment, the moments spread evenly.
    pub fn start(sockets: &[Arc<UdpSocket>], destinations: Arc<Destinations>, together: usize) -> Streams {
        let begin = Instant::now();
        let (stop, silent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let receivers = sockets.iter().cloned().enumerate().map(|(index, socket)| {
            let (stop, destinations) = (stop.clone(), destinations.clone());
            thread::spawn(move || hear(&socket, index >= SOCKETS, &destinations, begin, &stop))
        });
        let receivers = receivers.collect();
        let (speaking, quiet) = (sockets.to_vec(), silent.clone());
        let sender = thread::spawn(move || speak(&speaking, &destinations, together, begin, &quiet));
        Streams { begin, stop, silent, sender, receivers }
    }

    /// Microseconds since the start.
    pub fn now(&self) -> u32 {
        self.begin.elapsed().as_micros() as u32
    }

    /// Ends the speaking, waits for the last packets, and counts those that were sent in `measured`, in microseconds since the
    /// start.
    pub fn finish(self, measured: std::ops::Range<u32>) -> Account {
        self.silent.store(true, Ordering::Relaxed);
        let spoken = self.sender.join().unwrap_or_default();
        thread::sleep(Duration::from_millis(400));
        self.stop.store(true, Ordering::Relaxed);
        let heard: Vec<Heard> = self.receivers.into_iter().filter_map(|receiver| receiver.join().ok()).collect();
        account(&spoken, &heard, measured)
    }
}

fn account(spoken: &Spoken, heard: &[Heard], measured: std::ops::Range<u32>) -> Account {
    let delays = heard.iter().flat_map(|heard| &heard.delays).filter(|(at, _)| measured.contains(at));
    Account {
        sent: spoken.times.iter().filter(|at| measured.contains(at)).count() as u64,
        strange: heard.iter().map(|heard| heard.strange).sum(),
        delays: delays.map(|(_, delay)| *delay).collect(),
        late: spoken.late,
        legs: legs(heard),
    }
}

/// Every leg as the one socket heard it at which it arrives.
fn legs(heard: &[Heard]) -> Vec<Leg> {
    let count = heard.iter().map(|heard| heard.legs.len()).max().unwrap_or(0);
    let of = |index: usize| heard.iter().filter_map(|heard| heard.legs.get(index)).max_by_key(|leg| leg.last);
    (0..count).filter_map(|index| of(index).copied()).collect()
}

/// Sends until it has to be silent.
fn speak(
    sockets: &[Arc<UdpSocket>],
    destinations: &Destinations,
    together: usize,
    begin: Instant,
    silent: &AtomicBool,
) -> Spoken {
    let legs = destinations.places.len();
    let groups = legs.div_ceil(together).max(1);
    let mut spoken = Spoken::default();
    let mut packet = [0xD5; PACKET];
    for round in 0_u32.. {
        for group in 0..groups {
            if silent.load(Ordering::Relaxed) {
                return spoken;
            }
            let due = begin + PERIOD * round + PERIOD * group as u32 / groups as u32;
            let now = Instant::now();
            if due > now {
                thread::sleep(due - now);
            } else {
                spoken.late = spoken.late.max((now - due).as_micros() as u64);
            }
            for leg in group * together..((group + 1) * together).min(legs) {
                let Some(to) = destinations.get(leg) else { continue };
                let sent_at = begin.elapsed().as_nanos() as u64;
                Stamp { leg: leg as u32, count: round, sent: sent_at }.write(&mut packet);
                let side = (leg % 2) * SOCKETS + (leg / 2) % SOCKETS;
                if sockets[side].send_to(&packet, to).is_ok() {
                    spoken.times.push((sent_at / 1000) as u32);
                }
            }
        }
    }
    spoken
}

/// Listens until it is stopped.
fn hear(socket: &UdpSocket, far: bool, destinations: &Destinations, begin: Instant, stop: &AtomicBool) -> Heard {
    let legs = destinations.places.len();
    let mut heard = Heard { legs: vec![Leg::default(); legs], ..Heard::default() };
    let mut last = vec![u32::MAX; legs];
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let now = begin.elapsed().as_nanos() as u64;
        // Reports of RTCP come to another port.
        let stamp = Stamp::read(&buffer[..length]).filter(|stamp| (stamp.leg % 2 == 0) == far);
        let Some((stamp, last)) = stamp.and_then(|stamp| Some((stamp, last.get_mut(stamp.leg as usize)?))) else {
            heard.strange += 1;
            continue;
        };
        if *last != stamp.count {
            *last = stamp.count;
            heard.delays.push(((stamp.sent / 1000) as u32, (now.saturating_sub(stamp.sent) / 1000) as u32));
            let index = stamp.leg as usize;
            // Who hears this leg sends on the other one of the call, as soon as it knows where to.
            let there = destinations.get(index ^ 1).is_none_or(|to| SocketAddr::V4(to) == from);
            heard.legs[index].hear(now / 1000, there);
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_measured_time_counts() {
        let spoken = Spoken { times: vec![5, 10, 15, 20], late: 3 };
        let heard = [
            Heard { delays: vec![(10, 100), (20, 300)], ..Heard::default() },
            Heard { delays: vec![(5, 1)], strange: 2, ..Heard::default() },
        ];
        let account = account(&spoken, &heard, 10..20);
        assert_eq!(account, Account { sent: 2, strange: 2, delays: vec![100], late: 3, legs: Vec::new() });
    }

    #[test]
    fn a_leg_knows_its_longest_silence_and_strange_sources() {
        let mut leg = Leg::default();
        for (now, from_there) in [(20, true), (40, true), (540, false), (560, true)] {
            leg.hear(now, from_there);
        }
        assert_eq!(leg, Leg { last: 560, silence: 500, elsewhere: 1 });
        let heard = [leg, Leg::default()].map(|leg| Heard { legs: vec![leg], ..Heard::default() });
        assert_eq!(legs(&heard), [leg]);
    }

    #[test]
    fn a_stamp_survives_its_packet() {
        let stamp = Stamp { leg: 199, count: 70_000, sent: 12_345_678_901 };
        let mut packet = [0; PACKET];
        stamp.write(&mut packet);
        assert_eq!(Stamp::read(&packet), Some(stamp));
        assert_eq!(Stamp::read(&packet[..20]), None);
        assert_eq!(Stamp::read(&[0; PACKET]), None);
    }

    #[test]
    fn destinations_are_kept_for_each_side() {
        let destinations = Destinations::new(2);
        let to = "127.0.0.1:20000".parse().unwrap();
        destinations.set(1, false, Some(to));
        assert_eq!((destinations.get(2), destinations.get(3)), (None, Some(to)));
        destinations.set(1, false, None);
        destinations.set(9, true, Some(to));
        assert_eq!(destinations.get(3), None);
    }

    /// A relay that swallows the packets of one leg: the loss is what it swallowed.
    #[test]
    fn what_is_lost_is_counted() {
        let sockets = sockets().unwrap();
        let relay = UdpSocket::bind("127.0.0.1:0").unwrap();
        let std::net::SocketAddr::V4(place) = relay.local_addr().unwrap() else { panic!("IPv4") };
        let (near, far) = of_call(&sockets, 0).unwrap();
        let destinations = Arc::new(Destinations::new(1));
        [true, false].into_iter().for_each(|side| destinations.set(0, side, Some(place)));
        relay.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let relaying = thread::spawn(move || {
            let (mut buffer, mut swallowed) = ([0; 2048], 0);
            while let Ok((length, from)) = relay.recv_from(&mut buffer) {
                if from == std::net::SocketAddr::V4(near) {
                    relay.send_to(&buffer[..length], far).unwrap();
                } else {
                    swallowed += 1;
                }
            }
            swallowed
        });
        let streams = Streams::start(&sockets, destinations, 1);
        thread::sleep(Duration::from_millis(300));
        let until = streams.now();
        // One packet that is sent in the moment of stopping belongs to neither.
        let account = streams.finish(0..until + 20_000);
        let swallowed: u64 = relaying.join().unwrap();
        let heard = account.delays.len() as u64;
        assert!(swallowed > 5 && heard > 5, "{account:?}");
        assert_eq!(account.sent - heard, swallowed);
        assert_eq!(account.strange, 0);
    }
}
