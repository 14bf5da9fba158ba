//! Calls that a line brings: what the exchange is told of them, and how its orders look on the wire.

mod support;
use support::*;

use exchange::{CallingParty, Order, Party, Report};
use ground::{Presentation, Reason, TrunkId};
use media_plan::{AddressFamily, MediaAnswer, MediaOffer};

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n";

fn ours() -> MediaAnswer {
    MediaAnswer { streams: streams(&sdp(20_000, "8", "")) }
}

/// The ACK of a 200.
fn ack(world: &mut World, call: &str, ok: &str, body: &str) {
    let more = format!("To: {}\r\n", header(ok, "To").unwrap());
    world.receive(TRUNK, &request("ACK", "sip:1001@192.0.2.1", TRUNK, call, 1, &more, body));
}

fn bye(world: &mut World, call: &str, ok: &str) {
    let more = format!("To: {}\r\nReason: Q.850;cause=16\r\n", header(ok, "To").unwrap());
    world.receive(TRUNK, &request("BYE", "sip:1001@192.0.2.1", TRUNK, call, 2, &more, ""));
}

#[test]
fn a_seizure_tells_who_calls_whom_with_what() {
    let mut world = World::new();
    let more = "Max-Forwards: 9\r\nP-Asserted-Identity: \"Gray\" <sip:+15550199@x>\r\nPrivacy: id\r\n";
    let (connection, seizure) = world.arrive("1001", more, OFFER);
    let seizure = seizure.unwrap();
    let CallingParty::Trunk { trunk, party } = seizure.caller else { panic!("{seizure:?}") };
    assert_eq!((trunk, party.name.as_str()), (TrunkId(1), "Gray"));
    assert_eq!(party.number.to_string(), "+15550199");
    assert_eq!(party.number.presentation, Presentation::Restricted);
    assert_eq!((seizure.dialled.digits.as_str(), seizure.hops, seizure.overlap), ("1001", 9, false));
    assert_eq!(seizure.media.unwrap().streams[0].rtp.unwrap().port(), 4000);
    assert_eq!((seizure.location.network, seizure.location.family), (NETWORK, AddressFamily::V4));
    assert!(!seizure.location.translated, "a trunk says where it is");
    world.order(connection, Order::Clear(Reason::UserBusy));
    world.over();
}

#[test]
fn there_are_never_more_than_seventy_hops() {
    let mut world = World::new();
    for (more, hops) in [("", 70), ("Max-Forwards: 255\r\n", 70), ("Max-Forwards: 0\r\n", 0)] {
        let (connection, seizure) = world.arrive("1001", more, OFFER);
        assert_eq!(seizure.unwrap().hops, hops);
        world.order(connection, Order::Clear(Reason::UserBusy));
    }
    world.over();
}

#[test]
fn what_cannot_be_taken_is_told_with_its_reason() {
    let mut world = World::new();
    for (number, more, text, expected) in
        [("strowger", "", OFFER, Reason::InvalidNumber), ("1001", "", "v=0\r\nhello", Reason::MediaNotUnderstood)]
    {
        let (connection, seizure) = world.arrive(number, more, text);
        let (seizure, reason) = seizure.unwrap_err();
        assert_eq!(
            (reason, seizure.media),
            (expected, (number != "1001").then(|| MediaOffer { streams: streams(OFFER) }))
        );
        world.order(connection, Order::Clear(reason));
        assert_eq!(world.reported(), [Report::Cleared(reason)]);
    }
    world.over();
}

#[test]
fn a_description_beside_other_parts_is_an_offer_and_parts_without_one_are_none() {
    let mut world = World::new();
    let kind = "Content-Type: multipart/mixed;boundary=x\r\n";
    let isup = "--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n";
    let both = format!("{isup}--x\r\nContent-Type: application/sdp\r\n\r\n{OFFER}--x--\r\n");
    for (text, port) in [(both, Some(4000)), (format!("{isup}--x--\r\n"), None)] {
        let (connection, seizure) = world.arrive("1001", kind, &text);
        let media = seizure.unwrap().media;
        assert_eq!(media.map(|offer| offer.streams[0].rtp.unwrap().port()), port);
        world.order(connection, Order::Clear(Reason::UserBusy));
    }
    world.over();
}

#[test]
fn ringing_early_media_and_the_answer() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", OFFER);
    assert!(world.sent("SIP/2.0 100").starts_with("SIP/2.0 100 Trying"));
    world.order(connection, Order::Alert { waiting: false });
    assert_eq!(body(&world.sent("SIP/2.0 180")), "");
    world.order(connection, Order::Progress { media: Some(ours()), reason: None });
    let progress = world.sent("SIP/2.0 183");
    assert!(body(&progress).contains("m=audio 20000 RTP/AVP 8") && header(&progress, "Reason").is_none());
    // The answer was given; the 2xx repeats it (RFC 3261 section 13.2.1).
    world.order(connection, Order::Answer { answer: None, offer: None, connected: Party::default() });
    let ok = world.sent("SIP/2.0 200");
    assert_eq!(body(&ok), body(&progress));
    // Orders that come too late change nothing.
    world.order(connection, Order::Alert { waiting: false });
    world.order(connection, Order::Answer { answer: None, offer: None, connected: Party::default() });
    assert_eq!(world.wire(), Vec::<String>::new());
    ack(&mut world, "in1", &ok, "");
    bye(&mut world, "in1", &ok);
    assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)]);
    world.over();
}

