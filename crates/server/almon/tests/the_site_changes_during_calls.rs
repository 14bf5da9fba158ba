//! Registrations end, extensions and trunks are taken away, the server drains: calls in progress keep what they resolved, and
//! whoever is gone is rung no more.

mod world;

use directory::change::Change;
use ground::{Machine, Reason};
use sip::agent::{EndCause, Event};
use world::{CARRIER, World};

fn remove(number: &str) -> Change {
    Change::RemoveExtension { number: number.parse().unwrap() }
}

/// Both talk, hold works from both sides, and who hangs up ends it.
fn goes_on(mut world: World, sessions: [sip::agent::SessionId; 2], leaves: usize) {
    for telephone in [0, 1] {
        world.change(telephone, sessions[telephone], "sendonly");
        world.change(telephone, sessions[telephone], "sendrecv");
    }
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2, "{:?}", world.hears);
    world.hang_up(leaves, sessions[leaves]);
    assert_eq!(world.expect_ended(1 - leaves).0, EndCause::RemoteBye);
    world.assert_empty();
    assert_eq!(world.records.last().unwrap().reason, Reason::NormalClearing);
}

#[test]
fn an_extension_is_removed_while_it_talks() {
    for (number, leaves) in [("1001", 0), ("1001", 1), ("1002", 0), ("1002", 1)] {
        let mut world = World::with_two_telephones(1);
        let (calling, called) = world.connect();
        world.apply(vec![remove(number)]);
        goes_on(world, [calling, called], leaves);
    }
}

#[test]
fn an_extension_is_removed_while_it_rings_and_is_answered() {
    let mut world = World::with_two_telephones(2);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    world.run_seconds(1);
    world.apply(vec![remove("1002")]);
    world.respond(1, called, 200);
    world.expect_answered(0);
    goes_on(world, [calling, called], 0);
}

#[test]
fn an_extension_is_removed_while_it_rings_and_the_caller_gives_up() {
    let mut world = World::with_two_telephones(3);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    world.run_seconds(1);
    world.apply(vec![remove("1002"), remove("1001")]);
    world.hang_up(0, calling);
    assert_eq!(world.expect_ended(1).0, EndCause::RemoteCancel);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::Abandoned);
}

#[test]
fn a_removed_extension_is_reached_no_more_and_its_number_may_be_another_s() {
    let mut world = World::with_two_telephones(4);
    let removed = world.directory.extensions[&"1002".parse().unwrap()].device;
    // Gone and there again in one change: another extension, whose telephone has to register.
    let new = world::new_extension(1002);
    world.apply(vec![remove("1002"), new]);
    assert_ne!(world.directory.extensions[&"1002".parse().unwrap()].device, removed);
    world.call(0, "1002");
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(480));
    assert_eq!(world.board.sip().tables().terminals, 1);
    assert_eq!(world.register(1, 3600), 200);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    world.expect_answered(0);
    world.run_seconds(1);
    goes_on(world, [calling, called], 1);
}

#[test]
fn a_registration_ends_while_its_telephone_rings_and_talks() {
    let mut world = World::new(5);
    let one = world.telephone("1001", "192.0.2.11:5060");
    let two = world.telephone("1002", "192.0.2.12:5060");
    world.register(one, 3600);
    world.register(two, 60);
    let calling = world.call(one, "1002");
    let (called, _) = world.expect_ringing(two);
    world.respond(two, called, 180);
    world.run_seconds(30);
    assert_eq!(world.register(two, 0), 200);
    world.run_seconds(1);
    assert_eq!(world.board.sip().tables().terminals, 1);
    world.respond(two, called, 200);
    world.expect_answered(one);
    world.run_seconds(50);
    goes_on(world, [calling, called], 0);
}

#[test]
fn a_telephone_registers_again_while_it_talks() {
    let mut world = World::with_two_telephones(6);
    let (calling, called) = world.connect();
    assert_eq!(world.register(1, 3600), 200);
    assert_eq!(world.register(0, 60), 200);
    world.run_seconds(40);
    goes_on(world, [calling, called], 1);
}

#[test]
fn a_trunk_is_removed_while_its_call_goes_on() {
    let mut world = World::with_two_telephones(7);
    let carrier = world.telephone("5551234", CARRIER);
    let calling = world.call(0, "95551234");
    let (called, _) = world.expect_ringing(carrier);
    world.respond(carrier, called, 200);
    world.expect_answered(0);
    world.apply(vec![
        Change::RemoveEmergency { number: "112".parse().unwrap() },
        Change::RemoveRoute { name: "outside".into() },
        Change::RemoveTrunk { name: "carrier".into() },
    ]);
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2);
    // Its requests inside the call are still taken, and new calls from its address are not.
    let answer = world.change(carrier, called, "sendonly");
    assert!(String::from_utf8_lossy(answer.body()).contains("a=recvonly"));
    world.call_as_trunk(carrier, "1001", 70);
    let refused = world.expect(carrier, "the refusal", |event| match event {
        Event::Ended { cause: EndCause::Refused(status), .. } => Some(*status),
        _ => None,
    });
    assert_eq!(refused, 401);
    world.hang_up(carrier, called);
    assert_eq!(world.expect_ended(0).0, EndCause::RemoteBye);
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn draining_lets_calls_end_and_takes_none_but_emergencies() {
    let mut world = World::with_two_telephones(8);
    let carrier = world.telephone("112", CARRIER);
    let third = world.telephone("1003", "192.0.2.13:5060");
    world.register(third, 3600);
    let (calling, called) = world.connect();
    world.call(third, "1004");
    world.expect_ended(third);
    world.board.handle(world.now, almon::switchboard::Input::Drain);
    world.call(third, "1001");
    let (ended, message) = world.expect_ended(third);
    assert_eq!(ended, EndCause::Refused(503));
    let message = message.unwrap();
    assert_eq!(world::q850(&message), Some(Reason::Draining.q850()));
    assert!(message.has_header(sip::HeaderName::RetryAfter));
    let emergency = world.call(third, "112");
    let (rescue, _) = world.expect_ringing(carrier);
    world.respond(carrier, rescue, 200);
    world.expect_answered(third);
    world.hang_up(third, emergency);
    world.change(0, calling, "sendonly");
    world.change(0, calling, "sendrecv");
    world.hang_up(1, called);
    world.assert_empty();
}
