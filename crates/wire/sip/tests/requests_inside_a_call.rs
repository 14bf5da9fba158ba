//! INFO, OPTIONS, UPDATE and strangers inside a dialog, order of CSeq, and the end of a call that the other side forgot
//! (RFC 3261 section 12.2, RFC 3311, RFC 6086).

mod world;

use sip::Transport;
use sip::agent::{Command, EndCause, Event, RequestId, SessionId};
use sip::dialog::Body;
use world::*;

fn in_dialog(session: SessionId, method: &str, body: Option<(&str, &'static str)>) -> Command {
    let body = body.map(|(kind, text)| Body { content_type: kind.into(), bytes: text.into() });
    Command::InDialog { session, request: RequestId(5), method: method.into(), headers: Vec::new(), body }
}

fn done(world: &mut World, node: usize) -> u16 {
    world.expect(node, "RequestDone", |event| match event {
        Event::RequestDone { request: RequestId(5), status, .. } => Some(*status),
        _ => None,
    })
}

#[test]
fn an_info_is_answered_and_reported_in_both_directions() {
    let mut world = World::pair(1);
    let (caller, called) = world.connect();
    for (from, to, session) in [(0, 1, caller), (1, 0, called)] {
        world.command(from, in_dialog(session, "INFO", Some(("application/dtmf-relay", "Signal=5\r\n"))));
        world.expect(to, "Info", |event| match event {
            Event::Info { request, .. } => {
                assert_eq!(request.body(), b"Signal=5\r\n");
                Some(())
            }
            _ => None,
        });
        assert_eq!(done(&mut world, from), 200);
    }
    world.command(0, end(caller));
    world.assert_empty();
}

#[test]
fn what_is_not_understood_is_refused_as_the_standards_say() {
    let mut world = World::pair(2);
    let (caller, _) = world.connect();
    for (method, body, status) in [
        ("INFO", Some(("application/x-unknown", "?")), 415),
        ("OPTIONS", None, 200),
        ("NOTIFY", None, 481),
        ("REFER", None, 400),
        ("SUBSCRIBE", None, 400),
        ("MESSAGE", None, 405),
        ("BREAKFAST", None, 501),
    ] {
        world.command(0, in_dialog(caller, method, body));
        assert_eq!(done(&mut world, 0), status, "{method}");
    }
    let allow = world.log.iter().rev().find(|(_, _, text)| text.starts_with("SIP/2.0 405")).unwrap();
    assert_eq!(header(&allow.2, "Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY");
    world.command(0, end(caller));
    world.assert_empty();
}

#[test]
fn a_call_that_the_other_side_forgot_ends_at_the_next_request() {
    let mut world = World::pair(3);
    let (caller, _) = world.connect();
    let address = world.nodes[1].address;
    world.nodes.remove(1);
    world.add(config(9, address), "192.0.2.2:5060");
    world.command(0, in_dialog(caller, "OPTIONS", None));
    assert_eq!(done(&mut world, 0), 481);
    assert_eq!(world.expect_ended(0), EndCause::DialogGone(481));
    world.assert_empty();
}

#[test]
fn a_request_without_any_answer_ends_the_call_with_408() {
    let mut world = World::pair(4);
    let (caller, _) = world.connect();
    world.filter = Some(Box::new(|_, _, text| text.starts_with("OPTIONS")));
    world.command(0, in_dialog(caller, "OPTIONS", None));
    assert_eq!(done(&mut world, 0), 408);
    assert_eq!(world.expect_ended(0), EndCause::DialogGone(408));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}

/// A call from a stranger's hand-written messages, answered; gives our tag.
fn stranger_calls(world: &mut World) -> (SessionId, String) {
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.inject(STRANGER, 0, Transport::Udp, &raw("INVITE", 1, "", "<sip:bell@example.com>", ""));
    let (session, _) = world.expect_invited(0);
    world.command(0, respond(session, 200, Some(ANSWER)));
    let ok = world.take_outside(STRANGER, "SIP/2.0 200");
    let to = header(&ok, "To");
    world.inject(STRANGER, 0, Transport::Udp, &raw("ACK", 1, "a", &to, ""));
    world.expect_acknowledged(0);
    (session, to)
}

const STRANGER: &str = "203.0.113.9:5060";

fn raw(method: &str, sequence: u32, branch: &str, to: &str, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    Raw {
        method,
        uri: "sip:bell@192.0.2.1",
        via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{method}{sequence}{branch}"),
        from: "\"A, B\" <sip:shannon@example.com>;tag=their",
        to,
        call_id: "stranger@203.0.113.9",
        sequence,
        extra: &format!("Contact: <sip:shannon@203.0.113.9:5060>\r\n{kind}"),
        body,
    }
    .text()
}

#[test]
fn numbers_out_of_order_get_500() {
    let mut world = World::empty(5);
    let (session, to) = stranger_calls(&mut world);
    world.inject(STRANGER, 0, Transport::Udp, &raw("OPTIONS", 10, "", &to, ""));
    world.take_outside(STRANGER, "SIP/2.0 200");
    world.inject(STRANGER, 0, Transport::Udp, &raw("OPTIONS", 9, "", &to, ""));
    world.take_outside(STRANGER, "SIP/2.0 500");
    world.command(0, end(session));
    let bye = world.take_outside(STRANGER, "BYE");
    assert_eq!(header(&bye, "To"), "\"A, B\" <sip:shannon@example.com>;tag=their");
    world.assert_empty();
}

#[test]
fn an_update_refreshes_the_target_or_changes_the_call() {
    let mut world = World::empty(6);
    let (session, to) = stranger_calls(&mut world);
    let moved = raw("UPDATE", 2, "", &to, "").replace("shannon@203.0.113.9:5060>", "shannon@203.0.113.77:5062>");
    world.inject(STRANGER, 0, Transport::Udp, &moved);
    world.take_outside(STRANGER, "SIP/2.0 200");
    world.inject(STRANGER, 0, Transport::Udp, &raw("UPDATE", 3, "", &to, OFFER));
    world.expect(0, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.command(0, respond(session, 200, Some(ANSWER)));
    world.take_outside(STRANGER, "SIP/2.0 200");
    world.command(0, end(session));
    world.take_outside(STRANGER, "BYE sip:shannon@203.0.113.9:5060");
    world.assert_empty();
}

#[test]
fn a_merged_request_gets_482_and_its_repeat_the_same() {
    let mut world = World::empty(7);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.inject(STRANGER, 0, Transport::Udp, &raw("INVITE", 1, "one", "<sip:bell@example.com>", ""));
    world.inject(STRANGER, 0, Transport::Udp, &raw("INVITE", 1, "two", "<sip:bell@example.com>", ""));
    let first = world.take_outside(STRANGER, "SIP/2.0 482");
    assert!(header(&first, "Via").contains("two"));
    world.inject(STRANGER, 0, Transport::Udp, &raw("INVITE", 1, "two", "<sip:bell@example.com>", ""));
    assert_eq!(world.take_outside(STRANGER, "SIP/2.0 482"), first);
    let (session, _) = world.expect_invited(0);
    world.command(0, end(session));
    assert_eq!(world.nodes[0].agent.counters().merged, 2);
    world.assert_empty();
}
