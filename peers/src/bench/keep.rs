//! Results between runs: the last of each part, and a line for every one there ever was.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::figures::{Part, PartResult};

/// Where results are kept.
pub struct Keep {
    folder: PathBuf,
    page: PathBuf,
}

impl Keep {
    /// For a project; results of the short form are kept apart and never printed on the published page.
    pub fn new(root: &Path, short: bool) -> Keep {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let folder = target.join("bench");
        if short {
            let folder = folder.join("short");
            return Keep { page: folder.join("performance.md"), folder };
        }
        Keep { folder, page: root.join("docs/performance.md") }
    }

    /// The page that is made of the results.
    pub fn page(&self) -> &Path {
        &self.page
    }

    /// Keeps a result in place of the last one of its part.
    pub fn put(&self, result: &PartResult) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let line = result.to_json().to_string();
        let mut lines = fs::File::options().create(true).append(true).open(self.folder.join("results.jsonl"))?;
        writeln!(lines, "{line}")?;
        fs::write(self.file(result.part), line)
    }

    /// The last result of each part.
    pub fn all(&self) -> Vec<PartResult> {
        let read = |part| {
            let text = fs::read_to_string(self.file(part)).ok()?;
            PartResult::from_json(&serde_json::from_str(&text).ok()?)
        };
        Part::ALL.into_iter().filter_map(read).collect()
    }

    fn file(&self, part: Part) -> PathBuf {
        self.folder.join(format!("{}.json", part.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_result_of_a_part_is_kept_and_every_line() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep { folder: folder.path().join("bench"), page: folder.path().join("page.md") };
        assert!(keep.all().is_empty());
        for at in ["first", "second"] {
            keep.put(&PartResult::new(Part::Relay, at.into(), 0.0)).unwrap();
        }
        keep.put(&PartResult::new(Part::Parse, "third".into(), 0.0)).unwrap();
        let kept: Vec<(Part, String)> = keep.all().into_iter().map(|result| (result.part, result.at)).collect();
        assert_eq!(kept, [(Part::Parse, "third".to_owned()), (Part::Relay, "second".to_owned())]);
        let lines = fs::read_to_string(keep.folder.join("results.jsonl")).unwrap();
        assert_eq!(lines.lines().count(), 3);
    }

    #[test]
    fn the_short_form_never_writes_the_published_page() {
        let keep = Keep::new(Path::new("somewhere"), true);
        assert!(!keep.page().ends_with("docs/performance.md"));
        assert!(Keep::new(Path::new("somewhere"), false).page().ends_with("docs/performance.md"));
    }
}
