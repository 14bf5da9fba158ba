//! The folder of a journal: its files by number, which of them counts, and those that were set aside.

use crate::frame::Kind;
use crate::header::HeaderError;
use crate::reader::{End, Reader};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const EXTENSION: &str = "journal";
/// A file whose tail has a hole.
const BROKEN: &str = "broken";
/// A file that could not be read, kept for whoever wants to know why.
const ASIDE: &str = "aside";
/// So many of these are kept.
const KEPT_ASIDE: usize = 2;

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A file whose snapshot is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// Where it is.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// What a folder holds for somebody who wants to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// No file with a whole snapshot: the first start, or a crash before the first snapshot ended.
    Nothing,
    /// The youngest file whose snapshot is whole, and behind which nothing is missing but what was in memory.
    File(Complete),
    /// The writer lost something and was killed before the next snapshot: what the file says is not what was last.
    Broken {
        /// The file.
        path: PathBuf,
    },
    /// The youngest file is none of ours.
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: HeaderError,
    },
    /// The snapshot of the youngest file is damaged.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, in bytes.
        at: usize,
    },
}

impl Folder {
    /// Opens a folder and makes it when it is not there. Only its owner may look into it: a journal holds the secrets of calls.
    pub fn open(path: &Path) -> io::Result<Folder> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Folder { path: path.to_owned() })
    }

    /// The path of the file with a number.
    pub fn file(&self, sequence: u64) -> PathBuf {
        self.path.join(format!("{sequence:016}.{EXTENSION}"))
    }

    fn with_extension(&self, extension: &str) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// The files, oldest first.
    pub fn files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse().ok();
        Ok(self.with_extension(EXTENSION)?.into_iter().filter_map(|path| Some((number(&path)?, path))).collect())
    }

    /// Creates a file that only its owner may read. An older one with this number is replaced.
    pub fn create(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
    }

    /// What there is to go on from.
    pub fn latest(&self) -> io::Result<Stored> {
        for (_, path) in self.files()?.into_iter().rev() {
            let bytes = fs::read(&path)?;
            let mut reader = match Reader::new(&bytes) {
                Ok(reader) => reader,
                // Killed while it was begun: the one before goes up to here.
                Err(HeaderError::Cut) => continue,
                Err(error) => return Ok(Stored::Foreign { path, error }),
            };
            if reader.by_ref().any(|message| message.kind == Kind::Whole) {
                return Ok(Stored::File(Complete { path, bytes }));
            }
            if let Some(End::Damaged { at }) = reader.end() {
                return Ok(Stored::Damaged { path, at });
            }
        }
        match self.with_extension(BROKEN)?.pop() {
            Some(path) => Ok(Stored::Broken { path }),
            None => Ok(Stored::Nothing),
        }
    }

    /// Removes the files before the last `keep` ones, and what is left of a journal that was broken.
    pub fn prune(&self, keep: usize) -> io::Result<()> {
        let files = self.files()?;
        for (_, path) in files.iter().rev().skip(keep) {
            remove(path)?;
        }
        self.with_extension(BROKEN)?.iter().try_for_each(|path| remove(path))
    }

    /// Says that the journal has a hole: no file counts until the next snapshot. Works on a full disk.
    pub fn mark_broken(&self) -> io::Result<()> {
        let mut files = self.files()?;
        let Some((_, last)) = files.pop() else { return Ok(()) };
        for (_, path) in files {
            remove(&path)?;
        }
        fs::rename(&last, last.with_extension(BROKEN))
    }

    /// Sets every file aside; of those only the last few are kept. The last of them now.
    pub fn set_aside(&self) -> io::Result<Option<PathBuf>> {
        let mut files: Vec<PathBuf> = self.files()?.into_iter().map(|(_, path)| path).collect();
        files.extend(self.with_extension(BROKEN)?);
        files.sort();
        let last = files.pop();
        for path in &files {
            remove(path)?;
        }
        let Some(last) = last else { return Ok(None) };
        let aside = last.with_extension(ASIDE);
        fs::rename(last, &aside)?;
        for path in self.with_extension(ASIDE)?.iter().rev().skip(KEPT_ASIDE) {
            remove(path)?;
        }
        Ok(Some(aside))
    }

    /// The number for the next file: above all that there are.
    pub fn next_sequence(&self) -> io::Result<u64> {
        let mut last = 0;
        for extension in [EXTENSION, BROKEN, ASIDE] {
            for path in self.with_extension(extension)? {
                let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
                last = last.max(number.unwrap_or(0));
            }
        }
        Ok(last + 1)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
