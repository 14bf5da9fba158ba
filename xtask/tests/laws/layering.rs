use super::sample::Sample;
use xtask::laws::layering::LAW;

/// A house with one room or more on every floor, kept as it should be.
fn house() -> Sample {
    Sample::new()
        .room("crates/ground/ground", "")
        .room("crates/ground/ports", "ground.workspace = true")
        .room("crates/wire/sip", "ground.workspace = true")
        .room("crates/wire/rtp", "ground.workspace = true")
        .room("crates/exchange/directory", "ground.workspace = true")
        .room("crates/exchange/media-plan", "ground.workspace = true")
        .room(
            "crates/exchange/exchange",
            "ground.workspace = true\ndirectory.workspace = true\nmedia-plan.workspace = true",
        )
        .room("crates/lines/line-sip", "sip.workspace = true\nexchange.workspace = true")
        .room("crates/services/media", "rtp.workspace = true\nmedia-plan.workspace = true")
        .room("crates/services/store", "directory.workspace = true")
        .room("crates/services/journal", "ground.workspace = true")
        .room("crates/server/net", "sip.workspace = true\nports.workspace = true")
        .room(
            "crates/server/almon",
            "net.workspace = true\nmedia.workspace = true\nline-sip.workspace = true\nsip.workspace = true",
        )
        .room("xtask", "ports.workspace = true")
}

#[test]
fn the_house_as_designed_stands() {
    assert!(house().ask(&LAW).is_empty());
}

/// Gives the room in `dir` one more dependency and returns what the law says of it.
fn with_edge(dir: &str, used: &str) -> Vec<String> {
    let name = dir.rsplit('/').next().unwrap_or(dir);
    let manifest = format!("[package]\nname = \"{name}\"\n[dependencies]\n{used}.workspace = true\n");
    house().file(&format!("{dir}/Cargo.toml"), &manifest).ask(&LAW).into_iter().map(|found| found.message).collect()
}

#[test]
fn every_wrong_edge_is_found() {
    for (dir, used, reason) in [
        ("crates/ground/ground", "sip", "dependencies only point down"),
        ("crates/ground/ground", "ports", "a room does not see its neighbour"),
        ("crates/wire/sip", "exchange", "dependencies only point down"),
        ("crates/wire/sip", "rtp", "a room does not see its neighbour"),
        ("crates/exchange/exchange", "sip", "the exchange floor never sees wire"),
        ("crates/exchange/media-plan", "rtp", "the exchange floor never sees wire"),
        ("crates/exchange/directory", "media-plan", "a room does not see its neighbour"),
        ("crates/exchange/directory", "exchange", "a room does not see its neighbour"),
        ("crates/lines/line-sip", "media", "dependencies only point down"),
        ("crates/services/store", "line-sip", "services and lines do not see each other"),
        ("crates/services/store", "media", "a room does not see its neighbour"),
        ("crates/services/media", "exchange", "of wire and exchange, media sees only rtp and media-plan"),
        ("crates/services/media", "sip", "of wire and exchange, media sees only rtp and media-plan"),
        ("crates/services/journal", "exchange", "a journal knows nothing of what it keeps: ground alone"),
        ("crates/server/net", "line-sip", "only almon knows the rooms; net sees wire and ground"),
        ("crates/server/net", "exchange", "only almon knows the rooms; net sees wire and ground"),
        ("crates/server/net", "almon", "a room does not see its neighbour"),
        ("crates/server/almon", "xtask", "nobody builds on a tool"),
    ] {
        let name = dir.rsplit('/').next().unwrap_or(dir);
        assert_eq!(with_edge(dir, used), [format!("`{name}` may not use `{used}`: {reason}")]);
    }
}

#[test]
fn build_dependencies_target_tables_and_other_names_are_read() {
    for text in [
        "[build-dependencies]\nsip.workspace = true\n",
        "[target.'cfg(unix)'.dependencies]\nsip = { path = \"../../wire/sip\" }\n",
        "[dependencies]\nother = { package = \"sip\", path = \"../../wire/sip\" }\n",
    ] {
        let manifest = format!("[package]\nname = \"exchange\"\n{text}");
        let sample = house().file("crates/exchange/exchange/Cargo.toml", &manifest);
        assert_eq!(sample.places(&LAW), ["crates/exchange/exchange/Cargo.toml:0"], "{text}");
    }
}

#[test]
fn tests_may_look_further() {
    let manifest = "[package]\nname = \"exchange\"\n[dev-dependencies]\nsip.workspace = true\n";
    assert!(house().file("crates/exchange/exchange/Cargo.toml", manifest).ask(&LAW).is_empty());
}

#[test]
fn a_room_outside_the_house_is_found() {
    assert_eq!(Sample::new().room("crates/attic", "").places(&LAW), ["crates/attic/Cargo.toml:0"]);
}

#[test]
fn a_product_that_switches_on_suites_for_tests_is_found() {
    let with =
        |text: &str| house().file("crates/services/store/Cargo.toml", &format!("[package]\nname = \"store\"\n{text}"));
    let edge = "directory = { workspace = true, features = [\"conformance\"] }\n";
    assert_eq!(with(&format!("[dependencies]\n{edge}")).places(&LAW), ["crates/services/store/Cargo.toml:0"]);
    assert_eq!(with("[features]\ndefault = [\"conformance\"]\nconformance = []\n").places(&LAW).len(), 1);
    assert!(with(&format!("[dev-dependencies]\n{edge}[features]\nconformance = []\n")).ask(&LAW).is_empty());
}
