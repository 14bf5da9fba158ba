//! re-INVITE in both directions: hold, glare, refusal, what ends the call, BYE in between (RFC 3261 section 14).

mod world;

use sip::agent::{Command, EndCause, Event, SessionId};
use sip::dialog::Body;
use world::*;

fn change_requested(world: &mut World, node: usize) -> SessionId {
    world.expect(node, "ChangeRequested", |event| match event {
        Event::ChangeRequested { session, .. } => Some(*session),
        _ => None,
    })
}

fn changed(world: &mut World, node: usize) -> bool {
    world.expect(node, "Changed or ChangeFailed", |event| match event {
        Event::Changed { .. } => Some(true),
        Event::ChangeFailed { .. } => Some(false),
        _ => None,
    })
}

fn hang_up(world: &mut World) {
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}

#[test]
fn either_side_changes_the_call() {
    let mut world = World::pair(1);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    assert_eq!(change_requested(&mut world, 1), called);
    world.command(1, respond(called, 200, Some(ANSWER)));
    assert!(changed(&mut world, 0));
    world.expect_acknowledged(1);
    world.command(1, change(called));
    assert_eq!(change_requested(&mut world, 0), caller);
    world.command(0, respond(caller, 200, Some(ANSWER)));
    assert!(changed(&mut world, 1));
    world.expect_acknowledged(0);
    hang_up(&mut world);
}

#[test]
fn a_change_without_offer_takes_its_answer_in_the_ack() {
    let mut world = World::pair(2);
    let (caller, called) = world.connect();
    world.command(0, Command::Change { session: caller, body: None, headers: Vec::new() });
    change_requested(&mut world, 1);
    world.command(1, respond(called, 200, Some(OFFER)));
    world.expect(0, "Changed that owes", |event| match event {
        Event::Changed { owes_ack: true, .. } => Some(()),
        _ => None,
    });
    world.command(0, Command::Acknowledge { session: caller, body: Some(Body::sdp(ANSWER)) });
    assert_eq!(world.expect_acknowledged(1).body(), ANSWER.as_bytes());
    hang_up(&mut world);
}

#[test]
fn glare_is_resolved_by_the_two_random_waits() {
    for seed in 0..10 {
        let mut world = World::pair(seed);
        let (caller, called) = world.connect();
        world.command(0, change(caller));
        world.command(1, change(called));
        world.run_millis(100);
        assert_eq!(world.count_on_wire("SIP/2.0 491"), 2);
        // The called side waits 0 to 2 s and comes first, the owner of the Call-ID 2.1 to 4 s.
        change_requested(&mut world, 0);
        world.command(0, respond(caller, 200, Some(ANSWER)));
        assert!(changed(&mut world, 1));
        change_requested(&mut world, 1);
        world.command(1, respond(called, 200, Some(ANSWER)));
        assert!(changed(&mut world, 0));
        hang_up(&mut world);
    }
}

#[test]
fn a_second_491_gives_up_the_change_and_not_the_call() {
    let mut world = World::pair(3);
    let (caller, called) = world.connect();
    for _ in 0..2 {
        world.command(0, Command::Change { session: caller, body: Some(Body::sdp(OFFER)), headers: Vec::new() });
        change_requested(&mut world, 1);
        world.command(1, respond(called, 491, None));
        change_requested(&mut world, 1);
        world.command(1, respond(called, 491, None));
        assert!(!changed(&mut world, 0));
    }
    hang_up(&mut world);
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut world = World::pair(4);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    change_requested(&mut world, 1);
    world.command(1, respond(called, 488, None));
    assert!(!changed(&mut world, 0));
    world.run(std::time::Duration::from_secs(60));
    assert_eq!(world.nodes[0].agent.tables().sessions, 1);
    hang_up(&mut world);
}

#[test]
fn a_change_answered_481_ends_the_call() {
    let mut world = World::pair(5);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    change_requested(&mut world, 1);
    world.command(1, respond(called, 481, None));
    assert_eq!(world.expect_ended(0), EndCause::DialogGone(481));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}

#[test]
fn a_bye_during_a_change_answers_it_487() {
    let mut world = World::pair(6);
    let (caller, _) = world.connect();
    world.command(1, change(SessionId(SessionId::INCOMING)));
    change_requested(&mut world, 0);
    world.command(1, end(SessionId(SessionId::INCOMING)));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    assert_eq!(world.expect_ended(1), EndCause::Ordered);
    assert_eq!(world.count_on_wire("SIP/2.0 487"), 1);
    let _ = caller;
    world.assert_empty();
}

#[test]
fn hanging_up_with_an_unanswered_change_refuses_it_and_sends_bye() {
    let mut world = World::pair(7);
    let (caller, called) = world.connect();
    world.command(1, change(called));
    change_requested(&mut world, 0);
    world.command(0, end(caller));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    world.assert_empty();
}

#[test]
fn an_owner_that_does_not_answer_a_change_is_answered_for() {
    let mut world = World::pair(8);
    let (caller, _) = world.connect();
    world.command(0, change(caller));
    change_requested(&mut world, 1);
    assert!(!changed(&mut world, 0));
    assert_eq!(world.count_on_wire("SIP/2.0 500"), 2, "its Retry-After is heeded, once");
    hang_up(&mut world);
}

#[test]
fn a_second_change_waits_for_the_first() {
    let mut world = World::pair(9);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    world.command(0, change(caller));
    change_requested(&mut world, 1);
    assert_eq!(world.count_on_wire("INVITE"), 2);
    world.command(1, respond(called, 200, Some(ANSWER)));
    assert!(changed(&mut world, 0));
    change_requested(&mut world, 1);
    world.command(1, respond(called, 200, Some(ANSWER)));
    assert!(changed(&mut world, 0));
    hang_up(&mut world);
}

#[test]
fn a_change_that_only_got_100_does_not_outlive_its_call() {
    let mut world = World::pair(10);
    let (caller, _) = world.connect();
    world.filter = Some(Box::new(|_, _, text| text.starts_with("SIP/2.0 487") && text.contains("INVITE")));
    world.command(0, change(caller));
    change_requested(&mut world, 1);
    world.command(0, end(caller));
    assert!(!changed(&mut world, 0));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.run(std::time::Duration::from_secs(70));
    assert_eq!(world.nodes[0].agent.tables().transactions.clients, 0);
    world.assert_empty();
}
