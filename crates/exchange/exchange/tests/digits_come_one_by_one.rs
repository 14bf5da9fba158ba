//! Overlap dialling: the number is complete when nothing longer is possible, or when the caller pauses.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::{ConnectionId, Reason};

fn more(world: &mut World, caller: ConnectionId, digits: &str) {
    world.report(caller, Report::MoreDigits(digits.parse().unwrap()));
}

#[test]
fn an_extension_is_reached_with_its_last_digit() {
    let mut world = World::new();
    let caller = world.dial_with(1, "10", Some(talk()), true);
    more(&mut world, caller, "0");
    world.pass(seconds(4));
    assert!(world.offers().is_empty());
    more(&mut world, caller, "2");
    let called = world.offered();
    world.report(called, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed[0].dialled.digits.as_str(), "1002");
}

#[test]
fn a_number_of_variable_length_is_complete_after_a_pause() {
    let mut world = World::new();
    let caller = world.dial_with(1, "01234", Some(talk()), true);
    world.pass(seconds(4));
    assert!(world.offers().is_empty());
    world.pass(seconds(1));
    let offers = world.offers();
    assert_eq!(offers[0].1.called.digits.as_str(), "1234");
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn who_dials_nothing_or_too_little_is_told_after_a_pause() {
    let mut world = World::new();
    let silent = world.dial_with(1, "", Some(talk()), true);
    world.pass(seconds(14));
    assert_eq!(world.take(), []);
    world.pass(seconds(1));
    world.cleared(silent, Reason::IncompleteNumber);
    let short = world.dial_with(1, "100", Some(talk()), true);
    world.pass(seconds(5));
    world.cleared(short, Reason::IncompleteNumber);
    world.over(Outcome::Refused, Reason::IncompleteNumber);
}

#[test]
fn an_emergency_number_needs_no_pause() {
    let mut world = World::new();
    let caller = world.dial_with(4, "11", Some(talk()), true);
    more(&mut world, caller, "2");
    let offers = world.offers();
    assert!(offers[0].1.emergency);
    assert_eq!(offers[0].1.called.digits.as_str(), "112");
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn more_digits_than_any_number_has_are_refused() {
    let mut directory = site::site();
    directory.settings.announce_vacant = false;
    if let Some(route) = directory.routes.get_mut("city") {
        route.max_digits = 40;
    }
    let mut world = World::with(directory, config());
    let caller = world.dial_with(1, "0123456789", Some(talk()), true);
    more(&mut world, caller, "0123456789");
    more(&mut world, caller, "0123456789");
    assert_eq!(world.take(), []);
    more(&mut world, caller, "01");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::InvalidNumber))]);
    world.over(Outcome::Refused, Reason::InvalidNumber);
}
