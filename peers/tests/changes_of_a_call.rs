//! What telephones do inside a call, each in the ways that are in use.

use peers::{Almon, Host, Outcome, Sipp, Site, audio};
use std::net::SocketAddr;

/// A server with two registered telephones.
struct Scene<'a> {
    almon: Almon<'a>,
    server: SocketAddr,
    caller: Host,
    called: Host,
}

impl<'a> Scene<'a> {
    fn new(site: &'a Site) -> Scene<'a> {
        let almon = Almon::with_extensions(site, &["1001", "1002"]);
        let (server, caller, called) = (site.exchange().sip(5060), site.host(), site.host());
        Sipp::register(&caller, server, "1001");
        Sipp::register(&called, server, "1002");
        Scene { almon, server, caller, called }
    }

    fn caller(&self, scenario: &'static str) -> Sipp<'_> {
        Sipp::new(&self.caller, scenario).towards(self.server).user("1001").dial("1002").hold(400)
    }

    fn called(&self, scenario: &'static str) -> Sipp<'_> {
        Sipp::new(&self.called, scenario).towards(self.server).user("1002")
    }

    /// Plays both sides to their ends, then ends the test with one answered call on record.
    fn play(self, caller: &'static str, called: &'static str) -> (Outcome, Outcome) {
        let answer = self.called(called).hold(600).start();
        let call = self.caller(caller).run();
        let outcomes = (call, answer.finish());
        self.end();
        outcomes
    }

    fn end(self) {
        let record = &self.almon.wait_for_records(1)[0];
        assert_eq!(record["outcome"], "answered", "{record:#}");
        self.almon.end();
    }
}

fn hold(direction: &str, address: &str, expected: &[&str]) {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let answer = scene.called("answer").start();
    let call = scene.caller("call_and_hold").key("direction", direction).key("address", address).run();
    answer.finish();
    let holding = call.received(&["SIP/2.0 200 OK", "CSeq: 2 INVITE"])[0];
    assert!(expected.iter().any(|line| holding.contains(line)), "none of {expected:?} in the answer: {holding}");
    let back = call.received(&["SIP/2.0 200 OK", "CSeq: 3 INVITE"])[0];
    assert!(!["a=recvonly", "a=inactive", "a=sendonly"].iter().any(|line| back.contains(line)), "{back}");
    scene.end();
}

#[test]
fn hold_and_retrieve_by_sendonly() {
    hold("a=sendonly", "[media_ip]", &["a=recvonly", "a=inactive"]);
}

#[test]
fn hold_and_retrieve_by_inactive() {
    hold("a=inactive", "[media_ip]", &["a=inactive"]);
}

#[test]
fn hold_and_retrieve_by_the_address_zero() {
    // RFC 3264 section 8.4: the old way says nothing of a direction, and every answer to it is right.
    hold("", "0.0.0.0", &["m=audio "]);
}

#[test]
fn the_codec_changes() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = Scene::new(&site).play("call_and_change_codec", "answer");
    let answer = call.received(&["SIP/2.0 200 OK", "CSeq: 2 INVITE"])[0];
    assert!(answer.contains("RTP/AVP 0") && !answer.contains("PCMA"), "{answer}");
}

#[test]
fn the_offer_comes_late() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = Scene::new(&site).play("call_with_delayed_offer", "answer");
    let offer = call.received(&["SIP/2.0 200 OK", "INVITE"])[0];
    assert!(offer.contains("m=audio "), "the 200 has the offer: {offer}");
}

#[test]
fn the_called_party_hangs_up() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    Scene::new(&site).play("call_until_hung_up", "answer_and_hang_up");
}

#[test]
fn the_first_ack_is_lost() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = Scene::new(&site).play("call_and_lose_ack", "answer");
    let repeats = call.received(&["SIP/2.0 200 OK", "CSeq: 1 INVITE"]).len();
    assert!((2..=4).contains(&repeats), "RFC 3261 section 13.3.1.4: {repeats} in 1.7 s");
}

#[test]
fn a_digit_by_info() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    Scene::new(&site).play("call_and_send_info", "answer");
}

#[test]
fn a_picture_is_refused_and_the_sound_goes_on() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, answer) = Scene::new(&site).play("call_with_video", "answer");
    let accepted = call.received(&["SIP/2.0 200 OK", "INVITE"])[0];
    assert!(
        accepted.contains("m=video 0 "),
        "RFC 3264 section 6: every line of the offer has one in the answer: {accepted}"
    );
    assert!(!answer.messages.contains("m=video"), "what cannot be relayed is not offered: {}", answer.messages);
}

#[test]
fn something_is_heard_before_the_answer() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut scene = Scene::new(&site);
    let said = audio::speech(7, 4.0);
    let answer = scene.called("answer_after_early_media").says(&said).start();
    scene.caller("call_with_early_media").hold(300).run();
    answer.finish();
    scene.almon.wait_for_records(1);
    let (exchange, caller) = (site.exchange().v4(), scene.caller.v4());
    let packets = scene.almon.captured().rtp(&format!("ip.src == {exchange} && ip.dst == {caller}"));
    let answered =
        scene.almon.captured().fields("sip.Status-Code == 200 && sip.CSeq.method == \"INVITE\"", &["frame.time_epoch"]);
    let answered: f64 = answered[0][0].parse().unwrap();
    let early: Vec<u8> =
        packets.iter().filter(|packet| packet.at < answered).flat_map(|packet| packet.payload.clone()).collect();
    let found = audio::likeness(&said, &audio::alaw_decode(&early));
    assert!(found.correlation > 0.9 && found.seconds > 0.9, "{found:?} in {} packets", packets.len());
    scene.end();
}

#[test]
fn a_call_comes_through_three_proxies() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = Scene::new(&site).play("call_through_proxies", "answer_and_hang_up");
    let bye = call.messages.split("BYE sip:").nth(1).expect("a BYE");
    assert_route(bye, &call.messages, 1001);
}

#[test]
fn the_called_party_is_behind_three_proxies() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (_, answer) = Scene::new(&site).play("call", "answer_behind_proxies");
    for method in ["ACK", "BYE"] {
        let request = answer.messages.split(&format!("{method} sip:")).nth(1).expect("it came");
        assert_route(request, &answer.messages, 1002);
    }
}

/// RFC 3261 section 12.2.1.1: the Request-URI is the remote target, the Route header fields follow the route set in order.
fn assert_route(request: &str, all: &str, user: u16) {
    let end = request.find("\r\n\r\n").or_else(|| request.find("\n\n")).unwrap_or(request.len());
    let request = &request[..end];
    assert!(request.starts_with(&format!("{user}@192.0.2.")), "the target is the Contact: {request}");
    let routes: Vec<&str> = request.lines().filter_map(|line| line.strip_prefix("Route:")).collect();
    let routes = routes.join(",");
    let places: Vec<Option<usize>> =
        ["hop=1", "hop2.example.test", "hop3.example.test"].map(|hop| routes.find(hop)).to_vec();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "the route is {routes}: {all}");
}
