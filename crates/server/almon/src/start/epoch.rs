//! The second with which identifiers of this start begin. No two starts of one data folder have the same, also when they
//! fall into one second or the clock was set back: else a call would get the identifier, and so the record, of another.

use ground::Utc;
use std::fs;
use std::io;
use std::path::Path;

/// The file in the data folder; its folder's lock keeps others away.
const FILE: &str = "last-start";

/// The second of this start: now, or the one after the last start's.
pub(super) fn take(data: &Path, now: Utc) -> io::Result<u32> {
    let path = data.join(FILE);
    let last = match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse::<u32>().ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let now = u32::try_from(now.as_seconds()).unwrap_or(0);
    let second = last.map_or(now, |last| now.max(last.saturating_add(1)));
    // Renamed into its place: a crash leaves the old file or the new one.
    let fresh = data.join("last-start.new");
    if let Err(error) = fs::write(&fresh, format!("{second}\n")).and_then(|()| fs::rename(&fresh, &path)) {
        // A full disk keeps nobody from starting: identifiers would meet only in another start within this second.
        tracing::warn!(%error, "{}: cannot be written", path.display());
    }
    Ok(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_starts_have_the_same_second() {
        let folder = tempfile::tempdir().unwrap();
        let at = |second| take(folder.path(), Utc::from_seconds(second)).unwrap();
        assert_eq!(at(1000), 1000);
        assert_eq!(at(1000), 1001);
        assert_eq!(at(900), 1002, "the clock was set back");
        assert_eq!(at(5000), 5000);
    }
}
