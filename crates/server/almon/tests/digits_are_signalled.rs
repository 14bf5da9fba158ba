//! Digits in INFO, both ways, before and after the answer, between sides that understand different forms.

mod world;

use almon::switchboard::Input;
use ground::{ConnectionId, Machine, Reason};
use media_plan::MediaEvent;
use sip::agent::{Command, Event, RequestId, SessionId};
use sip::dialog::Body;
use std::time::Duration;
use world::{CARRIER, World, described_at, response};

const RELAY: &str = "application/dtmf-relay";

fn info(world: &mut World, telephone: usize, session: SessionId, kind: &str, text: &str) -> u16 {
    let body = Some(Body { content_type: kind.into(), bytes: text.to_owned().into_bytes().into() });
    let request = RequestId(77);
    let command = Command::InDialog { session, request, method: "INFO".into(), headers: Vec::new(), body };
    world.command(telephone, command);
    world.expect(telephone, "the answer to INFO", |event| match event {
        Event::RequestDone { request: RequestId(77), status, .. } => Some(*status),
        _ => None,
    })
}

/// 1001 and 1002 talk; 1002 takes no telephone events when `events` is false.
fn talking(seed: u64, events: bool) -> (World, SessionId, SessionId) {
    let mut world = World::with_two_telephones(seed);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond_with(1, called, 200, Some(&described_at("192.0.2.12", 4000, if events { "8 101" } else { "8" }, "")));
    world.expect_answered(0);
    world.run_seconds(1);
    (world, calling, called)
}

/// The leg that sends to a telephone.
fn leg(world: &World, ip: &str) -> ConnectionId {
    let to = |setup: &media_plan::StreamSetup| setup.remote.as_ref().is_some_and(|r| r.rtp.ip().to_string() == ip);
    *world.setups.iter().find(|(_, setup)| to(setup)).expect("a leg to this address").0
}

#[test]
fn from_info_into_media_both_ways() {
    let (mut world, calling, called) = talking(1, true);
    assert_eq!(info(&mut world, 0, calling, RELAY, "Signal=5\r\nDuration=160\r\n"), 200);
    assert_eq!(info(&mut world, 1, called, "application/dtmf", "#"), 200);
    world.run_seconds(1);
    assert_eq!(world.digits.get(&leg(&world, "192.0.2.12")).map(String::as_str), Some("5"));
    assert_eq!(world.digits.get(&leg(&world, "192.0.2.11")).map(String::as_str), Some("#"));
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn to_a_side_without_telephone_events_it_goes_by_info() {
    let (mut world, calling, called) = talking(2, false);
    assert_eq!(info(&mut world, 0, calling, RELAY, "Signal=7\r\nDuration=100\r\n"), 200);
    let read = |event: &Event| match event {
        Event::Info { request, .. } => Some(String::from_utf8_lossy(request.body()).into_owned()),
        _ => None,
    };
    let text = world.expect(1, "an INFO", read);
    assert!(text.contains("Signal=7") && text.contains("Duration=100"), "{text}");
    // A digit that the engine heard in the caller's media takes the same way.
    let from = leg(&world, "192.0.2.11");
    let event = MediaEvent::Digit { leg: from, digit: '8', duration: Duration::from_millis(90) };
    world.board.handle(world.now, Input::Media(event));
    world.run_seconds(1);
    assert!(world.sent_to(1).iter().any(|text| text.starts_with("INFO ") && text.contains("Signal=8")));
    // And back: the caller has told of telephone events, but between the two none were agreed.
    assert_eq!(info(&mut world, 1, called, RELAY, "Signal=9\r\n"), 200);
    world.run_seconds(1);
    let by_info = world.sent_to(0).iter().any(|text| text.starts_with("INFO ") && text.contains("Signal=9"));
    let in_media = world.digits.values().any(|digits| digits.contains('9'));
    assert!(by_info != in_media, "once, and one way: by INFO {by_info}, in media {in_media}");
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn what_is_no_digit_is_answered_and_nothing_is_sent() {
    let (mut world, calling, _) = talking(3, true);
    assert_eq!(info(&mut world, 0, calling, RELAY, "Signal=77\r\n"), 200);
    assert_eq!(info(&mut world, 0, calling, RELAY, ""), 200);
    assert_eq!(info(&mut world, 0, calling, "text/plain", "5"), 415);
    world.run_seconds(1);
    assert!(world.digits.is_empty() && !world.sent_to(1).iter().any(|text| text.starts_with("INFO ")));
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn before_the_answer_it_goes_into_the_media_that_is_heard() {
    let mut world = World::with_two_telephones(4);
    let calling = world.call(0, "95551234");
    world.run_seconds(1);
    let invite = |text: &&str| text.starts_with("INVITE ");
    let at = world::address(CARRIER);
    let sent: Vec<&str> = world.log.iter().filter(|(_, to, _)| *to == at).map(|(_, _, text)| text.as_str()).collect();
    let early = response(sent.iter().copied().find(invite).unwrap(), "183 Session Progress", "a", "");
    let body = described_at("198.51.100.9", 4600, "8 101", "");
    let early = early.replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    );
    world.inject(CARRIER, &early);
    let provisional = world.expect(0, "early media", |event| match event {
        Event::Provisional { response, .. } => Some(response.clone()),
        _ => None,
    });
    // The telephone sends INFO in the early dialog; its agent would wait for the answer, so it is written here.
    let get = |name: sip::HeaderName| String::from_utf8_lossy(provisional.header(name).unwrap()).into_owned();
    let text = format!(
        "INFO sip:95551234@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bKearly;rport\r\n\
         Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 9 INFO\r\nContent-Type: application/dtmf-relay\r\n\
         Content-Length: 10\r\n\r\nSignal=3\r\n",
        get(sip::HeaderName::From),
        get(sip::HeaderName::To),
        get(sip::HeaderName::CallId),
    );
    world.inject("192.0.2.11:5060", &text);
    world.run_seconds(1);
    assert!(world.sent_to(0).iter().any(|text| text.starts_with("SIP/2.0 200") && text.contains("9 INFO")));
    assert_eq!(world.digits.get(&leg(&world, "198.51.100.9")).map(String::as_str), Some("3"));
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::Abandoned);
}
