//! Calls that reach nobody: each caller is told why, with the same reason in the record.

use peers::{Almon, Host, Setup, Sipp, Site, password};
use std::net::SocketAddr;

/// A server with two telephones, the caller's registered.
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
        Scene { almon, server, caller, called }
    }

    fn register_called(&self) {
        Sipp::register(&self.called, self.server, "1002");
    }

    fn caller(&self, scenario: &'static str) -> Sipp<'_> {
        Sipp::new(&self.caller, scenario).towards(self.server).user("1001").dial("1002")
    }

    /// Ends the test: one record with this outcome and reason.
    fn end(self, outcome: &str, reason: &str) {
        let record = &self.almon.wait_for_records(1)[0];
        assert_eq!((record["outcome"].as_str(), code(record).as_str()), (Some(outcome), reason), "{record:#}");
        assert!(record["answered_after"].is_null(), "it was never answered: {record:#}");
        self.almon.end();
    }
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
    let scene = Scene::new(&site);
    scene.register_called();
    let refuse = Sipp::new(&scene.called, "refuse_at_once").user("1002").key("status", "486").start();
    let done = scene.caller("call_refused").key("status", "486").run();
    refuse.finish();
    assert!(done.messages.contains("Reason: "), "a refusal says why: {}", done.messages);
    scene.end("refused", "user-busy");
}

#[test]
fn declined_while_ringing() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    let refuse = Sipp::new(&scene.called, "refuse").user("1002").key("status", "603").start();
    let done = scene.caller("call_refused").key("status", "603").start().outcome();
    refuse.finish();
    assert!(done.messages.contains("SIP/2.0 180 Ringing"), "{}", done.messages);
    assert!(done.ok == 1, "a decline is told as one: {}", done.messages);
    scene.end("refused", "call-rejected");
}

#[test]
fn nobody_answers() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.almon.tell(&["settings", "--no-answer", "5"]);
    scene.register_called();
    let ring = Sipp::new(&scene.called, "ring_until_cancelled").user("1002").start();
    scene.caller("call_refused").key("status", "480").run();
    ring.finish();
    scene.end("not-answered", "no-answer");
}

#[test]
fn the_caller_gives_up() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    let ring = Sipp::new(&scene.called, "ring_until_cancelled").user("1002").start();
    scene.caller("call_and_cancel").run();
    ring.finish();
    scene.end("not-answered", "abandoned");
}

#[test]
fn no_telephone_is_registered() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.caller("call_refused").key("status", "480").run();
    scene.end("refused", "subscriber-absent");
}

#[test]
fn the_telephone_was_switched_off_without_a_word() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    // Timer B of RFC 3261 section 17.1.1.2 ends the wait after 32 s.
    let done = scene.caller("call_refused").key("status", "480").option("-recv_timeout", "36000").run();
    assert!(!done.messages.contains("SIP/2.0 180"), "nothing rings");
    let record = &scene.almon.wait_for_records(1)[0];
    assert!(["no-user-responding", "no-answer"].contains(&code(record).as_str()), "{record:#}");
    scene.almon.end();
}

#[test]
fn a_call_with_a_wrong_password_is_challenged_and_never_put_through() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    let stranger = site.host();
    let call = Sipp::new(&stranger, "call_challenged_refused").towards(scene.server).key("user", "1001").dial("1002");
    call.key("status", "401").option("-au", "1001").option("-ap", "not-the-password").run();
    assert_eq!(scene.almon.records().len(), 0, "a call that was not permitted to begin has no record");
    scene.almon.end();
}

#[test]
fn a_telephone_that_is_not_registered_calls_with_its_password() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    let stranger = site.host();
    let answer = Sipp::new(&scene.called, "answer").user("1002").start();
    Sipp::new(&stranger, "call_challenged").towards(scene.server).user("1001").dial("1002").hold(300).run();
    answer.finish();
    assert_eq!(scene.almon.wait_for_records(1)[0]["outcome"], "answered");
    scene.almon.end();
}

#[test]
fn a_caller_cannot_pretend_to_be_somebody_else() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    scene.almon.extension("1003");
    let stranger = site.host();
    let answer = Sipp::new(&scene.called, "answer").user("1002").start();
    // The credentials are those of 1003, the From is that of 1001.
    let call = Sipp::new(&stranger, "call_challenged").towards(scene.server).key("user", "1001").dial("1002").hold(300);
    let call = call.option("-au", "1003").option("-ap", &password("1003")).start().outcome();
    let heard = answer.messages();
    if call.ok == 1 {
        assert!(heard.contains("sip:1003@") && !heard.contains("sip:1001@"), "the caller is the account: {heard}");
        assert_eq!(scene.almon.wait_for_records(1)[0]["caller"]["digits"], "1003");
    } else {
        assert!(call.messages.contains("SIP/2.0 403"), "overwritten or refused: {}", call.messages);
        assert!(!heard.contains("INVITE"), "refused, and yet it rings: {heard}");
    }
    scene.almon.end();
}

#[test]
fn a_vacant_number_without_announcement() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.almon.tell(&["settings", "--announce-vacant", "no"]);
    scene.caller("call_refused").dial("1777").key("status", "404").run();
    scene.end("refused", "vacant-number");
}

#[test]
fn no_common_codec() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.register_called();
    let refuse = Sipp::new(&scene.called, "refuse_at_once").user("1002").key("status", "488").start();
    scene.caller("call_refused").key("status", "488").run();
    refuse.finish();
    scene.end("refused", "no-common-codec");
}

#[test]
fn a_call_while_the_server_drains() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut almon = Almon::start(&site, Setup::default());
    ["1001", "1002"].iter().for_each(|number| almon.extension(number));
    let (server, caller, called, late) = (site.exchange().sip(5060), site.host(), site.host(), site.host());
    Sipp::register(&caller, server, "1001");
    Sipp::register(&called, server, "1002");
    let answer = Sipp::new(&called, "answer").user("1002").start();
    let call = Sipp::new(&caller, "call").towards(server).user("1001").dial("1002").hold(4000).start();
    almon.wait_for_calls(1);
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
