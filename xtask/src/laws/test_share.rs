//! Tests are a good part of the house. What counts: `#[cfg(test)]` modules and the files they name, `tests/`, `benches/`,
//! `tests.rs`, and the rooms `peers` and `fuzz`. Blank lines and generated tables count on neither side.

use super::{Law, Violation};
use crate::tree::{Room, Tree};

/// The least share of test lines, in percent.
pub const PERCENT: usize = 35;

/// The law.
pub const LAW: Law = Law {
    name: "test share",
    demand: "of all lines of Rust that are not blank, at least 35 % are tests",
    check,
    figure: Some(figure),
};

/// Says so when the tree has too few tests.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let (tests, all) = count(tree.rooms.iter());
    if tests * 100 >= all * PERCENT {
        return Vec::new();
    }
    let message = format!("{tests} of {all} lines are tests: {}; {PERCENT} % are needed", percent(tests, all));
    vec![Violation::new(LAW.name, "Cargo.toml", 0, message)]
}

fn figure(tree: &Tree) -> String {
    let (tests, all) = count(tree.rooms.iter());
    let rooms: Vec<String> = tree
        .rooms
        .iter()
        .map(|room| {
            let (tests, all) = count([room].into_iter());
            format!("{} {} of {all}", room.name, percent(tests, all))
        })
        .collect();
    format!("{tests} of {all} lines are tests: {} ({})", percent(tests, all), rooms.join(", "))
}

/// Test lines and all lines of `rooms`.
fn count<'a>(rooms: impl Iterator<Item = &'a Room>) -> (usize, usize) {
    let files = rooms.flat_map(|room| &room.files).filter(|file| !file.is_generated());
    files.fold((0, 0), |(tests, all), file| {
        let (inside, outside) = file.counted_lines();
        (tests + inside, all + inside + outside)
    })
}

fn percent(part: usize, all: usize) -> String {
    let tenths = (part * 1000).checked_div(all).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}
