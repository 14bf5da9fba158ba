//! An INVITE without offer: the offer comes in the 2xx and the answer goes in the ACK (RFC 3261 section 13.2.1, RFC 3264).

mod world;

use sip::agent::{Command, EndCause, Event, SessionId};
use sip::dialog::Body;
use world::*;

fn up_to_the_answer(world: &mut World) -> SessionId {
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, None));
    let (called, request) = world.expect_invited(1);
    assert!(request.body().is_empty());
    world.command(1, respond(called, 200, Some(OFFER)));
    let owes = world.expect(0, "Answered", |event| match event {
        Event::Answered { owes_ack, response, .. } => Some((*owes_ack, response.body().len())),
        _ => None,
    });
    assert_eq!(owes, (true, OFFER.len()));
    called
}

#[test]
fn the_answer_goes_in_the_ack() {
    let mut world = World::pair(1);
    up_to_the_answer(&mut world);
    world.run_millis(700);
    assert_eq!(world.count_on_wire("ACK"), 0, "a repeated 2xx brings no ACK before there is an answer");
    world.command(0, Command::Acknowledge { session: SessionId(1), body: Some(Body::sdp(ANSWER)) });
    let ack = world.expect_acknowledged(1);
    assert_eq!(ack.body(), ANSWER.as_bytes());
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}

#[test]
fn hanging_up_first_sends_the_ack_that_is_owed_and_then_bye() {
    let mut world = World::pair(2);
    up_to_the_answer(&mut world);
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    let order: Vec<&str> =
        world.log.iter().map(|(_, _, text)| &text[..3]).filter(|start| ["ACK", "BYE"].contains(start)).collect();
    assert_eq!(order, ["ACK", "BYE"]);
    world.assert_empty();
}

#[test]
fn an_owner_that_never_answers_ends_the_call() {
    let mut world = World::pair(3);
    up_to_the_answer(&mut world);
    assert_eq!(world.expect_ended(0), EndCause::NoAnswerGiven);
    assert!(matches!(world.expect_ended(1), EndCause::RemoteBye));
    world.assert_empty();
}