#[test]
fn an_announcement_before_a_refusal_says_why() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", OFFER);
    world.order(connection, Order::Progress { media: Some(ours()), reason: Some(Reason::VacantNumber) });
    assert!(header(&world.sent("SIP/2.0 183"), "Reason").unwrap().starts_with("Q.850;cause=1;"));
    world.order(connection, Order::Clear(Reason::VacantNumber));
    let refusal = world.sent("SIP/2.0 404");
    assert!(header(&refusal, "Reason").unwrap().starts_with("Q.850;cause=1;"));
    world.over();
}

#[test]
fn every_reason_is_refused_with_its_cause_and_a_busy_server_says_when_to_try_again() {
    for reason in Reason::ALL.iter().copied() {
        let mut world = World::new();
        let (connection, _) = world.arrive("1001", "", OFFER);
        world.wire();
        world.order(connection, Order::Clear(reason));
        world.order(connection, Order::Clear(Reason::InternalError));
        let status = line_sip::status_of(reason);
        let refusal = world.sent(&format!("SIP/2.0 {status} "));
        match reason {
            Reason::AnsweredElsewhere => assert!(header(&refusal, "Reason").unwrap().starts_with("SIP;cause=200")),
            _ => {
                let expected = format!("Q.850;cause={};", reason.q850());
                assert!(header(&refusal, "Reason").unwrap().starts_with(&expected), "{reason}: {refusal}");
            }
        }
        assert_eq!(header(&refusal, "Retry-After").is_some(), status == 503, "{reason}");
        assert_eq!(world.reported(), [Report::Cleared(reason)]);
        world.over();
    }
}

#[test]
fn a_delayed_offer_is_answered_in_the_ack() {
    for (text, expected) in [
        (sdp(4000, "8", ""), Ok(4000)),
        (String::new(), Err(Reason::ProtocolError)),
        ("v=0\r\nhello".to_owned(), Err(Reason::MediaNotUnderstood)),
    ] {
        let mut world = World::new();
        let (connection, seizure) = world.arrive("1001", "", "");
        assert_eq!(seizure.unwrap().media, None);
        let offer = Some(MediaOffer { streams: streams(&sdp(20_000, "8 0", "")) });
        world.wire();
        world.order(connection, Order::Answer { answer: None, offer, connected: Party::default() });
        let ok = world.sent("SIP/2.0 200");
        assert!(body(&ok).contains("RTP/AVP 8 0"));
        ack(&mut world, "in1", &ok, &text);
        let reports = world.reported();
        match (reports.as_slice(), expected) {
            ([Report::MediaAnswered(answer)], Ok(port)) => assert_eq!(answer.streams[0].rtp.unwrap().port(), port),
            ([Report::MediaRefused(reason)], Err(expected)) => assert_eq!(*reason, expected),
            other => panic!("{other:?}"),
        }
        world.order(connection, Order::Clear(Reason::NormalClearing));
        let bye = world.sent("BYE ");
        assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=16;"));
        world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
        assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)]);
        world.over();
    }
}

#[test]
fn the_caller_cancels() {
    let mut world = World::new();
    world.arrive("1001", "", OFFER).1.unwrap();
    world.wire();
    let invite = request("INVITE", "sip:1001@192.0.2.1", TRUNK, "in1", 1, "", "");
    let cancel = invite.replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL");
    world.receive(TRUNK, &cancel);
    assert_eq!(world.reported(), [Report::Cleared(Reason::Abandoned)]);
    assert!(world.wire().iter().any(|text| text.starts_with("SIP/2.0 487")));
    world.over();
}

#[test]
fn a_caller_that_nobody_vouches_for_is_refused_and_told_of() {
    let mut world = World::new();
    world.receive(PHONE, &request("INVITE", "sip:1001@192.0.2.1", PHONE, "x", 1, "", OFFER));
    assert_eq!(world.reported(), []);
    assert_eq!(world.refused, [Reason::NotAuthenticated]);
    assert!(header(&world.sent("SIP/2.0 403"), "Reason").is_some());
    world.over();
}

#[test]
fn an_acknowledgement_that_never_comes_ends_the_call() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", OFFER);
    world.order(connection, Order::Answer { answer: Some(ours()), offer: None, connected: Party::default() });
    world.pass(40);
    let bye = world.wire().into_iter().find(|text| text.starts_with("BYE ")).unwrap();
    world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::ProtocolTimeout)]);
    world.over();
}
