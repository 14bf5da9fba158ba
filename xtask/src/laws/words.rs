//! What leaves a workshop names no workbench: no path of a machine, no host of a package registry.

use super::{Law, Violation};
use crate::tree::Tree;

/// The law.
pub const LAW: Law = Law {
    name: "words",
    demand: "no file names a path of somebody's machine or the host of a package registry",
    check,
    figure: None,
};

/// Folders that exist on one machine only, at the beginning of a path.
const FOLDERS: &[&str] = &["/work/", "/home/", "/root/", "/Users/", "/tmp/brief"];

/// Hosts that serve packages. A lock file names its registry by a name of its own, which is none of these.
const HOSTS: &[&str] =
    &["index.crates.io", "static.crates.io", "registry.npmjs.org", "files.pythonhosted.org", "proxy.golang.org"];

/// Where a lock file may say that a package comes from.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Finds the words.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files() {
        read(&file.path, &file.text, &mut found);
    }
    for file in &tree.texts {
        read(&file.path, &file.text, &mut found);
        if file.path.ends_with("Cargo.lock") {
            lock(&file.path, &file.text, &mut found);
        }
    }
    found
}

fn read(path: &str, text: &str, found: &mut Vec<Violation>) {
    // The law's own list and its test name what they refuse.
    if path == "xtask/src/laws/words.rs" || path == "xtask/tests/laws/words.rs" {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        for folder in FOLDERS.iter().filter(|folder| begins_path(line, folder)) {
            found.push(Violation::new(LAW.name, path, index + 1, format!("names the machine path `{folder}`")));
        }
        for host in HOSTS.iter().filter(|host| line.contains(**host)) {
            found.push(Violation::new(LAW.name, path, index + 1, format!("names the registry host `{host}`")));
        }
    }
}

/// Whether `folder` stands at the beginning of a path in `line`, not in the middle of one.
fn begins_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|sign| sign.is_alphanumeric() || matches!(sign, '.' | '/' | '_' | '-' | '}' | '~'))
    })
}

fn lock(path: &str, text: &str, found: &mut Vec<Violation>) {
    for (index, line) in text.lines().enumerate() {
        if let Some(source) = line.strip_prefix("source = ")
            && source.trim_matches('"') != SOURCE
        {
            found.push(Violation::new(LAW.name, path, index + 1, format!("a package comes from {source}")));
        }
    }
}
