//! An engine ends without a word and another one takes over: its legs, their ports, and what was played to them.

mod support;

use ground::ConnectionId;
use media_plan::AddressFamily::V4;
use media_plan::{Learning, MediaEvent, MediaFault, MediaOrderKind, PlaySource, StreamBase, StreamSetup};
use std::net::UdpSocket;
use std::time::{Duration, Instant};
use support::{Phone, Rig, pcma, receive};

const MUSIC: MediaOrderKind = MediaOrderKind::Play { source: PlaySource::Music, repeat: true };

/// The numbers of a packet.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    at: Instant,
}

fn listen(phone: &Phone) -> Numbers {
    numbers(&phone.hear().expect("something is heard"))
}

fn numbers(bytes: &[u8]) -> Numbers {
    let packet = rtp::RtpPacket::parse(bytes).expect("RTP");
    Numbers {
        ssrc: packet.ssrc().0,
        sequence: packet.sequence().0,
        timestamp: packet.timestamp(),
        marker: packet.marker(),
        at: Instant::now(),
    }
}

/// Hears what was sent before the engine ended; the last of it.
fn hear_out(phone: &Phone, mut last: Numbers) -> Numbers {
    while let Some(bytes) = receive(&phone.rtp, Duration::from_millis(5)) {
        last = Numbers { at: last.at, ..numbers(&bytes) };
    }
    last
}

fn resume(rig: &mut Rig, phone: &Phone, base: Option<StreamBase>) {
    rig.resume(phone.leg, base).expect("the ports were kept");
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(phone.setup(&[pcma()])))).unwrap();
}

#[test]
fn a_call_goes_on_on_the_same_ports_after_the_time_of_the_restart() {
    let mut rig = Rig::apart(5);
    let (mut a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    for fill in 0..5 {
        a.speak(8, fill);
        assert_eq!(b.hear().map(|bytes| bytes[20]), Some(fill));
    }
    let ended = Instant::now();
    let mut rig = rig.restarted(|_| ());
    // Nobody can be heard yet; the telephones do not know.
    a.speak(8, 99);
    resume(&mut rig, &a, None);
    resume(&mut rig, &b, None);
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let took = ended.elapsed();
    b.clear();
    a.speak(8, 6);
    let heard = b.hear().expect("the call goes on");
    let gap = ended.elapsed();
    // The relayed stream is the telephone's own: it shows what was lost and nothing else.
    assert_eq!((heard[20], numbers(&heard).ssrc), (6, a.ssrc));
    assert!(gap < took + Duration::from_millis(200), "a gap of {gap:?} after a restart of {took:?}");
    println!("the restart took {took:?}, the gap was {gap:?}");
    b.speak(8, 7);
    assert_eq!(a.hear().map(|bytes| bytes[20]), Some(7));
    for leg in [a.leg, b.leg] {
        assert!(rig.close(leg).packets_received > 0);
    }
    rig.gather();
    assert_eq!((rig.pool.taken(), rig.handle.idle_pairs()), (0, rig.pool.len()));
}

#[test]
fn music_goes_on_as_the_same_stream_again_and_again() {
    let mut rig = Rig::apart(6);
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, MUSIC).unwrap();
    let first = listen(&phone);
    let mut last = first;
    for _ in 0..30 {
        last = listen(&phone);
    }
    let mut base = rig.base_of(phone.leg);
    assert_eq!((base.ssrc, base.sequence, base.clock_rate), (first.ssrc, first.sequence, 8000));
    assert!(base.timestamp.wrapping_sub(first.timestamp) <= 160);
    for _ in 0..3 {
        rig = rig.restarted(|_| ());
        last = hear_out(&phone, last);
        resume(&mut rig, &phone, Some(base));
        assert!(phone.hears_nothing(), "nothing is played before it is ordered");
        rig.order(phone.leg, MUSIC).unwrap();
        let next = listen(&phone);
        assert!(next.marker && next.ssrc == first.ssrc);
        let jump = next.sequence.wrapping_sub(last.sequence);
        assert!((1..3000).contains(&jump), "{jump}");
        // The timestamp shows the time between the two packets, as far as a listener can tell.
        let units = next.timestamp.wrapping_sub(last.timestamp);
        let passed = (next.at - last.at).as_secs_f64() * 8000.0;
        assert!((f64::from(units) - passed).abs() < 0.15 * 8000.0, "{units} of {passed}");
        base = rig.base_of(phone.leg);
        assert_eq!((base.ssrc, base.sequence), (next.ssrc, next.sequence));
        last = next;
        for _ in 0..10 {
            let heard = listen(&phone);
            assert_eq!(heard.sequence, last.sequence.wrapping_add(1));
            assert_eq!(heard.timestamp, last.timestamp.wrapping_add(160));
            last = heard;
        }
    }
}

