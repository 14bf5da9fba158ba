//! REFER inside a call: accepted, refused, nonsense, repeated, several at once, reports that are lost, a BYE right behind it
//! (RFC 3515, RFC 4488, RFC 6665 section 4.2).

mod world;

use sip::Transport;
use sip::agent::{Command, EndCause, Event, Refer, ReferId, Referred, ReplacedDialog, RequestId, SessionId};
use sip::dialog::ExtraHeader;
use std::time::Duration;
use world::*;

fn refer(session: SessionId, request: u64, target: &str) -> Command {
    let (request, refer_to) = (RequestId(request), Some(target.into()));
    Command::Refer(Box::new(Refer { session, request, refer_to, replaces: None, headers: Vec::new() }))
}

fn tell(session: SessionId, refer: ReferId, status: u16, done: bool) -> Command {
    Command::NotifyRefer { session, refer, status, done }
}

fn referred(world: &mut World, node: usize) -> Referred {
    world.expect(node, "Referred", |event| match event {
        Event::Referred(referred) => Some((**referred).clone()),
        _ => None,
    })
}

fn progress(world: &mut World, node: usize, wanted: u64) -> (u16, bool) {
    world.expect(node, "ReferProgress", |event| match event {
        Event::ReferProgress { request: RequestId(request), status, done, .. } if *request == wanted => {
            Some((*status, *done))
        }
        _ => None,
    })
}

fn closed(world: &mut World, node: usize) -> ReferId {
    world.expect(node, "ReferClosed", |event| match event {
        Event::ReferClosed { refer, .. } => Some(*refer),
        _ => None,
    })
}

fn hang_up(world: &mut World, caller: SessionId) {
    world.command(0, end(caller));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}

/// A call with a REFER that was accepted. Gives the sessions of both sides and the REFER.
fn accepted(world: &mut World) -> (SessionId, SessionId, ReferId) {
    let (caller, called) = world.connect();
    world.command(0, refer(caller, 1, "sip:erlang@example.com"));
    let heard = referred(world, 1);
    assert_eq!(
        (heard.session, &*heard.target, &heard.replaces),
        (called, "sip:erlang@example.com", &ReplacedDialog::None)
    );
    world.command(1, Command::AcceptRefer { session: called, refer: heard.refer });
    assert_eq!(progress(world, 0, 1), (100, false));
    (caller, called, heard.refer)
}

#[test]
fn an_accepted_refer_is_reported_on_until_it_is_done() {
    let mut world = World::pair(1);
    let (caller, called, refer) = accepted(&mut world);
    assert_eq!(world.count_on_wire("SIP/2.0 202"), 1);
    world.command(1, tell(called, refer, 180, false));
    assert_eq!(progress(&mut world, 0, 1), (180, false));
    world.command(1, tell(called, refer, 200, true));
    assert_eq!(progress(&mut world, 0, 1), (200, true));
    let (_, _, last) = world.log.iter().rfind(|(_, _, text)| text.starts_with("NOTIFY")).unwrap();
    assert_eq!(header(last, "Event"), "refer");
    assert_eq!(header(last, "Subscription-State"), "terminated;reason=noresource");
    assert_eq!(header(last, "Content-Type"), "message/sipfrag;version=2.0");
    assert!(last.ends_with("\r\n\r\nSIP/2.0 200 OK\r\n"), "{last}");
    world.command(1, tell(called, refer, 486, true));
    world.run_millis(100);
    assert_eq!(world.count_on_wire("NOTIFY"), 3, "nothing is told of what is done");
    assert_eq!(world.nodes[0].agent.tables().referrals + world.nodes[1].agent.tables().referrals, 0);
    hang_up(&mut world, caller);
}

#[test]
fn reports_in_a_hurry_do_not_overtake_each_other() {
    let mut world = World::pair(2);
    let (caller, called, refer) = accepted(&mut world);
    for (status, done) in [(180, false), (183, false), (200, true), (486, true)] {
        world.command(1, tell(called, refer, status, done));
    }
    assert_eq!(progress(&mut world, 0, 1), (200, true), "what came meanwhile is old, and the last word stays the last");
    assert_eq!(world.count_on_wire("NOTIFY"), 2);
    hang_up(&mut world, caller);
}

