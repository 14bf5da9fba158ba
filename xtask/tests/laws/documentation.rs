use super::sample::Sample;
use xtask::laws::documentation::LAW;

#[test]
fn a_workspace_that_does_not_deny_is_found() {
    let sample = Sample::new()
        .file("Cargo.toml", "[workspace]\nmembers = []\n[workspace.lints.rust]\nmissing_docs = \"warn\"\n");
    let messages: Vec<String> = sample.ask(&LAW).into_iter().map(|found| found.message).collect();
    assert_eq!(messages, ["the workspace does not deny `missing_docs`", "the workspace does not deny `unsafe_code`"]);
}

#[test]
fn a_crate_without_the_lints_is_found() {
    let sample = Sample::new().room_with("crates/wire/sip", "[package]\nname = \"sip\"\n");
    assert_eq!(sample.places(&LAW), ["crates/wire/sip/Cargo.toml:0"]);
}

#[test]
fn an_excuse_is_found() {
    for text in [
        "//! a\n#![allow(missing_docs)]\n",
        "//! a\n#[allow(dead_code, missing_docs, reason = \"x\")]\nfn a() {}\n",
        "//! a\n#![cfg_attr(unix, expect(missing_docs))]\n",
    ] {
        let sample = Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", text);
        assert_eq!(sample.places(&LAW), ["crates/wire/sip/src/lib.rs:2"], "{text}");
    }
}

#[test]
fn a_house_in_order_is_left_alone() {
    let text = "//! a\n#![deny(missing_docs)]\n#[allow(dead_code)]\nfn missing_docs() {}\n";
    let sample = Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", text);
    assert!(sample.ask(&LAW).is_empty());
}
