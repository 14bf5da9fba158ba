//! Port numbers stand in the port plan and nowhere else. The law reads the numbers out of the plan's rows, in
//! `crates/ground/ports/src/rows`, and looks for them in the product's code.

use super::{Law, Violation};
use crate::source::RustFile;
use crate::source::token::{self, Kind, Token};
use crate::tree::{Floor, Tree};
use std::collections::BTreeSet;

/// The law.
pub const LAW: Law = Law {
    name: "port numbers",
    demand: "no number of the port plan is written outside `crates/ground/ports` (tests may)",
    check,
    figure: Some(figure),
};

/// The room of the plan.
const PLAN: &str = "ports";

/// Where its rows stand.
const ROWS: &str = "/src/rows";

/// Numbers that mean something else far more often than a port.
const QUANTITIES: &[u64] = &[1024, 1300, 32768, 65535, 65536];

/// Finds planned ports written elsewhere.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let planned = planned(tree);
    let mut found = Vec::new();
    let product = tree.files().filter(|(room, _)| room.name != PLAN && room.floor != Some(Floor::Tool));
    for (_, file) in product.filter(|(_, file)| !file.is_generated()) {
        let lines: Vec<&str> = file.text.lines().collect();
        for token in file.tokens.iter().filter(|token| !file.is_test(token.line)) {
            let Kind::Literal(literal) = &token.kind else { continue };
            let line = token.line.checked_sub(1).and_then(|at| lines.get(at)).copied().unwrap_or_default();
            if let Some(port) = port_in(literal, line, &planned) {
                let message = format!("port {port} stands in the plan: take it from `ports`");
                found.push(Violation::new(LAW.name, &file.path, token.line, message));
            }
        }
    }
    found
}

fn figure(tree: &Tree) -> String {
    format!("{} numbers in the plan", planned(tree).len())
}

/// Every number of the plan that can be a port.
fn planned(tree: &Tree) -> BTreeSet<u64> {
    let files = tree.room(PLAN).into_iter().flat_map(|room| &room.files).filter(|file| file.path.contains(ROWS));
    files.flat_map(numbers).filter(|number| (20..=65534).contains(number) && !QUANTITIES.contains(number)).collect()
}

/// The integers of a file outside tests, but for the numbers of the table's rows: `row(29)`, `Row::new(29, ...)`.
fn numbers(file: &RustFile) -> Vec<u64> {
    let names_row = |index: usize| {
        let before = index.checked_sub(2).and_then(|at| file.tokens.get(at)).and_then(Token::ident);
        let opens = index.checked_sub(1).and_then(|at| file.tokens.get(at)).is_some_and(|token| token.is_open('('));
        opens && matches!(before, Some("row" | "new"))
    };
    let product =
        file.tokens.iter().enumerate().filter(|(index, token)| !file.is_test(token.line) && !names_row(*index));
    product
        .filter_map(|(_, token)| match &token.kind {
            Kind::Literal(literal) => token::integer(literal),
            _ => None,
        })
        .collect()
}

/// The planned port that `literal` writes.
///
/// A small or a round number is a port only where the line speaks of one: 443 may be a count and 8000 a sample rate.
fn port_in(literal: &str, line: &str, planned: &BTreeSet<u64>) -> Option<u64> {
    if let Some(number) = token::integer(literal) {
        let is_plain = number < 1024 || number % 100 == 0 || number.is_power_of_two();
        return (planned.contains(&number) && (!is_plain || speaks_of_ports(line))).then_some(number);
    }
    let text = token::string(literal)?;
    text.match_indices(':').find_map(|(at, _)| {
        let digits: String = text.get(at + 1..)?.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse().ok()?;
        (planned.contains(&number) && number >= 1024).then_some(number)
    })
}

fn speaks_of_ports(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["port", "socketaddr", "listen", "bind"].iter().any(|word| {
        // `support`, `report`, `transport` and `import` are other words.
        line.match_indices(word).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            !before.is_some_and(|letter| letter.is_ascii_alphabetic())
        })
    })
}
