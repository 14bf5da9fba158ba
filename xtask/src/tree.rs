//! The source tree as the laws see it: rooms on floors, with their manifests and files, and every other text.

use crate::source::{RustFile, test_lines};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A floor of the house, from the ground up; tools stand beside the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// `crates/ground`
    Ground,
    /// `crates/wire`
    Wire,
    /// `crates/exchange`
    Exchange,
    /// `crates/lines`
    Lines,
    /// `crates/services`
    Services,
    /// `crates/server`
    Server,
    /// `xtask`, `peers` and `fuzz`
    Tool,
}

impl Floor {
    /// The floor of a member by its folder; `None` for a folder outside the house.
    pub fn of(dir: &str) -> Option<Self> {
        let mut parts = dir.split('/');
        Some(match (parts.next()?, parts.next()) {
            ("xtask" | "peers" | "fuzz", None) => Self::Tool,
            ("crates", Some("ground")) => Self::Ground,
            ("crates", Some("wire")) => Self::Wire,
            ("crates", Some("exchange")) => Self::Exchange,
            ("crates", Some("lines")) => Self::Lines,
            ("crates", Some("services")) => Self::Services,
            ("crates", Some("server")) => Self::Server,
            _ => return None,
        })
    }

    /// Whether the floor is pure: bytes and time in, bytes and events out.
    pub fn is_pure(self) -> bool {
        matches!(self, Self::Wire | Self::Exchange)
    }
}

/// A crate of the workspace.
pub struct Room {
    /// The package name.
    pub name: String,
    /// Its folder from the root.
    pub dir: String,
    /// Its floor; `None` when the folder is none of the house.
    pub floor: Option<Floor>,
    /// Its manifest.
    pub manifest: toml::Table,
    /// Its Rust files, in order of their paths.
    pub files: Vec<RustFile>,
}

impl Room {
    /// The path of the manifest from the root.
    pub fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.dir)
    }

    /// Names of the packages it depends on, from the sections `kinds` (`dependencies`, ...), target tables included.
    pub fn dependencies(&self, kinds: &[&str]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect_dependencies(&self.manifest, kinds, &mut names);
        if let Some(targets) = self.manifest.get("target").and_then(toml::Value::as_table) {
            for table in targets.values().filter_map(toml::Value::as_table) {
                collect_dependencies(table, kinds, &mut names);
            }
        }
        names
    }
}

fn collect_dependencies(table: &toml::Table, kinds: &[&str], names: &mut BTreeSet<String>) {
    for section in kinds.iter().filter_map(|kind| table.get(*kind)).filter_map(toml::Value::as_table) {
        for (key, value) in section {
            names.insert(value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned());
        }
    }
}

/// A text file that is not Rust.
pub struct TextFile {
    /// Path from the root.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The whole tree.
pub struct Tree {
    /// Where it stands.
    pub root: PathBuf,
    /// The workspace's manifest.
    pub workspace: toml::Table,
    /// Its rooms, in the order of the members.
    pub rooms: Vec<Room>,
    /// Its other texts.
    pub texts: Vec<TextFile>,
}

/// Why a tree could not be read.
#[derive(Debug)]
pub enum TreeError {
    /// A file or folder could not be read.
    Read(PathBuf, std::io::Error),
    /// A manifest is no TOML.
    Manifest(PathBuf, Box<toml::de::Error>),
    /// The manifest has no list of workspace members.
    NoMembers(PathBuf),
    /// A member's manifest has no package name.
    NoName(PathBuf),
}

impl fmt::Display for TreeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(out, "cannot read {}: {error}", path.display()),
            Self::Manifest(path, error) => write!(out, "{}: {error}", path.display()),
            Self::NoMembers(path) => write!(out, "{}: no workspace members", path.display()),
            Self::NoName(path) => write!(out, "{}: no package name", path.display()),
        }
    }
}

impl std::error::Error for TreeError {}

