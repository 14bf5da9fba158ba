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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_folder_has_its_floor() {
        for (dir, floor) in [
            ("crates/ground/ports", Some(Floor::Ground)),
            ("crates/wire/sip", Some(Floor::Wire)),
            ("crates/server/almon", Some(Floor::Server)),
            ("xtask", Some(Floor::Tool)),
            ("xtask/inner", None),
            ("crates/attic/box", None),
            ("crates", None),
            ("web", None),
        ] {
            assert_eq!(Floor::of(dir), floor, "{dir}");
        }
        assert!(Floor::Ground < Floor::Wire && Floor::Services < Floor::Server);
        assert!(Floor::Wire.is_pure() && Floor::Exchange.is_pure() && !Floor::Lines.is_pure());
    }

    #[test]
    fn places_that_make_a_file_a_test() {
        for (dir, path, expected) in [
            ("crates/wire/sip", "crates/wire/sip/tests/a_call.rs", true),
            ("crates/wire/sip", "crates/wire/sip/benches/parse.rs", true),
            ("crates/wire/sip", "crates/wire/sip/src/uri/tests.rs", true),
            ("crates/wire/sip", "crates/wire/sip/src/tests/deep.rs", false),
            ("crates/wire/sip", "crates/wire/sip/src/contests.rs", false),
            ("peers", "peers/src/lib.rs", true),
            ("fuzz", "fuzz/src/targets/sip.rs", true),
            ("xtask", "xtask/src/main.rs", false),
        ] {
            assert_eq!(is_test_place(dir, path), expected, "{path}");
        }
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_found_from_every_kind_of_parent() {
        let file = |path: &str, text: &str| RustFile::read(path.to_owned(), text.to_owned(), false);
        let test_module = "#[cfg(test)]\nmod torture;\n";
        for (parent, child) in [
            ("a/src/lib.rs", "a/src/torture.rs"),
            ("a/src/uri.rs", "a/src/uri/torture.rs"),
            ("a/src/uri/mod.rs", "a/src/uri/torture.rs"),
            ("a/src/uri/mod.rs", "a/src/uri/torture/mod.rs"),
        ] {
            let mut files =
                vec![file(parent, test_module), file(child, "fn a() {}\n"), file("a/src/other.rs", "fn a() {}\n")];
            mark_outer_tests(&mut files);
            assert_eq!((files[1].is_test(1), files[2].is_test(1)), (true, false), "{parent}");
        }
        let mut files = vec![
            file("a/src/uri/mod.rs", "#[cfg(test)]\n#[path = \"../shapes.rs\"]\nmod torture;\n"),
            file("a/src/shapes.rs", "fn a() {}\n"),
        ];
        mark_outer_tests(&mut files);
        assert!(files[1].is_test(1));
    }

    #[test]
    fn dependencies_are_read_from_the_sections_asked_for() {
        let manifest: toml::Table =
            "[dependencies]\na = \"1\"\nb = { package = \"c\", path = \"..\" }\n[dev-dependencies]\nd = \"1\"\n\
                                     [target.'cfg(unix)'.dependencies]\ne = \"1\"\n"
                .parse()
                .expect("a manifest");
        let room = Room { name: "r".to_owned(), dir: "r".to_owned(), floor: None, manifest, files: Vec::new() };
        let names = |kinds: &[&str]| room.dependencies(kinds).into_iter().collect::<Vec<_>>();
        assert_eq!(names(&["dependencies"]), ["a", "c", "e"]);
        assert_eq!(names(&["dev-dependencies"]), ["d"]);
    }

    #[test]
    fn a_tree_that_cannot_be_read_says_where() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let said = |text: &str| {
            fs::write(folder.path().join("Cargo.toml"), text).expect("written");
            Tree::load(folder.path()).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(said("[workspace").contains("Cargo.toml"));
        assert!(said("[package]\n").contains("no workspace members"));
        assert!(said("[workspace]\nmembers = [\"a\"]\n").starts_with("cannot read "));
        fs::create_dir(folder.path().join("a")).expect("made");
        fs::write(folder.path().join("a/Cargo.toml"), "[lib]\n").expect("written");
        assert!(said("[workspace]\nmembers = [\"a\"]\n").contains("no package name"));
        assert!(matches!(Tree::load(&PathBuf::from("nowhere")), Err(TreeError::Read(..))));
    }

    #[test]
    fn what_builds_and_runs_leave_behind_is_passed_over() {
        let folder = tempfile::TempDir::new().expect("a folder");
        for path in ["target/a.md", "data/a.md", ".git/a", "web/node_modules/a.md", "docs/data/a.md", ".ci/run"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, "x").expect("written");
        }
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = []\n").expect("written");
        let tree = Tree::load(folder.path()).expect("a tree");
        let paths: Vec<&str> = tree.texts.iter().map(|text| text.path.as_str()).collect();
        assert_eq!(paths, [".ci/run", "Cargo.toml", "docs/data/a.md"]);
    }
}
