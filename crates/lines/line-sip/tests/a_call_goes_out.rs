//! Calls that the exchange offers: how the INVITE is addressed, and what becomes of each answer to it.

mod support;
use support::*;

use exchange::{AnsweredMedia, OfferTarget, Order, Party, Report, TerminalId};
use ground::{DeviceId, Number, Presentation, Reason, TrunkId};
use media_plan::{Direction, MediaAnswer};

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 0\r\n";

fn party(number: &str, name: &str) -> Party {
    Party { number: Number::parse(number).unwrap(), name: name.to_owned() }
}

#[test]
fn a_trunk_is_called_by_its_transport_with_one_hop_budget() {
    let mut world = World::new();
    world.offer_to(OfferTarget::Trunk(TrunkId(1)), party("1001", "Bell"), Some(OFFER));
    let invite = world.sent("INVITE ");
    assert!(invite.starts_with("INVITE sip:4711@198.51.100.9:5060 SIP/2.0"), "{invite}");
    assert!(header(&invite, "From").unwrap().starts_with("\"Bell\" <sip:1001@192.0.2.1>;tag="));
    assert_eq!(header(&invite, "To"), Some("<sip:4711@192.0.2.1>"));
    assert_eq!(invite.matches("Max-Forwards: ").count(), 1);
    assert_eq!(header(&invite, "Max-Forwards"), Some("41"));
    world.offer_to(OfferTarget::Trunk(TrunkId(2)), party("1001", ""), None);
    let invite = world.sent("INVITE ");
    assert!(invite.starts_with("INVITE sip:4711@203.0.113.5:5061;transport=tls SIP/2.0"), "{invite}");
    assert!(header(&invite, "Via").unwrap().starts_with("SIP/2.0/TLS ") && body(&invite).is_empty());
    world.over();
}

#[test]
fn who_may_not_be_shown_is_nowhere_in_the_invite() {
    let mut world = World::new();
    let mut hidden = party("1001", "Bell");
    hidden.number.presentation = Presentation::Restricted;
    world.offer_to(OfferTarget::Trunk(TrunkId(1)), hidden, Some(OFFER));
    let invite = world.sent("INVITE ");
    assert!(!invite.contains("1001") && !invite.contains("Bell"), "{invite}");
    assert_eq!(header(&invite, "Privacy"), Some("id"));
    world.over();
}

#[test]
fn what_cannot_be_reached_is_cleared_at_once() {
    let mut world = World::new();
    let terminal = OfferTarget::Terminal { device: DeviceId(1), terminal: TerminalId(9) };
    for (target, reason) in [
        (terminal, Reason::SubscriberAbsent),
        (OfferTarget::Trunk(TrunkId(77)), Reason::TrunkUnreachable),
        (OfferTarget::Service(directory::ServiceKind::Echo), Reason::InternalError),
    ] {
        world.offer_to(target, Party::default(), Some(OFFER));
        assert_eq!(world.reported(), [Report::Cleared(reason)]);
        assert_eq!(world.wire(), Vec::<String>::new());
    }
    world.over();
}

#[test]
fn a_telephone_is_called_where_it_registered() {
    let mut world = World::new();
    let terminal = world.register("sip:bell@10.0.0.5:5062;x=y", 600).unwrap();
    world.sent.clear();
    world.offer_to(OfferTarget::Terminal { device: DeviceId(1), terminal }, party("1002", ""), Some(OFFER));
    assert_eq!(world.sent[0].0, address(PHONE), "the flow and not the Contact");
    assert!(world.sent("INVITE ").starts_with("INVITE sip:bell@10.0.0.5:5062;x=y SIP/2.0"));
    // Nobody answers: for a telephone that is another reason than for a trunk.
    world.pass(40);
    assert_eq!(world.reported(), [Report::Cleared(Reason::NoUserResponding)]);
    world.sent.clear();
    world.offer(Some(OFFER));
    world.pass(40);
    assert_eq!(world.reported(), [Report::Cleared(Reason::TrunkUnreachable)]);
    world.over();
}

#[test]
fn signs_of_life_come_in_order() {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(OFFER));
    assert_eq!(world.reported(), [], "nothing was heard yet");
    world.receive(TRUNK, &response(&invite, "100 Trying", "", ""));
    assert_eq!(world.reported(), [Report::Offered]);
    world.receive(TRUNK, &response(&invite, "181 Call Is Being Forwarded", "a", ""));
    assert_eq!(world.reported(), [Report::Progress { media: None }]);
    world.receive(TRUNK, &response(&invite, "180 Ringing", "a", ""));
    assert_eq!(world.reported(), [Report::Alerting]);
    let early = MediaAnswer { streams: streams(&sdp(4000, "8", "")) };
    world.receive(TRUNK, &response(&invite, "180 Ringing", "a", &sdp(4000, "8", "")));
    assert_eq!(world.reported(), [Report::Progress { media: Some(early) }, Report::Alerting]);
    // Another fork's media is not told, its ringing is.
    world.receive(TRUNK, &response(&invite, "180 Ringing", "b", &sdp(6000, "8", "")));
    assert_eq!(world.reported(), [Report::Alerting]);
    world.receive(TRUNK, &response(&invite, "180 Ringing", "c", "v=0\r\nhello"));
    assert_eq!(world.reported(), [Report::Alerting], "it rings whatever its description is worth");
    world.order(connection, Order::Clear(Reason::NoAnswer));
    let cancel = world.sent("CANCEL ");
    assert!(header(&cancel, "Reason").unwrap().starts_with("Q.850;cause=19;"));
    world.receive(TRUNK, &response(&cancel, "200 OK", "", ""));
    world.receive(TRUNK, &response(&invite, "180 Ringing", "a", ""));
    world.receive(TRUNK, &response(&invite, "487 Request Terminated", "a", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::NoAnswer)], "who was cleared says nothing more but that");
    world.over();
}

