//! The server dies without a word and goes on from its journal: who talks goes on talking and can do everything; what was being set up is
//! over, said to everybody, and has its record; nothing is left behind.

mod world;

use directory::Outcome;
use ground::Reason;
use std::time::Duration;
use world::World;

const SHORT: Duration = Duration::from_millis(1500);

#[test]
fn a_conversation_goes_on_and_is_hung_up_by_either_side() {
    for side in [0, 1] {
        let mut world = World::with_two_telephones(11 + side as u64);
        let (calling, called) = world.connect();
        world.telephones.iter_mut().for_each(|telephone| telephone.events.clear());
        let reconciled = world.kill(SHORT);
        assert_eq!((reconciled.calls, reconciled.interrupted, reconciled.ended), (1, 0, 0));
        world.run_seconds(30);
        assert!(world.telephones.iter().all(|telephone| telephone.events.is_empty()), "nobody notices");
        world.hang_up(side, [calling, called][side]);
        world.expect_ended(1 - side);
        world.run_seconds(1);
        let [record] = world.records.as_slice() else { panic!("{:?}", world.records) };
        assert_eq!((record.outcome, record.reason), (Outcome::Answered, Reason::NormalClearing));
        assert!(record.ended_after > Duration::from_secs(30), "{record:?}");
        world.assert_empty();
    }
}

#[test]
fn media_is_taken_up_on_the_same_ports_and_with_what_was_negotiated() {
    let mut world = World::with_two_telephones(12);
    let (calling, _) = world.connect();
    let (setups, hears) = (world.setups.clone(), world.hears.clone());
    world.setups.clear();
    world.kill(SHORT);
    assert_eq!(world.setups, setups);
    assert_eq!(world.hears, hears);
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn a_party_is_held_and_retrieved_afterwards() {
    let mut world = World::with_two_telephones(13);
    let (calling, _) = world.connect();
    world.kill(SHORT);
    world.change(0, calling, "sendonly");
    world.run_seconds(1);
    assert!(world.hears.values().any(|source| source.contains("Music")), "{:?}", world.hears);
    // The second restart comes while a party is on hold: the music goes on.
    world.kill(SHORT);
    assert!(world.hears.values().any(|source| source.contains("Music")), "{:?}", world.hears);
    world.change(0, calling, "sendrecv");
    world.run_seconds(1);
    assert!(!world.hears.values().any(|source| source.contains("Music")), "{:?}", world.hears);
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn a_call_that_rings_is_over_and_said_to_both() {
    let mut world = World::with_two_telephones(14);
    world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    world.expect_provisional(0);
    world.run_seconds(1);
    world.kill(SHORT);
    world.expect_ended(0);
    world.expect_ended(1);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
    assert_eq!(world.records[0].reason, Reason::Interrupted);
}

#[test]
fn who_hung_up_while_nobody_was_there_is_believed_when_the_request_is_repeated() {
    let mut world = World::with_two_telephones(15);
    let (_, called) = world.connect();
    world.hang_up(1, called);
    // The BYE is lost with the server, and repeated (RFC 3261 section 17.1.2.2, timer E).
    world.kill(SHORT);
    world.expect_ended(0);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn an_announcement_and_a_service_go_on() {
    let mut world = World::with_two_telephones(16);
    let session = world.call(0, "601");
    world.expect_answered(0);
    world.run_seconds(1);
    let reconciled = world.kill(SHORT);
    assert_eq!((reconciled.calls, reconciled.interrupted), (1, 0));
    assert!(world.hears.values().any(|source| source.contains("Music")), "{:?}", world.hears);
    world.hang_up(0, session);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn new_calls_are_made_and_no_identifier_is_given_again() {
    let mut world = World::with_two_telephones(17);
    let (first, _) = world.connect();
    world.kill(SHORT);
    let (second, _) = world.connect();
    world.run_seconds(1);
    world.hang_up(0, first);
    world.hang_up(0, second);
    world.run_seconds(1);
    let [one, two] = world.records.as_slice() else { panic!("{:?}", world.records) };
    assert!(one.key.call != two.key.call);
    assert!(two.key.call.0 >> 32 > one.key.call.0 >> 32, "a new start has numbers of its own: {one:?} {two:?}");
    world.assert_empty();
}

#[test]
fn a_hundred_restarts_lose_nothing() {
    let mut world = World::with_two_telephones(18);
    let (calling, _) = world.connect();
    for restart in 0..100 {
        world.kill(Duration::from_millis(restart * 7));
        world.run(Duration::from_millis(restart % 3 * 500));
    }
    world.hang_up(0, calling);
    world.expect_ended(1);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}
