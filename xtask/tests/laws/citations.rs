use super::sample::Sample;
use xtask::laws::citations::LAW;

fn sip(text: &str) -> Sample {
    Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/lib.rs", text)
}

#[test]
fn two_citations_in_a_thousand_lines_are_too_few() {
    let cited = "/// RFC 3261 section 17.1.1.2\nfn a() {}\n";
    let text = |citations: usize| cited.repeat(citations) + &"fn b() {}\n".repeat(1000 - 2 * citations);
    let found = sip(&text(2)).ask(&LAW);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "2 citations in 1000 lines; 3 are needed");
    assert!(sip(&text(3)).ask(&LAW).is_empty());
}

#[test]
fn a_citation_in_a_string_or_a_test_does_not_count() {
    let padding = "fn b() {}\n".repeat(400);
    let text = format!(
        "{padding}fn a() {{ \"RFC 3261 section 8\"; }}\n#[cfg(test)]\nmod tests {{ // RFC 3261 section 8\n}}\n"
    );
    assert_eq!(sip(&text).ask(&LAW).len(), 1);
    assert!(sip(&format!("{padding}// RFC 3261 section 8\n")).ask(&LAW).is_empty());
}

#[test]
fn a_citation_may_run_over_the_end_of_a_line() {
    let padding = "fn b() {}\n".repeat(400);
    assert!(sip(&format!("{padding}/// As RFC 3261\n/// section 8.1.1.7 says\nfn a() {{}}\n")).ask(&LAW).is_empty());
}
