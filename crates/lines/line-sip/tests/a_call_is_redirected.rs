//! The called side does not answer and names others instead (RFC 3261 section 21.3).

mod support;
use support::*;

use exchange::{Order, Report};
use ground::{Number, Reason};

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8 0\r\n";

fn redirected(status: &str, lines: &str) -> Vec<Report> {
    let mut world = World::new();
    let (_, invite) = world.offer(Some(OFFER));
    let contact = format!("Contact: <sip:{TRUNK}>\r\n");
    world.receive(TRUNK, &response(&invite, status, "a", "").replace(&contact, lines));
    assert!(world.sent("ACK ").starts_with("ACK "));
    let reported = world.reported();
    world.over();
    reported
}

fn numbers(numbers: &[&str]) -> Vec<Number> {
    numbers.iter().map(|number| number.parse().unwrap()).collect()
}

#[test]
fn the_numbers_are_told_in_their_order_before_the_end() {
    let lines = "Contact: <sip:1005@192.0.2.1>;q=0.5\r\nContact: \"Gray\" <sip:1003@192.0.2.1;user=phone>, <tel:+15550100>;q=0.7\r\n";
    for status in ["300 Multiple Choices", "301 Moved Permanently", "302 Moved Temporarily"] {
        let told = Report::Redirected(numbers(&["1003", "+15550100", "1005"]));
        assert_eq!(redirected(status, lines), [told, Report::Cleared(Reason::Redirected)], "{status}");
    }
    // Some telephones write a Reason of their own beside it.
    let lines = format!("{lines}Reason: Q.850;cause=17\r\n");
    assert_eq!(redirected("302 Moved Temporarily", &lines).last(), Some(&Report::Cleared(Reason::Redirected)));
}

#[test]
fn what_leads_elsewhere_is_passed_over_and_nothing_left_is_a_refusal() {
    let some = "Contact: <sip:1003@203.0.113.77>, <sip:strowger@192.0.2.1>, <sip:1004@192.0.2.1>\r\n";
    let told = Report::Redirected(numbers(&["1004"]));
    assert_eq!(redirected("302 Moved Temporarily", some), [told, Report::Cleared(Reason::Redirected)]);
    for (status, none) in [
        ("302 Moved Temporarily", "Contact: <sip:1003@203.0.113.77>, <mailto:gray@192.0.2.1>\r\n"),
        ("302 Moved Temporarily", ""),
        ("305 Use Proxy", "Contact: <sip:1003@192.0.2.1>\r\n"),
        ("380 Alternative Service", "Contact: <sip:1003@192.0.2.1>\r\n"),
    ] {
        assert_eq!(redirected(status, none), [Report::Cleared(Reason::Redirected)], "{status} {none}");
    }
}

#[test]
fn a_call_that_was_given_up_is_not_redirected_any_more() {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(OFFER));
    world.receive(TRUNK, &response(&invite, "180 Ringing", "a", ""));
    world.order(connection, Order::Clear(Reason::Abandoned));
    world.receive(
        TRUNK,
        &response(&invite, "302 Moved Temporarily", "a", "").replace(&format!("<sip:{TRUNK}>"), "<sip:1003@192.0.2.1>"),
    );
    let reported = world.reported();
    assert_eq!(reported.last(), Some(&Report::Cleared(Reason::Abandoned)));
    assert!(!reported.iter().any(|report| matches!(report, Report::Redirected(_))), "{reported:?}");
    world.over();
}
