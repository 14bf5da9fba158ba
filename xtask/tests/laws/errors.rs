use super::sample::Sample;
use xtask::laws::errors::LAW;

const FILE: &str = "crates/services/store/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/services/store", "").file(FILE, text).places(&LAW)
}

#[test]
fn errors_that_are_no_data_are_found() {
    for line in [
        "pub fn a() -> Result<u8, String> { b }",
        "pub fn a() -> Result<u8, &'static str> { b }",
        "pub fn a() -> Result<u8, Box<dyn std::error::Error + Send>> { b }",
        "pub fn a() -> Result<u8, Box<str>> { b }",
        "pub fn a() -> Result<u8, ()> { b }",
        "pub fn a() -> Option<Result<u8, String>> { b }",
        "pub(crate) fn a() -> Result<u8, String> { b }",
        "impl A { pub fn a(&self) -> Result<u8, String> { b } }",
        "pub trait A { fn a(&self) -> Result<u8, String>; }",
        "type Outcome = Result<u8, String>;",
        "impl FromStr for A { type Err = String; fn from_str(s: &str) -> Result<A, String> { b } }",
    ] {
        assert_eq!(places(&format!("//! a\n{line}\n")), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn data_private_functions_and_tests_are_left_alone() {
    assert!(places("pub fn a() -> Result<String, StoreError> { b }\n").is_empty());
    assert!(places("pub fn a() -> io::Result<()> { b }\npub fn c() -> Result<(), E> { d }\n").is_empty());
    assert!(places("fn main() -> Result<(), Box<dyn Error>> { b }\n").is_empty());
    assert!(places("#[cfg(test)]\nmod tests { pub fn a() -> Result<u8, String> { b } }\n").is_empty());
    assert!(places("pub fn a() -> Box<dyn Fn() -> u8> { b }\n").is_empty());
}

#[test]
fn anyhow_is_found_outside_xtask() {
    let sample = Sample::new().room("crates/services/store", "anyhow = \"1\"").room("xtask", "anyhow = \"1\"");
    assert_eq!(sample.places(&LAW), ["crates/services/store/Cargo.toml:0"]);
}