/// The report of a 200 after some responses; the answer's own description.
fn answered(early: &[(&str, &str)], tag: &str, text: &str) -> Vec<Report> {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(OFFER));
    for (tag, text) in early {
        world.receive(TRUNK, &response(&invite, "183 Session Progress", tag, text));
    }
    world.reported();
    world.receive(TRUNK, &response(&invite, "200 OK", tag, text));
    assert!(world.wire().iter().any(|text| text.starts_with("ACK ")));
    let reports = world.reported();
    world.order(connection, Order::Clear(Reason::NormalClearing));
    world.over();
    reports
}

#[test]
fn the_answer_is_told_with_what_it_brings() {
    let (one, two) = (sdp(4000, "8", ""), sdp(6000, "0", ""));
    let answer = |text: &str| {
        let media = AnsweredMedia::Answer(MediaAnswer { streams: streams(text) });
        vec![Report::Answered { media, connected: None }]
    };
    let agreed = vec![Report::Answered { media: AnsweredMedia::AsAgreed, connected: None }];
    assert_eq!(answered(&[], "a", &one), answer(&one));
    assert_eq!(answered(&[("a", &one)], "a", &one), agreed);
    assert_eq!(answered(&[("a", &one)], "a", ""), agreed);
    assert_eq!(answered(&[("a", &one)], "a", &two), answer(&two));
    assert_eq!(answered(&[("a", &one)], "b", &two), answer(&two));
    assert_eq!(answered(&[("a", &one)], "b", &one), answer(&one), "another dialog, though it says the same");
    // None of these can be heard: nothing is told but the end.
    assert_eq!(answered(&[], "a", ""), []);
    assert_eq!(answered(&[], "a", "v=0\r\nhello"), []);
    assert_eq!(answered(&[("a", &one)], "b", ""), []);
}

#[test]
fn an_offer_in_the_answer_is_answered_in_the_ack() {
    let mut world = World::new();
    let (connection, invite) = world.offer(None);
    world.receive(TRUNK, &response(&invite, "200 OK", "a", &sdp(4000, "8 0", "")));
    let reports = world.reported();
    let [Report::Answered { media: AnsweredMedia::Offer(offer), .. }] = reports.as_slice() else {
        panic!("{reports:?}")
    };
    assert_eq!(offer.streams[0].direction, Direction::SendReceive);
    assert_eq!(world.wire(), Vec::<String>::new(), "the ACK waits for the answer");
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) }));
    assert!(body(&world.sent("ACK ")).contains("m=audio 20000 RTP/AVP 8"));
    world.order(connection, Order::Clear(Reason::NormalClearing));
    world.over();
}

#[test]
fn an_offer_in_the_answer_that_cannot_be_taken_ends_the_call() {
    let mut world = World::new();
    let (connection, invite) = world.offer(None);
    world.receive(TRUNK, &response(&invite, "200 OK", "a", &sdp(4000, "18", "")));
    world.reported();
    world.order(connection, Order::MediaRefuse(Reason::NoCommonCodec));
    let sent = world.wire();
    assert!(sent[0].starts_with("ACK ") && sent[1].starts_with("BYE "), "{sent:?}");
    assert!(header(&sent[1], "Reason").unwrap().starts_with("Q.850;cause=88;"));
    world.receive(TRUNK, &response(&sent[1], "200 OK", "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::NoCommonCodec)]);
    world.over();
}

#[test]
fn a_refusal_tells_its_reason_header_before_its_status() {
    for (status, header, reason) in [
        ("486 Busy Here", "", Reason::UserBusy),
        ("480 Temporarily Unavailable", "Reason: Q.850;cause=19\r\n", Reason::NoAnswer),
        ("503 Service Unavailable", "Reason: SIP;cause=200, Q.850;cause=34\r\n", Reason::NoRouteAvailable),
        ("503 Service Unavailable", "Reason: Q.850;cause=16\r\n", Reason::TemporaryFailure),
        ("404 Not Found", "Reason: Q.850;cause=250\r\n", Reason::VacantNumber),
        ("302 Moved Temporarily", "", Reason::Redirected),
        ("401 Unauthorized", "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", Reason::NotAuthenticated),
    ] {
        let mut world = World::new();
        let (_, invite) = world.offer(Some(OFFER));
        let refusal = response(&invite, status, "a", "").replace("Contact:", &format!("{header}Contact:"));
        world.receive(TRUNK, &refusal);
        assert_eq!(world.reported(), [Report::Cleared(reason)], "{status} {header}");
        world.over();
    }
}

#[test]
fn a_late_answer_after_the_clear_is_acknowledged_and_ended() {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(OFFER));
    world.order(connection, Order::Clear(Reason::TrunkUnreachable));
    assert_eq!(world.wire(), Vec::<String>::new(), "before any response there is nothing to cancel");
    world.receive(TRUNK, &response(&invite, "200 OK", "a", &sdp(4000, "8", "")));
    let sent = world.wire();
    assert!(sent[0].starts_with("ACK ") && sent[1].starts_with("BYE "), "{sent:?}");
    world.receive(TRUNK, &response(&sent[1], "200 OK", "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::TrunkUnreachable)]);
    world.over();
}
