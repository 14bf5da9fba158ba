//! The program as `./x check` calls it.

use super::sample::Sample;
use std::process::{Command, Output};

fn run(sample: &Sample, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).arg("--root").arg(sample.root()).output().expect("runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_broken_law_fails_and_is_named_with_its_place() {
    let sample =
        Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", "//! a\nfn a() { x.unwrap() }\n");
    let output = run(&sample, &["laws", "purity"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "  BROKEN  purity: 1 times\n          purity: crates/wire/sip/src/lib.rs:2: `.unwrap()` can panic\n";
    assert_eq!(text(&output), expected);
}

#[test]
fn kept_laws_pass() {
    let sample = Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", "//! a\n");
    let output = run(&sample, &["laws", "purity", "names"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output), "  kept    purity\n  kept    names\n");
}

#[test]
fn an_unknown_law_an_unknown_word_and_no_tree_are_refused() {
    let sample = Sample::new();
    assert_eq!(run(&sample, &["laws", "gravity"]).status.code(), Some(2));
    assert_eq!(run(&sample, &["laws", "--gravity"]).status.code(), Some(2));
    assert_eq!(run(&sample, &["gravity"]).status.code(), Some(2));
    let nowhere = Sample::new().room("crates/wire/sip", "").without("crates/wire/sip/Cargo.toml");
    assert_eq!(run(&nowhere, &["laws"]).status.code(), Some(2));
}

#[test]
fn the_table_names_every_law() {
    let table = text(&run(&Sample::new(), &["laws", "--table"]));
    for law in xtask::laws::ALL {
        assert!(table.contains(&format!("| {} |", law.name)));
    }
}
