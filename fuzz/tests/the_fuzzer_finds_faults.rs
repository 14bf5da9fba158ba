//! The fuzzer itself: it finds planted faults, and reports nothing where there is none.

use std::time::Duration;

use fuzz::{Fault, Options, Target, run};

fn options(seeds: &[&str], tokens: &[&str]) -> Options {
    let bytes = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    Options { seeds: bytes(seeds), tokens: bytes(tokens), time: Duration::from_secs(20), ..Options::default() }
}

#[test]
fn a_panic_behind_a_token_is_found_and_made_small() {
    fn brittle(data: &[u8]) {
        assert!(!data.windows(5).any(|window| window == b"Route"), "lost on the Route");
    }
    let outcome = run(Target { name: "brittle", run: brittle }, &options(&["INVITE sip:x SIP/2.0"], &["Route"]));
    let finding = outcome.finding.unwrap();
    assert_eq!(finding.input, b"Route");
    let Fault::Panic(message) = finding.fault else { panic!("{:?}", finding.fault) };
    assert!(message.contains("lost on the Route") && message.contains("the_fuzzer_finds_faults.rs"), "{message}");
}

#[test]
fn a_length_taken_from_the_input_is_found() {
    fn trusting(data: &[u8]) {
        if let [0x80, length, rest @ ..] = data {
            let _ = &rest[..usize::from(*length)];
        }
    }
    let outcome = run(Target { name: "trusting", run: trusting }, &options(&["\u{80}"], &[]));
    assert!(outcome.finding.is_some_and(|finding| matches!(finding.fault, Fault::Panic(_))));
}

#[test]
fn a_seed_that_fails_is_found_without_mutation() {
    fn picky(data: &[u8]) {
        assert_ne!(data, b"the very seed");
    }
    let options = Options { time: Duration::ZERO, ..options(&["fine", "the very seed"], &[]) };
    let outcome = run(Target { name: "picky", run: picky }, &options);
    assert_eq!(outcome.executions, 2);
    assert_eq!(outcome.finding.unwrap().input, b"the very seed");
}

#[test]
fn a_slow_input_is_a_finding_after_three_slow_runs() {
    fn slow(data: &[u8]) {
        if data == b"slow" {
            std::thread::sleep(Duration::from_millis(60));
        }
    }
    let options = Options { time: Duration::ZERO, input_limit: Duration::from_millis(50), ..options(&["slow"], &[]) };
    let outcome = run(Target { name: "slow", run: slow }, &options);
    assert_eq!(outcome.executions, 3);
    assert!(matches!(outcome.finding.unwrap().fault, Fault::Slow(time) if time >= Duration::from_millis(60)));
    let patient = Options { input_limit: Duration::from_secs(5), ..options };
    assert!(run(Target { name: "slow", run: slow }, &patient).finding.is_none());
}

#[test]
fn an_input_that_never_ends_is_a_finding() {
    fn endless(data: &[u8]) {
        if data == b"for ever" {
            loop {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    let options =
        Options { time: Duration::ZERO, hang_limit: Duration::from_millis(200), ..options(&["for ever"], &[]) };
    let finding = run(Target { name: "endless", run: endless }, &options).finding.unwrap();
    assert!(matches!(finding.fault, Fault::Hang(_)));
    assert_eq!(finding.input, b"for ever");
}

#[test]
fn a_sound_target_has_no_finding_and_runs_for_the_time_it_is_given() {
    fn sound(data: &[u8]) {
        let _ = std::str::from_utf8(data);
    }
    let options = Options { time: Duration::from_millis(300), ..options(&["text"], &[]) };
    let outcome = run(Target { name: "sound", run: sound }, &options);
    assert!(outcome.finding.is_none());
    assert!(outcome.executions > 1000 && outcome.rate() > 1000.0, "{} inputs", outcome.executions);
    assert!(outcome.elapsed >= Duration::from_millis(300) && outcome.elapsed < Duration::from_secs(10));
}
