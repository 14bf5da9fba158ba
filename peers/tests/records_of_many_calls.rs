//! What SIPp counts is what the records say: over many calls and transfers, and across a kill of the server.

mod floor;

use floor::{Floor, segment};
use peers::{Almon, Script, Setup, SippRun, Site, until};
use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::Duration;

/// Short calls, calls that are transferred, calls that are given up while they ring, and how many of each begin a second.
const SHORT: (u32, u32) = (400, 40);
const TRANSFERRED: (u32, u32) = (100, 10);
const GIVEN_UP: (u32, u32) = (50, 5);
/// How long the last records may take.
const BOUND: Duration = Duration::from_secs(10);

/// A port that a call has used rests before the next one: more calls begin than the usual range of the tests bears.
fn setup() -> Setup {
    Setup { judged: false, media: "20000-23999", ..Setup::default() }
}

/// How many records there are of each line.
fn count(almon: &Almon<'_>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    almon.records().iter().for_each(|record| *counts.entry(segment(record)).or_default() += 1);
    counts
}

/// Every key stands once.
fn assert_keys(almon: &Almon<'_>) {
    let records = almon.records();
    let keys: BTreeSet<String> = records.iter().map(|record| record["key"].to_string()).collect();
    assert_eq!(keys.len(), records.len(), "a segment has one record");
}

#[test]
fn of_short_transferred_and_given_up_calls() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let numbers = ["1001", "1002", "1003", "1004", "1005", "1006", "1007"];
    let floor = Floor::new(&site, setup(), &numbers);
    let play = |script: Script, (calls, rate): (u32, u32)| floor.sipp(&script).calls(calls, rate).start();
    let asks = Script::new("asks", "1003").call('a', "1004").pause(50);
    let asks = asks.refers('a', "<sip:1005@[remote_ip]>", "").told(202).until_hung_up(1);
    let gives_up = Script::new("gives_up", "1006").invite('a', "1007", "").hears_ringing('a').pause(50).cancels('a');
    let runs: Vec<(u32, SippRun)> = vec![
        (0, play(Script::new("short", "1002").called('a').until_hung_up(1), SHORT)),
        (0, play(Script::new("transferred", "1004").called('a').until_hung_up(1), TRANSFERRED)),
        (0, play(Script::new("reached", "1005").called('a').stays(100).hangs_up_meanwhile('a'), TRANSFERRED)),
        (0, play(Script::new("rings", "1007").rings('a').is_cancelled('a'), GIVEN_UP)),
        (1, play(Script::new("calls", "1001").call('a', "1002").pause(200).hangs_up('a'), SHORT)),
        (2, play(asks, TRANSFERRED)),
        (1, play(gives_up, GIVEN_UP)),
    ];
    let segments: u64 = runs.into_iter().map(|(segments, run)| u64::from(segments) * run.finish().ok).sum();
    floor.almon.wait_for_calls(0);
    until("all records are written", BOUND, || (floor.almon.records().len() as u64 >= segments).then_some(()));
    let expected = BTreeMap::from([
        ("1001>1002 answered normal-clearing".to_owned(), SHORT.0),
        ("1003>1004 answered transferred".to_owned(), TRANSFERRED.0),
        ("1004>1005 answered normal-clearing by 1003".to_owned(), TRANSFERRED.0),
        ("1006>1007 not-answered abandoned".to_owned(), GIVEN_UP.0),
    ]);
    assert_eq!(count(&floor.almon), expected);
    assert_keys(&floor.almon);
    floor.almon.end();
}

#[test]
fn across_a_kill() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, setup(), &["1001", "1002"]);
    let answers = floor.sipp(&Script::new("answers", "1002").called('a').until_hung_up(1)).calls(200, 1).start();
    let calls = Script::new("calls", "1001").call('a', "1002").pause(1500).hangs_up('a');
    let calls = floor.sipp(&calls).calls(200, 40).start();
    sleep(Duration::from_millis(2500));
    floor.almon.kill();
    floor.almon.run();
    let told = calls.outcome();
    // Those that were being set up at that moment may have failed: their telephone waits for a call more than comes.
    drop(answers);
    floor.almon.wait_for_calls(0);
    let counts = count(&floor.almon);
    eprintln!("SIPp: {} went well, {} failed; {counts:#?}", told.ok, told.failed);
    assert!(told.ok >= 190, "{} of 200 calls went well", told.ok);
    let answered = counts.get("1001>1002 answered normal-clearing").copied().unwrap_or_default();
    assert_eq!(u64::from(answered), told.ok, "{counts:#?}");
    assert!(floor.almon.records().len() <= 200, "{counts:#?}");
    assert_keys(&floor.almon);
    floor.almon.end();
}
