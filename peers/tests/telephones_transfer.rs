//! baresip and linphone transfer calls, are transferred and are transferred to. The two that are left hear one another: what each recorded
//! is compared with what the other said.

mod floor;

use floor::segment;
use peers::{Almon, Baresip, Host, Linphone, Phone, Site, Transport, audio, until};
use std::thread::sleep;
use std::time::Duration;

/// How long a part of a conversation takes.
const PART: Duration = Duration::from_millis(1200);
/// How long the two that are left talk, and how much of its end is compared, in seconds.
const TALK: Duration = Duration::from_millis(3000);
const COMPARED: f64 = 2.0;
const BOUND: Duration = Duration::from_secs(10);

/// What three people say.
struct Voices([Vec<i16>; 3]);

impl Voices {
    fn new() -> Voices {
        Voices([1, 2, 3].map(|seed| audio::speech(seed, 30.0)))
    }
}

fn closed(phone: &Baresip, who: &str, count: usize) {
    until(&format!("{who} has ended {count} calls"), BOUND, || {
        (phone.events("CALL_CLOSED").len() >= count).then_some(())
    });
}

/// The end of a recording: the last that the two said to one another.
fn last(heard: &[i16]) -> &[i16] {
    let length = ((COMPARED + 0.3) * audio::RATE as f64) as usize;
    &heard[heard.len().saturating_sub(length)..]
}

/// The end of what somebody heard is what the other said, and nobody else.
fn assert_heard(who: &str, heard: &[i16], said: &[i16], by_nobody: &[&[i16]]) {
    let heard = last(heard);
    let found = audio::likeness(said, heard);
    eprintln!("{who} heard {found:.3?}");
    assert!(found.correlation >= 0.9 && found.seconds >= COMPARED - 0.3, "{who} heard something else: {found:?}");
    assert!(found.gain.abs() <= 1.5, "{who} heard it at another level: {found:?}");
    for other in by_nobody {
        let foreign = audio::likeness(other, heard);
        assert!(foreign.correlation < 0.5, "{who} hears somebody else: {foreign:?}");
    }
}

fn lines(almon: &Almon<'_>, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = almon.wait_for_records(count).iter().map(segment).collect();
    lines.sort();
    lines
}

fn address(number: &str, exchange: &Host) -> String {
    format!("sip:{number}@{}", exchange.v4())
}

#[test]
fn baresip_transfers_a_call_without_asking() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let Voices([one, two, three]) = Voices::new();
    let hosts = [site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut second = Baresip::start(&hosts[1], &Phone::new("1002", exchange, &two).answering());
    let mut third = Baresip::start(&hosts[2], &Phone::new("1003", exchange, &three).answering());
    let mut first = Baresip::start(&hosts[0], &Phone::new("1001", exchange, &one));
    first.dial("1002");
    first.event("CALL_ESTABLISHED");
    second.event("CALL_ESTABLISHED");
    sleep(PART);
    first.command("transfer", &address("1003", exchange));
    third.event("CALL_ESTABLISHED");
    closed(&first, "who transferred", 1);
    sleep(TALK);
    assert_eq!((second.events("CALL_CLOSED").len(), third.events("CALL_CLOSED").len()), (0, 0), "they still talk");
    assert_eq!(almon.calls().len(), 1);
    second.hang_up();
    third.event("CALL_CLOSED");
    assert_heard("who was transferred", &second.heard().concat(), &third.said().concat(), &[&one, &two]);
    assert_heard("who was reached", &third.heard().concat(), &second.said().concat(), &[&one, &three]);
    assert_eq!(lines(&almon, 2), ["1001>1002 answered transferred", "1002>1003 answered normal-clearing by 1001"]);
    [&mut first, &mut second, &mut third].into_iter().for_each(Baresip::quit);
    almon.end();
}

