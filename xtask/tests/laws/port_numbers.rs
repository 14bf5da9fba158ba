use super::sample::Sample;
use xtask::laws::port_numbers::LAW;

const FILE: &str = "crates/services/media/src/lib.rs";
const PLAN: &str = "//! a\npub const A: &[u16] = &[53, 443, 5060, 5_061, 8000, 9200, 20_000];\npub const END: u16 = 28_191;\n\
                    const ROW: Row = Row::new(29, \"SIP\");\nfn a() { row(32); }\n\
                    #[cfg(test)]\nmod tests { const B: u16 = 7777; }\n";

fn places(line: &str) -> Vec<String> {
    // What the plan's own code counts with is no port.
    let sample = Sample::new()
        .room("crates/ground/ports", "")
        .file("crates/ground/ports/src/mask.rs", "const A: u8 = 32;\n")
        .file("crates/ground/ports/src/rows/sip.rs", PLAN);
    sample.room("crates/services/media", "").file(FILE, &format!("//! a\n{line}\n")).places(&LAW)
}

#[test]
fn a_planned_number_is_found() {
    for line in [
        "const A: u16 = 5060;",
        "const A: u16 = 5_061;",
        "const A: u16 = 0x13c4;",
        "fn a() { if x == 28191u32 {} }",
        "fn a() { connect(\"192.0.2.1:5060\"); }",
        "fn a() { format!(\"sip:x@[::1]:5061;lr\"); }",
        "fn a() { let port = 443; }",
        "fn a() { SocketAddr::from(([0; 4], 8000)); }",
        "const FIRST_PORT: u16 = 20000;",
        "fn a() { listen(9200); }",
    ] {
        assert_eq!(places(line), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn other_numbers_quantities_and_tests_are_left_alone() {
    for line in [
        "const A: u16 = 5059;",
        "const SAMPLE_RATE: u32 = 8000;",
        "fn a() { report(443); }",
        "fn a() { supports(20000); }",
        "/// port 5060\nfn a() {}",
        "#[cfg(test)]\nmod tests { const A: u16 = 5060; }",
        "fn a() { \"a5060\"; \"5060\"; }",
        "const A: u16 = 7777;",
        "fn a(port: usize) { port / 32 + 29; }",
    ] {
        assert!(places(line).is_empty(), "{line}");
    }
}
