//! What telephones do inside a call, each in the ways that are in use.

use peers::{Outcome, Pair, Setup, Site, audio};

/// Plays both sides, then ends the test with one answered call on record.
fn play(site: &Site, caller: &str, called: &str) -> (Outcome, Outcome) {
    let pair = Pair::new(site, Setup::default());
    let outcomes = pair.play(caller, called);
    end(pair);
    outcomes
}

fn end(pair: Pair<'_>) {
    let record = &pair.almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    pair.almon.end();
}

fn hold(direction: &str, address: &str, expected: &[&str]) {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let answer = pair.called("answer").start();
    let call = pair.caller("call_and_hold").key("direction", direction).key("address", address).run();
    answer.finish();
    let holding = call.received(&["SIP/2.0 200 OK", "CSeq: 2 INVITE"])[0];
    assert!(expected.iter().any(|line| holding.contains(line)), "none of {expected:?} in the answer: {holding}");
    let back = call.received(&["SIP/2.0 200 OK", "CSeq: 3 INVITE"])[0];
    assert!(!["a=recvonly", "a=inactive", "a=sendonly"].iter().any(|line| back.contains(line)), "{back}");
    end(pair);
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
    let (call, _) = play(&site, "call_and_change_codec", "answer");
    let answer = call.received(&["SIP/2.0 200 OK", "CSeq: 2 INVITE"])[0];
    assert!(answer.contains("RTP/AVP 0") && !answer.contains("PCMA"), "{answer}");
}

#[test]
fn the_offer_comes_late() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = play(&site, "call_with_delayed_offer", "answer");
    let offer = call.received(&["SIP/2.0 200 OK", "INVITE"])[0];
    assert!(offer.contains("m=audio "), "the 200 has the offer: {offer}");
}

#[test]
fn the_called_party_hangs_up() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    play(&site, "call_until_hung_up", "answer_and_hang_up");
}

#[test]
fn the_first_ack_is_lost() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = play(&site, "call_and_lose_ack", "answer");
    let repeats = call.received(&["SIP/2.0 200 OK", "CSeq: 1 INVITE"]).len();
    assert!((2..=4).contains(&repeats), "RFC 3261 section 13.3.1.4: {repeats} in 1.7 s");
}

#[test]
fn a_digit_by_info() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    play(&site, "call_and_send_info", "answer");
}

#[test]
fn a_picture_is_refused_and_the_sound_goes_on() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, answer) = play(&site, "call_with_video", "answer");
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
    let mut pair = Pair::new(&site, Setup::default());
    let said = audio::speech(7, 4.0);
    let answer = pair.called("answer_after_early_media").says(&said).start();
    pair.caller("call_with_early_media").hold(300).run();
    answer.finish();
    pair.almon.wait_for_records(1);
    let (exchange, caller) = (site.exchange().v4(), pair.caller.v4());
    let packets = pair.almon.captured().rtp(&format!("ip.src == {exchange} && ip.dst == {caller}"));
    let answered =
        pair.almon.captured().fields("sip.Status-Code == 200 && sip.CSeq.method == \"INVITE\"", &["frame.time_epoch"]);
    let answered: f64 = answered[0][0].parse().unwrap();
    let early: Vec<u8> =
        packets.iter().filter(|packet| packet.at < answered).flat_map(|packet| packet.payload.clone()).collect();
    let found = audio::likeness(&said, &audio::alaw_decode(&early));
    assert!(found.correlation > 0.9 && found.seconds > 0.9, "{found:?} in {} packets", packets.len());
    end(pair);
}

#[test]
fn a_call_comes_through_three_proxies() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (call, _) = play(&site, "call_through_proxies", "answer_and_hang_up");
    let bye = call.messages.split("BYE sip:").nth(1).expect("a BYE");
    assert_route(bye, &call.messages, 1001);
}

#[test]
fn the_called_party_is_behind_three_proxies() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (_, answer) = play(&site, "call", "answer_behind_proxies");
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

#[test]
fn an_update_changes_nothing_and_is_accepted() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    play(&site, "call_and_update", "answer");
}

#[test]
fn a_change_without_an_offer_is_answered_with_one() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let answer = pair.called("answer").start();
    let call = pair.caller("call_and_ask_for_an_offer").run();
    answer.finish();
    let offer = call.received(&["SIP/2.0 200 OK", "CSeq: 2 INVITE"])[0];
    assert!(offer.contains("m=audio "), "a re-INVITE without an offer gets one: {offer}");
    end(pair);
}

#[test]
fn the_caller_hangs_up_while_its_change_is_under_way() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let answer = pair.called("answer_and_ponder_a_change").start();
    pair.caller("call_and_hang_up_in_a_change").run();
    answer.finish();
    end(pair);
}
