//! Media ports: refused when none is left, back when a leg is closed, an engine that does not answer.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::{AlarmCode, Reason};

#[test]
fn a_call_without_ports_is_refused_and_the_alarm_ends_with_the_next_free_pair() {
    let mut world = World::new();
    world.terminals(2, &[20, 21, 22, 23, 24, 25, 26]);
    let first = world.dial(1, "1002");
    world.take();
    let refused = world.dial(3, "1004");
    assert_eq!(world.take(), [(refused, Order::Clear(Reason::NoMediaResource))]);
    assert_eq!(world.alarms, [(AlarmCode::MediaPortsExhausted, true)]);
    world.hang_up(first);
    assert_eq!(world.alarms.last(), Some(&(AlarmCode::MediaPortsExhausted, false)));
    world.pass(seconds(3));
    let again = world.dial(3, "1004");
    assert_eq!(world.offers().len(), 1);
    world.hang_up(again);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn a_called_telephone_without_ports_fails_the_call() {
    let mut world = World::new();
    world.terminals(2, &[20, 21, 22, 23, 24, 25]);
    let first = world.dial(1, "1002");
    world.take();
    let refused = world.dial(3, "1004");
    assert_eq!(world.take(), [(refused, Order::Clear(Reason::NoMediaResource))]);
    world.hang_up(first);
    world.nothing_left();
}

#[test]
fn an_engine_that_never_says_that_a_leg_is_closed_is_given_up() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.engine.mute = true;
    world.hang_up(caller);
    let _ = called;
    assert_eq!(world.exchange.tables().ports, 2);
    world.pass(seconds(31));
    assert_eq!(world.exchange.tables().ports, 2);
    world.pass(seconds(1));
    assert_eq!(world.exchange.counters().legs_not_closed, 2);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_network_without_an_address_of_the_family_has_no_media() {
    let mut world = World::new();
    let mut media = talk();
    media.streams[0].rtp = Some("[2001:db8::7]:4000".parse().unwrap());
    let caller = world.dial_with(1, "1002", Some(media), false);
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::NoMediaResource))]);
    assert_eq!(world.alarms, []);
    world.over(Outcome::Refused, Reason::NoMediaResource);
}

#[test]
fn a_relay_that_the_engine_cannot_make_ends_the_call() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    // The engine loses the leg of the called telephone.
    world.engine.legs.remove(&called);
    world.report(called, answered(yes()));
    assert!(world.orders_to(caller).iter().any(|order| matches!(order, Order::Clear(_))));
    world.report(called, Report::Probed);
    world.over(Outcome::Answered, Reason::InternalError);
}
