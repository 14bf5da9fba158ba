//! A number with several telephones: all ring, the first answer wins.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::{ConnectionId, Reason};
use media_plan::Direction;

fn rung(world: &mut World) -> (ConnectionId, Vec<ConnectionId>) {
    world.terminals(2, &[20, 21, 22]);
    let caller = world.dial(1, "1002");
    let offers = world.offers();
    assert_eq!(offers.len(), 3);
    (caller, offers.into_iter().map(|(connection, _)| connection).collect())
}

#[test]
fn the_first_answer_wins_and_the_others_are_answered_elsewhere() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    for each in &called {
        world.report(*each, Report::Alerting);
    }
    assert_eq!(world.take(), [(caller, Order::Alert { waiting: false })]);
    world.report(called[1], answered(yes()));
    assert_eq!(world.orders_to(called[0]), [Order::Clear(Reason::AnsweredElsewhere)]);
    assert_eq!(world.orders_to(called[2]), [Order::Clear(Reason::AnsweredElsewhere)]);
    assert_eq!(world.engine.relayed(caller), Some(called[1]));
    assert_eq!(world.engine.legs.len(), 2);
    world.hang_up(called[1]);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_answer_that_comes_second_changes_nothing() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    world.mute_clears = true;
    world.report(called[0], answered(yes()));
    world.report(called[1], answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called[0]));
    world.report(called[1], Report::Cleared(Reason::AnsweredElsewhere));
    world.report(called[2], Report::Cleared(Reason::AnsweredElsewhere));
    assert_eq!(world.engine.relayed(caller), Some(called[0]));
    world.mute_clears = false;
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn one_telephone_that_is_busy_does_not_silence_the_others() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    world.report(called[0], Report::Cleared(Reason::UserBusy));
    world.report(called[1], Report::Cleared(Reason::NoUserResponding));
    assert!(world.orders_to(caller).is_empty());
    world.report(called[2], Report::Alerting);
    world.report(called[2], answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called[2]));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn when_all_fail_the_caller_hears_the_most_telling_reason() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    world.report(called[0], Report::Cleared(Reason::UserBusy));
    world.report(called[1], Report::Cleared(Reason::NoUserResponding));
    world.report(called[2], Report::Cleared(Reason::TemporaryFailure));
    world.cleared(caller, Reason::UserBusy);
    world.over(Outcome::Refused, Reason::UserBusy);
}

#[test]
fn ports_for_some_of_the_telephones_are_enough() {
    let mut world = World::new();
    world.terminals(2, &[20, 21, 22, 23, 24, 25, 26, 27, 28]);
    let caller = world.dial(1, "1002");
    let offers = world.offers();
    assert_eq!(offers.len(), 7, "eight pairs, one of them the caller's");
    world.report(offers[6].0, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(offers[6].0));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn another_telephone_answers_than_the_one_whose_media_was_heard() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    world.report(called[0], Report::Progress { media: Some(answer(Direction::SendReceive, &[("PCMA", 8)])) });
    assert_eq!(world.engine.relayed(caller), Some(called[0]));
    let orders = world.orders_to(caller);
    assert!(matches!(orders.as_slice(), [Order::Progress { media: Some(_), reason: None }]), "{orders:?}");
    // The second early media loses.
    world.report(called[1], Report::Progress { media: Some(answer(Direction::SendReceive, &[("PCMU", 0)])) });
    assert_eq!(world.engine.relayed(caller), Some(called[0]));
    // It answers, in a codec that the caller was not told of: the caller is offered the change.
    let media = exchange::AnsweredMedia::AsAgreed;
    world.report(called[1], Report::Answered { media, connected: None });
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: None, offer: None, .. }, Order::MediaOffer(change)] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(change.streams[0].codecs[0].payload_type, 0);
    assert_eq!(world.engine.relayed(caller), None);
    world.report(caller, Report::MediaAnswered(answer(Direction::SendReceive, &[("PCMU", 0)])));
    assert_eq!(world.engine.relayed(caller), Some(called[1]));
    assert_eq!(world.engine.sends(caller), [0]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn another_telephone_answers_in_the_codec_that_was_heard() {
    let mut world = World::new();
    let (caller, called) = rung(&mut world);
    world.report(called[0], Report::Progress { media: Some(yes()) });
    world.take();
    world.report(called[2], answered(yes()));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { answer: None, offer: None, .. }]));
    assert_eq!(world.engine.relayed(caller), Some(called[2]));
    world.hang_up(called[2]);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
