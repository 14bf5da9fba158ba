//! Calls in progress, ladders, the end of a call by hand, open ports: what the command line shows of real calls.

use peers::{Pair, Setup, Sipp, Site, password};
use std::net::SocketAddr;

#[test]
fn a_call_is_listed_traced_and_ended_by_hand() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::unregistered(&site, Setup::default());
    Sipp::register(&pair.called, pair.server, "1002");
    let answer = pair.called("answer").start();
    let call =
        Sipp::new(&pair.caller, "call_challenged_until_hung_up").towards(pair.server).user("1001").dial("1002").start();
    pair.almon.wait_for_calls(1);
    let live = pair.almon.calls()[0].clone();
    assert_eq!((&live["caller"]["digits"], &live["dialled"]["digits"]), (&"1001".into(), &"1002".into()), "{live:#}");
    let table = pair.almon.tell(&["calls"]);
    let name = table.lines().nth(1).and_then(|line| line.split_whitespace().next()).expect("a row").to_owned();
    let ladder = pair.almon.tell(&["trace", &name, "--full"]);
    for word in ["INVITE sip:1002@", "100 Trying", "180 Ringing", "200 OK", "ACK sip:", "Connected"] {
        assert!(ladder.contains(word), "{word} is not in the ladder:\n{ladder}");
    }
    // The proof of a password and the password itself are secrets.
    assert!(ladder.contains("Authorization: "), "the challenged INVITE is in the ladder:\n{ladder}");
    let response = call.messages().split("response=\"").nth(1).and_then(|rest| rest.get(..32)).map(str::to_owned);
    let response = response.expect("the call was challenged");
    assert!(
        !ladder.contains(&response) && !ladder.contains(&password("1001")),
        "a secret stands in the ladder:\n{ladder}"
    );
    pair.almon.tell(&["calls", "clear", &name]);
    call.finish();
    answer.finish();
    let record = &pair.almon.wait_for_records(1)[0];
    assert!(
        record["reason"].as_str().is_some_and(|reason| reason.to_lowercase().contains("administrator")),
        "{record:#}"
    );
    pair.almon.end();
}

#[test]
fn what_json_calls_a_call_can_be_traced() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.call();
    let record = &pair.almon.wait_for_records(1)[0];
    let call = &record["key"]["call"];
    let name = call.as_str().map_or_else(|| call.to_string(), str::to_owned);
    let ladder = pair.almon.tell(&["trace", &name]);
    assert!(ladder.contains("INVITE"), "{ladder}");
    pair.almon.end();
}

#[test]
fn signalling_is_marked_and_calls_are_possible_over_tcp_and_ipv6() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    let stranger = site.host();
    let answer = pair.called("answer").start();
    let tcp =
        Sipp::new(&stranger, "call_challenged").towards(pair.server).user("1001").dial("1002").hold(300).tcp().run();
    answer.finish();
    assert!(tcp.messages.contains("SIP/2.0/TCP"));
    let server = SocketAddr::new(site.exchange().v6(), 5060);
    let answer = pair.called("answer").start();
    Sipp::new(&stranger, "call_challenged").towards(server).user("1001").dial("1002").hold(300).run();
    answer.finish();
    pair.almon.wait_for_records(2);
    let from = format!("ip.src == {} || ipv6.src == {}", site.exchange().v4(), site.exchange().v6());
    let rows = pair
        .almon
        .captured()
        .fields(&format!("sip && ({from})"), &["ip.dsfield.dscp", "ipv6.tclass.dscp", "frame.number"]);
    let wrong: Vec<_> = rows.iter().filter(|row| row[0] != "38" && row[1] != "38").collect();
    assert!(rows.len() > 10 && wrong.is_empty(), "marked otherwise than 38: {wrong:?}");
    pair.almon.end();
}

#[test]
fn the_ports_that_are_open_are_the_planned_ones() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let config = pair.almon.config().display().to_string();
    let check = site.exchange().inside(|| pair.almon.command_with(&["--config", &config, "ports", "check"], ""));
    let told = check.unwrap_or_else(|refusal| panic!("{refusal}"));
    let row = told.lines().find(|line| line.starts_with("sip-udp")).unwrap_or_default();
    assert!(row.split_whitespace().eq(["sip-udp", "2", "2", "open"]), "on both addresses: {told}");
    assert!(told.contains("no socket open that the plan does not have"), "{told}");
    pair.almon.end();
}
