use super::sample::Sample;
use xtask::laws::purity::LAW;

const FILE: &str = "crates/wire/sip/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/wire/sip", "").file(FILE, text).places(&LAW)
}

#[test]
fn every_impurity_is_found() {
    for line in [
        "fn a() { x.unwrap(); }",
        "fn a() { x.expect(\"y\"); }",
        "fn a() { x.expect(MESSAGE); }",
        "fn a() { x.map(Option::unwrap); }",
        "fn a() { panic!(\"y\") }",
        "fn a() { todo!() }",
        "fn a() { unreachable!() }",
        "fn a() { unimplemented!() }",
        "fn a() { assert!(x); }",
        "fn a() { let y = assert_eq!(x, 1); }",
        "fn a() { vec![x.unwrap()]; }",
        "async fn a() {}",
        "fn a() { std::thread::yield_now(); }",
        "fn a() { std::fs::metadata(x); }",
        "fn a() { unsafe { x() } }",
    ] {
        assert_eq!(places(&format!("//! a\n{line}\n")), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn tests_panic_and_a_parser_expects() {
    assert!(places("#[cfg(test)]\nmod tests {\n fn a() { x.unwrap(); panic!(); }\n}\n").is_empty());
    assert!(
        places("fn a() { cursor.expect(b':')?; x.unwrap_or(1); x.unwrap_or_default(); matches!(x, 1); }\n").is_empty()
    );
    assert!(places("const _: () = assert!(1 < 2);\n").is_empty());
    assert!(places("/// x.unwrap() panics\nfn a() { \"panic!()\"; }\n").is_empty());
}

#[test]
fn other_floors_may() {
    let file = "crates/services/store/src/lib.rs";
    let sample =
        Sample::new().room("crates/services/store", "tokio = \"1\"").file(file, "async fn a() { x.unwrap(); }\n");
    assert!(sample.ask(&LAW).is_empty());
}

#[test]
fn a_library_with_a_clock_is_found() {
    let sample = Sample::new().room("crates/exchange/exchange", "tokio = \"1\"\nserde = \"1\"");
    assert_eq!(sample.places(&LAW), ["crates/exchange/exchange/Cargo.toml:0"]);
}

#[test]
fn a_floor_whose_clippy_toml_is_weak_or_gone_is_found() {
    let weak = Sample::new()
        .room("crates/wire/sip", "")
        .file("crates/wire/clippy.toml", "disallowed-types = [\"std::time::Instant\"]\n");
    let found = weak.ask(&LAW);
    assert_eq!(found.len(), 8);
    assert!(found.iter().any(|found| found.message == "does not refuse `std::collections::HashMap`"));
    let gone = Sample::new().room("crates/exchange/exchange", "").without("crates/exchange/clippy.toml");
    assert_eq!(gone.places(&LAW), ["crates/exchange/clippy.toml:0"]);
}
