//! Whole calls through every pure room, in virtual time.

mod world;

use ground::Reason;
use sip::HeaderName;
use sip::agent::{Command, EndCause};
use world::World;

/// The Q.850 cause in a message's Reason header.
fn reason(message: Option<sip::Message>) -> String {
    let message = message.expect("a message ends the call");
    String::from_utf8_lossy(message.header(HeaderName::Reason).expect("a Reason header")).into_owned()
}

#[test]
fn two_extensions_talk_and_the_caller_hangs_up() {
    let mut world = World::with_two_telephones(1);
    let (calling, _) = world.connect();
    assert_eq!(world.hears.len(), 2, "both hear each other: {:?}", world.hears);
    world.hang_up(0, calling);
    assert_eq!(world.expect_ended(1).0, EndCause::RemoteBye);
    world.assert_empty();
    let record = &world.records[0];
    assert_eq!((record.reason, record.outcome), (Reason::NormalClearing, directory::Outcome::Answered));
    assert_eq!(record.caller.digits.as_str(), "1001");
    assert_eq!(record.connected.unwrap().digits.as_str(), "1002");
    assert!(record.answered_after.is_some());
}

#[test]
fn the_called_side_hangs_up() {
    let mut world = World::with_two_telephones(2);
    let (_, called) = world.connect();
    world.hang_up(1, called);
    assert_eq!(world.expect_ended(0).0, EndCause::RemoteBye);
    world.assert_empty();
}

#[test]
fn the_caller_is_who_it_proved_to_be_whatever_its_from_says() {
    let mut world = World::with_two_telephones(3);
    world.telephones[0].number = "1003".to_owned();
    // 1003 has no registration on this flow, so its INVITE is challenged, and the password of 1003 proves 1003.
    world.call(0, "1002");
    let (_, invite) = world.expect_ringing(1);
    let from = invite.from().unwrap();
    assert_eq!(from.uri().user(), Some("1003"));
    assert_eq!(from.display_name().as_deref(), Some("User 1003"));
}

#[test]
fn busy_rejected_and_absent_say_why() {
    let mut world = World::with_two_telephones(4);
    for (status, expected, cause) in [(486, 486, "cause=17"), (603, 603, "cause=21")] {
        world.call(0, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, status);
        let (ended, message) = world.expect_ended(0);
        assert_eq!(ended, EndCause::Refused(expected));
        let text = reason(message);
        assert!(text.contains(cause), "{text}");
    }
    world.call(0, "1003");
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(480));
    assert!(reason(message).contains("cause=20"));
    world.assert_empty();
    let reasons: Vec<_> = world.records.iter().map(|record| record.reason).collect();
    assert_eq!(reasons, [Reason::UserBusy, Reason::CallRejected, Reason::SubscriberAbsent]);
}

#[test]
fn nobody_answers() {
    let mut world = World::with_two_telephones(5);
    world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(480));
    assert_eq!(world.expect_ended(1).0, EndCause::RemoteCancel);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::NoAnswer);
}

#[test]
fn the_caller_gives_up() {
    let mut world = World::with_two_telephones(6);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    world.run_seconds(2);
    world.hang_up(0, calling);
    assert_eq!(world.expect_ended(1).0, EndCause::RemoteCancel);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::Abandoned);
}

#[test]
fn a_number_that_nobody_has_is_announced_and_not_billed() {
    let mut world = World::with_two_telephones(7);
    world.call(0, "1999");
    assert_eq!(world.expect_provisional(0), 183);
    world.run_seconds(1);
    assert!(world.hears.values().any(|what| what.contains("number-not-in-use")), "{:?}", world.hears);
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(404));
    assert!(reason(message).contains("cause=1;"));
    world.assert_empty();
    assert_eq!(world.records[0].answered_after, None);
}

#[test]
fn echo_and_music_answer() {
    let mut world = World::with_two_telephones(8);
    for (number, what) in [("600", "Echo"), ("601", "Music")] {
        let calling = world.call(0, number);
        world.expect_answered(0);
        world.run_seconds(1);
        assert!(world.hears.values().any(|heard| heard.contains(what)), "{:?}", world.hears);
        world.hang_up(0, calling);
        world.run_seconds(2);
    }
    world.assert_empty();
}

