//! Every Rust file can be read; without that no other law sees anything.

use super::{Law, Violation};
use crate::tree::Tree;

/// The law.
pub const LAW: Law = Law { name: "syntax", demand: "every `.rs` file of a crate parses as Rust", check, figure: None };

/// Names the files that are not Rust.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let broken = |file: &crate::source::RustFile| {
        let (line, message) = file.error.as_ref()?;
        Some(Violation::new(LAW.name, &file.path, *line, message.clone()))
    };
    tree.files().filter_map(|(_, file)| broken(file)).collect()
}
