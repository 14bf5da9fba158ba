//! What is not a call, and what nobody knows, is answered as RFC 3261 section 8.2 says.

use peers::{Almon, Sipp, Site};

fn ask(scenario: &'static str, words: &[(&str, &str)], expected: &[&str]) {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let (server, host) = (site.exchange().sip(5060), site.host());
    Sipp::register(&host, server, "1001");
    let asked = Sipp::new(&host, scenario).towards(server).user("1001").dial("1002");
    let done = words.iter().fold(asked, |asked, (name, value)| asked.key(name, value)).run();
    for text in expected {
        assert!(done.messages.contains(text), "no {text:?} in {}", done.messages);
    }
    almon.end();
}

#[test]
fn options_tells_what_is_understood() {
    ask("out_of_dialog", &[("method", "OPTIONS"), ("status", "200")], &["Allow: ", "Accept: application/sdp"]);
}

#[test]
fn an_unknown_method_is_not_permitted() {
    // RFC 3261 section 8.2.1: 405 with Allow; 501 where the method is not recognised (section 21.5.2).
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let (server, host) = (site.exchange().sip(5060), site.host());
    let asked = Sipp::new(&host, "out_of_dialog").towards(server).user("1001").key("method", "TELEPATHISE");
    let done = asked.key("status", "405").start().outcome();
    assert!(done.ok == 1 || done.messages.contains("SIP/2.0 501"), "{}", done.messages);
    assert!(done.messages.contains("\nAllow: "), "{}", done.messages);
    almon.end();
}

#[test]
fn a_bye_of_no_call_does_not_exist() {
    ask("out_of_dialog", &[("method", "BYE"), ("status", "481")], &[]);
}

#[test]
fn a_required_extension_that_nobody_has_is_named() {
    ask("call_that_requires", &[], &["Unsupported: telepathy"]);
}

#[test]
fn a_body_of_an_unknown_type_is_refused() {
    ask("call_with_unknown_body", &[], &["Accept: application/sdp"]);
}

#[test]
fn an_offer_that_cannot_be_read_is_refused() {
    let offers =
        ["v=0", "this is no session description", "v=0\no=- 1 1 IN IP4 192.0.2.11\ns=-\nt=0 0\nm=audio many RTP/AVP 8"];
    for offer in offers {
        // RFC 3261 section 21.4.26 or 21.4.1: the description, or the request, is what is wrong.
        let Some(site) = Site::with(&["sipp"]) else { return };
        let almon = Almon::with_extensions(&site, &["1001", "1002"]);
        let (server, host, called) = (site.exchange().sip(5060), site.host(), site.host());
        Sipp::register(&host, server, "1001");
        Sipp::register(&called, server, "1002");
        let call =
            Sipp::new(&host, "call_with_broken_offer").towards(server).user("1001").dial("1002").key("offer", offer);
        let done = call.key("status", "488").start().outcome();
        assert!(done.ok == 1 || done.messages.contains("SIP/2.0 400"), "{offer}: {}", done.messages);
        assert!(
            done.received(&["\nWarning: "]).len() + done.received(&["\nReason: "]).len() > 0,
            "it says why: {}",
            done.messages
        );
        almon.end();
    }
}
