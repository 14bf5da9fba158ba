//! A telephone that loses its power in a call: the exchange notices and clears the call.

use peers::{Almon, Baresip, Phone, Setup, Site, audio, until};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn the_other_party_is_released() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let more = "[media]\nsilence = 10\n".to_owned();
    let almon = Almon::start(&site, Setup { more, ..Setup::default() });
    ["1001", "1002"].iter().for_each(|number| almon.extension(number));
    let (says, here, there) = (audio::speech(1, 90.0), site.host(), site.host());
    let mut called = Baresip::start(&there, &Phone::new("1002", site.exchange(), &says).answering());
    let mut calling = Baresip::start(&here, &Phone::new("1001", site.exchange(), &says));
    calling.dial("1002");
    calling.event("CALL_ESTABLISHED");
    sleep(Duration::from_secs(1));
    called.kill();
    // The host is gone with it: no packet tells that nobody listens.
    there.ip("link set cable down\n");
    sleep(Duration::from_secs(5));
    assert_eq!(almon.calls().len(), 1, "silence alone ends no call so early");
    // 10 s of silence, then the time of a request without an answer (RFC 3261 timer F, 32 s).
    until("the other party is released", Duration::from_secs(50), || calling.events("CALL_CLOSED").pop());
    let record = &almon.wait_for_records(1)[0];
    assert!(
        record["reason"].as_str().is_some_and(|reason| reason.to_lowercase().replace('-', "") == "medialost"),
        "{record:#}"
    );
    calling.quit();
    almon.end();
}

#[test]
fn a_party_that_says_nothing_and_answers_when_asked_is_kept() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let more = "[media]\nsilence = 10\n".to_owned();
    let pair = peers::Pair::new(&site, Setup { more, ..Setup::default() });
    // SIPp sends no sound at all; both answer the OPTIONS that comes for that.
    let answer = pair.called("answer").option("-recv_timeout", "25000").start();
    pair.caller("call_and_be_asked").run();
    let asked = answer.finish();
    assert!(!asked.received(&["OPTIONS sip:"]).is_empty(), "a silent telephone is asked: {}", asked.messages);
    let record = &pair.almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    pair.almon.end();
}
