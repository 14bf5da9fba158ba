use super::sample::Sample;
use xtask::laws::comments::LAW;

const FILE: &str = "crates/wire/sip/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/wire/sip", "").file(FILE, text).places(&LAW)
}

#[test]
fn talk_of_plans_and_history_is_found_in_every_kind_of_comment() {
    for line in [
        "// TODO: parse it",
        "/// A timer. FIXME",
        "fn a() {} // good enough for now",
        "/* used to be a map */",
        "// comes with issue 7",
        "// added in phase 2",
        "// DESIGN section 4 wants this",
    ] {
        assert_eq!(places(&format!("//! a\n{line}\n")), [format!("{FILE}:2")], "{line}");
    }
}

#[test]
fn strings_and_talk_of_the_thing_are_left_alone() {
    assert!(
        places("fn a() { \"TODO for now\"; }\n// A key that is used to sign; step 3 of RFC 3261 section 16.6\n")
            .is_empty()
    );
    assert!(places("/// A contact that is no longer registered.\nfn a() {}\n").is_empty());
}

#[test]
fn manifests_and_scripts_are_read_too() {
    let sample = Sample::new().room("crates/wire/sip", "# TODO: sort").file("x", "#!/bin/sh\n# FIXME\n");
    assert_eq!(sample.places(&LAW), ["crates/wire/sip/Cargo.toml:9", "x:2"]);
}