#[test]
fn linphone_is_told_that_a_transfer_failed_and_talks_on() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let Voices([one, two, _]) = Voices::new();
    let (here, there) = (site.host(), site.host());
    let exchange = site.exchange();
    let mut second = Baresip::start(&there, &Phone::new("1002", exchange, &two).answering());
    let mut first = Linphone::start(&here, exchange, "1001", Transport::Udp, &one);
    first.say("call 1002");
    second.event("CALL_ESTABLISHED");
    first.told("Media streams established");
    sleep(PART);
    // Nobody has registered for it.
    first.say(&format!("transfer {}", address("1003", exchange)));
    sleep(TALK + Duration::from_millis(500));
    first.say("calls");
    first.told("StreamsRunning");
    first.say("terminate");
    second.event("CALL_CLOSED");
    assert_heard("who was to be transferred", &second.heard().concat(), &one, &[&two]);
    assert_heard("who wanted to transfer", &first.heard(), &second.said().concat(), &[&one]);
    let records: Vec<String> = almon.records().iter().map(segment).collect();
    assert!(records.contains(&"1001>1002 answered normal-clearing".to_owned()), "{records:#?}");
    second.quit();
    almon.end();
}

/// This version of baresip hangs up by itself when a transfer failed: nothing may be left.
#[test]
fn baresip_is_told_that_a_transfer_failed() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let silence = audio::silence(10.0);
    let (here, there) = (site.host(), site.host());
    let exchange = site.exchange();
    let mut second = Baresip::start(&there, &Phone::new("1002", exchange, &silence).answering());
    let mut first = Baresip::start(&here, &Phone::new("1001", exchange, &silence));
    first.dial("1002");
    first.event("CALL_ESTABLISHED");
    second.event("CALL_ESTABLISHED");
    first.command("transfer", &address("1003", exchange));
    second.event("CALL_CLOSED");
    assert!(first.log().contains("transfer failed: 480"), "{}", first.log());
    first.quit();
    second.quit();
    almon.end();
}

#[test]
fn linphone_consults_and_transfers() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let Voices([one, two, three]) = Voices::new();
    let hosts = [site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut second = Baresip::start(&hosts[1], &Phone::new("1002", exchange, &two).answering());
    let mut third = Baresip::start(&hosts[2], &Phone::new("1003", exchange, &three).answering());
    let mut first = Linphone::start(&hosts[0], exchange, "1001", Transport::Udp, &one);
    first.say("call 1002");
    second.event("CALL_ESTABLISHED");
    first.told("Media streams established");
    sleep(PART);
    first.say("pause");
    first.told("is now paused");
    first.say("call 1003");
    third.event("CALL_ESTABLISHED");
    first.told("Media streams established");
    sleep(PART);
    let consulted = audio::likeness(&one, &third.heard().concat());
    assert!(consulted.correlation > 0.9 && consulted.seconds > 0.5, "the consultation is heard: {consulted:?}");
    first.say("transfer 1 --to-call 2");
    // Its user hangs up neither call: the exchange does when the others talk.
    until("linphone has no call any more", BOUND, || {
        first.say("calls");
        first.log().contains("No active call.").then_some(())
    });
    sleep(TALK);
    assert_eq!(almon.calls().len(), 1);
    third.hang_up();
    second.event("CALL_CLOSED");
    assert_heard("who was transferred", &second.heard().concat(), &third.said().concat(), &[&one, &two]);
    assert_heard("who was consulted", &third.heard().concat(), &second.said().concat(), &[&one, &three]);
    assert_eq!(
        lines(&almon, 3),
        [
            "1001>1002 answered transferred",
            "1001>1003 answered transferred",
            "1002>1003 answered normal-clearing by 1001"
        ]
    );
    second.quit();
    third.quit();
    almon.end();
}

