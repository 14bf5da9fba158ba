use super::sample::Sample;
use xtask::laws::names::LAW;

#[test]
fn empty_names_are_found() {
    let sample = Sample::new()
        .room("crates/wire/common", "")
        .room("crates/wire/sip", "")
        .file("crates/wire/sip/src/lib.rs", "//! a\nmod utils;\nmod inner { mod core {} }\n")
        .file("crates/wire/sip/src/helpers.rs", "//! a\n")
        .file("crates/wire/sip/src/manager/mod.rs", "//! a\n")
        .file("crates/wire/common/src/lib.rs", "//! a\n");
    assert_eq!(
        sample.places(&LAW),
        [
            "crates/wire/common/Cargo.toml:0",
            "crates/wire/common/src/lib.rs:0",
            "crates/wire/sip/src/helpers.rs:0",
            "crates/wire/sip/src/lib.rs:2",
            "crates/wire/sip/src/lib.rs:3",
            "crates/wire/sip/src/manager/mod.rs:0",
        ]
    );
}

#[test]
fn names_that_say_something_are_left_alone() {
    let sample = Sample::new()
        .room("crates/wire/sip", "")
        .file("crates/wire/sip/src/lib.rs", "//! a\nmod database;\nmod base64;\nuse core::fmt;\nfn base() {}\n");
    assert!(sample.ask(&LAW).is_empty());
}
