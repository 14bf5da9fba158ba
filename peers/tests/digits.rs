//! Digits pressed during a call arrive as digits.

use peers::{Almon, Baresip, Phone, Site, audio};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn digits_as_telephone_events_reach_the_other_telephone() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (says, here, there) = (audio::speech(1, 20.0), site.host(), site.host());
    let mut called = Baresip::start(&there, &Phone::new("1002", site.exchange(), &says).answering());
    let mut calling = Baresip::start(&here, &Phone::new("1001", site.exchange(), &says));
    calling.dial("1002");
    calling.event("CALL_ESTABLISHED");
    sleep(Duration::from_millis(500));
    for digit in ["1", "5", "0", "#"] {
        calling.command("sndcode", digit);
        sleep(Duration::from_millis(450));
    }
    calling.hang_up();
    called.event("CALL_CLOSED");
    let heard: Vec<String> = called
        .events("CALL_DTMF_START")
        .iter()
        .map(|event| event["param"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(heard, ["1", "5", "0", "#"]);
    almon.wait_for_records(1);
    calling.quit();
    called.quit();
    // RFC 4733 section 2.5.1: the events of one press share a timestamp and grow in duration, the end is sent three times.
    let relayed = format!("rtpevent && ip.src == {} && ip.dst == {}", site.exchange().v4(), there.v4());
    let rows = almon
        .captured()
        .fields(&relayed, &["rtpevent.event_id", "rtpevent.end_of_event", "rtpevent.duration", "rtp.timestamp"]);
    let mut presses: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
    presses.dedup();
    assert_eq!(presses.len(), 4, "{rows:?}");
    let ends = rows.iter().filter(|row| row[1] == "1" || row[1] == "True").count();
    assert!(ends >= 4, "every press has an end: {rows:?}");
    almon.end();
}
