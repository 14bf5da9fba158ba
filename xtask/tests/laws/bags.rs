use super::sample::Sample;
use xtask::laws::bags::LAW;

const FILE: &str = "crates/services/store/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/services/store", "").file(FILE, text).places(&LAW)
}

#[test]
fn bags_that_cross_a_wall_are_found() {
    for line in [
        "pub fn a(b: &BTreeMap<String, String>) {}",
        "pub fn a() -> Option<std::collections::HashMap<&'static str, String>> { b }",
        "pub fn a(b: serde_json::Value) {}",
        "pub struct A { pub b: Vec<HashMap<String, Value>> }",
        "pub trait A { fn a(&self) -> Box<dyn Any>; }",
        "pub enum A { B(toml::Table) }",
        "impl A { pub fn a(&self, b: BTreeMap<String, String>) {} }",
    ] {
        assert_eq!(places(&format!("//! a\n{line}\n")), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn typed_maps_and_private_ones_are_left_alone() {
    assert!(
        places("pub fn a() -> BTreeMap<String, Extension> { b }\nfn c(d: &BTreeMap<String, String>) {}\n").is_empty()
    );
    assert!(places("pub struct A { b: BTreeMap<String, String> }\npub struct C { pub d: Value, pub e: Table<CallId, String> }\n").is_empty());
    assert!(places("#[cfg(test)]\nmod tests { pub fn a(b: BTreeMap<String, String>) {} }\n").is_empty());
}