#[test]
fn a_refused_refer_leaves_the_call_as_it_was() {
    let mut world = World::pair(3);
    let (caller, called) = world.connect();
    world.command(0, refer(caller, 1, "tel:+41326553201"));
    let heard = referred(&mut world, 1);
    let headers = vec![ExtraHeader::reason_q850(21, "not allowed")];
    world.command(1, Command::RefuseRefer { session: called, refer: heard.refer, status: 603, headers });
    let status = world.expect(0, "RequestDone", |event| match event {
        Event::RequestDone { request: RequestId(1), status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, 603);
    world.command(1, Command::AcceptRefer { session: called, refer: heard.refer });
    world.run(Duration::from_secs(300));
    assert_eq!(world.count_on_wire("NOTIFY"), 0);
    assert!(!world.nodes[0].events.iter().any(|event| matches!(event, Event::ReferProgress { .. })));
    hang_up(&mut world, caller);
}

const FAR: &str = "203.0.113.9:5060";

/// A stranger calls node 0 and is answered; gives the session and our To value.
fn far_calls(world: &mut World) -> (SessionId, String) {
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.inject(FAR, 0, Transport::Udp, &far("INVITE", 1, "<sip:bell@example.com>", "", OFFER));
    let (session, _) = world.expect_invited(0);
    world.command(0, respond(session, 200, Some(ANSWER)));
    let to = header(&world.take_outside(FAR, "SIP/2.0 200"), "To");
    world.inject(FAR, 0, Transport::Udp, &far("ACK", 1, &to, "", ""));
    world.expect_acknowledged(0);
    (session, to)
}

fn far(method: &str, sequence: u32, to: &str, extra: &str, body: &str) -> String {
    let kind = if body.is_empty() || extra.contains("Content-Type") { "" } else { "Content-Type: application/sdp\r\n" };
    Raw {
        method,
        uri: "sip:bell@192.0.2.1",
        via: &format!("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{method}{sequence}"),
        from: "<sip:shannon@example.com>;tag=far",
        to,
        call_id: "far@203.0.113.9",
        sequence,
        extra: &format!("Contact: <sip:shannon@203.0.113.9:5060>\r\n{kind}{extra}"),
        body,
    }
    .text()
}

#[test]
fn nonsense_is_refused_with_a_reason_and_never_told() {
    let mut world = World::empty(4);
    let (session, to) = far_calls(&mut world);
    for (at, (lines, status)) in [
        ("", "SIP/2.0 400"),
        ("Refer-To: <sip:a@h>\r\nRefer-To: <sip:b@h>\r\n", "SIP/2.0 400"),
        ("Refer-To: nobody\r\n", "SIP/2.0 400"),
        ("Refer-To: <ftp://example.com/x>\r\n", "SIP/2.0 416"),
        ("Refer-To: <sip:a@h;method=BYE>\r\n", "SIP/2.0 501"),
        ("Refer-To: <sip:a@h?Replaces=x%3Bto-tag%3D1>\r\n", "SIP/2.0 400"),
        ("Refer-To: <sip:a@h>\r\nReplaces: x;to-tag=1;from-tag=2\r\n", "SIP/2.0 400"),
    ]
    .into_iter()
    .enumerate()
    {
        world.inject(FAR, 0, Transport::Udp, &far("REFER", 2 + at as u32, &to, lines, ""));
        let refused = world.take_outside(FAR, status);
        let reason = header(&refused, "Reason");
        assert!(
            reason.starts_with(&status.replace("SIP/2.0 ", "SIP;cause=")) && reason.contains(";text=\""),
            "{refused}"
        );
    }
    let own = to.rsplit_once("tag=").unwrap().1;
    let itself = format!("Refer-To: <sip:a@h?Replaces=far%40203.0.113.9%3Bto-tag%3D{own}%3Bfrom-tag%3Dfar>\r\n");
    world.inject(FAR, 0, Transport::Udp, &far("REFER", 20, &to, &itself, ""));
    let refused = world.take_outside(FAR, "SIP/2.0 400");
    assert!(header(&refused, "Reason").contains("replace itself"), "{refused}");
    assert!(!world.nodes[0].events.iter().any(|event| matches!(event, Event::Referred(_))));
    world.command(0, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn a_refer_to_without_angle_brackets_names_a_dialog_all_the_same() {
    let mut world = World::empty(14);
    let (session, to) = far_calls(&mut world);
    let lines = "Refer-To: sip:a@h;transport=udp?Replaces=other%40h%3Bto-tag%3D1%3Bfrom-tag%3D2\r\n";
    world.inject(FAR, 0, Transport::Udp, &far("REFER", 2, &to, lines, ""));
    let heard = referred(&mut world, 0);
    assert_eq!(&*heard.target, "sip:a@h;transport=udp");
    assert_eq!(heard.replaces, ReplacedDialog::Unknown("other@h;to-tag=1;from-tag=2".into()));
    let (refer, headers) = (heard.refer, Vec::new());
    world.command(0, Command::RefuseRefer { session, refer, status: 603, headers });
    world.take_outside(FAR, "SIP/2.0 603");
    world.command(0, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn a_refer_outside_of_a_call_is_refused() {
    let mut world = World::empty(5);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.inject(FAR, 0, Transport::Udp, &far("REFER", 1, "<sip:bell@example.com>", "Refer-To: <sip:a@h>\r\n", ""));
    let refused = world.take_outside(FAR, "SIP/2.0 403");
    assert!(header(&refused, "Reason").starts_with("SIP;cause=403"));
    world.assert_empty();
}

#[test]
fn a_repeated_refer_is_told_once_and_one_without_reports_gets_none() {
    let mut world = World::empty(6);
    let (session, to) = far_calls(&mut world);
    let text = far("REFER", 2, &to, "Refer-To: <sip:a@h>\r\nRefer-Sub: false\r\nReferred-By: <sip:shannon@h>\r\n", "");
    for _ in 0..3 {
        world.inject(FAR, 0, Transport::Udp, &text);
        world.run_millis(600);
    }
    let heard = referred(&mut world, 0);
    assert!(heard.silent);
    assert_eq!(heard.referred_by.as_deref(), Some("<sip:shannon@h>"));
    world.command(0, Command::AcceptRefer { session, refer: heard.refer });
    let answer = world.take_outside(FAR, "SIP/2.0 202");
    assert_eq!(header(&answer, "Refer-Sub"), "false");
    world.inject(FAR, 0, Transport::Udp, &text);
    assert_eq!(world.take_outside(FAR, "SIP/2.0 202"), answer);
    world.command(0, tell(session, heard.refer, 200, true));
    world.run(Duration::from_secs(1));
    assert_eq!(world.count_on_wire("NOTIFY"), 0);
    assert!(!world.nodes[0].events.iter().any(|event| matches!(event, Event::Referred(_))));
    world.command(0, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn a_refer_that_the_owner_forgets_is_answered_for() {
    let mut world = World::pair(7);
    let (caller, called) = world.connect();
    world.command(0, refer(caller, 1, "sip:erlang@example.com"));
    let heard = referred(&mut world, 1);
    assert_eq!(closed(&mut world, 1), heard.refer);
    let status = world.expect(0, "RequestDone", |event| match event {
        Event::RequestDone { status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, 500);
    world.command(1, Command::AcceptRefer { session: called, refer: heard.refer });
    hang_up(&mut world, caller);
}

#[test]
fn a_lost_notify_is_repeated() {
    let mut world = World::pair(8);
    let mut left = 2;
    world.filter = Some(Box::new(move |_, _, text| {
        let lost = text.starts_with("NOTIFY") && left > 0;
        left -= i32::from(lost);
        lost
    }));
    let (caller, called, refer) = accepted(&mut world);
    world.command(1, tell(called, refer, 200, true));
    assert_eq!(progress(&mut world, 0, 1), (200, true));
    hang_up(&mut world, caller);
}

#[test]
fn a_notify_that_nobody_answers_ends_the_reports_and_not_the_call() {
    let mut world = World::pair(9);
    world.filter = Some(Box::new(|_, _, text| text.starts_with("NOTIFY")));
    let (caller, called) = world.connect();
    world.command(0, refer(caller, 1, "sip:erlang@example.com"));
    let heard = referred(&mut world, 1);
    world.command(1, Command::AcceptRefer { session: called, refer: heard.refer });
    assert_eq!(closed(&mut world, 1), heard.refer);
    world.run(Duration::from_secs(100));
    assert_eq!(progress(&mut world, 0, 1), (408, true), "three minutes without a word");
    assert_eq!(world.nodes[1].agent.tables().sessions, 1);
    hang_up(&mut world, caller);
}

#[test]
fn a_bye_right_behind_the_202_gets_the_last_report_and_leaves_nothing() {
    for by in [0, 1] {
        let mut world = World::pair(10);
        let (caller, called, refer) = accepted(&mut world);
        world.command(by, end(if by == 0 { caller } else { called }));
        assert_eq!(closed(&mut world, 1), refer);
        assert_eq!(world.expect_ended(1), if by == 0 { EndCause::RemoteBye } else { EndCause::Ordered });
        assert_eq!(progress(&mut world, 0, 1), (481, true));
        world.expect_ended(0);
        let (_, _, last) = world.log.iter().rfind(|(_, _, text)| text.starts_with("NOTIFY")).unwrap();
        assert_eq!(header(last, "Subscription-State"), "terminated;reason=noresource");
        world.command(1, tell(called, refer, 200, true));
        world.assert_empty();
    }
}

#[test]
fn a_bye_before_the_answer_to_refer_answers_it_487() {
    let mut world = World::pair(11);
    let (caller, _) = world.connect();
    world.command(0, refer(caller, 1, "sip:erlang@example.com"));
    referred(&mut world, 1);
    world.command(0, end(caller));
    closed(&mut world, 1);
    assert_eq!(world.count_on_wire("SIP/2.0 487"), 1);
    world.assert_empty();
}

#[test]
fn several_refers_are_told_apart_and_there_is_a_limit() {
    let mut world = World::pair(12);
    let (caller, called, first) = accepted(&mut world);
    let mut refers = vec![first];
    for request in 2..=4 {
        world.command(0, refer(caller, request, "sip:erlang@example.com"));
        let heard = referred(&mut world, 1);
        world.command(1, Command::AcceptRefer { session: called, refer: heard.refer });
        assert_eq!(progress(&mut world, 0, request), (100, false));
        refers.push(heard.refer);
    }
    world.command(0, refer(caller, 5, "sip:erlang@example.com"));
    world.expect(0, "RequestDone", |event| {
        matches!(event, Event::RequestDone { request: RequestId(5), status: 500, .. }).then_some(())
    });
    for (at, refer) in refers.iter().enumerate().rev() {
        world.command(1, tell(called, *refer, 480 + at as u16, true));
        assert_eq!(progress(&mut world, 0, at as u64 + 1), (480 + at as u16, true));
    }
    let named = world.log.iter().filter(|(_, _, text)| text.starts_with("NOTIFY") && text.contains("Event: refer;id="));
    assert_eq!(named.count(), 6);
    hang_up(&mut world, caller);
}

#[test]
fn a_subscription_has_a_time() {
    let mut world = World::pair(13);
    let (caller, called, refer) = accepted(&mut world);
    world.run(Duration::from_secs(175));
    assert_eq!(world.nodes[1].agent.tables().referrals, 1);
    assert_eq!(closed(&mut world, 1), refer);
    let (status, done) = progress(&mut world, 0, 1);
    assert!(done && matches!(status, 408 | 481), "{status}");
    assert!(world.log.iter().any(|(_, _, text)| text.contains("Subscription-State: terminated;reason=timeout")));
    world.command(1, tell(called, refer, 200, true));
    hang_up(&mut world, caller);
}

#[test]
fn a_subscription_is_refreshed_and_ended_by_subscribe() {
    let mut world = World::empty(14);
    let (session, to) = far_calls(&mut world);
    world.inject(FAR, 0, Transport::Udp, &far("REFER", 7, &to, "Refer-To: <sip:a@h>\r\n", ""));
    let heard = referred(&mut world, 0);
    world.command(0, Command::AcceptRefer { session, refer: heard.refer });
    let notify = world.take_outside(FAR, "NOTIFY");
    world.inject(FAR, 0, Transport::Udp, &answer_text(&notify, "200 OK", "", ""));
    for (sequence, lines, status) in [
        (8, "Event: presence\r\n", "SIP/2.0 489"),
        (9, "", "SIP/2.0 400"),
        (10, "Event: refer;id=99\r\n", "SIP/2.0 481"),
        (11, "Event: refer;id=7\r\nExpires: 3600\r\n", "SIP/2.0 200"),
    ] {
        world.inject(FAR, 0, Transport::Udp, &far("SUBSCRIBE", sequence, &to, lines, ""));
        let answer = world.take_outside(FAR, status);
        if sequence == 11 {
            assert_eq!(header(&answer, "Expires"), "180");
        }
    }
    let notify = world.take_outside(FAR, "NOTIFY");
    assert_eq!(header(&notify, "Subscription-State"), "active;expires=180");
    world.inject(FAR, 0, Transport::Udp, &answer_text(&notify, "200 OK", "", ""));
    world.inject(FAR, 0, Transport::Udp, &far("SUBSCRIBE", 12, &to, "Event: refer\r\nExpires: 0\r\n", ""));
    world.take_outside(FAR, "SIP/2.0 200");
    assert_eq!(header(&world.take_outside(FAR, "NOTIFY"), "Subscription-State"), "terminated;reason=timeout");
    assert_eq!(closed(&mut world, 0), heard.refer);
    world.command(0, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn reports_on_our_refer_are_read_strictly() {
    let mut world = World::empty(15);
    let (session, to) = far_calls(&mut world);
    world.inject(FAR, 0, Transport::Udp, &far("NOTIFY", 2, &to, "Event: refer\r\nSubscription-State: active\r\n", ""));
    world.take_outside(FAR, "SIP/2.0 481");
    world.command(0, refer(session, 1, "sip:erlang@example.com"));
    let request = world.take_outside(FAR, "REFER");
    assert_eq!(header(&request, "Refer-To"), "<sip:erlang@example.com>");
    assert!(request.contains("Contact: "));
    world.inject(FAR, 0, Transport::Udp, &answer_text(&request, "202 Accepted", "", ""));
    let sipfrag = "Event: refer\r\nSubscription-State: active;expires=60\r\nContent-Type: message/sipfrag\r\n";
    let plain = sipfrag.replace("message/sipfrag", "application/sdp");
    for (sequence, lines, body, status) in [
        (3, sipfrag, "hello", "SIP/2.0 400"),
        (4, sipfrag, "", "SIP/2.0 400"),
        (5, "Event: refer\r\nContent-Type: message/sipfrag\r\n", "SIP/2.0 200 OK", "SIP/2.0 400"),
        (6, plain.as_str(), "SIP/2.0 200 OK", "SIP/2.0 415"),
        (7, sipfrag, "SIP/2.0 183 Progress\r\n", "SIP/2.0 200"),
    ] {
        world.inject(FAR, 0, Transport::Udp, &far("NOTIFY", sequence, &to, lines, body));
        world.take_outside(FAR, status);
    }
    assert_eq!(progress(&mut world, 0, 1), (183, false));
    let last = sipfrag.replace("active;expires=60", "terminated;reason=noresource");
    world.inject(FAR, 0, Transport::Udp, &far("NOTIFY", 8, &to, &last, "SIP/2.0 200 OK\r\n"));
    world.take_outside(FAR, "SIP/2.0 200");
    assert_eq!(progress(&mut world, 0, 1), (200, true));
    world.command(0, end(session));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}

#[test]
fn a_challenged_refer_is_sent_again_with_credentials_and_reported_under_its_new_number() {
    let mut world = World::empty(16);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    let mut order = invite_order(1, address(FAR), Some(OFFER));
    order.credentials = Some(credentials("strowger", "x"));
    world.command(0, Command::Invite(Box::new(order)));
    let sent = world.take_outside(FAR, "INVITE");
    let contact = "Contact: <sip:bell@203.0.113.9:5060>\r\n";
    world.inject(FAR, 0, Transport::Udp, &answer_text(&sent, "200 OK", "t", contact));
    world.expect_answered(0);
    world.command(0, refer(SessionId(1), 1, "sip:erlang@example.com"));
    let first = world.take_outside(FAR, "REFER");
    let challenge = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=MD5\r\n";
    world.inject(FAR, 0, Transport::Udp, &answer_text(&first, "401 Unauthorized", "", challenge));
    let second = world.take_outside(FAR, "REFER");
    assert!(second.contains("Authorization: Digest"));
    assert_eq!(world.nodes[0].agent.tables().referrals, 1);
    world.inject(FAR, 0, Transport::Udp, &answer_text(&second, "202 Accepted", "", "Refer-Sub: false\r\n"));
    assert_eq!(progress(&mut world, 0, 1), (202, true), "no reports will come");
    world.command(0, end(SessionId(1)));
    world.take_outside(FAR, "BYE");
    world.assert_empty();
}
