//! What an administrator does while people talk: the server is drained, the site is changed as a whole. No call is lost by it.

mod floor;

use floor::Floor;
use peers::{Script, Setup, SippRun, Site, until};
use std::fmt::Write;
use std::thread::scope;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(10);
/// The extensions that a file adds, and the calls meanwhile.
const ADDED: u32 = 10_000;
const CALLS: u32 = 50;

#[test]
fn drained_it_ends_after_the_last_call() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let answers = floor.sipp(&Script::new("answers", "1002").called('a').until_hung_up(1)).start();
    let talks = Script::new("talks", "1001").call('a', "1002").stays(2500).hangs_up('a');
    let talks = floor.sipp(&talks).start();
    floor.almon.wait_for_calls(1);
    let id = floor.almon.id();
    scope(|scope| {
        let drained = scope.spawn(|| floor.almon.command_with(&["drain"], ""));
        until("it drains", BOUND, || floor.almon.log().contains("no new calls are taken").then_some(()));
        let refused = Script::new("refused", "1003").invite('a', "1002", "").refused('a', 503);
        let told = floor.sipp(&refused).run();
        assert!(told.messages.contains("exchange is being stopped"), "it says why: {}", told.messages);
        // Who talks goes on to the end of the call.
        let talked = talks.finish();
        assert!(talked.received(&["BYE sip:"]).is_empty(), "{:?}", talked.flow());
        answers.finish();
        let drained = drained.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        drained.unwrap_or_else(|refusal| panic!("almon drain: {refusal}"));
    });
    until("the server has ended", BOUND, || (!std::path::Path::new(&format!("/proc/{id}/exe")).exists()).then_some(()));
    // It is there again, with everybody who had registered.
    floor.almon.run();
    let answers = floor.sipp(&Script::new("answers", "1002").called('a').until_hung_up(1)).start();
    floor.sipp(&Script::new("talks", "1001").call('a', "1002").hangs_up('a')).run();
    answers.finish();
    let lines = floor.segments(3);
    assert_eq!(lines.iter().filter(|line| line.contains(" answered normal-clearing")).count(), 2, "{lines:#?}");
    floor.almon.end();
}

#[test]
fn ten_thousand_extensions_are_added_during_calls() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(
        &site,
        Setup { judged: false, media: "20000-21999", ..Setup::default() },
        &["1001", "1002", "1003", "1004"],
    );
    let mut text = String::new();
    for number in 0..ADDED {
        let _ = writeln!(text, "[[extension]]\nnumber = \"5{number:05}\"\nname = \"Callender\"");
    }
    let file = site.folder().join("site.toml");
    std::fs::write(&file, text).expect("a file in /tmp");
    let file = file.display().to_string();
    let planned = floor.almon.tell(&["apply", &file, "--plan"]);
    assert!(
        planned.contains("10000") || planned.lines().count() >= ADDED as usize,
        "{}",
        &planned[..planned.len().min(2000)]
    );
    // Calls that last over the change, and others that begin and end meanwhile.
    let play = |script: Script, calls: u32, rate: u32| floor.sipp(&script).calls(calls, rate).start();
    let answer = |number: &str| Script::new("answers", number).called('a').until_hung_up(1);
    let long = Script::new("long", "1001").call('a', "1002").stays(6000).hangs_up('a');
    let short = Script::new("short", "1003").call('a', "1004").pause(100).hangs_up('a');
    let answers = [play(answer("1002"), CALLS, 1), play(answer("1004"), 100, 1)];
    let long = play(long, CALLS, 50);
    floor.almon.wait_for_calls(CALLS as usize);
    let short = play(short, 100, 20);
    let begun = Instant::now();
    floor.almon.tell(&["apply", &file]);
    eprintln!("{ADDED} extensions took {:?}", begun.elapsed());
    let told: Vec<_> = [long, short].into_iter().chain(answers).map(SippRun::finish).collect();
    let again: u64 = told.iter().map(|told| told.retransmissions).sum();
    eprintln!("{again} messages were said twice");
    let lines = floor.segments(CALLS as usize + 100);
    assert!(lines.iter().all(|line| line.ends_with(" answered normal-clearing")), "{lines:#?}");
    // The new ones are known: nobody has registered for them.
    let call = Script::new("calls", "1001").invite('a', "509999", "").refused('a', 480);
    floor.sipp(&call).run();
    floor.almon.end();
}
