use super::sample::Sample;
use xtask::laws::statics::LAW;

const FILE: &str = "crates/services/store/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/services/store", "").file(FILE, text).places(&LAW)
}

#[test]
fn statics_that_change_are_found() {
    for line in [
        "static mut A: u8 = 1;",
        "static A: Mutex<u8> = Mutex::new(1);",
        "static A: std::sync::atomic::AtomicU64 = AtomicU64::new(1);",
        "static A: LazyLock<RwLock<Vec<u8>>> = b;",
        "fn a() { static A: AtomicBool = b; }",
        "thread_local! { static A: RefCell<u8> = b; }",
    ] {
        assert_eq!(places(&format!("//! a\n{line}\n")), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn constants_tables_and_tests_are_left_alone() {
    assert!(places("static A: &[u8] = &[1];\nstatic B: LazyLock<Vec<u8>> = c;\nconst C: u8 = 1;\n").is_empty());
    assert!(places("struct A { b: Mutex<u8> }\n").is_empty());
    assert!(places("#[cfg(test)]\nmod tests { static A: AtomicU64 = b; }\n").is_empty());
}