impl Tree {
    /// Reads the tree whose workspace manifest stands in `root`.
    pub fn load(root: &Path) -> Result<Self, TreeError> {
        let manifest = root.join("Cargo.toml");
        let workspace = read_manifest(&manifest)?;
        let members = workspace
            .get("workspace")
            .and_then(|table| table.get("members"))
            .and_then(toml::Value::as_array)
            .ok_or(TreeError::NoMembers(manifest))?;
        let mut rooms = Vec::new();
        for member in members.iter().filter_map(toml::Value::as_str) {
            rooms.push(read_room(root, member)?);
        }
        let mut paths = Vec::new();
        walk(root, root, &mut paths)?;
        let texts = paths
            .into_iter()
            .filter(|path| !path.ends_with(".rs"))
            .filter_map(|path| fs::read_to_string(root.join(&path)).ok().map(|text| TextFile { path, text }))
            .collect();
        Ok(Self { root: root.to_owned(), workspace, rooms, texts })
    }

    /// All Rust files with their rooms.
    pub fn files(&self) -> impl Iterator<Item = (&Room, &RustFile)> {
        self.rooms.iter().flat_map(|room| room.files.iter().map(move |file| (room, file)))
    }

    /// The room of a name.
    pub fn room(&self, name: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.name == name)
    }
}

fn read_manifest(path: &Path) -> Result<toml::Table, TreeError> {
    let text = fs::read_to_string(path).map_err(|error| TreeError::Read(path.to_owned(), error))?;
    text.parse().map_err(|error| TreeError::Manifest(path.to_owned(), Box::new(error)))
}

fn read_room(root: &Path, dir: &str) -> Result<Room, TreeError> {
    let path = root.join(dir).join("Cargo.toml");
    let manifest = read_manifest(&path)?;
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    let name = name.ok_or(TreeError::NoName(path))?.to_owned();
    let floor = Floor::of(dir);
    let mut paths = Vec::new();
    walk(root, &root.join(dir), &mut paths)?;
    let mut files = Vec::new();
    for path in paths.into_iter().filter(|path| path.ends_with(".rs")) {
        let full = root.join(&path);
        let text = fs::read_to_string(&full).map_err(|error| TreeError::Read(full, error))?;
        let whole_test = is_test_place(dir, &path);
        files.push(RustFile::read(path, text, whole_test));
    }
    mark_outer_tests(&mut files);
    Ok(Room { name, dir: dir.to_owned(), floor, manifest, files })
}

/// Whether the place of a file makes it a test: the tools that drive the product, and cargo's own test folders.
fn is_test_place(dir: &str, path: &str) -> bool {
    if dir == "peers" || dir == "fuzz" {
        return true;
    }
    let inside = path.strip_prefix(dir).unwrap_or(path).trim_start_matches('/');
    inside.starts_with("tests/") || inside.starts_with("benches/") || inside.ends_with("/tests.rs")
}

/// Carries `#[cfg(test)] mod name;` over to the files it names.
fn mark_outer_tests(files: &mut [RustFile]) {
    let mut marked = Vec::new();
    for file in files.iter() {
        let Some(syntax) = &file.syntax else { continue };
        let path = Path::new(&file.path);
        let folder = path.parent().unwrap_or(Path::new(""));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let inner = if matches!(stem, "lib" | "main" | "mod") { folder.to_owned() } else { folder.join(stem) };
        for (name, explicit) in test_lines::outer_test_modules(syntax) {
            match explicit {
                Some(relative) => marked.push(clean(&folder.join(relative))),
                None => {
                    marked.push(clean(&inner.join(format!("{name}.rs"))));
                    marked.push(clean(&inner.join(&name)) + "/");
                }
            }
        }
    }
    for file in files.iter_mut() {
        let named = |mark: &String| if mark.ends_with('/') { file.path.starts_with(mark) } else { &file.path == mark };
        if marked.iter().any(named) {
            file.make_test();
        }
    }
}

fn clean(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str().unwrap_or_default()),
            Component::ParentDir => drop(parts.pop()),
            _ => {}
        }
    }
    parts.join("/")
}

/// Collects every file under `dir`, as paths from `root`, in order; what builds and runs leave behind is passed over.
fn walk(root: &Path, dir: &Path, paths: &mut Vec<String>) -> Result<(), TreeError> {
    let fail = |error| TreeError::Read(dir.to_owned(), error);
    let mut entries = fs::read_dir(dir).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            let skipped = [".git", "target", "node_modules", "__pycache__"].iter().any(|skip| name == *skip)
                || (dir == root && name == "data");
            if !skipped {
                walk(root, &entry.path(), paths)?;
            }
        } else if kind.is_file() {
            paths.push(clean(entry.path().strip_prefix(root).unwrap_or(&entry.path())));
        }
    }
    Ok(())
}
