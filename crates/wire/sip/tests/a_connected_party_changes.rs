//! UPDATE without a body and a changed address: told, refused, in each other's way (RFC 3311, RFC 4916, RFC 3261 section 14.1).

mod world;

use sip::agent::{Command, EndCause, Event, RequestId, SessionId};
use sip::dialog::ExtraHeader;
use sip::{Method, Transport};
use std::time::Duration;
use world::*;

fn update(session: SessionId, request: u64) -> Command {
    let headers = vec![ExtraHeader::new("P-Asserted-Identity", "\"Gray\" <sip:201@example.com>")];
    Command::Update { session, request: RequestId(request), headers }
}

fn done(world: &mut World, node: usize, wanted: u64) -> u16 {
    world.expect(node, "RequestDone", |event| match event {
        Event::RequestDone { request: RequestId(request), status, .. } if *request == wanted => Some(*status),
        _ => None,
    })
}

fn updated(world: &mut World, node: usize) -> sip::Message {
    world.expect(node, "Updated", |event| match event {
        Event::Updated { request, .. } => Some(request.clone()),
        _ => None,
    })
}

#[test]
fn both_sides_know_what_the_other_can_do_and_are_told_who_is_there() {
    let mut world = World::pair(1);
    let (caller, called) = world.connect();
    for (from, to, session) in [(0, 1, caller), (1, 0, called)] {
        let agent = &world.nodes[from].agent;
        assert!(agent.allows(session, &Method::Update) && agent.supports(session, "from-change"));
        assert!(!agent.allows(session, &Method::Register) && !agent.supports(session, "timer"));
        world.command(from, update(session, 1));
        let request = updated(&mut world, to);
        assert_eq!(request.asserted_identities().next().unwrap().unwrap().uri().user(), Some("201"));
        assert_eq!(done(&mut world, from, 1), 200);
    }
    world.command(0, end(caller));
    world.assert_empty();
}

#[test]
fn a_changed_address_is_used_by_both_sides_from_then_on() {
    let mut world = World::pair(2);
    let (caller, called) = world.connect();
    for bad in ["nobody", "<sip:a@h>;tag=x", "<sip:a@h>\r\nX: y"] {
        world.command(0, Command::Identify { session: caller, local: bad.into() });
    }
    assert_eq!(&*world.nodes[0].agent.dialog(caller).unwrap().local, "<sip:strowger@example.com>");
    world.command(0, Command::Identify { session: caller, local: "\"Gray\" <sip:201@example.com>".into() });
    world.command(0, update(caller, 1));
    assert_eq!(done(&mut world, 0, 1), 200);
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    let (_, _, bye) = world.log.iter().find(|(_, _, text)| text.starts_with("BYE")).unwrap();
    assert!(header(bye, "To").starts_with("\"Gray\" <sip:201@example.com>;tag="), "{bye}");
    world.assert_empty();
}

#[test]
fn updates_go_one_at_a_time_and_the_newest_counts() {
    let mut world = World::pair(3);
    let (caller, _) = world.connect();
    for request in 1..=4 {
        world.command(0, update(caller, request));
    }
    assert_eq!(done(&mut world, 0, 2), 487);
    assert_eq!(done(&mut world, 0, 3), 487);
    assert_eq!(done(&mut world, 0, 1), 200);
    assert_eq!(done(&mut world, 0, 4), 200);
    assert_eq!(world.count_on_wire("UPDATE"), 2);
    world.command(0, end(caller));
    world.assert_empty();
}

#[test]
fn an_update_passes_a_change_that_is_open() {
    let mut world = World::pair(4);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    world.expect(1, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.command(1, update(called, 1));
    assert_eq!(done(&mut world, 1, 1), 200, "it offers nothing that could be in the way (RFC 3311 section 5.2)");
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect(0, "Changed", |event| matches!(event, Event::Changed { .. }).then_some(()));
    world.expect_acknowledged(1);
    world.command(0, end(caller));
    world.assert_empty();
}

const FAR: &str = "203.0.113.9:5060";

/// A call of ours to a stranger who allows UPDATE.
fn call_far(world: &mut World) {
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address(FAR), Some(OFFER)));
    let sent = world.take_outside(FAR, "INVITE");
    let lines = "Contact: <sip:bell@203.0.113.9:5060>\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n";
    world.inject(FAR, 0, Transport::Udp, &answer_text(&sent, "200 OK", "t", lines));
    world.expect_answered(0);
    world.take_outside(FAR, "ACK");
}

