//! A call: ringing, answer, ACK, BYE from either side, with the Reason that was ordered (RFC 3261 sections 13 and 15).

mod world;

use sip::agent::{EndCause, Event};
use world::*;

#[test]
fn the_caller_hears_ringing_and_answer_and_hangs_up() {
    let mut world = World::pair(1);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, request) = world.expect_invited(1);
    assert_eq!(request.body(), OFFER.as_bytes());
    world.command(1, respond(called, 180, None));
    let (fork, status) = world.expect(0, "Provisional", |event| match event {
        Event::Provisional { fork, response, .. } => Some((fork.clone(), response.status().unwrap().code())),
        _ => None,
    });
    assert_eq!(status, 180);
    world.command(1, respond(called, 200, Some(ANSWER)));
    let response = world.expect_answered(0);
    assert_eq!(response.body(), ANSWER.as_bytes());
    assert_eq!(response.to().unwrap().tag(), Some(&*fork));
    world.expect_acknowledged(1);
    world.command(0, end(sip::agent::SessionId(1)));
    let (cause, reason) = world.expect(1, "Ended", |event| match event {
        Event::Ended { cause, message, .. } => {
            Some((*cause, message.as_ref()?.header_text(sip::HeaderName::Reason)?.to_owned()))
        }
        _ => None,
    });
    assert_eq!((cause, reason.as_str()), (EndCause::RemoteBye, "Q.850;cause=16;text=\"hung up\""));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    assert_eq!(world.count_on_wire("INVITE"), 1, "nothing is repeated on a network that loses nothing");
    world.assert_empty();
}

#[test]
fn the_called_side_hangs_up() {
    let mut world = World::pair(2);
    let (_, called) = world.connect();
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    assert_eq!(world.expect_ended(1), EndCause::Ordered);
    world.assert_empty();
}

#[test]
fn a_busy_answer_ends_the_call_and_is_acknowledged() {
    let mut world = World::pair(3);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::Refused(486));
    assert_eq!(world.expect_ended(1), EndCause::Ordered);
    world.run_millis(2000);
    assert_eq!(world.count_on_wire("ACK"), 1);
    assert_eq!(world.count_on_wire("SIP/2.0 486"), 1);
    world.assert_empty();
}

#[test]
fn nobody_there_ends_after_timer_b() {
    let mut world = World::pair(4);
    world.command(0, invite(1, address("203.0.113.9:5060"), Some(OFFER)));
    assert_eq!(world.expect_ended(0), EndCause::NoResponse);
    assert_eq!(world.count_on_wire("INVITE"), 7);
    world.assert_empty();
}

#[test]
fn a_call_that_nobody_answers_is_bounded() {
    let mut world = World::pair(5);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 180, None));
    world.run(std::time::Duration::from_secs(700));
    assert_eq!(world.expect_ended(0), EndCause::RingTimeout);
    assert!(matches!(world.expect_ended(1), EndCause::RemoteCancel | EndCause::RingTimeout));
    world.assert_empty();
}
