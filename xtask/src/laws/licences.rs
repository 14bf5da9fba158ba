//! What the product is made of may be given on under Apache-2.0 OR MIT: each package it uses, builds with or is tested
//! with carries a licence from a short list.

use super::{Law, Violation};
use crate::spdx::Expression;
use crate::tree::Tree;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// The law.
pub const LAW: Law = Law {
    name: "licences",
    demand: "every package the workspace uses, builds with or is tested with on Linux has a permissive licence; \
             nothing GPL, LGPL or MPL",
    check,
    figure: Some(figure),
};

/// Licences that ask for no more than a notice.
pub const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The one exception that only gives more rights.
const EXCEPTION: (&str, &str) = ("Apache-2.0", "LLVM-exception");

/// The platform the product is built for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Finds packages whose licence is not on the list.
pub fn check(tree: &Tree) -> Vec<Violation> {
    match metadata(&tree.root) {
        Ok(metadata) => judge(&metadata),
        Err(error) => vec![Violation::new(LAW.name, "Cargo.toml", 0, error.to_string())],
    }
}

fn figure(tree: &Tree) -> String {
    match metadata(&tree.root) {
        Ok(metadata) => {
            format!("{} packages from elsewhere", used(&metadata).iter().filter(|id| !is_ours(id, &metadata)).count())
        }
        Err(error) => error.to_string(),
    }
}

/// Why cargo's metadata is missing.
#[derive(Debug)]
enum MetadataError {
    Run(std::io::Error),
    Refused(String),
    Json(serde_json::Error),
}

impl fmt::Display for MetadataError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => write!(out, "cannot run cargo metadata: {error}"),
            Self::Refused(text) => write!(out, "cargo metadata failed: {}", text.trim()),
            Self::Json(error) => write!(out, "cargo metadata cannot be read: {error}"),
        }
    }
}

fn metadata(root: &Path) -> Result<Value, MetadataError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--filter-platform", PLATFORM])
        .current_dir(root)
        .output()
        .map_err(MetadataError::Run)?;
    if !output.status.success() {
        return Err(MetadataError::Refused(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(MetadataError::Json)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn is_ours(id: &str, metadata: &Value) -> bool {
    list(metadata, "workspace_members").any(|member| member.as_str() == Some(id))
}

/// Every package that a member leads to, the members included.
fn used(metadata: &Value) -> BTreeSet<&str> {
    let resolve = metadata.get("resolve").unwrap_or(&Value::Null);
    let nodes: BTreeMap<&str, &Value> = list(resolve, "nodes").map(|node| (text(node, "id"), node)).collect();
    let mut open: Vec<&str> = list(metadata, "workspace_members").filter_map(Value::as_str).collect();
    let mut seen: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(node) = open.pop().and_then(|id| nodes.get(id)) {
        for package in list(node, "deps").map(|dependency| text(dependency, "pkg")) {
            if seen.insert(package) {
                open.push(package);
            }
        }
    }
    seen
}

fn judge(metadata: &Value) -> Vec<Violation> {
    let used = used(metadata);
    let mut found = Vec::new();
    for package in list(metadata, "packages").filter(|package| used.contains(text(package, "id"))) {
        let licence = text(package, "license");
        let problem = match Expression::parse(licence) {
            _ if licence.is_empty() => Some("names no licence".to_owned()),
            Err(error) => Some(error.to_string()),
            Ok(expression) if !expression.is_met(&allows) => Some(format!("`{licence}` is not on the list")),
            Ok(_) => None,
        };
        if let Some(problem) = problem {
            let who = format!("{} {}: {problem}", text(package, "name"), text(package, "version"));
            found.push(Violation::new(LAW.name, "Cargo.lock", 0, who));
        }
    }
    found
}

fn allows(id: &str, exception: Option<&str>) -> bool {
    match exception {
        None => ALLOWED.contains(&id),
        Some(exception) => (id, exception) == EXCEPTION,
    }
}