#[test]
fn linphone_transfers_a_call_to_linphone_without_asking() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let Voices([one, two, three]) = Voices::new();
    let hosts = [site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut second = Baresip::start(&hosts[1], &Phone::new("1002", exchange, &two).answering());
    let mut third = Linphone::start(&hosts[2], exchange, "1003", Transport::Udp, &three);
    let mut first = Linphone::start(&hosts[0], exchange, "1001", Transport::Udp, &one);
    first.say("call 1002");
    second.event("CALL_ESTABLISHED");
    first.told("Media streams established");
    sleep(PART);
    first.say(&format!("transfer {}", address("1003", exchange)));
    third.told("Receiving new incoming call");
    third.say("answer");
    third.told("Media streams established");
    sleep(TALK + Duration::from_millis(500));
    assert_eq!(almon.calls().len(), 1);
    second.hang_up();
    third.told(" ended ");
    assert_heard("who was transferred", &second.heard().concat(), &three, &[&one, &two]);
    assert_heard("who was reached", &third.heard(), &second.said().concat(), &[&one, &three]);
    assert_eq!(lines(&almon, 2), ["1001>1002 answered transferred", "1002>1003 answered normal-clearing by 1001"]);
    second.quit();
    almon.end();
}

#[test]
fn baresip_consults_and_transfers_linphone() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let Voices([one, two, three]) = Voices::new();
    let hosts = [site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut second = Linphone::start(&hosts[1], exchange, "1002", Transport::Tcp, &two);
    let mut third = Baresip::start(&hosts[2], &Phone::new("1003", exchange, &three).answering());
    let mut first = Baresip::start(&hosts[0], &Phone::new("1001", exchange, &one));
    first.dial("1002");
    second.told("Receiving new incoming call");
    second.say("answer");
    let held = first.event("CALL_ESTABLISHED")["id"].as_str().unwrap_or_default().to_owned();
    sleep(PART);
    first.command("hold", "");
    first.dial("1003");
    let consulted = first.event("CALL_ESTABLISHED")["id"].as_str().unwrap_or_default().to_owned();
    sleep(PART);
    // This version has no command for it: its user makes the address of RFC 3891 section 6.1 from what the telephone knows.
    let (own, other) = tags(&almon, &consulted);
    let call = consulted.replace('@', "%40");
    let address = format!("<sip:1003@{}?Replaces={call}%3Bto-tag%3D{other}%3Bfrom-tag%3D{own}>", exchange.v4());
    first.command("callfind", &held);
    first.command("transfer", &address);
    closed(&first, "who transferred", 1);
    sleep(TALK + Duration::from_millis(500));
    assert_eq!(almon.calls().len(), 1);
    third.hang_up();
    second.told(" ended ");
    assert_heard("who was transferred", &second.heard(), &third.said().concat(), &[&one, &two]);
    assert_heard("who was consulted", &third.heard().concat(), &two, &[&one, &three]);
    assert_eq!(lines(&almon, 3).last().map(String::as_str), Some("1002>1003 answered normal-clearing by 1001"));
    first.quit();
    third.quit();
    almon.end();
}

/// The tags of a dialog of a calling telephone, its own and the other, from the ladders of the calls in progress.
fn tags(almon: &Almon<'_>, call: &str) -> (String, String) {
    for live in almon.tell(&["calls"]).lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
        let ladder = almon.tell(&["trace", live, "--full"]);
        let text: Vec<&str> = ladder.lines().map(|line| line.trim_start().trim_start_matches("| ").trim()).collect();
        let messages = text.split(|line| line.is_empty() || line.contains("--"));
        for message in messages.filter(|lines| lines.contains(&format!("Call-ID: {call}").as_str())) {
            let tag = |name: &str| {
                let line = message.iter().find(|line| line.starts_with(name))?;
                line.split("tag=").nth(1).map(|tag| tag.split(';').next().unwrap_or(tag).to_owned())
            };
            let answer = message.first().is_some_and(|line| line.starts_with("SIP/2.0 200"));
            if let (true, Some(own), Some(other)) = (answer, tag("From:"), tag("To:")) {
                return (own, other);
            }
        }
    }
    panic!("no ladder has the call {call}");
}
