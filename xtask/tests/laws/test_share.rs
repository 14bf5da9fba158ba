use super::sample::Sample;
use xtask::laws::test_share::LAW;

fn sample(code: usize, inner: usize, outer: usize) -> Sample {
    let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "fn a() {}\n".repeat(code), "fn b() {}\n".repeat(inner));
    Sample::new()
        .room("crates/wire/sip", "")
        .file("crates/wire/sip/src/lib.rs", &text)
        .file("crates/wire/sip/tests/call_rings.rs", &"fn c() {}\n\n".repeat(outer))
}

#[test]
fn thirty_four_percent_are_too_few_and_thirty_five_enough() {
    // The module's attribute and braces are three test lines.
    let found = sample(66, 21, 10).ask(&LAW);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "34 of 100 lines are tests: 34.0 %; 35 % are needed");
    assert!(sample(65, 22, 10).ask(&LAW).is_empty());
}

#[test]
fn files_that_a_test_module_names_and_the_test_rooms_count() {
    let ten = "fn a() {}\n".repeat(10);
    let base = |lib: &str| {
        Sample::new()
            .room("crates/wire/sip", "")
            .file("crates/wire/sip/src/lib.rs", &format!("{ten}{ten}{lib}"))
            .file("crates/wire/sip/src/torture.rs", &ten)
    };
    assert_eq!(base("mod torture;\n").ask(&LAW).len(), 1);
    assert!(base("#[cfg(test)]\nmod torture;\n").ask(&LAW).is_empty());
    let with_peers = base("mod torture;\n").room("peers", "").file("peers/src/lib.rs", &ten.repeat(2));
    assert!(with_peers.ask(&LAW).is_empty());
}

#[test]
fn generated_tables_count_on_neither_side() {
    let sample = sample(65, 22, 10).file("crates/wire/sip/src/generated/table.rs", &"fn a() {}\n".repeat(500));
    assert!(sample.ask(&LAW).is_empty());
}
