//! Early media: the first progress with media is connected through; it is not an answer.

mod support;
use support::*;

use directory::Outcome;
use exchange::{AnsweredMedia, Order, Report};
use ground::Reason;

#[test]
fn what_the_far_side_plays_is_heard_before_the_answer() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Progress { media: Some(_), reason: None }]));
    assert_eq!(world.engine.relayed(caller), Some(called));
    assert_eq!(world.engine.setup(caller).silence_after, None, "nobody has to speak yet");
    // Ringing that is told as well makes no second tone.
    world.report(called, Report::Alerting);
    assert_eq!(world.take(), []);
    world.report(called, Report::Answered { media: AnsweredMedia::AsAgreed, connected: None });
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { answer: None, offer: None, .. }]));
    assert_eq!(world.engine.relayed(caller), Some(called));
    assert!(world.engine.setup(caller).silence_after.is_some());
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_second_description_in_the_answer_is_not_another_answer() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    world.report(called, Report::Progress { media: Some(yes()) });
    assert_eq!(world.orders_to(caller).len(), 1);
    world.report(called, answered(yes()));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { answer: None, .. }]));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_announcement_of_the_far_side_that_ends_in_a_refusal_is_not_billed() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    world.pass(seconds(10));
    world.report(called, Report::Cleared(Reason::VacantNumber));
    // The caller has heard the far side's announcement, and its one answer is given: no second announcement.
    world.cleared(caller, Reason::VacantNumber);
    world.over(Outcome::Refused, Reason::VacantNumber);
    assert_eq!(world.closed[0].answered_after, None);
}

#[test]
fn progress_without_media_is_passed_on_until_it_rings() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: None });
    assert_eq!(world.take(), [(caller, Order::Progress { media: None, reason: None })]);
    world.report(called, Report::Alerting);
    assert_eq!(world.take(), [(caller, Order::Alert)]);
    world.report(called, Report::Progress { media: None });
    assert_eq!(world.take(), []);
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn early_media_that_lasts_without_an_answer_is_given_up() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    world.pass(seconds(200));
    world.cleared(caller, Reason::NoAnswer);
    world.over(Outcome::NotAnswered, Reason::NoAnswer);
}