#[test]
fn either_side_holds_and_the_other_hears_music() {
    let mut world = World::with_two_telephones(9);
    let (calling, called) = world.connect();
    for (telephone, session) in [(0, calling), (1, called)] {
        let answer = world.change(telephone, session, "sendonly");
        assert!(String::from_utf8_lossy(answer.body()).contains("a=recvonly"));
        world.run_seconds(1);
        assert!(world.hears.values().any(|heard| heard.contains("Music")), "{:?}", world.hears);
        let answer = world.change(telephone, session, "sendrecv");
        assert!(String::from_utf8_lossy(answer.body()).contains("a=sendrecv"));
        world.run_seconds(1);
        assert!(!world.hears.values().any(|heard| heard.contains("Music")), "{:?}", world.hears);
    }
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn a_delayed_offer_is_answered_in_the_ack() {
    let mut world = World::with_two_telephones(10);
    let calling = world.call_with(0, "1002", None);
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    let answered = world.expect_answered(0);
    assert!(String::from_utf8_lossy(answered.body()).contains("m=audio"));
    let body = Some(sip::dialog::Body::sdp(world::description(world.telephones[0].address, "")));
    world.command(0, Command::Acknowledge { session: calling, body });
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2, "{:?}", world.hears);
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn unknown_media_lines_are_refused_in_their_place() {
    let mut world = World::with_two_telephones(11);
    let extra = "m=video 4002 RTP/AVP 31\r\nm=image 4004 udptl t38\r\n";
    let body = world::description(world.telephones[0].address, extra);
    world.call_with(0, "1002", Some(sip::dialog::Body::sdp(body)));
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    let answer = String::from_utf8_lossy(world.expect_answered(0).body()).into_owned();
    assert!(answer.contains("m=video 0 ") && answer.contains("m=image 0 udptl t38"), "{answer}");
}

#[test]
fn what_cannot_be_understood_is_refused_with_a_record() {
    let mut world = World::with_two_telephones(12);
    let nonsense = sip::dialog::Body::sdp(bytes::Bytes::from_static(b"v=0\r\nm=audio nonsense\r\n"));
    world.call_with(0, "1002", Some(nonsense));
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(488));
    world.call(0, "almon");
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(404));
    world.assert_empty();
    let reasons: Vec<_> = world.records.iter().map(|record| record.reason).collect();
    assert_eq!(reasons, [Reason::MediaNotUnderstood, Reason::InvalidNumber]);
}

#[test]
fn a_call_leaves_over_the_trunk_and_one_comes_in() {
    let mut world = World::with_two_telephones(13);
    let carrier = world.telephone("5551234", "198.51.100.9:5060");
    let calling = world.call(0, "95551234");
    let (called, invite) = world.expect_ringing(carrier);
    assert_eq!(invite.request_uri().unwrap().user(), Some("5551234"), "the access digit is taken off");
    world.respond(carrier, called, 200);
    world.expect_answered(0);
    world.hang_up(0, calling);
    world.run_seconds(1);
    let incoming = world.call(carrier, "1001");
    let (answered, _) = world.expect_ringing(0);
    world.respond(0, answered, 200);
    world.expect_answered(carrier);
    world.hang_up(carrier, incoming);
    world.assert_empty();
    assert!(world.records[0].trunk_out.is_some() && world.records[1].trunk_in.is_some());
}

#[test]
fn external_calls_need_permission_and_emergency_calls_do_not() {
    let mut world = World::new(14);
    let telephone = world.telephone("1004", "192.0.2.14:5060");
    world.register(telephone, 3600);
    let carrier = world.telephone("112", "198.51.100.9:5060");
    world.call(telephone, "95551234");
    assert_eq!(world.expect_ended(telephone).0, EndCause::Refused(403));
    let calling = world.call(telephone, "112");
    let (called, invite) = world.expect_ringing(carrier);
    assert_eq!(invite.request_uri().unwrap().user(), Some("112"));
    world.respond(carrier, called, 200);
    world.expect_answered(telephone);
    world.hang_up(telephone, calling);
    world.assert_empty();
}

#[test]
fn three_telephones_ring_and_the_first_to_answer_wins() {
    let mut world = World::with_two_telephones(15);
    let others: Vec<usize> =
        ["192.0.2.21:5060", "192.0.2.22:5060"].iter().map(|at| world.telephone("1002", at)).collect();
    for telephone in &others {
        assert_eq!(world.register(*telephone, 3600), 200);
    }
    let calling = world.call(0, "1002");
    let (first, _) = world.expect_ringing(1);
    let (second, _) = world.expect_ringing(others[0]);
    let (third, _) = world.expect_ringing(others[1]);
    for (telephone, session) in [(1, first), (others[0], second), (others[1], third)] {
        world.respond(telephone, session, 180);
    }
    world.run_seconds(1);
    world.respond(others[0], second, 200);
    world.expect_answered(0);
    for telephone in [1, others[1]] {
        let (ended, message) = world.expect_ended(telephone);
        assert_eq!(ended, EndCause::RemoteCancel);
        assert!(reason(message).contains("cause=200"), "answered elsewhere is told");
    }
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}
