//! Calls that reach nobody: each caller is told why, with the same reason in the record.

use peers::{Pair, Setup, Sipp, Site, password};

/// A server with two telephones, the caller's registered.
fn pair(site: &Site) -> Pair<'_> {
    let pair = Pair::unregistered(site, Setup::default());
    Sipp::register(&pair.caller, pair.server, "1001");
    pair
}

fn register_called(pair: &Pair<'_>) {
    Sipp::register(&pair.called, pair.server, "1002");
}

/// Ends the test: one record with this outcome and reason.
fn end(pair: Pair<'_>, outcome: &str, reason: &str) {
    let record = &pair.almon.wait_for_records(1)[0];
    assert_eq!((record["outcome"].as_str(), code(record).as_str()), (Some(outcome), reason), "{record:#}");
    assert!(record["answered_after"].is_null(), "it was never answered: {record:#}");
    let log = pair.almon.log();
    assert!(outcome != "refused" || log.contains(reason), "the log does not say {reason}:\n{log}");
    pair.almon.end();
}

/// The stable reason code of a record, whichever way JSON spells it.
fn code(record: &serde_json::Value) -> String {
    let text = record["reason"].as_str().unwrap_or_default();
    let kebab = text.chars().enumerate().flat_map(|(at, letter)| {
        let dash = (letter.is_uppercase() && at > 0).then_some('-');
        dash.into_iter().chain(letter.to_lowercase())
    });
    kebab.collect()
}

#[test]
fn busy() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let refuse = Sipp::new(&pair.called, "refuse_at_once").user("1002").key("status", "486").start();
    let done = pair.caller("call_refused").key("status", "486").run();
    refuse.finish();
    assert!(done.messages.contains("Reason: "), "a refusal says why: {}", done.messages);
    end(pair, "refused", "user-busy");
}

#[test]
fn declined_while_ringing() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let refuse = Sipp::new(&pair.called, "refuse").user("1002").key("status", "603").start();
    let done = pair.caller("call_refused").key("status", "603").start().outcome();
    refuse.finish();
    assert!(done.messages.contains("SIP/2.0 180 Ringing"), "{}", done.messages);
    assert!(done.ok == 1, "a decline is told as one: {}", done.messages);
    end(pair, "refused", "call-rejected");
}

#[test]
fn nobody_answers() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    pair.almon.tell(&["settings", "--no-answer", "5"]);
    register_called(&pair);
    let ring = Sipp::new(&pair.called, "ring_until_cancelled").user("1002").start();
    pair.caller("call_refused").key("status", "480").run();
    ring.finish();
    end(pair, "not-answered", "no-answer");
}

#[test]
fn the_caller_gives_up() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let ring = Sipp::new(&pair.called, "ring_until_cancelled").user("1002").start();
    pair.caller("call_and_cancel").run();
    ring.finish();
    end(pair, "not-answered", "abandoned");
}

#[test]
fn no_telephone_is_registered() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    pair.caller("call_refused").key("status", "480").run();
    end(pair, "refused", "subscriber-absent");
}

#[test]
fn the_telephone_was_switched_off_without_a_word() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    // Timer B of RFC 3261 section 17.1.1.2 ends the wait after 32 s.
    let done = pair.caller("call_refused").key("status", "480").option("-recv_timeout", "36000").run();
    assert!(!done.messages.contains("SIP/2.0 180"), "nothing rings");
    let record = &pair.almon.wait_for_records(1)[0];
    assert!(["no-user-responding", "no-answer"].contains(&code(record).as_str()), "{record:#}");
    pair.almon.end();
}

#[test]
fn a_call_with_a_wrong_password_is_challenged_and_never_put_through() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let stranger = site.host();
    let call = Sipp::new(&stranger, "call_challenged_refused").towards(pair.server).key("user", "1001").dial("1002");
    call.key("status", "401").option("-au", "1001").option("-ap", "not-the-password").run();
    assert_eq!(pair.almon.records().len(), 0, "a call that was not permitted to begin has no record");
    pair.almon.end();
}

#[test]
fn a_telephone_that_is_not_registered_calls_with_its_password() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let stranger = site.host();
    let answer = Sipp::new(&pair.called, "answer").user("1002").start();
    Sipp::new(&stranger, "call_challenged").towards(pair.server).user("1001").dial("1002").hold(300).run();
    answer.finish();
    assert_eq!(pair.almon.wait_for_records(1)[0]["outcome"], "answered");
    pair.almon.end();
}

#[test]
fn a_caller_cannot_pretend_to_be_somebody_else() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    pair.almon.extension("1003");
    let stranger = site.host();
    let answer = Sipp::new(&pair.called, "answer").user("1002").start();
    // The credentials are those of 1003, the From is that of 1001.
    let call = Sipp::new(&stranger, "call_challenged").towards(pair.server).key("user", "1001").dial("1002").hold(300);
    let call = call.option("-au", "1003").option("-ap", &password("1003")).start().outcome();
    let heard = answer.messages();
    if call.ok == 1 {
        assert!(heard.contains("sip:1003@") && !heard.contains("sip:1001@"), "the caller is the account: {heard}");
        assert_eq!(pair.almon.wait_for_records(1)[0]["caller"]["digits"], "1003");
    } else {
        assert!(call.messages.contains("SIP/2.0 403"), "overwritten or refused: {}", call.messages);
        assert!(!heard.contains("INVITE"), "refused, and yet it rings: {heard}");
    }
    pair.almon.end();
}

#[test]
fn a_vacant_number_without_announcement() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    pair.almon.tell(&["settings", "--announce-vacant", "no"]);
    pair.caller("call_refused").dial("1777").key("status", "404").run();
    end(pair, "refused", "vacant-number");
}

#[test]
fn no_common_codec() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = pair(&site);
    register_called(&pair);
    let refuse = Sipp::new(&pair.called, "refuse_at_once").user("1002").key("status", "488").start();
    pair.caller("call_refused").key("status", "488").run();
    refuse.finish();
    end(pair, "refused", "no-common-codec");
}

#[test]
fn a_call_while_the_server_drains() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    let late = site.host();
    let (answer, call) = (pair.called("answer").start(), pair.caller("call").hold(4000).start());
    pair.almon.wait_for_calls(1);
    let (almon, server) = (&mut pair.almon, pair.server);
    std::thread::scope(|scope| {
        let stopping = scope.spawn(|| almon.stop());
        std::thread::sleep(std::time::Duration::from_millis(500));
        let refused = Sipp::new(&late, "call_challenged_refused").towards(server).user("1001").dial("1002");
        let refused = refused.key("status", "503").start().outcome();
        assert!(refused.ok == 1, "{}", refused.messages);
        call.finish();
        answer.finish();
        stopping.join().expect("the server ends by itself");
    });
}
