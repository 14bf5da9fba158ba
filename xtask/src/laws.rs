//! The laws. ARCHITECTURE.md gives the reasons; the table there is printed by `xtask laws --table`.

pub mod bags;
pub mod binding;
pub mod citations;
pub mod comments;
pub mod documentation;
pub mod errors;
pub mod layering;
pub mod length;
pub mod licences;
pub mod names;
pub mod parsers;
pub mod port_numbers;
pub mod purity;
pub mod statics;
pub mod struct_size;
pub mod syntax;
pub mod test_share;
pub mod words;

use crate::tree::Tree;
use std::fmt;

/// One breach of a law.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The law's name.
    pub law: &'static str,
    /// The file, from the root of the tree.
    pub file: String,
    /// The line from 1, or 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl Violation {
    /// A breach of `law` in `file` at `line`.
    pub fn new(law: &'static str, file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { law, file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}: {}", self.law, self.file, self.message),
            line => write!(out, "{}: {}:{line}: {}", self.law, self.file, self.message),
        }
    }
}

/// A law: its name, what it demands, and the check.
pub struct Law {
    /// One word or two, as `xtask laws NAME` takes it.
    pub name: &'static str,
    /// What it demands, with its thresholds, in one sentence.
    pub demand: &'static str,
    /// Finds every breach.
    pub check: fn(&Tree) -> Vec<Violation>,
    /// A figure worth printing even when the law is kept.
    pub figure: Option<fn(&Tree) -> String>,
}

/// Every law, in the order of the table.
pub const ALL: &[Law] = &[
    syntax::LAW,
    layering::LAW,
    binding::LAW,
    purity::LAW,
    length::LAW,
    struct_size::LAW,
    citations::LAW,
    documentation::LAW,
    errors::LAW,
    test_share::LAW,
    parsers::LAW,
    port_numbers::LAW,
    names::LAW,
    statics::LAW,
    bags::LAW,
    comments::LAW,
    words::LAW,
    licences::LAW,
];

/// Checks `laws`; the breaches come in the order of their files.
pub fn check(tree: &Tree, laws: &[&Law]) -> Vec<Violation> {
    let mut found: Vec<Violation> = laws.iter().flat_map(|law| (law.check)(tree)).collect();
    found.sort_by(|a, b| (&a.file, a.line, a.law, &a.message).cmp(&(&b.file, b.line, b.law, &b.message)));
    found
}

/// The table of the laws in Markdown.
pub fn table() -> String {
    let mut out = String::from("| law | what it demands |\n|---|---|\n");
    for law in ALL {
        out.push_str(&format!("| {} | {} |\n", law.name, law.demand.replace('|', "\\|")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_law_file_line_and_what() {
        assert_eq!(Violation::new("names", "a.rs", 3, "bad").to_string(), "names: a.rs:3: bad");
        assert_eq!(Violation::new("names", "a.rs", 0, "bad").to_string(), "names: a.rs: bad");
    }

    #[test]
    fn every_law_has_a_name_of_its_own_and_a_demand_that_fits_a_table() {
        let mut names: Vec<&str> = ALL.iter().map(|law| law.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|law| !law.demand.contains(['\n', '|']) && !law.demand.contains("  ")));
        assert_eq!(table().lines().count(), ALL.len() + 2);
    }
}
