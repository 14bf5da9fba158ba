//! CANCEL and its races (RFC 3261 section 9).

mod world;

use sip::Transport;
use sip::agent::{EndCause, SessionId};
use world::*;

#[test]
fn a_cancel_after_ringing_ends_both_sides() {
    let mut world = World::pair(1);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 180, None));
    world.run_millis(100);
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(1), EndCause::RemoteCancel);
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    let cancel = world.log.iter().find(|(_, _, text)| text.starts_with("CANCEL")).unwrap().2.clone();
    let invite = world.log[0].2.clone();
    for name in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(header(&cancel, name), header(&invite, name), "section 9.1");
    }
    assert_eq!(header(&cancel, "CSeq"), "1 CANCEL");
    assert_eq!(header(&cancel, "Reason"), "Q.850;cause=16;text=\"hung up\"");
    assert_eq!((world.count_on_wire("SIP/2.0 487"), world.count_on_wire("BYE")), (1, 0));
    world.assert_empty();
}

#[test]
fn a_cancel_waits_for_the_first_provisional_response() {
    let mut world = World::empty(2);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address("203.0.113.9:5060"), Some(OFFER)));
    let sent = world.take_outside("203.0.113.9:5060", "INVITE");
    world.command(0, end(SessionId(1)));
    world.run_millis(400);
    assert_eq!(world.count_on_wire("CANCEL"), 0);
    world.inject("203.0.113.9:5060", 0, Transport::Udp, &answer_text(&sent, "100 Trying", "", ""));
    let cancel = world.take_outside("203.0.113.9:5060", "CANCEL");
    world.inject("203.0.113.9:5060", 0, Transport::Udp, &answer_text(&cancel, "200 OK", "t", ""));
    world.inject("203.0.113.9:5060", 0, Transport::Udp, &answer_text(&sent, "487 Request Terminated", "t", ""));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    world.take_outside("203.0.113.9:5060", "ACK");
    world.assert_empty();
}

#[test]
fn a_2xx_that_crosses_the_cancel_is_acknowledged_and_ended_with_bye() {
    let mut world = World::pair(3);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 180, None));
    world.run_millis(100);
    world.command(0, end(SessionId(1)));
    world.command(1, respond(called, 200, Some(ANSWER)));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    assert_eq!(world.count_on_wire("SIP/2.0 487"), 0, "a CANCEL changes nothing after the final response");
    assert!(world.count_on_wire("ACK") >= 1 && world.count_on_wire("BYE") == 1);
    world.assert_empty();
}

#[test]
fn a_cancel_without_final_response_is_bounded() {
    let mut world = World::empty(4);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address("203.0.113.9:5060"), Some(OFFER)));
    let sent = world.take_outside("203.0.113.9:5060", "INVITE");
    world.inject(
        "203.0.113.9:5060",
        0,
        Transport::Udp,
        &answer_text(&sent, "180 Ringing", "t", "Contact: <sip:x@203.0.113.9>\r\n"),
    );
    world.run_millis(100);
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    world.assert_empty();
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let mut world = World::exchange(5);
    let raw = Raw {
        method: "CANCEL",
        uri: "sip:bell@example.com",
        via: "SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKnothing",
        from: "<sip:a@example.com>;tag=1",
        to: "<sip:bell@example.com>",
        call_id: "c1",
        sequence: 1,
        extra: "",
        body: "",
    };
    world.inject("203.0.113.9:5060", 0, Transport::Udp, &raw.text());
    world.take_outside("203.0.113.9:5060", "SIP/2.0 481");
    assert!(world.nodes[0].agent.is_empty(), "nothing was stored for it");
}
