//! The source lock: who is taken, who is refused and counted, and where a telephone behind a translator is sent to.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Learning, MediaEvent, MediaOrderKind, StreamSetup};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use support::{PATIENCE, Phone, Rig, pcma, receive};

fn learning(rig: &mut Rig, phone: &Phone, described: SocketAddr, learning: Learning) {
    let mut setup: StreamSetup = phone.setup(&[pcma()]);
    let remote = setup.remote.as_mut().unwrap();
    (remote.rtp, remote.learning) = (described, learning);
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
}

fn heard_from(rig: &mut Rig, phone: &Phone) -> SocketAddr {
    rig.wait(|event| match event {
        MediaEvent::Receiving { leg, from } if *leg == phone.leg => Some(*from),
        _ => None,
    })
}

#[test]
fn a_stranger_is_refused_and_counted() {
    let mut rig = Rig::new();
    let (mut a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    for _ in 0..2 {
        a.speak(8, 1);
        assert!(b.hear().is_some());
    }
    assert_eq!(heard_from(&mut rig, &a), a.rtp.local_addr().unwrap());
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..10 {
        stranger.send_to(&a.packet(8, false, &[9; 160]), a.engine).unwrap();
    }
    assert!(b.hears_nothing());
    a.speak(8, 2);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(2));
    b.speak(8, 3);
    assert!(a.hear().is_some());
    let statistics = rig.close(a.leg);
    assert_eq!((statistics.packets_received, statistics.packets_refused), (3, 10));
    // Ten numbers were used by packets that the stranger sent.
    assert_eq!(statistics.packets_lost, 10);
}

#[test]
fn a_locked_leg_is_sent_to_where_it_was_described_even_when_it_speaks_from_another_port() {
    let mut rig = Rig::new();
    let (a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    other.send_to(&b.packet(8, false, &[1; 160]), b.engine).unwrap();
    assert!(a.hear().is_some());
    assert_eq!(heard_from(&mut rig, &b), other.local_addr().unwrap());
    // What was described is heard when it speaks, and the other port no more.
    b.speak(8, 2);
    assert_eq!(a.hear().map(|bytes| bytes[20]), Some(2));
    other.send_to(&b.packet(8, false, &[3; 160]), b.engine).unwrap();
    assert!(a.hears_nothing());
}

#[test]
fn two_legs_that_are_described_as_each_other_do_not_go_round_for_ever() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    learning(&mut rig, &a, b.engine, Learning::Locked);
    learning(&mut rig, &b, a.engine, Learning::Locked);
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let before = rig.handle.kernel_calls();
    // One packet is enough to begin.
    a.speak(8, 1);
    std::thread::sleep(Duration::from_millis(1000));
    let calls = rig.handle.kernel_calls().since(before);
    // Two legs, ten rounds, two hundred packets each at the very most; unbounded it would be hundreds of thousands.
    assert!(calls.receives > 1 && calls.receives < 5000, "{calls:?}");
    rig.close(a.leg);
    rig.close(b.leg);
}

#[test]
fn a_window_learns_the_first_source_and_sends_there_until_it_closes() {
    let mut rig = Rig::new();
    let (mut a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    // What the telephone says of itself leads nowhere.
    let described: SocketAddr = "127.0.0.9:9".parse().unwrap();
    let expected = Some("127.0.0.1".parse().unwrap());
    let window = Learning::Window { window: Duration::from_secs(30), expected };
    learning(&mut rig, &b, described, window);
    a.speak(8, 1);
    assert!(b.hears_nothing());
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    stranger.send_to(&b.packet(8, false, &[7; 160]), b.engine).unwrap();
    assert!(a.hears_nothing());
    b.speak(8, 2);
    assert_eq!(a.hear().map(|bytes| bytes[20]), Some(2));
    a.speak(8, 3);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(3));
    // The same description again changes nothing; the lock stays.
    learning(&mut rig, &b, described, window);
    a.speak(8, 4);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(4));
    // A new description opens a new window; this one closes before anybody speaks.
    learning(&mut rig, &b, described, Learning::Window { window: Duration::from_millis(1), expected: None });
    std::thread::sleep(Duration::from_millis(50));
    b.speak(8, 5);
    assert!(a.hears_nothing());
}

#[test]
fn the_reports_of_a_learned_telephone_are_learned_too() {
    let mut rig = Rig::new();
    let (a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let window = Learning::Window { window: Duration::from_secs(30), expected: None };
    let mut setup = b.setup(&[pcma()]);
    setup.remote.as_mut().unwrap().rtcp = "127.0.0.9:9".parse().unwrap();
    setup.remote.as_mut().unwrap().learning = window;
    rig.order(b.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
    let report = [0x80, 201, 0, 1, 1, 2, 3, 4];
    b.rtcp.send_to(&report, b.engine_rtcp()).unwrap();
    assert_eq!(receive(&a.rtcp, PATIENCE), Some(report.to_vec()));
    a.rtcp.send_to(&report, a.engine_rtcp()).unwrap();
    assert_eq!(receive(&b.rtcp, PATIENCE), Some(report.to_vec()));
}

#[test]
fn reports_from_elsewhere_than_the_sound_are_refused() {
    let mut rig = Rig::new();
    let (a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let described = "127.0.0.9:9".parse().unwrap();
    learning(&mut rig, &b, described, Learning::Window { window: Duration::from_secs(30), expected: None });
    b.speak(8, 1);
    assert!(a.hear().is_some());
    let report = [0x80, 201, 0, 1, 1, 2, 3, 4];
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    stranger.send_to(&report, b.engine_rtcp()).unwrap();
    assert_eq!(receive(&a.rtcp, Duration::from_millis(100)), None);
    b.rtcp.send_to(&report, b.engine_rtcp()).unwrap();
    assert_eq!(receive(&a.rtcp, PATIENCE), Some(report.to_vec()));
}

#[test]
fn what_came_before_a_leg_was_opened_is_not_heard() {
    let mut rig = Rig::new();
    let mut b = rig.phone(V4, &[pcma()]);
    let pair = rig.pool.take(rig.moment(), support::NETWORK, V4).unwrap();
    let port = SocketAddr::new(support::loopback(V4), pair.rtp_port);
    let mut a = Phone {
        leg: ground::ConnectionId(77),
        engine: port,
        rtp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        rtcp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        sequence: 1,
        timestamp: 1,
        ssrc: 1,
    };
    for _ in 0..50 {
        a.speak(8, 1);
    }
    rig.order(a.leg, MediaOrderKind::Open { ports: pair }).unwrap();
    let setup = a.setup(&[pcma()]);
    rig.order(a.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    a.speak(8, 2);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(2));
    b.speak(8, 2);
    assert!(a.hear().is_some());
    rig.pairs.insert(a.leg, pair);
    assert_eq!(rig.close(a.leg).packets_received, 1);
}
