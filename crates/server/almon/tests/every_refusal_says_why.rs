//! Each way to be refused: the status, the Q.850 cause in the Reason header, the record and the log tell the same.

mod world;

use directory::Outcome;
use ground::Reason;
use sip::agent::EndCause;
use world::{CARRIER, World, described_at};

/// What the caller is told and what is written down.
fn refused(world: &mut World, caller: usize, status: u16, reason: Reason) {
    let (ended, message) = world.expect_ended(caller);
    assert_eq!(ended, EndCause::Refused(status), "{reason}");
    let message = message.unwrap();
    assert_eq!(world::q850(&message), Some(reason.q850()), "{reason}: {message:?}");
    let record = world.records.last().expect("a record");
    assert_eq!(record.reason, reason);
    let note = world.refused.last();
    match record.outcome {
        Outcome::Refused => {
            let note = note.expect("a line in the log");
            assert_eq!((note.call, note.reason), (record.key.call, reason));
        }
        outcome => assert_eq!(outcome, Outcome::NotAnswered, "{reason}"),
    }
}

#[test]
fn a_telephone_refuses() {
    let mut world = World::with_two_telephones(1);
    for (says, status, reason) in [
        (486, 486, Reason::UserBusy),
        (600, 486, Reason::UserBusy),
        (603, 603, Reason::CallRejected),
        (403, 603, Reason::CallRejected),
        (480, 480, Reason::NoUserResponding),
        (404, 404, Reason::VacantNumber),
        (484, 484, Reason::IncompleteNumber),
        (488, 488, Reason::NoCommonCodec),
        (606, 488, Reason::NoCommonCodec),
        (302, 480, Reason::Redirected),
        (482, 483, Reason::LoopDetected),
        (483, 483, Reason::LoopDetected),
        (500, 503, Reason::TemporaryFailure),
        (502, 502, Reason::DestinationOutOfOrder),
        (503, 503, Reason::TemporaryFailure),
        (504, 504, Reason::ProtocolTimeout),
        (499, 400, Reason::ProtocolError),
    ] {
        world.call(0, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, says);
        if reason == Reason::VacantNumber {
            assert_eq!(world.expect_provisional(0), 183, "announced");
        }
        refused(&mut world, 0, status, reason);
    }
    world.assert_empty();
}

#[test]
fn nobody_is_there() {
    let mut world = World::with_two_telephones(2);
    world.call(0, "1003");
    refused(&mut world, 0, 480, Reason::SubscriberAbsent);
    world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 180);
    refused(&mut world, 0, 480, Reason::NoAnswer);
    world.hold_packets(1);
    world.call(0, "1002");
    refused(&mut world, 0, 480, Reason::NoUserResponding);
    world.call(0, "95551234");
    refused(&mut world, 0, 503, Reason::TrunkUnreachable);
    world.held.clear();
    world.assert_empty();
}

#[test]
fn the_number_leads_nowhere() {
    let mut world = World::with_two_telephones(3);
    world.call(0, "1999");
    refused(&mut world, 0, 404, Reason::VacantNumber);
    world.call(0, "95");
    refused(&mut world, 0, 484, Reason::IncompleteNumber);
    world.call(0, "strowger");
    refused(&mut world, 0, 404, Reason::InvalidNumber);
    world.call(0, "1001");
    refused(&mut world, 0, 486, Reason::UserBusy);
    world.assert_empty();
}

#[test]
fn the_caller_may_not() {
    let mut world = World::new(4);
    let restricted = world.telephone("1004", "192.0.2.14:5060");
    world.register(restricted, 3600);
    world.call(restricted, "95551234");
    refused(&mut world, restricted, 403, Reason::NotAuthorized);
    let carrier = world.telephone("5551234", CARRIER);
    world.call_as_trunk(carrier, "95551234", 70);
    refused(&mut world, carrier, 403, Reason::NotAuthorized);
    world.call_as_trunk(carrier, "1004", 0);
    refused(&mut world, carrier, 483, Reason::LoopDetected);
    world.assert_empty();
}

#[test]
fn the_media_does_not_fit() {
    let mut world = World::with_two_telephones(5);
    let sdp = |text: String| Some(sip::dialog::Body::sdp(text.into_bytes()));
    world.call_with(0, "1002", sdp("v=0\r\nm=audio nonsense\r\n".into()));
    refused(&mut world, 0, 488, Reason::MediaNotUnderstood);
    let video = described_at("192.0.2.11", 0, "8", "m=video 4002 RTP/AVP 31\r\n");
    world.call_with(0, "1002", sdp(video));
    refused(&mut world, 0, 488, Reason::NoCommonCodec);
    // Only a codec that the exchange cannot play in, to a service.
    world.call_with(0, "601", sdp(described_at("192.0.2.11", 4000, "18", "")));
    refused(&mut world, 0, 488, Reason::NoCommonCodec);
    // The called side answers with what was not offered.
    world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond_with(1, called, 200, Some(&described_at("192.0.2.12", 4000, "18", "")));
    refused(&mut world, 0, 488, Reason::NoCommonCodec);
    world.assert_empty();
}

