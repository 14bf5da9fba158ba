//! What there is only so much of is used up: further calls are refused with the reason, those in progress go on, and
//! afterwards everything is there again.

use peers::{Pair, Setup, Sipp, Site, until};
use std::time::Duration;

#[test]
fn media_ports() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    // 200 ports are 100 legs with RTP and RTCP, which are 50 calls.
    let pair = Pair::new(&site, Setup { media: "20000-20199", ..Setup::default() });
    let answer = pair.called("answer").calls(1000, 1).start();
    let call = pair.caller("call").calls(60, 60).hold(5000).start().outcome();
    assert_eq!((call.ok, call.failed), (50, 10), "calls that went well, and calls that were refused");
    let refused = call.received(&["SIP/2.0 503", "INVITE"]);
    assert!(
        refused.len() >= 10 && refused.iter().all(|answer| answer.contains("Reason: ") && answer.contains("cause=47"))
    );
    assert!(pair.almon.log().contains("no-media-resource"), "{}", pair.almon.log());
    let records = pair.almon.wait_for_records(60);
    let answered = records.iter().filter(|record| record["outcome"] == "answered").count();
    assert_eq!(answered, 50);
    until("the server has no call left", Duration::from_secs(8), || (pair.almon.figure("calls") == 0).then_some(()));
    drop(answer);
    // A pair of ports rests for two seconds, so that late packets of the last call reach nobody else.
    std::thread::sleep(Duration::from_millis(2500));
    pair.call();
    pair.almon.end();
}

#[test]
fn calls_at_once_and_the_emergency_call_that_passes_all_the_same() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup { more: "[limits]\ncalls = 2\n".to_owned(), ..Setup::default() });
    let (carrier, third) = (site.host(), site.host());
    pair.almon.extension("1003");
    Sipp::register(&third, pair.server, "1003");
    pair.almon.tell(&["trunk", "add", "carrier", "--address", &carrier.sip(5060).to_string()]);
    pair.almon.tell(&[
        "route",
        "add",
        "out",
        "--prefix",
        "2",
        "--min-digits",
        "5",
        "--max-digits",
        "5",
        "--via",
        "carrier",
    ]);
    pair.almon.tell(&["emergency", "add", "112", "--route", "out"]);
    let answer = pair.called("answer").calls(2, 1).start();
    let calls = pair.caller("call").calls(2, 10).hold(5000).start();
    pair.almon.wait_for_calls(2);
    let third_calls = |scenario| Sipp::new(&third, scenario).towards(pair.server).user("1003").hold(300);
    third_calls("call_refused").dial("1002").key("status", "503").run();
    let help = Sipp::new(&carrier, "answer").key("user", "carrier").start();
    third_calls("call").dial("112").run();
    help.finish();
    calls.finish();
    answer.finish();
    pair.almon.wait_for_records(4);
    pair.almon.end();
}
