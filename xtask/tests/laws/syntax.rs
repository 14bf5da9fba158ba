use super::sample::Sample;
use xtask::laws::syntax::LAW;

#[test]
fn a_file_that_is_no_rust_is_found() {
    let sample =
        Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", "//! a\nfn a() {\n let = 1;\n}\n");
    assert_eq!(sample.places(&LAW), ["crates/wire/sip/src/lib.rs:3"]);
    let sample = Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", "fn a() {\n");
    assert_eq!(sample.ask(&LAW).len(), 1);
}

#[test]
fn rust_is_rust() {
    let sample = Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", "//! a\nfn a() {}\n");
    assert!(sample.ask(&LAW).is_empty());
}
