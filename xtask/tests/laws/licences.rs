use super::sample::Sample;
use xtask::laws::licences::LAW;

/// A room that uses a package beside the workspace, which carries `licence`.
fn with(licence: &str, section: &str) -> Sample {
    let room = format!(
        "[package]\nname = \"sip\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n\
         [{section}]\nfriend = {{ path = \"../../../beside/friend\" }}\n"
    );
    let friend = format!("[package]\nname = \"friend\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{licence}\n");
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/wire/sip\"]\nexclude = [\"beside\"]\n";
    Sample::new()
        .room_with("crates/wire/sip", &room)
        .file("crates/wire/sip/src/lib.rs", "")
        .file("beside/friend/Cargo.toml", &friend)
        .file("beside/friend/src/lib.rs", "")
        .file("Cargo.toml", workspace)
}

#[test]
fn licences_off_the_list_are_found() {
    for licence in
        ["GPL-3.0-only", "MPL-2.0", "LGPL-2.1", "MIT AND GPL-2.0", "Apache-2.0 WITH Some-exception", "MIT MIT"]
    {
        let found = with(&format!("license = \"{licence}\""), "dependencies").ask(&LAW);
        assert_eq!(found.len(), 1, "{licence}");
        assert!(found[0].message.starts_with("friend 1.0.0: "), "{}", found[0].message);
    }
}

#[test]
fn a_package_without_a_licence_is_found_also_among_test_dependencies() {
    let found = with("", "dev-dependencies").ask(&LAW);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "friend 1.0.0: names no licence");
}

#[test]
fn permissive_licences_pass() {
    for licence in ["MIT", "Apache-2.0 OR GPL-2.0", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(with(&format!("license = \"{licence}\""), "dependencies").ask(&LAW).is_empty(), "{licence}");
    }
}

#[test]
fn metadata_that_fails_is_no_pass() {
    let sample = Sample::new().room("crates/wire/sip", "friend.workspace = true");
    assert_eq!(sample.ask(&LAW).len(), 1);
}