#[test]
fn the_exchange_is_full() {
    let mut world = World::configured(6, |_, exchange| exchange.max_calls = 1);
    for (number, at) in [("1001", "192.0.2.11:5060"), ("1002", "192.0.2.12:5060"), ("1003", "192.0.2.13:5060")] {
        let telephone = world.telephone(number, at);
        world.register(telephone, 3600);
    }
    let (calling, _) = world.connect();
    world.call(2, "1002");
    refused(&mut world, 2, 503, Reason::Overload);
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn a_refusal_whose_reason_header_says_normal_clearing_is_a_refusal() {
    let mut world = World::with_two_telephones(7);
    world.call(0, "95551234");
    world.run_seconds(1);
    let at = world::address(CARRIER);
    let invite = world.log.iter().find(|(_, to, text)| *to == at && text.starts_with("INVITE ")).unwrap().2.clone();
    let refusal = world::response(&invite, "486 Busy Here", "a", "");
    world.inject(CARRIER, &refusal.replace("Contact:", "Reason: Q.850;cause=16\r\nContact:"));
    refused(&mut world, 0, 486, Reason::UserBusy);
    world.assert_empty();
}

const TELEPHONE: &str = "192.0.2.11:5060";
const STRANGER: &str = "198.51.100.77:5060";

/// An INVITE written by hand.
fn invite(from: &str, call: &str, branch: &str, lines: &str) -> String {
    let sdp = described_at(from.split(':').next().unwrap(), 4000, "8", "");
    let cseq = if lines.contains("CSeq") { "" } else { "CSeq: 1 INVITE\r\n" };
    format!(
        "INVITE sip:1002@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:1001@192.0.2.1>;tag=f\r\nTo: <sip:1002@192.0.2.1>\r\nCall-ID: {call}\r\n{cseq}\
         Contact: <sip:1001@{from}>\r\n{lines}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// The answer that came last to this address.
fn last_answer(world: &World, to: &str) -> String {
    let to = world::address(to);
    let mut answers = world.log.iter().rev().filter(|(_, at, text)| *at == to && text.starts_with("SIP/2.0 "));
    answers.next().expect("an answer").2.clone()
}

/// Refused once: the answer, the record and the log say the same. The same INVITE again is answered again and changes nothing.
fn refused_below(world: &mut World, from: &str, text: &str, status: u16, reason: Reason) {
    let (records, notes) = (world.records.len(), world.refused.len());
    for copy in 0..3 {
        world.inject(from, text);
        world.run_seconds(1);
        let answer = last_answer(world, from);
        assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{copy}: {answer}");
        let cause = format!("\r\nReason: Q.850;cause={};", reason.q850());
        assert!(answer.contains(&cause), "{copy}: {answer}");
        assert_eq!((world.records.len(), world.refused.len()), (records + 1, notes + 1), "{copy}: {text}");
        // Copies come until 64*T1 after the first (RFC 3261 section 17.1.1.2, timer B).
        world.run_seconds(if copy == 0 { 0 } else { 20 });
    }
    let (record, note) = (world.records.last().unwrap(), world.refused.last().unwrap());
    assert_eq!((record.reason, record.outcome), (reason, Outcome::Refused));
    assert_eq!((note.call, note.reason, note.dialled.digits.as_str()), (record.key.call, reason, "1002"));
}

#[test]
fn an_invite_that_cannot_be_accepted_has_a_record_when_its_sender_is_proved() {
    for (at, from) in [TELEPHONE, CARRIER].into_iter().enumerate() {
        let mut world = World::with_two_telephones(31 + at as u64);
        let demand = invite(from, "demand", "d", "Require: teleportation\r\n");
        refused_below(&mut world, from, &demand, 420, Reason::NotImplemented);
        let malformed = invite(from, "malformed", "m", "CSeq: 1 BYE\r\n");
        refused_below(&mut world, from, &malformed, 400, Reason::ProtocolError);
        world.assert_empty();
    }
}

#[test]
fn an_invite_too_many_has_a_record_when_its_sender_is_proved() {
    for from in [TELEPHONE, CARRIER] {
        let mut world = World::configured(33, |sip, _| sip.agent.limits.sessions = 2);
        for (number, at) in [("1001", TELEPHONE), ("1002", "192.0.2.12:5060"), ("1003", "192.0.2.13:5060")] {
            let telephone = world.telephone(number, at);
            world.register(telephone, 3600);
        }
        let calling = world.call(2, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, 200);
        world.expect_answered(2);
        world.run_seconds(1);
        refused_below(&mut world, from, &invite(from, "full", "f", ""), 503, Reason::Overload);
        world.hang_up(2, calling);
        world.assert_empty();
    }
}

#[test]
fn the_same_call_over_two_ways_is_one_record() {
    let mut world = World::with_two_telephones(34);
    world.inject(CARRIER, &invite(CARRIER, "merged", "a", ""));
    world.expect_ringing(1);
    world.inject(CARRIER, &invite(CARRIER, "merged", "b", ""));
    world.run_seconds(1);
    let answer = last_answer(&world, CARRIER);
    assert!(answer.starts_with("SIP/2.0 482 ") && answer.contains("\r\nReason: Q.850;cause=25"), "{answer}");
    assert!(world.refused.is_empty() && world.records.is_empty(), "{:?} {:?}", world.refused, world.records);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn a_stranger_is_told_why_and_leaves_no_record() {
    let mut world = World::with_two_telephones(35);
    for (call, lines, status, reason) in [
        ("demand", "Require: teleportation\r\n", 420, Reason::NotImplemented),
        ("malformed", "CSeq: 1 BYE\r\n", 400, Reason::ProtocolError),
    ] {
        world.inject(STRANGER, &invite(STRANGER, call, call, lines));
        world.run_seconds(1);
        let answer = last_answer(&world, STRANGER);
        let cause = format!("\r\nReason: Q.850;cause={};", reason.q850());
        assert!(answer.starts_with(&format!("SIP/2.0 {status} ")) && answer.contains(&cause), "{answer}");
    }
    assert!(world.refused.is_empty() && world.records.is_empty(), "{:?} {:?}", world.refused, world.records);
    world.assert_empty();
}
