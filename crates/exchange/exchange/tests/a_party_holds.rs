//! Hold and retrieve: the holding party hears nothing, the held one music, and both talk again afterwards.

mod support;
use support::*;

use directory::Outcome;
use exchange::{ConnectionState, Order, Report};
use ground::{ConnectionId, Reason};
use media_plan::{Direction, PlaySource, StreamDescription};

fn answered_direction(world: &mut World, connection: ConnectionId) -> Direction {
    let orders = world.orders_to(connection);
    let [Order::MediaAnswer(answer)] = orders.as_slice() else { panic!("{orders:?}") };
    answer.streams[0].direction
}

fn hold(world: &mut World, connection: ConnectionId) {
    world.report(connection, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    assert_eq!(answered_direction(world, connection), Direction::ReceiveOnly);
}

fn retrieve(world: &mut World, connection: ConnectionId) {
    world.report(connection, Report::MediaOffered(talk()));
    assert_eq!(answered_direction(world, connection), Direction::SendReceive);
}

fn states(world: &World, connection: ConnectionId) -> Vec<ConnectionState> {
    world.events.iter().filter(|event| event.connection == connection).map(|event| event.state).collect()
}

#[test]
fn the_caller_holds_and_comes_back() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    hold(&mut world, caller);
    assert_eq!(world.engine.relayed(caller), None);
    assert_eq!(world.engine.played(called), Some(PlaySource::Music));
    assert_eq!(world.engine.played(caller), None);
    assert_eq!(states(&world, caller).last(), Some(&ConnectionState::Hold));
    assert_eq!(world.take(), [], "the held party's line is not asked");
    retrieve(&mut world, caller);
    assert_eq!(world.engine.relayed(caller), Some(called));
    assert_eq!(world.engine.played(called), None);
    assert_eq!(states(&world, caller).last(), Some(&ConnectionState::Connected));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_called_party_holds_and_comes_back() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    hold(&mut world, called);
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    retrieve(&mut world, called);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn both_hold_and_come_back_in_either_order() {
    for (first_back, second_back) in [(0, 1), (1, 0)] {
        for (first, second) in [(0, 1), (1, 0)] {
            let mut world = World::new();
            let (caller, called) = world.connected();
            let legs = [caller, called];
            hold(&mut world, legs[first]);
            hold(&mut world, legs[second]);
            assert_eq!((world.engine.played(caller), world.engine.played(called)), (None, None));
            retrieve(&mut world, legs[first_back]);
            assert_eq!(world.engine.played(legs[first_back]), Some(PlaySource::Music));
            assert_eq!(world.engine.relayed(caller), None);
            retrieve(&mut world, legs[second_back]);
            assert_eq!(world.engine.relayed(caller), Some(called));
            world.hang_up(caller);
            world.over(Outcome::Answered, Reason::NormalClearing);
        }
    }
}

#[test]
fn inactive_and_an_address_of_zeros_are_hold_too() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(called, Report::MediaOffered(offer(Direction::Inactive, G711)));
    assert_eq!(answered_direction(&mut world, called), Direction::Inactive);
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    retrieve(&mut world, called);
    let zeros =
        StreamDescription { rtp: Some("0.0.0.0:4000".parse().unwrap()), ..stream(4000, Direction::SendReceive, G711) };
    world.report(caller, Report::MediaOffered(media_plan::MediaOffer { streams: vec![zeros] }));
    assert_eq!(world.engine.played(called), Some(PlaySource::Music));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_party_that_only_listens_does_not_hold() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(Direction::ReceiveOnly, G711)));
    assert_eq!(answered_direction(&mut world, caller), Direction::SendOnly);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_called_party_answers_holding() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, answered(answer(Direction::SendOnly, G711)));
    assert_eq!(world.engine.relayed(caller), None);
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    world.take();
    retrieve(&mut world, called);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_caller_calls_holding() {
    let mut world = World::new();
    let caller = world.dial_with(1, "1002", Some(offer(Direction::Inactive, G711)), false);
    let offers = world.offers();
    let called = offers[0].0;
    assert_eq!(offers[0].1.media.as_ref().unwrap().streams[0].direction, Direction::SendReceive);
    world.report(called, answered(yes()));
    assert_eq!(world.engine.played(called), Some(PlaySource::Music));
    world.take();
    retrieve(&mut world, caller);
    assert_eq!(world.engine.relayed(called), Some(caller));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_held_party_hangs_up() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    hold(&mut world, caller);
    world.hang_up(called);
    world.cleared(caller, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
