//! Dependencies only point down. The walls are crate walls, so the manifests tell all: normal and build dependencies.

use super::{Law, Violation};
use crate::source::test_lines::CONFORMANCE;
use crate::tree::{Floor, Room, Tree};

/// The law.
pub const LAW: Law = Law {
    name: "layering",
    demand: "floors from the ground up: ground, wire, exchange, lines, services, server; dependencies only point down; \
             the exchange floor never sees wire, and on it only `exchange` uses `directory` and `media-plan`; a line sees \
             wire and exchange; a service sees exchange and wire (`media` of them only `rtp` and `media-plan`, `journal` neither); no line or service \
             sees a neighbour and neither floor the other; `net` sees wire and ground; `almon` alone knows everybody; only tests \
             switch on the feature `conformance`",
    check,
    figure: None,
};

/// Neighbours on one floor that may be used: (who, whom).
const SIDEWAYS: &[(&str, &str)] = &[
    ("ports", "ground"),
    ("exchange", "directory"),
    ("exchange", "media-plan"),
    // ASN.1 is the notation H.225.0, H.245, CSTA and SNMP are written in.
    ("h323", "h323-types"),
    ("h323", "asn1"),
    ("h323-types", "asn1"),
    ("csta", "asn1"),
    ("snmp", "asn1"),
];

/// The one room that knows everybody.
const TOP: &str = "almon";

/// Finds every wrong edge and every room outside the house.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &tree.rooms {
        let path = room.manifest_path();
        if room.floor.is_none() {
            found.push(Violation::new(LAW.name, &path, 0, format!("`{}` stands on no floor of the house", room.dir)));
        }
        if room.floor != Some(Floor::Tool) && opens_suites(room) {
            let message = format!("`{}` switches on `{CONFORMANCE}` outside its tests", room.name);
            found.push(Violation::new(LAW.name, &path, 0, message));
        }
        for name in room.dependencies(&["dependencies", "build-dependencies"]) {
            let Some(used) = tree.room(&name) else { continue };
            if let Some(reason) = objection(room, used) {
                found.push(Violation::new(
                    LAW.name,
                    &path,
                    0,
                    format!("`{}` may not use `{name}`: {reason}", room.name),
                ));
            }
        }
    }
    found
}

/// Whether a dependency of the product switches on the feature that holds suites for tests.
fn opens_suites(room: &Room) -> bool {
    let is_feature = |value: &toml::Value| value.as_str() == Some(CONFORMANCE);
    let opens = |dependency: &toml::Value| {
        dependency
            .get("features")
            .and_then(toml::Value::as_array)
            .is_some_and(|features| features.iter().any(is_feature))
    };
    let defaults = |features: &toml::Table| {
        features.get("default").and_then(toml::Value::as_array).is_some_and(|list| list.iter().any(is_feature))
    };
    let sections = ["dependencies", "build-dependencies"];
    let mut tables =
        sections.iter().filter_map(|section| room.manifest.get(*section)).filter_map(toml::Value::as_table);
    tables.any(|table| table.values().any(opens))
        || room.manifest.get("features").and_then(toml::Value::as_table).is_some_and(defaults)
}

/// Why `room` may not use `used`; `None` when it may.
fn objection(room: &Room, used: &Room) -> Option<&'static str> {
    let (floor, below) = (room.floor?, used.floor?);
    if below == Floor::Tool {
        return Some("nobody builds on a tool");
    }
    if floor == Floor::Tool || room.name == TOP {
        return None;
    }
    if floor == below {
        let pair = (room.name.as_str(), used.name.as_str());
        return (!SIDEWAYS.contains(&pair)).then_some("a room does not see its neighbour");
    }
    if below > floor {
        return Some("dependencies only point down");
    }
    match (floor, below) {
        (_, Floor::Ground) => None,
        (Floor::Exchange, Floor::Wire) => Some("the exchange floor never sees wire"),
        (Floor::Services, _) if room.name == "journal" => {
            Some("a journal knows nothing of what it keeps: ground alone")
        }
        (Floor::Services, Floor::Lines) => Some("services and lines do not see each other"),
        (Floor::Services, _) if room.name == "media" && !matches!(used.name.as_str(), "rtp" | "media-plan") => {
            Some("of wire and exchange, media sees only rtp and media-plan")
        }
        (Floor::Server, below) if below != Floor::Wire => Some("only almon knows the rooms; net sees wire and ground"),
        _ => None,
    }
}
