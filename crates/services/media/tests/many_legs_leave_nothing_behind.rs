//! Hundreds of legs: ports grow with the need, every order has its outcome, and everything comes back.

mod support;

use ground::ConnectionId;
use media_plan::AddressFamily::{V4, V6};
use media_plan::{MediaEvent, MediaOrder, MediaOrderKind, OrderId, PlaySource};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::{PATIENCE, Phone, Rig, pcma};

fn hundred_calls(mut rig: Rig) {
    let mut calls: Vec<(Phone, Phone)> = Vec::new();
    for number in 0..100 {
        let family = if number % 2 == 0 { V4 } else { V6 };
        let (a, b) = (rig.phone(family, &[pcma()]), rig.phone(V4, &[pcma()]));
        rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
        calls.push((a, b));
    }
    assert_eq!(rig.pool.taken(), 200);
    for fill in 0..5 {
        for (a, b) in &mut calls {
            a.speak(8, fill);
            b.speak(8, fill + 100);
        }
        for (a, b) in &calls {
            assert_eq!(b.hear().map(|bytes| bytes[20]), Some(fill));
            assert_eq!(a.hear().map(|bytes| bytes[20]), Some(fill + 100));
        }
    }
    for (a, b) in &calls {
        for leg in [a.leg, b.leg] {
            let statistics = rig.close(leg);
            assert_eq!((statistics.packets_received, statistics.packets_refused), (5, 0));
        }
    }
    rig.gather();
    assert_eq!((rig.pool.taken(), rig.handle.idle_pairs()), (0, rig.pool.len()));
    assert_eq!(rig.handle.lost_reports(), 0);
}

#[test]
fn a_hundred_calls_on_one_thread() {
    hundred_calls(Rig::new());
}

#[test]
fn a_hundred_calls_on_three_threads_meet_on_one_each() {
    hundred_calls(Rig::with(|config| config.threads = 3));
}

#[test]
fn a_leg_that_moves_to_another_thread_takes_its_music_along() {
    let mut rig = Rig::with(|config| config.threads = 2);
    let (a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Play { source: PlaySource::Music, repeat: true }).unwrap();
    assert!(a.hear().is_some());
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    a.clear();
    assert!(a.hears_nothing());
    b.speak(8, 4);
    assert_eq!(a.hear().map(|bytes| bytes[20]), Some(4));
    rig.order(a.leg, MediaOrderKind::Play { source: PlaySource::Music, repeat: true }).unwrap();
    assert!(a.hear().is_some());
    let limit = Instant::now() + PATIENCE;
    while rig.close(a.leg).packets_sent == 0 {
        assert!(Instant::now() < limit);
    }
    rig.close(b.leg);
    assert_eq!(rig.pool.taken(), 0);
}

#[test]
fn a_flood_of_orders_is_refused_beyond_the_queue_and_each_taken_one_has_one_outcome() {
    let mut rig = Rig::with(|config| {
        config.queues.orders = 64;
        config.queues.events = 16;
    });
    let (mut taken, mut refused) = (BTreeMap::new(), 0);
    // Nobody takes events meanwhile: orders pile up, and then come back.
    for number in 1_000_000..1_001_000 {
        let order = MediaOrder { id: OrderId(number), leg: ConnectionId(number), kind: MediaOrderKind::Stop };
        match rig.handle.order(order) {
            Ok(()) => taken.insert(OrderId(number), 0),
            Err(order) => {
                assert_eq!(order.id, OrderId(number));
                refused += 1;
                None
            }
        };
        std::thread::sleep(Duration::from_micros(20));
    }
    assert!(refused > 0 && !taken.is_empty());
    for _ in 0..taken.len() {
        let order = rig.wait(|event| match event {
            MediaEvent::Outcome { order, result, .. } => {
                assert!(result.is_err());
                Some(*order)
            }
            _ => None,
        });
        *taken.get_mut(&order).expect("it was taken") += 1;
    }
    assert!(taken.values().all(|outcomes| *outcomes == 1));
}

#[test]
fn an_engine_ends_though_nobody_takes_its_events() {
    let rig = Rig::with(|config| config.queues.events = 4);
    for number in 0..100 {
        let order = MediaOrder { id: OrderId(number), leg: ConnectionId(number), kind: MediaOrderKind::Stop };
        rig.handle.order(order).unwrap();
    }
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    let Rig { handle, events, .. } = rig;
    drop(handle);
    assert!(start.elapsed() < PATIENCE);
    drop(events);
}

#[test]
fn the_range_is_the_limit() {
    let mut rig = Rig::with(|config| {
        config.ports = 28_000..=28_015;
        config.networks.truncate(1);
    });
    let mut legs = Vec::new();
    for _ in 0..rig.pool.len() {
        legs.push(rig.open(V4).0);
    }
    assert!(!legs.is_empty() && legs.len() <= 8);
    std::thread::sleep(Duration::from_millis(50));
    rig.gather();
    assert_eq!(rig.pool.take(rig.moment(), support::NETWORK, V4), None);
    for leg in legs {
        rig.close(leg);
    }
}
