//! A name says what a thing is. These names say nothing.

use super::{Law, Violation};
use crate::tree::Tree;
use syn::visit::{self, Visit};

/// The law.
pub const LAW: Law = Law {
    name: "names",
    demand: "no crate, folder or module is called common, core, utils, helpers, manager, misc or base, or the like",
    check,
    figure: None,
};

/// The names, with their other forms.
pub const REFUSED: &[&str] = &[
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "shared",
    "stuff",
    "tools",
    "unified",
    "util",
    "utilities",
    "utility",
    "utils",
];

/// Finds empty names.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in &tree.rooms {
        if refused(&room.name) {
            found.push(Violation::new(LAW.name, &room.manifest_path(), 0, format!("a crate called `{}`", room.name)));
        }
    }
    for (_, file) in tree.files() {
        for part in file.path.split('/').map(|part| part.trim_end_matches(".rs")).filter(|part| refused(part)) {
            found.push(Violation::new(LAW.name, &file.path, 0, format!("a file or folder called `{part}`")));
        }
        let mut finder = Finder { found: Vec::new() };
        if let Some(syntax) = &file.syntax {
            finder.visit_file(syntax);
        }
        for (line, name) in finder.found {
            found.push(Violation::new(LAW.name, &file.path, line, format!("a module called `{name}`")));
        }
    }
    found
}

fn refused(name: &str) -> bool {
    REFUSED.contains(&name.to_ascii_lowercase().replace('-', "_").as_str())
}

struct Finder {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if refused(&name) {
            self.found.push((item.ident.span().start().line, name));
        }
        visit::visit_item_mod(self, item);
    }
}
