//! Public items are documented. The compiler sees each of them; this law sees that nobody has excused himself.

use super::{Law, Violation};
use crate::source::token::{Kind, Token};
use crate::tree::Tree;

/// The law.
pub const LAW: Law = Law {
    name: "documentation",
    demand: "the workspace denies `missing_docs` and `unsafe_code`, every crate takes the workspace's lints, and nobody allows \
             `missing_docs`",
    check,
    figure: None,
};

/// The compiler's lints that the workspace must deny.
const DENIED: &[&str] = &["missing_docs", "unsafe_code"];

/// Finds crates and items that are excused.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let lints =
        tree.workspace.get("workspace").and_then(|table| table.get("lints")).and_then(|table| table.get("rust"));
    for name in DENIED {
        let entry = lints.and_then(|table| table.get(name));
        let level = entry.and_then(|entry| entry.get("level").unwrap_or(entry).as_str());
        if !matches!(level, Some("deny" | "forbid")) {
            found.push(Violation::new(LAW.name, "Cargo.toml", 0, format!("the workspace does not deny `{name}`")));
        }
    }
    for room in &tree.rooms {
        let taken = room.manifest.get("lints").and_then(|table| table.get("workspace")).and_then(toml::Value::as_bool);
        if taken != Some(true) {
            let message = "does not take the workspace's lints (`[lints] workspace = true`)";
            found.push(Violation::new(LAW.name, &room.manifest_path(), 0, message));
        }
    }
    for (_, file) in tree.files() {
        for (index, token) in file.tokens.iter().enumerate() {
            if token.ident() == Some("missing_docs") && !file.is_test(token.line) && excuses(&file.tokens[..index]) {
                found.push(Violation::new(LAW.name, &file.path, token.line, "allows missing documentation"));
            }
        }
    }
    found
}

/// Whether the list that `before` ends in is an `allow(...)` or softer than a denial in another way.
fn excuses(before: &[Token]) -> bool {
    let mut closed = 0usize;
    for (at, token) in before.iter().enumerate().rev() {
        match token.kind {
            Kind::Close(_) => closed += 1,
            Kind::Open(_) if closed > 0 => closed -= 1,
            Kind::Open(_) => {
                let level = at.checked_sub(1).and_then(|at| before.get(at)).and_then(Token::ident);
                return matches!(level, Some("allow" | "expect" | "warn"));
            }
            _ => {}
        }
    }
    false
}
