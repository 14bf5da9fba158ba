//! One file a weekday, `lim1.0.dat` (Sunday) to `lim1.6.dat`: a line a segment, in the file of the day on which it ended. When the
//! weekday comes round again its file begins anew.

use super::csv;
use super::field::LocalDate;
use directory::store::ClosedRecord;
use directory::{CallRecord, RecordKey};
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The longest line, with much room.
const LONGEST_LINE: u64 = 4096;

/// Which line of the top tells the day.
const DATE: &str = "# date: ";

/// Why records could not be written to their file.
#[derive(Debug)]
pub enum FileFault {
    /// The system says so.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        error: io::Error,
    },
    /// A file of that name is none of ours, or of another version; it is left alone.
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileFault::Io { path, error } => write!(f, "{}: {error}", path.display()),
            FileFault::Foreign { path } => {
                write!(f, "{} holds something else than call records of this version; move it away", path.display())
            }
        }
    }
}

impl std::error::Error for FileFault {}

/// The name of a weekday's file; 0 is Sunday.
pub fn file_name(weekday: u8) -> String {
    format!("lim1.{weekday}.dat")
}

/// The file that was written to last.
struct Current {
    path: PathBuf,
    file: File,
    date: String,
    weekday: u8,
    /// The length up to the end of the last whole line: what is behind it was never finished.
    length: u64,
}

/// The seven files of a folder.
pub struct WeekdayFiles {
    folder: PathBuf,
    current: Option<Current>,
}

impl fmt::Debug for WeekdayFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeekdayFiles({})", self.folder.display())
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FileFault + '_ {
    move |error| FileFault::Io { path: path.to_owned(), error }
}

impl WeekdayFiles {
    /// Files in this folder. Nothing is opened before the first record.
    pub fn new(folder: &Path) -> WeekdayFiles {
        WeekdayFiles { folder: folder.to_owned(), current: None }
    }

    /// The segments of the last whole lines, one for each file that has one: the newest of them is the last one written.
    pub fn last_keys(&self) -> Result<Vec<RecordKey>, FileFault> {
        let mut keys = Vec::new();
        for weekday in 0..7 {
            let path = self.folder.join(file_name(weekday));
            match File::open(&path) {
                Ok(mut file) => keys.extend(last_line(&mut file).map_err(failed(&path))?.and_then(|line| key(&line))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(&path)(error)),
            }
        }
        Ok(keys)
    }

    /// Writes records in this order and returns when they would survive a power failure. After a failure, `written` says how
    /// many are in their files whole; of the others there is no trace.
    pub fn append(&mut self, records: &[ClosedRecord], written: &mut usize) -> Result<(), FileFault> {
        *written = 0;
        let mut rest = records;
        while let Some(first) = rest.first() {
            let date = LocalDate::of_end(&first.record);
            let same = rest.iter().take_while(|one| LocalDate::of_end(&one.record) == date).count();
            let (now, later) = rest.split_at(same);
            self.open(date)?;
            self.write(now.iter().map(|one| &one.record))?;
            *written += same;
            rest = later;
        }
        Ok(())
    }

    fn write<'a>(&mut self, records: impl Iterator<Item = &'a CallRecord>) -> Result<(), FileFault> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let text: String = records.map(csv::line).collect();
        let done = current.file.write_all(text.as_bytes()).and_then(|()| current.file.sync_data());
        if let Err(error) = done {
            // Half a line must not stay. If even that fails, opening the file anew cuts it off.
            let _ = current.file.set_len(current.length);
            let path = current.path.clone();
            self.current = None;
            return Err(FileFault::Io { path, error });
        }
        current.length = current.length.saturating_add(text.len() as u64);
        Ok(())
    }

    /// Makes the file of this day the current one.
    fn open(&mut self, date: LocalDate) -> Result<(), FileFault> {
        let text = date.to_string();
        // A record of an earlier week that comes late goes where this weekday's lines stand now.
        if self.current.as_ref().is_some_and(|current| current.weekday == date.weekday() && current.date >= text) {
            return Ok(());
        }
        self.current = None;
        DirBuilder::new().recursive(true).mode(0o750).create(&self.folder).map_err(failed(&self.folder))?;
        let path = self.folder.join(file_name(date.weekday()));
        let there = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => Some(existing(file, &path, date.weekday())?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path)(error)),
        };
        self.current = Some(match there {
            Some(current) if current.date >= text => current,
            _ => begin(&path, text, date.weekday()).map_err(failed(&path))?,
        });
        Ok(())
    }
}

/// Reads the top of a file, and cuts off a line that was never finished.
fn existing(mut file: File, path: &Path, weekday: u8) -> Result<Current, FileFault> {
    let foreign = || FileFault::Foreign { path: path.to_owned() };
    let mut top = String::new();
    Read::by_ref(&mut file).take(LONGEST_LINE).read_to_string(&mut top).map_err(|_| foreign())?;
    let date = top.lines().nth(2).and_then(|line| line.strip_prefix(DATE)).ok_or_else(foreign)?.to_owned();
    if !top.starts_with(&csv::header(&format!("date: {date}"))) {
        return Err(foreign());
    }
    let length = whole_lines(&mut file).map_err(failed(path))?.ok_or_else(foreign)?;
    file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0))).map_err(failed(path))?;
    Ok(Current { path: path.to_owned(), file, date, weekday, length })
}

/// Puts a new file in the place of the old one. Whoever reads the old one keeps it.
fn begin(path: &Path, date: String, weekday: u8) -> io::Result<Current> {
    let new = path.with_extension("dat.new");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o640).open(&new)?;
    let top = csv::header(&format!("date: {date}"));
    file.write_all(top.as_bytes())?;
    file.sync_data()?;
    std::fs::rename(&new, path)?;
    Ok(Current { path: path.to_owned(), file, date, weekday, length: top.len() as u64 })
}

/// The end of a file, at most two lines of it, and where it begins.
fn tail(file: &mut File) -> io::Result<(u64, Vec<u8>)> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(2 * LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(2 * LONGEST_LINE).read_to_end(&mut bytes)?;
    Ok((from, bytes))
}

/// The length of a file up to its last line feed; none when what is behind it is longer than any line.
fn whole_lines(file: &mut File) -> io::Result<Option<u64>> {
    let (from, bytes) = tail(file)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    Ok(end.map(|at| from + at as u64 + 1))
}

/// The last whole line.
fn last_line(file: &mut File) -> io::Result<Option<String>> {
    let (_, bytes) = tail(file)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').and_then(|end| bytes.get(..end)).unwrap_or_default();
    Ok(whole.rsplit(|byte| *byte == b'\n').next().map(|line| String::from_utf8_lossy(line).into_owned()))
}

/// The segment that a line is about; none for a comment.
fn key(line: &str) -> Option<RecordKey> {
    let values = csv::fields(line)?;
    let (call, segment) = (values.first()?, values.get(1)?);
    (values.len() == csv::COLUMNS.len()).then_some(())?;
    Some(RecordKey { call: call.parse().ok()?, segment: segment.parse().ok()? })
}
