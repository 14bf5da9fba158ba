//! Re-INVITEs in both directions, INFO, and the question whether the telephone is there.

mod support;
use support::*;

use exchange::{Order, Report};
use ground::{ConnectionId, Reason};
use media_plan::{MediaAnswer, MediaOffer};
use std::time::Duration;

/// A call to the trunk that is answered; its ACK.
fn talking() -> (World, ConnectionId, String) {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(&sdp(20_000, "8 0", "")));
    world.receive(TRUNK, &response(&invite, "200 OK", "a", &sdp(4000, "8 0", "")));
    let ack = world.sent("ACK ");
    world.reported();
    (world, connection, ack)
}

/// A request of the far side inside the call whose ACK this is.
fn inside(ack: &str, method: &str, cseq: u32, more: &str, text: &str) -> String {
    let kind = if text.is_empty() || more.contains("Content-Type") { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {TRUNK};branch=z9hG4bKin{cseq}{method};rport\r\nFrom: {}\r\n\
         To: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{TRUNK}>\r\n{more}{kind}Content-Length: {}\r\n\r\n{text}",
        header(ack, "To").unwrap(),
        header(ack, "From").unwrap(),
        header(ack, "Call-ID").unwrap(),
        text.len()
    )
}

fn over(mut world: World, connection: ConnectionId) {
    world.wire();
    world.order(connection, Order::Clear(Reason::NormalClearing));
    let bye = world.sent("BYE ");
    world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
    assert_eq!(world.reported().last(), Some(&Report::Cleared(Reason::NormalClearing)));
    world.over();
}

#[test]
fn an_offer_of_the_far_side_is_answered_or_refused() {
    let (mut world, connection, ack) = talking();
    let hold = sdp(4000, "8 0", "a=sendonly\r\n");
    world.receive(TRUNK, &inside(&ack, "INVITE", 1, "", &hold));
    assert_eq!(world.reported(), [Report::MediaOffered(MediaOffer { streams: streams(&hold) })]);
    world.wire();
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: streams(&sdp(20_000, "8", "a=recvonly\r\n")) }));
    let ok = world.sent("SIP/2.0 200");
    assert!(body(&ok).contains("a=recvonly") && body(&ok).contains(" 2 IN IP4"), "a new version: {ok}");
    world.receive(TRUNK, &inside(&ack, "ACK", 1, "", ""));
    assert_eq!(world.reported(), []);
    for (n, (reason, status)) in
        [(Reason::NoCommonCodec, 488), (Reason::TemporaryFailure, 491), (Reason::NotImplemented, 501)]
            .iter()
            .enumerate()
    {
        world.receive(TRUNK, &inside(&ack, "INVITE", 2 + n as u32, "", &sdp(4000, "18", "")));
        world.reported();
        world.wire();
        world.order(connection, Order::MediaRefuse(*reason));
        let refusal = world.sent(&format!("SIP/2.0 {status} "));
        let cause = format!("Q.850;cause={};", reason.q850());
        assert!(header(&refusal, "Reason").unwrap().starts_with(&cause), "{refusal}");
        // Once: a second word answers nothing.
        world.order(connection, Order::MediaRefuse(*reason));
        assert_eq!(world.wire(), Vec::<String>::new());
    }
    over(world, connection);
}

#[test]
fn a_description_that_cannot_be_read_is_refused_without_asking() {
    let (mut world, connection, ack) = talking();
    world.receive(TRUNK, &inside(&ack, "INVITE", 1, "", "v=0\r\nhello"));
    assert_eq!(world.reported(), []);
    assert!(world.wire().iter().any(|text| text.starts_with("SIP/2.0 488 ")));
    over(world, connection);
}

#[test]
fn an_offer_that_is_asked_for_is_answered_in_the_ack() {
    for (text, expected) in [
        (sdp(4444, "8", ""), None),
        (String::new(), Some(Reason::ProtocolError)),
        ("v=0\r\nhello".to_owned(), Some(Reason::MediaNotUnderstood)),
    ] {
        let (mut world, connection, ack) = talking();
        world.receive(TRUNK, &inside(&ack, "INVITE", 1, "", ""));
        assert_eq!(world.reported(), [Report::OfferRequested]);
        world.wire();
        world.order(connection, Order::MediaOffer(MediaOffer { streams: streams(&sdp(20_000, "8 0", "")) }));
        assert!(body(&world.sent("SIP/2.0 200")).contains("RTP/AVP 8 0"));
        world.receive(TRUNK, &inside(&ack, "ACK", 1, "", &text));
        let reports = world.reported();
        match expected {
            None => assert_eq!(reports, [Report::MediaAnswered(MediaAnswer { streams: streams(&text) })]),
            Some(reason) => assert_eq!(reports, [Report::MediaRefused(reason)], "and the call goes on"),
        }
        over(world, connection);
    }
}

#[test]
fn a_change_that_is_cancelled_is_taken_back() {
    let (mut world, connection, ack) = talking();
    let invite = inside(&ack, "INVITE", 1, "", &sdp(4000, "18", ""));
    world.receive(TRUNK, &invite);
    world.reported();
    let head =
        invite.split_once("Contact:").unwrap().0.replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL");
    world.receive(TRUNK, &format!("{head}Content-Length: 0\r\n\r\n"));
    assert_eq!(world.reported(), [Report::MediaWithdrawn]);
    assert!(world.wire().iter().any(|text| text.starts_with("SIP/2.0 487 ")));
    // What the exchange says to it now goes nowhere.
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) }));
    world.order(connection, Order::MediaRefuse(Reason::NoCommonCodec));
    assert_eq!(world.wire(), Vec::<String>::new());
    over(world, connection);
}

