//! 1001 calls 1002: offer, ringing, answer, talk, and either party hangs up.

mod support;
use support::*;

use directory::Outcome;
use exchange::{ConnectionState, Order, Report};
use ground::{DeviceId, Reason};

#[test]
fn the_caller_hears_ringing_and_then_the_called_party() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let offers = world.offers();
    let (called, offer) = &offers[0];
    assert_eq!(offer.caller.number.digits.as_str(), "1001");
    assert_eq!(offer.caller.name, "Strowger");
    assert_eq!(offer.called.digits.as_str(), "1002");
    let media = offer.media.as_ref().unwrap();
    assert_eq!(media.streams[0].rtp.unwrap().ip().to_string(), "198.51.100.1");
    world.report(*called, Report::Offered);
    assert_eq!(world.take(), []);
    world.report(*called, Report::Alerting);
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
    world.pass(seconds(7));
    world.report(*called, answered(yes()));
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: Some(answer), offer: None, connected }] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(connected.name, "Erlang");
    let numbers: Vec<_> = answer.streams[0].codecs.iter().map(|c| c.payload_type).collect();
    assert_eq!(numbers, [8, 0, 101]);
    assert_eq!(world.engine.relayed(caller), Some(*called));
    world.pass(seconds(30));
    world.hang_up(*called);
    world.cleared(caller, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let record = &world.closed[0];
    assert_eq!(record.answered_after, Some(seconds(7)));
    assert_eq!(record.ended_after, seconds(37));
    assert_eq!(record.offset_minutes, 60);
    assert_eq!(record.connected.unwrap().digits.as_str(), "1002");
    assert_eq!((world.opened[0].outcome, world.opened[0].key), (Outcome::Interrupted, record.key));
}

#[test]
fn the_caller_hangs_up() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.hang_up(caller);
    world.cleared(called, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn observers_follow_both_connections_to_their_end() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.hang_up(called);
    let states = |connection| {
        let mine = world.events.iter().filter(|event| event.connection == connection);
        mine.map(|event| event.state).collect::<Vec<_>>()
    };
    use ConnectionState::*;
    assert_eq!(states(caller), [Initiated, Connected, Null]);
    assert_eq!(states(called), [Offered, Alerting, Connected, Null]);
    assert!(world.events.iter().all(|event| event.device == Some(DeviceId(1 + u32::from(event.connection == called)))));
    world.nothing_left();
}

#[test]
fn a_party_that_is_left_alone_is_cleared_without_a_tone() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.events.clear();
    world.hang_up(caller);
    assert!(world.events.iter().all(|event| event.state == ConnectionState::Null), "{:?}", world.events);
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::NormalClearing)]);
    world.nothing_left();
}

#[test]
fn an_answer_without_ringing_is_an_answer() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, answered(yes()));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { .. }]));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
