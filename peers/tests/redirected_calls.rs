//! A telephone, or a trunk, answers a call with the number to try instead (3xx).

mod floor;

use floor::Floor;
use peers::{Outcome, Script, Setup, Sipp, SippRun, Site};

/// Sends callers to a number.
fn sends_to(user: &str, number: &str) -> Script {
    Script::new("sends_on", user).offered('a').refuses('a', 302, &format!("Contact: <sip:{number}@[remote_ip]>"))
}

fn calls(number: &str) -> Script {
    Script::new("calls", "1001").call('a', number).stays(300).hangs_up_meanwhile('a')
}

fn refused(number: &str, status: u16) -> Script {
    Script::new("refused", "1001").invite('a', number, "").refused('a', status)
}

fn answers(user: &str) -> Script {
    Script::new("answers", user).called('a').until_hung_up(1)
}

/// The caller is shown who answered, in the answer itself or within the call.
fn assert_connected(caller: &Outcome, number: &str) {
    let told = caller.received(&["P-Asserted-Identity: ", &format!("<sip:{number}@")]);
    assert!(!told.is_empty(), "the caller is not shown {number}: {}", caller.messages);
}

#[test]
fn reach_the_number_that_the_telephone_names() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003", "1004"]);
    let told = floor.play(&[sends_to("1002", "1003"), answers("1003"), calls("1002")]);
    assert_connected(&told[2], "1003");
    assert!(!told[2].messages.contains("SIP/2.0 302"), "the exchange follows it itself: {}", told[2].messages);
    floor.added(0, &["1001>1003 answered normal-clearing"]);
    // From one to the next.
    let told = floor.play(&[sends_to("1002", "1003"), sends_to("1003", "1004"), answers("1004"), calls("1002")]);
    assert_connected(&told[3], "1004");
    floor.added(1, &["1001>1004 answered normal-clearing"]);
    // The first of several that can be reached.
    let contacts =
        "Contact: <sip:letters@[remote_ip]>;q=0.9, <sip:1004@[remote_ip]>;q=0.5, <sip:1003@[remote_ip]>;q=0.7";
    let several = Script::new("names_several", "1002").offered('a').refuses('a', 302, contacts);
    floor.play(&[several, answers("1003"), calls("1002")]);
    floor.added(2, &["1001>1003 answered normal-clearing"]);
    floor.almon.end();
}

#[test]
fn end_where_they_lead_nowhere() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    floor.almon.tell(&["settings", "--announce-vacant", "no"]);
    let one = |script: Script| {
        floor.play(&[script, Script::new("calls", "1001").invite('a', "1002", "").refused_somehow('a')])
    };
    let nonsense = ["nonsense", "<sip:letters@[remote_ip]>", "<mailto:1003@[remote_ip]>", "<sip:1003@192.0.2.99>"];
    for (at, contact) in nonsense.iter().enumerate() {
        one(Script::new("sends_on", "1002").offered('a').refuses('a', 302, &format!("Contact: {contact}")));
        assert_eq!(floor.segments(at + 1).len(), at + 1, "{contact}");
    }
    // To nobody, to itself, back to the caller, and round and round.
    one(Script::new("sends_on", "1002").offered('a').refuses('a', 302, ""));
    one(sends_to("1002", "1002"));
    one(sends_to("1002", "1001"));
    one(sends_to("1002", "1999"));
    let round = [sends_to("1002", "1003"), sends_to("1003", "1002")];
    let runs: Vec<SippRun> = round.iter().map(|script| floor.sipp(script).start()).collect();
    floor.sipp(&Script::new("calls", "1001").invite('a', "1002", "").refused_somehow('a')).run();
    runs.into_iter().for_each(|run| drop(run.finish()));
    let lines = floor.segments(nonsense.len() + 5);
    assert!(lines.iter().all(|line| line.starts_with("1001>") && line.contains(" refused ")), "{lines:#?}");
    floor.almon.end();
}

#[test]
fn are_followed_five_times_and_no_more() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let numbers = ["1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008"];
    let floor = Floor::new(&site, Setup::default(), &numbers);
    let chain = |last: usize| -> Vec<Script> { (1..last).map(|at| sends_to(numbers[at], numbers[at + 1])).collect() };
    // Five redirections: 1002 to 1007.
    let mut scripts = chain(6);
    scripts.extend([answers("1007"), calls("1002")]);
    floor.play(&scripts);
    floor.added(0, &["1001>1007 answered normal-clearing"]);
    let mut scripts = chain(7);
    scripts.push(refused("1002", 483));
    floor.play(&scripts);
    floor.added(1, &["1001>1007 refused redirection-limit"]);
    floor.almon.end();
}

#[test]
fn of_a_trunk_are_followed_when_its_profile_says_so() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1003"]);
    let carrier = site.host();
    floor.almon.tell(&["trunk", "add", "carrier", "--address", &carrier.sip(5060).to_string()]);
    let route = ["route", "add", "out", "--prefix", "2", "--min-digits", "5", "--max-digits", "5", "--via", "carrier"];
    floor.almon.tell(&route);
    let send_on = || Sipp::script(&carrier, floor.server, &sends_to("carrier", "1003")).start();
    let outside = send_on();
    floor.sipp(&Script::new("calls", "1001").invite('a', "21234", "").refused_somehow('a')).run();
    outside.finish();
    let line = &floor.segments(1)[0];
    assert!(line.contains(" refused "), "{line}");
    floor.almon.tell(&["trunk", "change", "carrier", "--follow-redirects", "yes"]);
    let outside = send_on();
    floor.play(&[answers("1003"), calls("21234")]);
    outside.finish();
    floor.added(1, &["1001>1003 answered normal-clearing"]);
    floor.almon.end();
}
