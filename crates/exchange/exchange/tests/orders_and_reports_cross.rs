//! Races: a clear meets an answer, reports come twice or too late, identifiers are used again.

mod support;
use support::*;

use directory::Outcome;
use exchange::{CallingParty, Input, Order, Report, Seizure};
use ground::{DeviceId, Number, Reason};
use media_plan::{MediaEvent, OrderId};

#[test]
fn the_caller_gives_up_while_the_called_telephone_answers() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.mute_clears = true;
    world.hang_up(caller);
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::Abandoned)]);
    world.report(called, answered(yes()));
    assert!(world.orders_to(called).is_empty());
    world.report(called, Report::Cleared(Reason::NormalClearing));
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn both_hang_up_at_once() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.mute_clears = true;
    world.hang_up(caller);
    world.report(called, Report::Cleared(Reason::NormalClearing));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn no_answer_fires_at_the_moment_of_the_answer() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.mute_clears = true;
    world.now = world.now.plus(seconds(60));
    world.report(called, answered(yes()));
    assert!(world.orders_to(caller).contains(&Order::Clear(Reason::NoAnswer)), "time-outs that are due come first");
    world.report(called, Report::Cleared(Reason::NoAnswer));
    world.report(caller, Report::Cleared(Reason::NoAnswer));
    world.over(Outcome::NotAnswered, Reason::NoAnswer);
}

#[test]
fn reports_of_nobody_are_counted_and_change_nothing() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.hang_up(caller);
    world.take();
    for report in [Report::Alerting, answered(yes()), Report::Probed, Report::Cleared(Reason::NormalClearing)] {
        world.report(called, report);
    }
    assert_eq!(world.exchange.counters().unknown_connections, 4);
    assert_eq!(world.take(), []);
    world.media(MediaEvent::PlayEnded { leg: called });
    world.media(MediaEvent::Outcome { order: OrderId(1), leg: called, result: Ok(()) });
    world.media(MediaEvent::Closed { leg: called, statistics: Default::default() });
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_seizure_that_is_told_twice_is_one_call() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let seizure = Seizure {
        line: exchange::LineKind::Sip,
        caller: CallingParty::Extension { device: DeviceId(1) },
        dialled: Number::parse("1003").unwrap(),
        overlap: false,
        media: Some(talk()),
        location: location(),
        hops: 70,
        replaces: None,
    };
    world.input(Input::Report { connection: caller, report: Report::Seized(Box::new(seizure)) });
    assert_eq!(world.exchange.counters().repeated_seizures, 1);
    assert_eq!(world.offers().len(), 1);
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn repeated_reports_are_told_once() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.report(called, Report::Alerting);
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
    world.report(called, answered(yes()));
    world.report(called, answered(yes()));
    assert_eq!(world.orders_to(caller).len(), 1);
    world.report(called, Report::Alerting);
    world.report(caller, Report::Alerting);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_change_of_media_before_the_answer_is_refused() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(caller, Report::MediaOffered(talk()));
    assert_eq!(world.orders_to(caller), [Order::MediaRefuse(Reason::TemporaryFailure)]);
    world.report(called, Report::MediaOffered(talk()));
    assert_eq!(world.orders_to(called), [Order::MediaRefuse(Reason::TemporaryFailure)]);
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn a_call_that_its_line_cannot_accept_leaves_a_record() {
    let mut world = World::new();
    let caller = ground::ConnectionId(77);
    let seizure = Seizure {
        line: exchange::LineKind::Sip,
        caller: CallingParty::Extension { device: DeviceId(1) },
        dialled: Number::default(),
        overlap: false,
        media: None,
        location: location(),
        hops: 70,
        replaces: None,
    };
    world.report(caller, Report::Unacceptable(Box::new(seizure), Reason::InvalidNumber));
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::InvalidNumber))]);
    world.over(Outcome::Refused, Reason::InvalidNumber);
    assert_eq!(world.engine.orders, 0);
}
