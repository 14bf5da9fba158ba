//! The server is killed (kill -9) with calls up and started again on the same data: the calls go on, their sound comes back on the same
//! ports, they can be held, transferred and hung up, and each has the records that it would have had.

mod floor;

use floor::{Floor, from, segment};
use peers::{Almon, Baresip, Linphone, Packet, Phone, Script, Setup, SippRun, Site, Transport, audio, until};
use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const BOUND: Duration = Duration::from_secs(10);
/// How long people talk before and after, and how much of the end is compared, in seconds.
const PART: Duration = Duration::from_millis(1500);
const TALK: Duration = Duration::from_millis(3000);
const COMPARED: f64 = 2.0;
/// Calls of SIPp, and those that ring when the server is killed.
const CALLS: u32 = 20;

/// Kills the server and starts it again; how long nobody was there.
fn restart(almon: &mut Almon<'_>) -> Duration {
    // What the journal's writer has in memory is lost: it writes every few milliseconds.
    sleep(Duration::from_millis(300));
    let killed = Instant::now();
    almon.kill();
    almon.run();
    killed.elapsed()
}

fn assert_last_heard(who: &str, heard: &[i16], said: &[i16]) {
    let length = ((COMPARED + 0.3) * audio::RATE as f64) as usize;
    let found = audio::likeness(said, &heard[heard.len().saturating_sub(length)..]);
    eprintln!("{who} heard {found:.3?}");
    assert!(found.correlation >= 0.9 && found.seconds >= COMPARED - 0.3, "{who} heard something else: {found:?}");
    assert!(found.gain.abs() <= 1.5, "{who} heard it at another level: {found:?}");
}

fn lines(almon: &Almon<'_>, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = almon.wait_for_records(count).iter().map(segment).collect();
    lines.sort();
    lines
}

/// What was sent to one address: the longest pause between two packets in milliseconds, where they came from, the names of the
/// stream.
struct Stream {
    target: String,
    pause: f64,
    sources: BTreeSet<String>,
    names: BTreeSet<u64>,
}

fn streams(packets: &[Packet]) -> Vec<Stream> {
    let targets: BTreeSet<String> = packets.iter().map(|packet| format!("{:?}", packet.to)).collect();
    let one = |target: String| {
        let stream: Vec<_> = packets.iter().filter(|packet| format!("{:?}", packet.to) == target).collect();
        let pause = stream.windows(2).map(|pair| pair[1].at - pair[0].at).fold(0.0, f64::max) * 1000.0;
        let sources = stream.iter().map(|packet| format!("{:?}", packet.from)).collect();
        Stream { target, pause, sources, names: stream.iter().map(|packet| packet.ssrc).collect() }
    };
    targets.into_iter().map(one).collect()
}

#[test]
fn baresip_and_linphone_talk_on_and_the_call_is_transferred() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001", "1002", "1003", "1004"]);
    let [one, two, three, four] = [1, 2, 3, 4].map(|seed| audio::speech(seed, 40.0));
    let hosts = [site.host(), site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut second = Baresip::start(&hosts[1], &Phone::new("1002", exchange, &two).answering());
    let mut fourth = Linphone::start(&hosts[3], exchange, "1004", Transport::Udp, &four);
    let mut third = Linphone::start(&hosts[2], exchange, "1003", Transport::Udp, &three);
    let mut first = Baresip::start(&hosts[0], &Phone::new("1001", exchange, &one));
    third.say("call 1004");
    fourth.told("Receiving new incoming call");
    fourth.say("answer");
    fourth.told("Media streams established");
    first.dial("1002");
    first.event("CALL_ESTABLISHED");
    second.event("CALL_ESTABLISHED");
    sleep(PART);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs_f64()).unwrap_or_default();
    let outage = restart(&mut almon);
    eprintln!("nobody was there for {outage:?}");
    assert_eq!(almon.calls().len(), 2, "both calls go on");
    sleep(TALK);
    // One of the telephones that talk hangs up, by the one who was called.
    fourth.say("terminate");
    third.told(" ended ");
    assert_last_heard("linphone, which calls,", &third.heard(), &four);
    assert_last_heard("linphone, which was called,", &fourth.heard(), &three);
    // The other call is held, taken back, and transferred.
    let before = second.heard().concat().len();
    first.command("hold", "");
    sleep(PART);
    let music = second.heard().concat().split_off(before + audio::RATE / 2);
    assert!(audio::level(&music) > -45.0, "silence at {:.1} dB on hold", audio::level(&music));
    first.command("resume", "");
    sleep(TALK);
    assert_last_heard("baresip, which was called,", &second.heard().concat(), &first.said().concat());
    assert_last_heard("baresip, which calls,", &first.heard().concat(), &second.said().concat());
    first.command("transfer", &format!("sip:1003@{}", exchange.v4()));
    third.told("Receiving new incoming call");
    third.say("answer");
    third.told("Media streams established");
    first.event("CALL_CLOSED");
    sleep(TALK);
    second.hang_up();
    third.told(" ended ");
    assert_last_heard("who was transferred", &second.heard().concat(), &three);
    let expected = [
        "1001>1002 answered transferred",
        "1002>1003 answered normal-clearing by 1001",
        "1003>1004 answered normal-clearing",
    ];
    assert_eq!(lines(&almon, 3), expected);
    let host = site.exchange().v4();
    // Around the kill, both calls talked.
    let window =
        format!("ip.src == {host} && frame.time_epoch > {:.3} && frame.time_epoch < {:.3}", at - 1.0, at + 2.0);
    let streams = streams(&almon.captured().rtp(&window));
    assert_eq!(streams.len(), 4, "two calls have four streams");
    for Stream { target, pause, sources, names } in streams {
        eprintln!("towards {target}: the longest pause is {pause:.0} ms, from {sources:?}");
        let bound = outage.as_secs_f64() * 1000.0 + 300.0;
        assert!(pause < bound, "towards {target} nothing came for {pause:.0} ms, the server was away for {outage:?}");
        assert_eq!((sources.len(), names.len()), (1, 1), "the same port and the same source: {sources:?} {names:?}");
    }
    first.quit();
    second.quit();
    almon.end();
}

