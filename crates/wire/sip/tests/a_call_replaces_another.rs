//! Replaces in an INVITE and in a Refer-To: a dialog that is there, dead, foreign, early, or named by halves (RFC 3891 section 3).

mod world;

use sip::Transport;
use sip::agent::{Command, EndCause, Event, Refer, ReplacedDialog, RequestId, SessionId};
use sip::dialog::ExtraHeader;
use std::time::Duration;
use world::*;

const FAR: &str = "203.0.113.9:5060";

/// The Replaces value that names a session of a node, as the other side of its dialog writes it.
fn named(world: &World, node: usize, session: SessionId) -> String {
    let dialog = world.nodes[node].agent.dialog(session).unwrap();
    format!("{};to-tag={};from-tag={}", dialog.call_id, dialog.local_tag, dialog.remote_tag)
}

/// A third party calls node 1 with these lines; the first line of what it gets beside 100.
fn third_calls(world: &mut World, number: u32, lines: &str) -> String {
    let text = Raw {
        method: "INVITE",
        uri: "sip:bell@192.0.2.2",
        via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{number}"),
        from: "<sip:shannon@example.com>;tag=third",
        to: "<sip:bell@example.com>",
        call_id: &format!("third{number}"),
        sequence: 1,
        extra: &format!("Contact: <sip:shannon@203.0.113.9:5060>\r\n{lines}"),
        body: "",
    }
    .text();
    world.inject(FAR, 1, Transport::Udp, &text);
    world.run_millis(100);
    let all: Vec<String> = world.outside.drain(..).map(|message| message.text).collect();
    let ours = format!("branch=z9hG4bK{number}");
    let answer = all.into_iter().find(|text| {
        text.starts_with("SIP/2.0") && !text.starts_with("SIP/2.0 100") && header(text, "Via").ends_with(&ours)
    });
    answer.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

fn refused(world: &mut World, status: u16) {
    world.expect(1, "Refused", |event| match event {
        Event::Refused { status: found, .. } => {
            assert_eq!(*found, status);
            Some(())
        }
        _ => None,
    });
}

#[test]
fn a_confirmed_call_is_found_by_a_new_one() {
    let mut world = World::pair(1);
    let (_, called) = world.connect();
    let name = named(&world, 1, called);
    assert_eq!(third_calls(&mut world, 1, &format!("Replaces: {name}\r\nRequire: replaces\r\n")), "");
    let (session, replaces) = world.expect(1, "Invited", |event| match event {
        Event::Invited(invited) => Some((invited.session, invited.replaces)),
        _ => None,
    });
    assert_eq!(replaces, Some(called));
    world.command(1, respond(session, 200, Some(ANSWER)));
    let answer = world.take_outside(FAR, "SIP/2.0 200");
    assert!(header(&answer, "Supported").contains("replaces"));
    let ack = Raw {
        method: "ACK",
        uri: "sip:bell@192.0.2.2",
        via: "SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKack",
        from: "<sip:shannon@example.com>;tag=third",
        to: &header(&answer, "To"),
        call_id: "third1",
        sequence: 1,
        extra: "",
        body: "",
    };
    world.inject(FAR, 1, Transport::Udp, &ack.text());
    world.expect_acknowledged(1);
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    world.command(1, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn what_names_nothing_of_ours_is_refused() {
    let mut world = World::pair(2);
    let (_, called) = world.connect();
    let name = named(&world, 1, called);
    let swapped = {
        let dialog = world.nodes[1].agent.dialog(called).unwrap();
        format!("{};to-tag={};from-tag={}", dialog.call_id, dialog.remote_tag, dialog.local_tag)
    };
    for (at, (lines, status)) in [
        ("Replaces: nothing;to-tag=a;from-tag=b\r\n".to_owned(), 481),
        (format!("Replaces: {swapped}\r\n"), 481),
        (format!("Replaces: x{name}\r\n"), 481),
        (format!("Replaces: {name}x\r\n"), 481),
        (format!("Replaces: {name};early-only\r\n"), 486),
        (format!("Replaces: {name}\r\nReplaces: {name}\r\n"), 400),
        (format!("Replaces: {name}\r\nJoin: {name}\r\n"), 400),
        ("Replaces: half;to-tag=a\r\n".to_owned(), 400),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = third_calls(&mut world, at as u32, &lines);
        assert!(answer.starts_with(&format!("SIP/2.0 {status}")), "{lines}: {answer}");
        refused(&mut world, status);
    }
    assert_eq!(world.nodes[1].agent.tables().sessions, 1);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn a_call_that_ended_a_short_while_ago_is_declined_and_later_unknown() {
    let mut world = World::pair(3);
    let (_, called) = world.connect();
    let name = format!("Replaces: {}\r\n", named(&world, 1, called));
    world.command(0, end(SessionId(1)));
    world.expect_ended(1);
    assert!(third_calls(&mut world, 1, &name).starts_with("SIP/2.0 603"));
    world.run(Duration::from_secs(33));
    assert!(third_calls(&mut world, 2, &name).starts_with("SIP/2.0 481"));
    world.assert_empty();
}

#[test]
fn a_call_that_rings_is_replaced_by_the_side_that_began_it_alone() {
    let mut world = World::pair(4);
    let to = world.nodes[0].address;
    // Node 1 calls node 0, which rings: for node 1 it is an early dialog of its own.
    world.command(1, invite(5, to, Some(OFFER)));
    let (ringing, _) = world.expect_invited(0);
    world.command(0, respond(ringing, 180, None));
    world.run_millis(100);
    let at_callee = named(&world, 0, ringing);
    let (call_id, tags) = at_callee.split_once(';').unwrap();
    let tags: Vec<&str> = tags.split(';').map(|tag| tag.split_once('=').unwrap().1).collect();
    let at_caller = format!("{call_id};to-tag={};from-tag={}", tags[1], tags[0]);
    assert!(third_calls(&mut world, 1, &format!("Replaces: {at_caller}x\r\n")).starts_with("SIP/2.0 481"));
    assert_eq!(third_calls(&mut world, 2, &format!("Replaces: {at_caller};early-only\r\n")), "");
    let (pickup, replaces) = world.expect(1, "Invited", |event| match event {
        Event::Invited(invited) => Some((invited.session, invited.replaces)),
        _ => None,
    });
    assert_eq!(replaces, Some(SessionId(5)));
    world.command(1, end(pickup));
    world.run_millis(100);
    // The same by the called side of an early dialog.
    let mut order = invite_order(9, world.nodes[0].address, Some(OFFER));
    order.headers = vec![ExtraHeader::new("Replaces", at_callee)];
    world.command(1, Command::Invite(Box::new(order)));
    let cause = world.expect(1, "Ended", |event| match event {
        Event::Ended { session: SessionId(9), cause, .. } => Some(*cause),
        _ => None,
    });
    assert_eq!(cause, EndCause::Refused(481));
    world.command(1, end(SessionId(5)));
    world.assert_empty();
}

#[test]
fn a_refer_names_the_other_call_of_who_refers() {
    let mut world = World::pair(5);
    let (caller, called) = world.connect();
    let to = world.nodes[1].address;
    world.command(0, invite(2, to, Some(OFFER)));
    let (second, _) = world.expect_invited(1);
    world.command(1, respond(second, 200, Some(ANSWER)));
    world.expect_answered(0);
    world.expect_acknowledged(1);
    let refer = |replaces| {
        let (session, request) = (caller, RequestId(1));
        Command::Refer(Box::new(Refer { session, request, refer_to: None, replaces, headers: Vec::new() }))
    };
    world.command(0, refer(Some(SessionId(2))));
    let (refer_id, replaces, target) = world.expect(1, "Referred", |event| match event {
        Event::Referred(referred) => Some((referred.refer, referred.replaces.clone(), referred.target.clone())),
        _ => None,
    });
    assert_eq!(replaces, ReplacedDialog::Session(second));
    assert!(target.contains("192.0.2.2"), "the target of the replaced call: {target}");
    world.command(1, Command::RefuseRefer { session: called, refer: refer_id, status: 603, headers: Vec::new() });
    // A call of ours that is not there cannot be named.
    for nobody in [None, Some(SessionId(77))] {
        world.command(0, refer(nobody));
        world.expect(0, "RequestDone", |event| matches!(event, Event::RequestDone { status: 481, .. }).then_some(()));
    }
    for session in [caller, SessionId(2)] {
        world.command(0, end(session));
    }
    world.assert_empty();
}

#[test]
fn a_refer_that_names_a_dead_or_foreign_call_says_so() {
    let mut world = World::pair(6);
    let (caller, called) = world.connect();
    let foreign = "sip:erlang@example.com?Replaces=foreign%40h%3Bto-tag%3Da%3Bfrom-tag%3Db";
    let order = Refer {
        session: caller,
        request: RequestId(1),
        refer_to: Some(foreign.into()),
        replaces: None,
        headers: vec![ExtraHeader::new("Referred-By", "<sip:strowger@example.com>")],
    };
    world.command(0, Command::Refer(Box::new(order)));
    world.expect(1, "Referred", |event| match event {
        Event::Referred(referred) => {
            assert_eq!(referred.replaces, ReplacedDialog::Unknown("foreign@h;to-tag=a;from-tag=b".into()));
            assert_eq!(&*referred.target, "sip:erlang@example.com");
            assert_eq!(referred.referred_by.as_deref(), Some("<sip:strowger@example.com>"));
            Some(())
        }
        _ => None,
    });
    let _ = called;
    world.command(0, end(caller));
    world.assert_empty();
}
