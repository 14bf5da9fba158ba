//! One number, several telephones: all ring, the first that answers has the call.

use peers::{Almon, Pair, Setup, Sipp, Site};

#[test]
fn all_ring_and_the_first_that_answers_has_the_call() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.almon.tell(&["extension", "change", "1002", "--max-terminals", "2"]);
    let second = site.host();
    Sipp::register(&second, pair.server, "1002");
    assert_eq!(pair.almon.telephones("1002"), 2);
    let ring = Sipp::new(&second, "ring_until_cancelled").user("1002").start();
    let answer = pair.called("answer_slowly").start();
    pair.caller("call").run();
    answer.finish();
    let loser = ring.finish();
    let cancel = loser.received(&["CANCEL sip:"])[0];
    assert!(
        cancel.contains("Reason: ") && cancel.contains("200"),
        "RFC 3326: it is told that it was answered elsewhere: {cancel}"
    );
    let record = &pair.almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    pair.almon.end();
}

#[test]
fn one_is_busy_and_the_other_answers() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.almon.tell(&["extension", "change", "1002", "--max-terminals", "2"]);
    let second = site.host();
    Sipp::register(&second, pair.server, "1002");
    let busy = Sipp::new(&second, "refuse_at_once").user("1002").key("status", "486").start();
    let answer = pair.called("answer_slowly").start();
    pair.caller("call").run();
    answer.finish();
    busy.finish();
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn one_telephone_too_many_is_refused() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    almon.tell(&["extension", "change", "1001", "--max-terminals", "1"]);
    let (server, first, second) = (site.exchange().sip(5060), site.host(), site.host());
    Sipp::register(&first, server, "1001");
    let refused = Sipp::new(&second, "register_refused").towards(server).user("1001").key("expires", "600");
    refused.key("status", "403").run();
    assert_eq!(almon.telephones("1001"), 1);
    almon.end();
}
