//! Callers that make no offer: the called side's offer is passed to them with the answer.

mod support;
use support::*;

use directory::Outcome;
use exchange::{AnsweredMedia, Order, Report};
use ground::{ConnectionId, Reason};
use media_plan::{Direction, PlaySource};

const BOTH: Direction = Direction::SendReceive;

fn late(world: &mut World) -> (ConnectionId, ConnectionId) {
    let caller = world.dial_with(1, "1002", None, false);
    let offers = world.offers();
    assert_eq!(offers[0].1.media, None, "the called side has to offer");
    let media = AnsweredMedia::Offer(offer(BOTH, &[("G722", 9), ("PCMU", 0)]));
    world.report(offers[0].0, Report::Answered { media, connected: None });
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: None, offer: Some(offer), .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(offer.streams[0].codecs.len(), 2);
    (caller, offers[0].0)
}

#[test]
fn the_called_sides_offer_is_answered_by_the_caller() {
    let mut world = World::new();
    let (caller, called) = late(&mut world);
    assert_eq!(world.engine.relayed(caller), None);
    world.report(caller, Report::MediaAnswered(answer(BOTH, &[("PCMU", 0)])));
    let orders = world.orders_to(called);
    let [Order::MediaAnswer(answer)] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(answer.streams[0].codecs[0].payload_type, 0);
    assert_eq!(world.engine.relayed(caller), Some(called));
    // What follows is a conversation like any other.
    world.report(caller, Report::MediaOffered(offer(Direction::SendOnly, &[("PCMU", 0)])));
    assert_eq!(world.engine.played(called), Some(PlaySource::Music));
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("PCMU", 0)])));
    assert_eq!(world.engine.relayed(called), Some(caller));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_caller_that_never_answers_it_is_cleared() {
    let mut world = World::new();
    let (caller, called) = late(&mut world);
    world.pass(seconds(32));
    assert!(world.orders_to(caller).contains(&Order::Clear(Reason::ProtocolTimeout)));
    world.cleared(called, Reason::ProtocolTimeout);
    world.over(Outcome::Answered, Reason::ProtocolTimeout);
}

#[test]
fn a_caller_that_answers_with_nothing_useful_is_cleared() {
    let mut world = World::new();
    let (caller, called) = late(&mut world);
    world.report(caller, Report::MediaAnswered(answer(BOTH, &[("PCMA", 8)])));
    world.cleared(called, Reason::NoCommonCodec);
    world.over(Outcome::Answered, Reason::NoCommonCodec);
}

#[test]
fn the_caller_hangs_up_before_it_has_answered() {
    let mut world = World::new();
    let (caller, called) = late(&mut world);
    world.hang_up(caller);
    world.cleared(called, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_caller_answers_holding() {
    let mut world = World::new();
    let (caller, called) = late(&mut world);
    world.report(caller, Report::MediaAnswered(answer(Direction::Inactive, &[("PCMU", 0)])));
    assert_eq!(world.engine.played(called), Some(PlaySource::Music));
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("PCMU", 0)])));
    assert_eq!(world.engine.relayed(called), Some(caller));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_called_side_that_offers_unasked_or_answers_nothing_is_cleared() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    let media = AnsweredMedia::Offer(talk());
    world.report(called, Report::Answered { media, connected: None });
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::ProtocolError)]);
    world.cleared(caller, Reason::ProtocolError);
    let caller = world.dial_with(1, "1002", None, false);
    let called = world.offered();
    world.report(called, answered(yes()));
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::ProtocolError)]);
    world.cleared(caller, Reason::ProtocolError);
    world.over(Outcome::Refused, Reason::ProtocolError);
}
