//! Calls that nobody answers: busy, rejected, no answer, no telephone, given up; each says why to the caller and in the record.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::Reason;

#[test]
fn a_busy_telephone() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Cleared(Reason::UserBusy));
    world.cleared(caller, Reason::UserBusy);
    world.over(Outcome::Refused, Reason::UserBusy);
    assert_eq!(world.refused[0].dialled.digits.as_str(), "1002");
}

#[test]
fn a_person_rejects() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.report(called, Report::Cleared(Reason::CallRejected));
    world.cleared(caller, Reason::CallRejected);
    world.over(Outcome::Refused, Reason::CallRejected);
}

#[test]
fn nobody_answers() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.pass(seconds(59));
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
    world.pass(seconds(1));
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::NoAnswer)]);
    world.cleared(caller, Reason::NoAnswer);
    world.over(Outcome::NotAnswered, Reason::NoAnswer);
}

#[test]
fn the_caller_gives_up() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.hang_up(caller);
    world.cleared(called, Reason::Abandoned);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn no_telephone_is_registered() {
    let mut world = World::new();
    world.terminals(2, &[]);
    let caller = world.dial(1, "1002");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::SubscriberAbsent))]);
    world.over(Outcome::Refused, Reason::SubscriberAbsent);
}

#[test]
fn a_telephone_that_says_nothing_is_given_up_after_six_seconds() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.pass(seconds(5));
    assert_eq!(world.take(), []);
    world.pass(seconds(1));
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::NoUserResponding)]);
    world.cleared(caller, Reason::NoUserResponding);
    world.over(Outcome::Refused, Reason::NoUserResponding);
}

#[test]
fn a_telephone_that_took_the_offer_has_forty_seconds_to_ring() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.pass(seconds(5));
    world.report(called, Report::Offered);
    world.pass(seconds(39));
    assert_eq!(world.take(), []);
    world.pass(seconds(1));
    world.cleared(caller, Reason::NoUserResponding);
    world.over(Outcome::Refused, Reason::NoUserResponding);
}

#[test]
fn a_word_that_comes_late_does_not_stop_the_ringing() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Alerting);
    world.report(called, Report::Offered);
    world.pass(seconds(50));
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn the_own_number_is_busy() {
    let mut world = World::new();
    let caller = world.dial(1, "1001");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::UserBusy))]);
    world.over(Outcome::Refused, Reason::UserBusy);
}

#[test]
fn a_line_that_never_says_its_last_word_is_forgotten() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.mute_clears = true;
    world.hang_up(caller);
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::NormalClearing)]);
    assert!(world.engine.is_empty(), "nothing is relayed while the last word is awaited");
    world.pass(seconds(39));
    assert_eq!(world.exchange.tables().connections, 1);
    world.pass(seconds(1));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_administrator_ends_a_call() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    let call = world.exchange.calls().next().unwrap().0;
    world.clear_call(call);
    world.cleared(called, Reason::ClearedByAdministrator);
    let _ = caller;
    world.over(Outcome::Answered, Reason::ClearedByAdministrator);
}

#[test]
fn the_longest_call_ends() {
    let mut settings = config();
    settings.waits.longest_call = seconds(100);
    let mut world = World::with(site::site(), settings);
    let (caller, called) = world.connected();
    world.pass(seconds(100));
    world.cleared(caller, Reason::DurationExceeded);
    let _ = called;
    world.over(Outcome::Answered, Reason::DurationExceeded);
}
