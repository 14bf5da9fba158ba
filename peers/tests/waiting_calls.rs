//! Several calls on one telephone: it knocks, the user goes from one to the other, and one too many is refused.

mod floor;

use floor::segment;
use peers::{Almon, Baresip, Phone, Script, Setup, Site, audio, until};
use std::thread::sleep;
use std::time::Duration;

/// How long each part of the conversation takes, and how much of a recording's border is left out.
const PART: Duration = Duration::from_millis(2200);
const BORDER: usize = audio::RATE / 2;
const BOUND: Duration = Duration::from_secs(10);

/// What a part of a recording holds: the voice, or music and none of the voices.
fn hears(who: &str, part: &[i16], voice: &[i16]) {
    let found = audio::likeness(voice, part);
    assert!(found.correlation > 0.9 && found.seconds > 0.7, "{who} does not hear the voice: {found:?}");
}

fn hears_music(who: &str, part: &[i16], voices: &[&[i16]]) {
    assert!(audio::level(part) > -45.0, "{who} hears silence at {:.1} dB", audio::level(part));
    for voice in voices {
        let found = audio::likeness(voice, part);
        assert!(found.correlation < 0.6, "{who} hears a voice on hold: {found:?}");
    }
}

#[test]
fn the_user_goes_from_one_to_the_other() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002", "1003"]);
    let [own, two, three] = [1, 2, 3].map(|seed| audio::speech(seed, 40.0));
    let hosts = [site.host(), site.host(), site.host()];
    let exchange = site.exchange();
    let mut user = Baresip::start(&hosts[0], &Phone::new("1001", exchange, &own));
    let mut second = Baresip::start(&hosts[1], &Phone::new("1002", exchange, &two).answering());
    let mut third = Baresip::start(&hosts[2], &Phone::new("1003", exchange, &three));
    user.dial("1002");
    let first_call = user.event("CALL_ESTABLISHED")["id"].as_str().unwrap_or_default().to_owned();
    second.event("CALL_ESTABLISHED");
    sleep(PART);
    // A second caller: it knocks.
    third.dial("1001");
    let waiting = user.event("CALL_INCOMING")["id"].as_str().unwrap_or_default().to_owned();
    third.event("CALL_RINGING");
    let talked = second.heard().concat().len();
    user.command("callfind", &first_call);
    user.command("hold", "");
    user.command("callfind", &waiting);
    user.accept();
    third.event("CALL_ESTABLISHED");
    sleep(PART);
    let (held, begun) = (second.heard().concat().len(), third.heard().concat().len());
    // Back to the first.
    user.command("callfind", &waiting);
    user.command("hold", "");
    user.command("callfind", &first_call);
    user.command("resume", "");
    sleep(PART);
    assert_eq!(almon.calls().len(), 2);
    let (back, other_held) = (second.heard().concat().len(), third.heard().concat().len());
    second.hang_up();
    until("the first call has ended", BOUND, || (almon.calls().len() == 1).then_some(()));
    user.command("callfind", &waiting);
    user.command("resume", "");
    sleep(PART);
    third.hang_up();
    until("both calls have ended", BOUND, || almon.calls().is_empty().then_some(()));
    let (heard, other) = (second.heard().concat(), third.heard().concat());
    hears("the first, at first,", &heard[BORDER..talked], &own);
    hears_music("the first", &heard[talked + BORDER..held - BORDER / 2], &[&own, &three]);
    hears("the first, again,", &heard[held + BORDER..back.min(heard.len())], &own);
    hears("the second", &other[BORDER..begun - BORDER / 4], &own);
    hears_music("the second", &other[begun + BORDER..other_held - BORDER / 2], &[&own, &two]);
    hears("the second, again,", &other[other_held + BORDER..], &own);
    let mut lines: Vec<String> = almon.wait_for_records(2).iter().map(segment).collect();
    lines.sort();
    assert_eq!(lines, ["1001>1002 answered normal-clearing", "1003>1001 answered normal-clearing"]);
    [&mut user, &mut second, &mut third].into_iter().for_each(Baresip::quit);
    almon.end();
}

#[test]
fn one_too_many_is_refused() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = floor::Floor::new(&site, Setup::default(), &["1001", "1002", "1003", "1004"]);
    floor.almon.tell(&["extension", "change", "1001", "--max-calls", "2"]);
    let refused = |number: &str| Script::new("refused", number).invite('a', "1001", "").refused('a', 486);
    let called =
        |calls: u32| floor.sipp(&Script::new("called", "1001").called('a').until_hung_up(1)).calls(calls, 1).start();
    let talks = |number: &str| {
        let script = Script::new("talks", number).call('a', "1001").stays(2500).hangs_up('a');
        floor.sipp(&script).start()
    };
    // The second call knocks, the third is one too many.
    let answers = called(2);
    let (first, second) = (talks("1002"), talks("1003"));
    floor.almon.wait_for_calls(2);
    until("both are answered", BOUND, || {
        let states: Vec<String> = floor.almon.calls().iter().map(|call| call["states"].to_string()).collect();
        states.iter().all(|state| !state.contains("alerting") && !state.contains("offered")).then_some(())
    });
    floor.sipp(&refused("1004")).run();
    // What it calls itself counts too.
    floor.sipp(&refused("1004")).run();
    first.finish();
    second.finish();
    answers.finish();
    // Without call waiting the second is refused.
    floor.almon.tell(&["extension", "change", "1001", "--max-calls", "0", "--call-waiting", "no"]);
    let answers = called(1);
    let first = talks("1002");
    floor.almon.wait_for_calls(1);
    floor.sipp(&refused("1003")).run();
    first.finish();
    answers.finish();
    let lines: Vec<String> = floor.almon.wait_for_records(6).iter().map(segment).collect();
    let busy = lines.iter().filter(|line| line.ends_with(" refused user-busy")).count();
    let talked = lines.iter().filter(|line| line.ends_with(" answered normal-clearing")).count();
    assert_eq!((busy, talked), (3, 3), "{lines:#?}");
    floor.almon.end();
}

#[test]
fn the_telephone_is_told_that_it_may_knock() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = floor::Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let called = Script::new("called", "1001").called('a').until_hung_up(1);
    let answers = floor.sipp(&called).calls(2, 1).start();
    let first = Script::new("first", "1002").call('a', "1001").stays(900).hangs_up('a');
    let first = floor.sipp(&first).start();
    floor.almon.wait_for_calls(1);
    sleep(Duration::from_millis(200));
    let second = Script::new("second", "1003").call('a', "1001").stays(200).hangs_up('a');
    let told = floor.sipp(&second).run();
    first.finish();
    let called = answers.finish();
    let knocks = called.received(&["INVITE sip:", "Alert-Info: <urn:alert:service:call-waiting>"]);
    assert_eq!(knocks.len(), 1, "{}", called.messages);
    // RFC 7462 section 10.2.2: the caller and the called telephone are told that the call waits.
    let rings = told.received(&["SIP/2.0 180", "Alert-Info: <urn:alert:service:call-waiting>"]);
    assert_eq!(rings.len(), 1, "{}", told.messages);
    floor.almon.wait_for_records(2);
    floor.almon.end();
}
