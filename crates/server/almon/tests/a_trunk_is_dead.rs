//! Peers that say nothing: a call goes on without them after six seconds, and what they say later comes to nothing.

mod world;

use ground::Reason;
use sip::agent::EndCause;
use std::time::Duration;
use world::{CARRIER, OTHER_CARRIER, World};

#[test]
fn the_next_choice_takes_the_call_within_eight_seconds() {
    let mut world = World::with_two_telephones(1);
    world.add_second_trunk(false);
    let other = world.telephone("5551234", OTHER_CARRIER);
    let before = world.now;
    let calling = world.call(0, "95551234");
    let (called, _) = world.expect_ringing(other);
    world.respond(other, called, 200);
    world.expect_answered(0);
    let waited = world.now.moment.since(before.moment);
    assert!(waited >= Duration::from_secs(6) && waited < Duration::from_secs(8), "{waited:?}");
    world.hang_up(0, calling);
    world.assert_empty();
    let record = &world.records[0];
    let second = world.directory.trunks.values().find(|trunk| trunk.name == "other").unwrap();
    assert_eq!((record.trunk_out, record.reason), (Some(second.id), Reason::NormalClearing));
    assert!(record.answered_after.unwrap() >= Duration::from_secs(6));
}

#[test]
fn an_answer_that_comes_after_the_call_went_on_is_acknowledged_and_ended() {
    let mut world = World::with_two_telephones(2);
    world.add_second_trunk(false);
    let first = world.telephone("5551234", CARRIER);
    let other = world.telephone("5551234", OTHER_CARRIER);
    world.hold_packets(first);
    let calling = world.call(0, "95551234");
    let (late, _) = world.expect_ringing(first);
    world.respond(first, late, 180);
    world.respond(first, late, 200);
    let (called, _) = world.expect_ringing(other);
    world.respond(other, called, 200);
    world.expect_answered(0);
    world.release_packets(first);
    assert_eq!(world.expect_ended(first).0, EndCause::RemoteBye);
    let sent = world.sent_to(first);
    let ack = sent.iter().position(|text| text.starts_with("ACK "));
    let bye = sent.iter().position(|text| text.starts_with("BYE "));
    assert!(ack.is_some() && ack < bye, "{sent:?}");
    assert_eq!(world.hears.len(), 2, "the call with the second trunk goes on: {:?}", world.hears);
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn nothing_is_left_to_try_and_the_caller_hears_why_after_six_seconds() {
    let mut world = World::with_two_telephones(3);
    let before = world.now;
    world.call(0, "95551234");
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(503));
    assert_eq!(world::q850(&message.unwrap()), Some(Reason::TrunkUnreachable.q850()));
    assert!(world.now.moment.since(before.moment) < Duration::from_secs(8));
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::TrunkUnreachable);
}

#[test]
fn a_trunk_that_is_there_but_slow_keeps_the_call() {
    let mut world = World::with_two_telephones(4);
    world.add_second_trunk(false);
    let first = world.telephone("5551234", CARRIER);
    let calling = world.call(0, "95551234");
    // It says 100 Trying by itself, and nothing more for half a minute.
    let (called, _) = world.expect_ringing(first);
    world.run_seconds(30);
    world.respond(first, called, 200);
    world.expect_answered(0);
    world.hang_up(0, calling);
    world.assert_empty();
    assert!(!world.log.iter().any(|(_, to, _)| *to == world::address(OTHER_CARRIER)));
}

#[test]
fn one_telephone_is_dead_and_the_others_ring_on() {
    let mut world = World::with_two_telephones(5);
    let dead = world.telephone("1002", "192.0.2.21:5060");
    world.register(dead, 3600);
    world.hold_packets(dead);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    world.run_seconds(8);
    let cleared: Vec<_> = world.events.iter().filter(|event| event.cause == exchange::EventCause::NoAnswer).collect();
    assert!(cleared.is_empty(), "the last word on it comes with the end of its transaction");
    assert_eq!(world.board.exchange().tables().legs, 2, "its media is closed after six seconds");
    world.run_seconds(20);
    world.respond(1, called, 200);
    world.expect_answered(0);
    world.run_seconds(10);
    let cleared = world.events.iter().filter(|event| event.cause == exchange::EventCause::NoAnswer).count();
    assert_eq!(cleared, 1);
    world.hang_up(0, calling);
    world.held.clear();
    world.assert_empty();
    assert_eq!(world.records[0].connected.unwrap().digits.as_str(), "1002");
}

#[test]
fn the_only_telephone_is_dead() {
    let mut world = World::with_two_telephones(6);
    world.hold_packets(1);
    world.call(0, "1002");
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(480));
    assert_eq!(world::q850(&message.unwrap()), Some(18));
    world.held.clear();
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::NoUserResponding);
}
