use super::sample::Sample;
use xtask::laws::words::LAW;

#[test]
fn machine_paths_and_registry_hosts_are_found_in_every_text() {
    let sample = Sample::new()
        .room("crates/wire/sip", "")
        .file("crates/wire/sip/src/lib.rs", "//! a\nconst A: &str = \"/home/strowger/a\";\n")
        .file("docs/a.md", "built in `/work/main`\nfrom https://index.crates.io/x\n")
        .file("x", "cd /root/almon\n");
    assert_eq!(sample.places(&LAW), ["crates/wire/sip/src/lib.rs:2", "docs/a.md:1", "docs/a.md:2", "x:1"]);
}

#[test]
fn paths_inside_the_tree_are_left_alone() {
    let sample = Sample::new().file("docs/a.md", "see docs/work/a, ../home/b, $HOME/.cargo and /var/lib/almon\n");
    assert!(sample.ask(&LAW).is_empty());
}

#[test]
fn a_package_from_an_unknown_place_is_found() {
    let good = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let bad = "source = \"git+https://example.org/a\"\n";
    assert_eq!(Sample::new().file("Cargo.lock", &format!("{good}{bad}")).places(&LAW), ["Cargo.lock:2"]);
}
