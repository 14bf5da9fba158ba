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
fn the_same_description_in_the_answer_is_not_another_answer() {
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
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
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

#[test]
fn who_sent_early_media_answers_holding() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    let only = answer(media_plan::Direction::SendOnly, G711);
    world.report(called, Report::Progress { media: Some(only) });
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.report(called, Report::Answered { media: AnsweredMedia::AsAgreed, connected: None });
    assert_eq!(world.engine.relayed(caller), None);
    assert_eq!(world.engine.played(caller), Some(media_plan::PlaySource::Music));
    world.report(called, Report::MediaOffered(talk()));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn another_device_behind_the_trunk_answers_than_the_one_that_was_heard() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    world.take();
    let mut other = yes();
    other.streams[0].rtp = Some("192.0.2.99:6000".parse().unwrap());
    world.report(called, answered(other));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { answer: None, offer: None, .. }]));
    assert_eq!(world.engine.setup(called).remote.unwrap().rtp.port(), 6000);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn another_device_behind_the_trunk_answers_in_another_codec() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    let both = media_plan::Direction::SendReceive;
    world.report(called, Report::Progress { media: Some(answer(both, &[("PCMA", 8)])) });
    world.take();
    world.report(called, answered(answer(both, &[("PCMU", 0)])));
    let orders = world.orders_to(caller);
    assert!(matches!(orders.as_slice(), [Order::Answer { answer: None, .. }, Order::MediaOffer(_)]), "{orders:?}");
    // A caller that refuses the change shares no codec with who answered.
    world.report(caller, Report::MediaRefused(Reason::NoCommonCodec));
    world.cleared(called, Reason::NoCommonCodec);
    world.over(Outcome::Answered, Reason::NoCommonCodec);
}