#[test]
fn twenty_calls_go_on_and_ringing_ones_end() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003", "1004", "1005", "1006"]);
    let answers = floor.sipp(&Script::new("answers", "1002").called('a').until_hung_up(1)).calls(CALLS, 1).start();
    let talks = Script::new("talks", "1001").call('a', "1002").stays(7000);
    // After it, they hold and take back, then hang up.
    let talks = talks.changes('a', "sendonly").changes('a', "sendrecv").hangs_up('a');
    let calls = floor.sipp(&talks).calls(CALLS, 40).start();
    // Who is called hangs up.
    let hangs_up = floor.sipp(&Script::new("hangs_up", "1004").called('a').stays(7000).hangs_up('a')).start();
    let hung_up = floor.sipp(&Script::new("hung_up", "1003").call('a', "1004").until_hung_up(1)).start();
    let rings = floor.sipp(&Script::new("rings", "1006").rings('a').is_cancelled('a')).start();
    let waits = floor.sipp(&Script::new("waits", "1005").invite('a', "1006", "").refused_somehow('a')).start();
    floor.almon.wait_for_calls(CALLS as usize + 2);
    until("all are answered", BOUND, || {
        let states: Vec<String> = floor.almon.calls().iter().map(|call| call["states"].to_string()).collect();
        (states.iter().filter(|state| state.contains("alerting")).count() <= 1).then_some(())
    });
    let outage = restart(&mut floor.almon);
    eprintln!("nobody was there for {outage:?}");
    // The one that rang is ended on both sides.
    rings.finish();
    waits.finish();
    floor.almon.wait_for_calls(CALLS as usize + 1);
    // And once more: what was taken over is taken over again.
    restart(&mut floor.almon);
    assert_eq!(floor.almon.calls().len(), CALLS as usize + 1);
    let runs: Vec<SippRun> = vec![calls, answers, hung_up, hangs_up];
    let told: Vec<_> = runs.into_iter().map(SippRun::finish).collect();
    let byes = told[1].received(&["BYE sip:"]).len();
    assert!(byes >= CALLS as usize, "{byes} of {CALLS} calls were hung up at their other end");
    let records = lines(&floor.almon, CALLS as usize + 2);
    let talked = records.iter().filter(|line| *line == "1001>1002 answered normal-clearing").count();
    assert_eq!(talked, CALLS as usize, "{records:#?}");
    assert!(records.contains(&"1003>1004 answered normal-clearing".to_owned()), "{records:#?}");
    let rang: Vec<&String> = records.iter().filter(|line| line.starts_with("1005>")).collect();
    assert!(rang.len() == 1 && rang[0].contains("interrupted"), "{rang:?}");
    floor.almon.end();
}

