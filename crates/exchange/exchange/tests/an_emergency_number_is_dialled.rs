//! Emergency calls get through: without the right to call out, during a drain, over the limits.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Input, Order};
use ground::{AlarmCode, Reason};

#[test]
fn a_drain_refuses_others_and_leaves_calls_in_progress_alone() {
    let mut world = World::new();
    let (talking, other) = world.connected();
    world.input(Input::Drain);
    let refused = world.dial(3, "1004");
    assert_eq!(world.take(), [(refused, Order::Clear(Reason::Draining))]);
    let emergency = world.dial(4, "112");
    let offers = world.offers();
    assert!(offers[0].1.emergency);
    world.report(offers[0].0, answered(yes()));
    assert_eq!(world.engine.relayed(emergency), Some(offers[0].0));
    assert_eq!(world.engine.relayed(talking), Some(other));
    world.hang_up(emergency);
    world.hang_up(talking);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_overloaded_exchange_takes_emergency_calls_and_raises_an_alarm() {
    let mut settings = config();
    settings.max_calls = 1;
    let mut world = World::with(site::site(), settings);
    let (talking, _) = world.connected();
    let refused = world.dial(3, "1004");
    assert_eq!(world.take(), [(refused, Order::Clear(Reason::Overload))]);
    let emergency = world.dial(3, "112");
    assert_eq!(world.offers().len(), 1);
    world.hang_up(emergency);
    world.hang_up(talking);
    assert_eq!(world.alarms, [(AlarmCode::Overload, true), (AlarmCode::Overload, false)]);
    world.nothing_left();
}

#[test]
fn a_full_trunk_takes_an_emergency_call() {
    let mut world = World::new();
    let first = world.dial(1, "04711");
    let second = world.dial(2, "04712");
    world.take();
    let emergency = world.dial(3, "112");
    assert_eq!(world.offers().len(), 1);
    for each in [first, second, emergency] {
        world.hang_up(each);
    }
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn an_emergency_call_tries_every_choice() {
    let mut world = World::new();
    let caller = world.dial(4, "112");
    let first = world.offered();
    world.report(first, exchange::Report::Cleared(Reason::TrunkUnreachable));
    let offers = world.offers();
    assert_eq!(offers[0].1.called.digits.as_str(), "112");
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}