#[test]
fn a_base_that_is_too_old_makes_a_new_stream() {
    let mut rig = Rig::apart(7);
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, MUSIC).unwrap();
    let first = listen(&phone);
    let mut base = rig.base_of(phone.leg);
    base.at.utc = ground::Utc::from_micros(base.at.utc.as_micros() - 60_000_000);
    let mut rig = rig.restarted(|_| ());
    hear_out(&phone, first);
    resume(&mut rig, &phone, Some(base));
    rig.order(phone.leg, MUSIC).unwrap();
    let next = listen(&phone);
    assert!(next.marker && next.ssrc != first.ssrc);
    assert_eq!(rig.base_of(phone.leg).ssrc, next.ssrc);
}

#[test]
fn a_stream_is_told_of_when_it_is_heard_and_not_again_for_each_sound() {
    let mut rig = Rig::apart(8);
    let phone = rig.idle_phone(V4);
    rig.order(phone.leg, MUSIC).unwrap();
    assert!(phone.hears_nothing());
    let told = |rig: &mut Rig| {
        rig.gather();
        rig.seen.iter().filter(|event| matches!(event, MediaEvent::Playing { .. })).count()
    };
    assert_eq!(told(&mut rig), 0);
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(phone.setup(&[pcma()])))).unwrap();
    assert_eq!(rig.base_of(phone.leg).ssrc, listen(&phone).ssrc);
    for _ in 0..3 {
        rig.order(phone.leg, MediaOrderKind::Stop).unwrap();
        rig.order(phone.leg, MUSIC).unwrap();
        phone.clear();
        listen(&phone);
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(told(&mut rig), 0);
}