#[test]
fn a_transfer_is_asked_for_afterwards() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let transferred = floor.sipp(&Script::new("transferred", "1002").called('a').until_hung_up(1)).start();
    let reached = Script::new("reached", "1003").called('a').stays(5000).hangs_up_meanwhile('a');
    let reached = floor.sipp(&reached).start();
    let asks = Script::new("asks", "1001").call('a', "1002").changes('a', "sendonly").call('b', "1003").stays(4000);
    let far_end = asks.far_end('b');
    let asks = asks.refers('a', &far_end, "").told(202).notified(100).notified(200).hangs_up('a').hangs_up('b');
    let asks = floor.sipp(&asks).start();
    floor.almon.wait_for_calls(2);
    let outage = restart(&mut floor.almon);
    assert!(outage < Duration::from_secs(3), "the server was away for {outage:?}");
    let told = asks.finish();
    let expected = "> REFER, < 202, < NOTIFY 100, > 200, < NOTIFY 200, > 200, > BYE, < 200, > BYE, < 200";
    assert_eq!(from(&told.flow(), "> REFER").join(", "), expected);
    transferred.finish();
    reached.finish();
    let expected = [
        "1001>1002 answered transferred",
        "1001>1003 answered transferred",
        "1002>1003 answered normal-clearing by 1001",
    ];
    assert_eq!(lines(&floor.almon, 3), expected);
    floor.almon.end();
}

#[test]
fn who_hangs_up_or_calls_while_nobody_is_there_is_served_afterwards() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let answers = floor.sipp(&Script::new("answers", "1002").called('a').until_hung_up(1)).calls(2, 1).start();
    let calls = floor.sipp(&Script::new("calls", "1001").call('a', "1002").stays(1500).hangs_up('a')).start();
    floor.almon.wait_for_calls(1);
    sleep(Duration::from_millis(300));
    floor.almon.kill();
    let new = floor.sipp(&Script::new("calls", "1003").call('a', "1002").stays(300).hangs_up('a')).start();
    until("it has hung up", BOUND, || calls.messages().contains("BYE sip:").then_some(()));
    // RFC 3261 section 17.1.2.2: a request is sent again until it is answered.
    floor.almon.run();
    let told = calls.finish();
    assert!(told.retransmissions > 0, "nobody was there when it hung up: {:?}", told.flow());
    new.finish();
    answers.finish();
    let expected = ["1001>1002 answered normal-clearing", "1003>1002 answered normal-clearing"];
    assert_eq!(lines(&floor.almon, 2), expected);
    floor.almon.end();
}

#[test]
fn music_goes_on_for_who_is_held() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let [one, two] = [1, 2].map(|seed| audio::speech(seed, 30.0));
    let (here, there) = (site.host(), site.host());
    let over_tcp = Phone::new("1002", site.exchange(), &two).over(Transport::Tcp);
    let mut held = Baresip::start(&there, &over_tcp.answering());
    let mut holding = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one));
    holding.dial("1002");
    holding.event("CALL_ESTABLISHED");
    held.event("CALL_ESTABLISHED");
    sleep(PART);
    holding.command("hold", "");
    sleep(PART);
    let outage = restart(&mut almon);
    eprintln!("nobody was there for {outage:?}");
    let killed = held.heard().concat().len();
    sleep(TALK);
    let music = held.heard().concat().split_off(killed + audio::RATE / 2);
    assert!(music.len() > audio::RATE, "{} samples came after the start", music.len());
    assert!(audio::level(&music) > -45.0, "silence at {:.1} dB after the start", audio::level(&music));
    assert!(audio::likeness(&one, &music).correlation < 0.6, "the voice is heard on hold");
    holding.command("resume", "");
    sleep(TALK);
    // Its connection is gone with the old process, and it opens another one for what it has to say.
    held.hang_up();
    holding.event("CALL_CLOSED");
    assert_last_heard("who was held", &held.heard().concat(), &holding.said().concat());
    assert_eq!(lines(&almon, 1), ["1001>1002 answered normal-clearing"]);
    // This telephone's own recording ends where it holds.
    let arrived = almon.captured().rtp(&format!("ip.dst == {}", here.v4()));
    let sound: Vec<u8> = arrived.iter().flat_map(|packet| packet.payload.clone()).collect();
    assert_last_heard("who held", &audio::alaw_decode(&sound), &held.said().concat());
    holding.quit();
    held.quit();
    almon.end();
}

#[test]
fn a_transfer_that_was_under_way_fails_and_its_call_goes_on() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let stays = floor.sipp(&Script::new("stays", "1002").called('a').until_hung_up(1)).start();
    let rings = floor.sipp(&Script::new("rings", "1003").rings('a').is_cancelled('a')).start();
    let asks = Script::new("asks", "1001").call('a', "1002").refers('a', "<sip:1003@[remote_ip]>", "").told(202);
    let asks = asks.notified(100).notified(180).notified(503).changes('a', "sendonly").changes('a', "sendrecv");
    let asks = floor.sipp(&asks.stays(300).hangs_up('a')).start();
    until("it rings", BOUND, || rings.messages().contains("SIP/2.0 180").then_some(()));
    restart(&mut floor.almon);
    rings.finish();
    asks.finish();
    stays.finish();
    let records = floor.almon.records().iter().map(segment).collect::<Vec<_>>();
    assert!(records.contains(&"1001>1002 answered normal-clearing".to_owned()), "{records:#?}");
    floor.almon.end();
}
