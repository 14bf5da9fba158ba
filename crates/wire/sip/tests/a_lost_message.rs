//! Each message of a call is lost once: the 2xx is repeated until its ACK, the ACK with each repeat of the 2xx
//! (RFC 3261 sections 13.2.2.4, 13.3.1.4, 17).

mod world;

use sip::agent::{EndCause, SessionId};
use world::*;

/// Loses the first `times` messages that begin so.
fn lose(world: &mut World, begins: &'static str, times: usize) {
    let mut left = times;
    world.filter = Some(Box::new(move |_, _, text| {
        let lost = left > 0 && text.starts_with(begins);
        left -= usize::from(lost);
        lost
    }));
}

fn call_through(begins: &'static str, times: usize) -> World {
    let mut world = World::pair(9);
    lose(&mut world, begins, times);
    world.connect();
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(0), EndCause::Ordered, "{begins} lost");
    assert!(matches!(world.expect_ended(1), EndCause::RemoteBye));
    world
}

#[test]
fn a_call_survives_the_loss_of_any_message() {
    for (begins, times) in
        [("INVITE", 2), ("SIP/2.0 100", 1), ("SIP/2.0 180", 1), ("SIP/2.0 200", 3), ("ACK", 3), ("BYE", 3)]
    {
        let mut world = call_through(begins, times);
        world.assert_empty();
    }
}

#[test]
fn a_lost_ack_is_sent_again_for_each_repeat_of_the_2xx() {
    let mut world = call_through("ACK", 3);
    let answers = world.log.iter().filter(|(_, _, t)| t.starts_with("SIP/2.0 200") && t.contains("INVITE")).count();
    assert_eq!((answers, world.count_on_wire("ACK")), (4, 4));
    world.assert_empty();
}

#[test]
fn a_2xx_that_is_never_acknowledged_ends_with_bye_after_64_t1() {
    let mut world = World::pair(10);
    let to = world.nodes[1].address;
    lose(&mut world, "ACK", usize::MAX);
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect_answered(0);
    let before = world.now.moment;
    assert_eq!(world.expect_ended(1), EndCause::NoAck);
    let waited = world.now.moment.since(before).as_secs();
    assert!((31..=33).contains(&waited), "{waited} s");
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    // T1, doubled up to T2: 0, .5, 1.5, 3.5, 7.5, 11.5 ... 31.5.
    let answers = world.log.iter().filter(|(_, _, t)| t.starts_with("SIP/2.0 200") && t.contains("INVITE")).count();
    assert_eq!(answers, 11);
    world.assert_empty();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut world = World::pair(11);
    let to = world.nodes[1].address;
    lose(&mut world, "ACK", 2);
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.command(1, end(called));
    world.run_millis(300);
    assert_eq!(world.count_on_wire("BYE"), 0, "section 15: not before the ACK");
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    assert_eq!(world.expect_ended(1), EndCause::Ordered);
    world.assert_empty();
}