#[test]
fn an_update_in_the_way_of_another_is_sent_once_more() {
    for (status, lines, least, most) in
        [("491 Request Pending", "", 2100, 4000), ("500 Later", "Retry-After: 3\r\n", 3000, 3000)]
    {
        let mut world = World::empty(5);
        call_far(&mut world);
        world.command(0, update(SessionId(1), 1));
        let first = world.take_outside(FAR, "UPDATE");
        world.inject(FAR, 0, Transport::Udp, &answer_text(&first, status, "", lines));
        world.run_millis(20);
        let refused = world.now.moment;
        let second = world.take_outside(FAR, "UPDATE");
        let waited = world.now.moment.since(refused).as_millis();
        assert!((least - 50..=most + 50).contains(&waited), "{waited}");
        assert_eq!(header(&second, "P-Asserted-Identity"), "\"Gray\" <sip:201@example.com>");
        world.inject(FAR, 0, Transport::Udp, &answer_text(&second, status, "", lines));
        assert!(matches!(done(&mut world, 0, 1), 491 | 500), "twice is enough, and the call goes on");
        assert_eq!(world.nodes[0].agent.tables().sessions, 1);
        world.command(0, end(SessionId(1)));
        world.take_outside(FAR, "BYE");
        world.assert_empty();
    }
}

#[test]
fn an_update_that_waits_ends_with_its_call() {
    let mut world = World::empty(6);
    call_far(&mut world);
    world.command(0, update(SessionId(1), 1));
    world.command(0, update(SessionId(1), 2));
    let first = world.take_outside(FAR, "UPDATE");
    world.inject(FAR, 0, Transport::Udp, &answer_text(&first, "491 Request Pending", "", ""));
    world.run_millis(100);
    world.command(0, end(SessionId(1)));
    assert_eq!(done(&mut world, 0, 1), 487);
    assert_eq!(done(&mut world, 0, 2), 487);
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn an_address_stays_when_the_other_side_does_not_know_of_changes() {
    let mut world = World::empty(7);
    call_far(&mut world);
    world.command(0, Command::Identify { session: SessionId(1), local: "<sip:201@example.com>".into() });
    world.command(0, update(SessionId(1), 1));
    let sent = world.take_outside(FAR, "UPDATE");
    assert!(header(&sent, "From").starts_with("<sip:strowger@example.com>"));
    world.inject(FAR, 0, Transport::Udp, &answer_text(&sent, "405 No", "", "Allow: INVITE, ACK, BYE\r\n"));
    assert_eq!(done(&mut world, 0, 1), 405);
    assert!(!world.nodes[0].agent.allows(SessionId(1), &Method::Update));
    world.command(0, end(SessionId(1)));
    world.take_outside(FAR, "BYE");
    world.run(Duration::from_secs(1));
    world.assert_empty();
}

#[test]
fn an_update_with_an_offer_meets_a_change_of_ours_or_theirs() {
    let mut world = World::empty(8);
    call_far(&mut world);
    let dialog = world.nodes[0].agent.dialog(SessionId(1)).unwrap().clone();
    let from = format!("<sip:bell@example.com>;tag={}", dialog.remote_tag);
    let to = format!("<sip:strowger@example.com>;tag={}", dialog.local_tag);
    let offer = |number: u32| {
        Raw {
            method: "UPDATE",
            uri: "sip:strowger@192.0.2.1",
            via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKu{number}"),
            from: &from,
            to: &to,
            call_id: &dialog.call_id,
            sequence: number,
            extra: "Contact: <sip:bell@203.0.113.9:5060>\r\nContent-Type: application/sdp\r\n",
            body: OFFER,
        }
        .text()
    };
    world.command(0, change(SessionId(1)));
    let ours = world.take_outside(FAR, "INVITE");
    world.inject(FAR, 0, Transport::Udp, &offer(1));
    world.take_outside(FAR, "SIP/2.0 491");
    world.inject(FAR, 0, Transport::Udp, &answer_text(&ours, "488 No", "", ""));
    world.expect(0, "ChangeFailed", |event| matches!(event, Event::ChangeFailed { .. }).then_some(()));
    world.inject(FAR, 0, Transport::Udp, &offer(2));
    world.expect(0, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.inject(FAR, 0, Transport::Udp, &offer(3));
    let busy = world.take_outside(FAR, "SIP/2.0 500");
    assert!(header(&busy, "Retry-After").parse::<u32>().unwrap() <= 10);
    world.command(0, respond(SessionId(1), 200, Some(ANSWER)));
    let answer = world.take_outside(FAR, "SIP/2.0 200");
    assert!(answer.contains("2 UPDATE") && answer.ends_with(ANSWER));
    world.command(0, end(SessionId(1)));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}