#[test]
fn a_change_that_the_exchange_does_not_answer_is_refused_after_twenty_seconds() {
    let (mut world, connection, ack) = talking();
    world.receive(TRUNK, &inside(&ack, "INVITE", 1, "", &sdp(4000, "18", "")));
    world.reported();
    world.wire();
    world.pass(20);
    assert_eq!(world.reported(), [Report::MediaWithdrawn]);
    let sent = world.wire();
    assert!(sent.iter().any(|text| text.starts_with("SIP/2.0 500 ") && text.contains("Retry-After: ")), "{sent:?}");
    over(world, connection);
}

#[test]
fn an_update_without_an_offer_changes_nothing_and_one_with_an_offer_is_a_change() {
    let (mut world, connection, ack) = talking();
    world.receive(TRUNK, &inside(&ack, "UPDATE", 1, "", ""));
    assert_eq!(world.reported(), []);
    assert!(world.sent("SIP/2.0 200").contains("1 UPDATE"));
    let text = sdp(4100, "8", "");
    world.receive(TRUNK, &inside(&ack, "UPDATE", 2, "", &text));
    assert_eq!(world.reported(), [Report::MediaOffered(MediaOffer { streams: streams(&text) })]);
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) }));
    assert!(body(&world.sent("SIP/2.0 200")).contains("m=audio 20000"));
    over(world, connection);
}

#[test]
fn our_own_offer_is_answered_refused_or_dropped_with_the_call() {
    let offer = || Order::MediaOffer(MediaOffer { streams: streams(&sdp(20_000, "18", "")) });
    let answer = sdp(4000, "18", "");
    for (status, text, expected) in [
        ("200 OK", answer.as_str(), Some(Report::MediaAnswered(MediaAnswer { streams: streams(&answer) }))),
        ("200 OK", "", Some(Report::MediaRefused(Reason::ProtocolError))),
        ("200 OK", "v=0\r\nhello", Some(Report::MediaRefused(Reason::MediaNotUnderstood))),
        ("488 Not Acceptable Here", "", Some(Report::MediaRefused(Reason::NoCommonCodec))),
        ("500 Server Internal Error", "", Some(Report::MediaRefused(Reason::TemporaryFailure))),
        // Its dialog ends: the end itself follows.
        ("487 Request Terminated", "", None),
    ] {
        let (mut world, connection, _) = talking();
        world.order(connection, offer());
        let invite = world.sent("INVITE ");
        assert_eq!(header(&invite, "Max-Forwards"), Some("70"), "inside a dialog it is a request of our own");
        world.receive(TRUNK, &response(&invite, status, "a", text));
        assert_eq!(world.reported(), expected.into_iter().collect::<Vec<_>>(), "{status} {text}");
        over(world, connection);
    }
    let (mut world, connection, ack) = talking();
    world.order(connection, offer());
    world.receive(TRUNK, &inside(&ack, "BYE", 1, "Reason: Q.850;cause=31\r\n", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)], "and not that the change failed");
    world.over();
}

#[test]
fn digits_come_and_go_in_info() {
    let (mut world, connection, ack) = talking();
    let relay = "Content-Type: application/dtmf-relay\r\n";
    world.receive(TRUNK, &inside(&ack, "INFO", 1, relay, "Signal=9\r\nDuration=200\r\n"));
    assert_eq!(world.reported(), [Report::Digit { digit: '9', duration: Duration::from_millis(200) }]);
    world.receive(TRUNK, &inside(&ack, "INFO", 2, relay, "Signal=none\r\n"));
    world.receive(TRUNK, &inside(&ack, "INFO", 3, "", ""));
    assert_eq!(world.reported(), []);
    world.wire();
    world.order(connection, Order::SendDigit { digit: '#', duration: Duration::from_millis(90) });
    let info = world.sent("INFO ");
    assert_eq!(header(&info, "Content-Type"), Some("application/dtmf-relay"));
    assert_eq!(body(&info), "Signal=#\r\nDuration=90\r\n");
    world.receive(TRUNK, &response(&info, "200 OK", "", ""));
    assert_eq!(world.reported(), [], "what becomes of a digit is nobody's concern");
    over(world, connection);
}

#[test]
fn the_question_whether_it_is_there() {
    for (status, told) in [("200 OK", true), ("405 Method Not Allowed", true), ("503 Service Unavailable", false)] {
        let (mut world, connection, _) = talking();
        world.order(connection, Order::Probe);
        assert_eq!(world.line.tables().questions, 1);
        let options = world.sent("OPTIONS ");
        world.receive(TRUNK, &response(&options, status, "", ""));
        assert_eq!(world.reported(), if told { vec![Report::Probed] } else { Vec::new() }, "{status}");
        assert_eq!(world.line.tables().questions, 0);
        over(world, connection);
    }
}

#[test]
fn a_telephone_that_knows_nothing_of_the_call_or_is_gone_loses_it() {
    let (mut world, connection, _) = talking();
    world.order(connection, Order::Probe);
    let options = world.sent("OPTIONS ");
    world.receive(TRUNK, &response(&options, "481 Call/Transaction Does Not Exist", "", ""));
    world.pass(40);
    assert_eq!(world.reported(), [Report::Cleared(Reason::MediaLost)]);
    world.over();
    let (mut world, connection, _) = talking();
    world.order(connection, Order::Probe);
    world.pass(80);
    assert_eq!(world.reported(), [Report::Cleared(Reason::MediaLost)]);
    assert_eq!(world.line.tables().questions, 0);
    world.over();
}