#[test]
fn a_pair_that_somebody_else_took_is_told_and_not_replaced() {
    let mut rig = Rig::apart(9);
    let (a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    let (lost, kept) = (rig.pairs[&a.leg], rig.pairs[&b.leg]);
    // Each of its ports is held by somebody else from the first moment on.
    let mut rig = rig.restarted(move |config| {
        let bind = std::mem::replace(&mut config.binder, Box::new(support::bind));
        config.binder =
            Box::new(
                move |pair| {
                    if pair == lost { Err(std::io::ErrorKind::AddrInUse.into()) } else { bind.bind(pair) }
                },
            );
    });
    assert_eq!(rig.resume(a.leg, None), Err(MediaFault::PortsUnavailable));
    assert_eq!(rig.order(a.leg, MUSIC), Err(MediaFault::UnknownLeg));
    resume(&mut rig, &b, None);
    assert_eq!(rig.order(ConnectionId(900), MediaOrderKind::Open { ports: kept }), Err(MediaFault::PortsUnavailable));
    assert!(rig.pool.withdraw(lost));
    // Neither is told to be bound, however many are needed.
    for _ in 0..40 {
        let (leg, _) = rig.open(V4);
        assert!(rig.pairs[&leg] != lost && rig.pairs[&leg] != kept);
    }
    assert!(!rig.bound.contains(&lost) && !rig.bound.contains(&kept));
    rig.close(b.leg);
}

#[test]
fn a_leg_that_nobody_takes_up_again_gives_its_ports_back() {
    let mut rig = Rig::apart(10);
    let phone = rig.phone(V4, &[pcma()]);
    let pair = rig.pairs[&phone.leg];
    let mut rig = rig.restarted(|_| ());
    assert_eq!(rig.order(phone.leg, MediaOrderKind::Close), Err(MediaFault::UnknownLeg));
    // The exchange hands the pair out for another call.
    let other = ConnectionId(800);
    rig.order(other, MediaOrderKind::Open { ports: pair }).unwrap();
    rig.order(other, MediaOrderKind::Close).unwrap();
    rig.order(other, MediaOrderKind::Open { ports: pair }).unwrap();
}

#[test]
fn a_range_that_legs_which_go_on_fill_is_enough_to_start_with() {
    let small = |config: &mut media::EngineConfig| {
        config.ports = 31_800..=31_803;
        config.networks.truncate(1);
    };
    let mut rig = Rig::with(small);
    let phones: Vec<_> = (0..rig.pool.len()).map(|_| rig.phone(V4, &[pcma()])).collect();
    assert!(!phones.is_empty());
    let mut rig = rig.restarted(small);
    assert!(rig.bound.is_empty());
    for phone in &phones {
        resume(&mut rig, phone, None);
        rig.close(phone.leg);
    }
    assert_eq!(rig.handle.idle_pairs(), phones.len());
}

#[test]
fn a_telephone_behind_a_translator_is_learned_again_from_the_expected_address_within_the_window() {
    let mut rig = Rig::apart(11);
    let (mut a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    let described = |phone: &Phone, window| {
        let mut setup: StreamSetup = phone.setup(&[pcma()]);
        let remote = setup.remote.as_mut().unwrap();
        // What the telephone says of itself leads nowhere.
        remote.rtp = "127.0.0.9:9".parse().unwrap();
        remote.learning = Learning::Window { window, expected: Some("127.0.0.1".parse().unwrap()) };
        MediaOrderKind::Modify(Box::new(setup))
    };
    let long = Duration::from_secs(30);
    rig.order(b.leg, described(&b, long)).unwrap();
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    b.speak(8, 1);
    assert!(a.hear().is_some());
    a.speak(8, 2);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(2));
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    let mut rig = rig.restarted(|_| ());
    resume(&mut rig, &a, None);
    rig.resume(b.leg, None).unwrap();
    rig.order(b.leg, described(&b, long)).unwrap();
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    // Nothing is known of where it is, and a stranger is not believed.
    a.speak(8, 3);
    assert!(b.hears_nothing());
    stranger.send_to(&b.packet(8, false, &[7; 160]), b.engine).unwrap();
    assert!(a.hears_nothing());
    b.speak(8, 4);
    assert_eq!(a.hear().map(|bytes| bytes[20]), Some(4));
    a.speak(8, 5);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(5));
    // Who does not speak within the window is not learned.
    let mut rig = rig.restarted(|_| ());
    resume(&mut rig, &a, None);
    rig.resume(b.leg, None).unwrap();
    rig.order(b.leg, described(&b, Duration::from_millis(1))).unwrap();
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    std::thread::sleep(Duration::from_millis(30));
    b.speak(8, 6);
    assert!(a.hears_nothing());
}

#[test]
fn many_calls_go_on_over_several_threads() {
    let mut rig = Rig::with(|config| {
        config.threads = 3;
        config.ports = 31_200..=31_599;
    });
    let mut calls: Vec<_> = (0..50).map(|_| (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]))).collect();
    let ended = Instant::now();
    let mut rig = rig.restarted(|config| config.threads = 3);
    println!("an engine with a hundred legs was replaced in {:?}", ended.elapsed());
    for (a, b) in &calls {
        resume(&mut rig, a, None);
        resume(&mut rig, b, None);
        rig.order(b.leg, MediaOrderKind::Connect { with: a.leg }).unwrap();
    }
    for (a, b) in &mut calls {
        a.speak(8, 1);
        assert_eq!(b.hear().map(|bytes| bytes[20]), Some(1));
        b.speak(8, 2);
        assert_eq!(a.hear().map(|bytes| bytes[20]), Some(2));
    }
    for (a, b) in &calls {
        rig.close(a.leg);
        rig.close(b.leg);
    }
    rig.gather();
    assert_eq!((rig.pool.taken(), rig.handle.idle_pairs()), (0, rig.pool.len()));
}
