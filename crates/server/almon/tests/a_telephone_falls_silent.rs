//! No packets come any more: the telephone is asked within the dialog; one that answers keeps its call, one that does not loses
//! it. Held parties, from whom no packets are expected, are asked as well.

mod world;

use almon::switchboard::Input;
use ground::{ConnectionId, Machine, Reason};
use media_plan::MediaEvent;
use sip::agent::EndCause;
use world::{CARRIER, World};

/// The leg that sends to an address.
fn leg(world: &World, ip: &str) -> ConnectionId {
    let to = |setup: &media_plan::StreamSetup| setup.remote.as_ref().is_some_and(|r| r.rtp.ip().to_string() == ip);
    *world.setups.iter().find(|(_, setup)| to(setup)).expect("a leg to this address").0
}

fn silent(world: &mut World, ip: &str) {
    let event = MediaEvent::Silent { leg: leg(world, ip), since: world.now };
    world.board.handle(world.now, Input::Media(event));
}

fn questions(world: &World, telephone: usize) -> usize {
    world.sent_to(telephone).iter().filter(|text| text.starts_with("OPTIONS ")).count()
}

#[test]
fn one_that_is_there_keeps_its_call() {
    let mut world = World::with_two_telephones(1);
    let (calling, _) = world.connect();
    silent(&mut world, "192.0.2.12");
    world.run_seconds(200);
    assert!(questions(&world, 1) >= 1 && questions(&world, 0) == 0);
    assert_eq!(world.hears.len(), 2, "the call goes on");
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::NormalClearing);
}

#[test]
fn one_that_is_gone_loses_it_and_the_other_hears_why() {
    let mut world = World::with_two_telephones(2);
    world.connect();
    world.hold_packets(1);
    silent(&mut world, "192.0.2.12");
    let before = world.now;
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::RemoteBye);
    assert_eq!(world::q850(&message.unwrap()), Some(Reason::MediaLost.q850()));
    assert!(world.now.moment.since(before.moment).as_secs() <= 33);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::MediaLost);
}

#[test]
fn one_that_has_forgotten_the_call_loses_it_at_once() {
    let mut world = World::with_two_telephones(3);
    world.connect();
    // Restarted: it knows nothing of any dialog.
    let fresh = world.telephone("1002", "192.0.2.99:5060");
    world.telephones.swap(1, fresh);
    world.telephones[1].address = world::address("192.0.2.12:5060");
    world.telephones[fresh].address = world::address("192.0.2.99:5060");
    silent(&mut world, "192.0.2.12");
    assert_eq!(world.expect_ended(0).0, EndCause::RemoteBye);
    assert_eq!(world.records.last().unwrap().reason, Reason::MediaLost);
}

#[test]
fn held_parties_are_asked_each_minute() {
    let mut world = World::with_two_telephones(4);
    let (calling, _) = world.connect();
    world.change(0, calling, "inactive");
    world.run_seconds(600);
    assert!((9..=10).contains(&questions(&world, 0)), "{}", questions(&world, 0));
    assert_eq!(world.board.sip().tables().questions, 0);
    world.change(0, calling, "sendrecv");
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::NormalClearing);
}

#[test]
fn a_held_party_that_is_gone_is_found_out() {
    let mut world = World::with_two_telephones(5);
    let (calling, _) = world.connect();
    world.change(0, calling, "inactive");
    world.hold_packets(0);
    assert_eq!(world.expect_ended(1).0, EndCause::RemoteBye);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::MediaLost);
}

#[test]
fn a_call_that_rings_for_three_minutes_is_told_of_each_minute() {
    let mut world = World::with_two_telephones(6);
    let carrier = world.telephone("5551234", CARRIER);
    let calling = world.call(0, "95551234");
    let (called, _) = world.expect_ringing(carrier);
    world.respond(carrier, called, 180);
    world.run_seconds(185);
    // RFC 3261 section 13.3.1.1; our telephones do so themselves, and so does the exchange towards the caller.
    let told = world.sent_to(0).iter().filter(|text| text.starts_with("SIP/2.0 180")).count();
    assert_eq!(told, 4);
    world.respond(carrier, called, 200);
    world.expect_answered(0);
    world.hang_up(0, calling);
    world.assert_empty();
}
