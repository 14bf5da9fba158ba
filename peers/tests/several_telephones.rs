//! One number, several telephones: all ring, the first that answers has the call.

use peers::{Almon, Host, Pair, Script, Setup, Sipp, SippRun, Site};

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

#[test]
fn eight_ring_and_the_seven_that_do_not_answer_are_told() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.almon.tell(&["extension", "change", "1002", "--max-terminals", "8"]);
    let others: Vec<Host> = (1..8).map(|_| site.host()).collect();
    let runs: Vec<SippRun> = others.iter().map(|host| registering(host, &pair)).collect();
    runs.into_iter().for_each(|run| drop(run.finish()));
    assert_eq!(pair.almon.telephones("1002"), 8);
    let script = Script::new("rings", "1002").rings('a').is_cancelled('a');
    let rings: Vec<SippRun> = others.iter().map(|host| Sipp::script(host, pair.server, &script).start()).collect();
    let answer = pair.called("answer_slowly").start();
    pair.caller("call").run();
    answer.finish();
    for run in rings {
        let told = run.finish();
        let cancels = told.received(&["CANCEL sip:"]);
        assert_eq!(cancels.len(), 1, "{:?}", told.flow());
        // RFC 3326 section 3.1, as the telephone counts no missed call.
        let reason = cancels[0].lines().find(|line| line.starts_with("Reason:")).unwrap_or_default();
        assert!(reason.contains("cause=200") && reason.contains("Call completed elsewhere"), "{}", cancels[0]);
    }
    assert_eq!(pair.almon.wait_for_records(1)[0]["outcome"], "answered");
    pair.almon.end();
}

#[test]
fn an_answer_that_comes_too_late_is_hung_up() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.almon.tell(&["extension", "change", "1002", "--max-terminals", "2"]);
    let second = site.host();
    Sipp::register(&second, pair.server, "1002");
    let late = Script::new("late", "1002").rings('a').answers_though_cancelled('a').until_hung_up(1);
    let late = Sipp::script(&second, pair.server, &late).start();
    let answer = pair.called("answer_slowly").start();
    pair.caller("call").hold(900).run();
    answer.finish();
    late.finish();
    let record = &pair.almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    pair.almon.end();
}

fn registering(host: &Host, pair: &Pair<'_>) -> SippRun {
    Sipp::new(host, "register").towards(pair.server).user("1002").key("expires", "600").start()
}
