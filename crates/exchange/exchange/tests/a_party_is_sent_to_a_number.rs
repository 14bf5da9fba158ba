//! Single-step transfer: a party is sent to a number, which is called while the transferor is still there.

mod support;
use support::*;

use directory::Outcome;
use exchange::{AnsweredMedia, OfferTarget, Order, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, Reason, TrunkId};
use media_plan::{MediaEvent, PlaySource, Tone};

fn send_to(world: &mut World, asks: ConnectionId, number: &str) {
    world.report(asks, Report::TransferRequested(TransferTarget::Number(number.parse().unwrap())));
}

fn progress(world: &mut World, asks: ConnectionId) -> Vec<TransferProgress> {
    let orders = world.orders_to(asks);
    let progress = |order: Order| match order {
        Order::Transfer(progress) => Some(progress),
        _ => None,
    };
    orders.into_iter().filter_map(progress).collect()
}

#[test]
fn the_transferor_stays_until_the_target_answers() {
    for y_calls in [false, true] {
        let mut world = World::new();
        let (from, to) = if y_calls { world.pair(2, 1) } else { world.pair(1, 2) };
        let (x, y) = if y_calls { (to, from) } else { (from, to) };
        send_to(&mut world, y, "1003");
        let z = world.offered();
        world.report(z, Report::Alerting);
        assert_eq!(progress(&mut world, y), [TransferProgress::Trying, TransferProgress::Ringing]);
        assert_eq!(world.engine.relayed(x), Some(y), "they still talk");
        world.report(z, answered(yes()));
        assert_eq!(progress(&mut world, y), [TransferProgress::Done]);
        assert_eq!(world.engine.relayed(x), Some(z));
        world.pass(seconds(3));
        world.cleared(y, Reason::Transferred);
        world.hang_up(z);
        world.cleared(x, Reason::NormalClearing);
        world.over(Outcome::Answered, Reason::NormalClearing);
        assert_eq!(world.closed.len(), 2);
        let keys: Vec<_> = world.closed.iter().map(|record| record.key.segment).collect();
        assert_eq!(keys, [0, 1]);
    }
}

#[test]
fn the_transferor_hangs_up_and_the_other_hears_ringing() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "1003");
    let z = world.offered();
    world.report(z, Report::Alerting);
    assert_eq!(world.engine.relayed(x), Some(y));
    world.hang_up(y);
    assert_eq!(world.engine.played(x), Some(PlaySource::Tone(Tone::Ringing)));
    world.report(z, answered(yes()));
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!(world.engine.played(x), None);
    world.hang_up(x);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let (first, second) = (&world.closed[0], &world.closed[1]);
    assert_eq!((first.reason, second.key.segment), (Reason::Transferred, 1));
    assert_eq!(second.connected.unwrap().digits.as_str(), "1003");
}

#[test]
fn a_target_that_fails_leaves_all_as_it_was() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "1003");
    let z = world.offered();
    world.report(z, Report::Cleared(Reason::UserBusy));
    assert_eq!(progress(&mut world, y), [TransferProgress::Trying, TransferProgress::Failed(Reason::UserBusy)]);
    assert_eq!(world.engine.relayed(x), Some(y));
    world.hang_up(x);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed.len(), 1);
}

#[test]
fn a_target_that_fails_after_the_transferor_left_is_a_failed_call() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "1003");
    let z = world.offered();
    world.hang_up(y);
    world.report(z, Report::Cleared(Reason::UserBusy));
    world.cleared(x, Reason::UserBusy);
    world.over(Outcome::Refused, Reason::UserBusy);
}

#[test]
fn a_vacant_target_is_announced_after_the_transferor_left() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "04711");
    let (over, _) = world.offers().pop().unwrap();
    world.hang_up(y);
    world.report(over, Report::Cleared(Reason::VacantNumber));
    assert_eq!(world.engine.played(x), Some(PlaySource::Announcement("number-not-in-use".into())));
    world.media(MediaEvent::PlayEnded { leg: x });
    world.cleared(x, Reason::VacantNumber);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn numbers_that_the_transferor_may_not_reach_are_refused_at_once() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 4);
    for (number, reason) in [
        ("04711", Reason::NotAuthorized),
        ("999", Reason::VacantNumber),
        ("1004", Reason::UserBusy),
        ("1001", Reason::UserBusy),
    ] {
        send_to(&mut world, y, number);
        assert_eq!(progress(&mut world, y), [TransferProgress::Failed(reason)], "{number}");
    }
    assert!(world.take().is_empty());
    assert_eq!(world.engine.relayed(x), Some(y));
    // An emergency number is open to all, and stays an emergency call.
    send_to(&mut world, y, "112");
    let offers = world.offers();
    assert!(offers[0].1.emergency);
    world.report(offers[0].0, answered(yes()));
    assert_eq!(world.engine.relayed(x), Some(offers[0].0));
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_party_is_sent_to_a_service() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "*2");
    let z = world.offered();
    let media = AnsweredMedia::Treatment { source: PlaySource::Music, repeat: true };
    world.report(z, Report::Answered { media, connected: None });
    assert_eq!(world.engine.played(x), Some(PlaySource::Music));
    assert_eq!(progress(&mut world, y), [TransferProgress::Trying, TransferProgress::Done]);
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn all_telephones_of_the_target_ring() {
    let mut world = World::new();
    world.terminals(3, &[30, 31, 32]);
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "1003");
    let offers = world.offers();
    assert_eq!(offers.len(), 3);
    world.report(offers[1].0, answered(yes()));
    assert_eq!(world.engine.relayed(x), Some(offers[1].0));
    world.cleared(offers[0].0, Reason::AnsweredElsewhere);
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_next_trunk_is_tried_for_a_target_outside() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "04711");
    let first = world.offered();
    world.report(first, Report::Cleared(Reason::TrunkUnreachable));
    let offers = world.offers();
    assert_eq!(offers[0].1.target, OfferTarget::Trunk(TrunkId(2)));
    world.report(offers[0].0, answered(yes()));
    assert_eq!(world.engine.relayed(x), Some(offers[0].0));
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed.last().unwrap().trunk_out, Some(TrunkId(2)));
}

#[test]
fn who_is_sent_hangs_up_before_the_target_answers() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    send_to(&mut world, y, "1003");
    let z = world.offered();
    world.hang_up(x);
    world.cleared(y, Reason::NormalClearing);
    world.cleared(z, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
