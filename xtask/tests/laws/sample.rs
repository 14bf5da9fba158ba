//! A small tree in a folder of its own.

use std::fs;
use std::path::Path;
use tempfile::TempDir;
use xtask::laws::{Law, Violation};
use xtask::tree::Tree;

/// A workspace that keeps every law, to be broken by what a test adds.
pub struct Sample {
    folder: TempDir,
    members: Vec<String>,
}

/// The workspace's lints, as the laws want them.
pub const LINTS: &str = "[workspace.lints.rust]\nunsafe_code = \"deny\"\nmissing_docs = \"deny\"\n";

/// What a pure floor's `clippy.toml` must hold.
pub const PURE_CLIPPY: &str = "disallowed-types = [\n  { path = \"std::net::UdpSocket\", reason = \"pure\" },\n  \"std::net::TcpStream\",\n  \
     \"std::net::TcpListener\",\n  \"std::time::Instant\",\n  \"std::time::SystemTime\",\n  \"std::collections::HashMap\",\n  \
     \"std::collections::HashSet\",\n  \"std::sync::Mutex\",\n  \"std::sync::RwLock\",\n]\n";

impl Sample {
    /// A workspace without rooms.
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder"), members: Vec::new() }
    }

    /// Adds the room in folder `dir`, with these lines in its manifest's `[dependencies]`.
    pub fn room(self, dir: &str, dependencies: &str) -> Self {
        let name = dir.rsplit('/').next().unwrap_or(dir);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n\
             [lints]\nworkspace = true\n[dependencies]\n{dependencies}\n"
        );
        self.room_with(dir, &manifest)
    }

    /// Adds the room in folder `dir` with this manifest.
    pub fn room_with(mut self, dir: &str, manifest: &str) -> Self {
        self.members.push(dir.to_owned());
        for (floor, path) in
            [("crates/wire/", "crates/wire/clippy.toml"), ("crates/exchange/", "crates/exchange/clippy.toml")]
        {
            if dir.starts_with(floor) && !self.folder.path().join(path).exists() {
                self.write(path, PURE_CLIPPY);
            }
        }
        self.write(&format!("{dir}/Cargo.toml"), manifest);
        self
    }

    /// Adds a file.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Takes a file away.
    pub fn without(self, path: &str) -> Self {
        fs::remove_file(self.folder.path().join(path)).expect("removed");
        self
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    /// Where the tree stands, with its workspace manifest written.
    pub fn root(&self) -> &Path {
        let manifest = self.folder.path().join("Cargo.toml");
        if !manifest.exists() {
            let members: Vec<String> = self.members.iter().map(|dir| format!("\"{dir}\"")).collect();
            let text = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n{LINTS}", members.join(", "));
            fs::write(manifest, text).expect("written");
        }
        self.folder.path()
    }

    /// Reads the tree and asks one law.
    pub fn ask(&self, law: &Law) -> Vec<Violation> {
        let tree = Tree::load(self.root()).expect("a tree");
        (law.check)(&tree)
    }

    /// What the law finds, as `file:line`.
    pub fn places(&self, law: &Law) -> Vec<String> {
        self.ask(law).into_iter().map(|found| format!("{}:{}", found.file, found.line)).collect()
    }
}
