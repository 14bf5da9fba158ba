//! Site files: whatever their text is, they are refused or planned, and what they make of a site reads back as a file.

use directory::{ChangeSet, Directory, Hours, SiteFile};
use ground::{NetworkId, Utc};

fn network(name: &str) -> Option<NetworkId> {
    (name == "office").then_some(NetworkId(0))
}

/// Reads `data` as a site file and as hours of the week.
///
/// # Panics
///
/// When hours change by being written, or when the file of a site changes that site.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(hours) = text.parse::<Hours>() {
        assert_eq!(hours.to_string().parse(), Ok(hours), "hours changed by being written");
    }
    let Ok(file) = toml::from_str::<SiteFile>(&text) else { return };
    let empty = Directory::default();
    let Ok(changes) = file.plan(&empty, false, &network) else { return };
    let set = ChangeSet { base: empty.revision, author: "fuzz".to_owned(), at: Utc::from_seconds(0), changes };
    let Ok(site) = empty.apply(&set) else { return };
    let export = SiteFile::of(&site, &|id| (id == NetworkId(0)).then(|| "office".to_owned()), true);
    let written = toml::to_string(&export).unwrap_or_default();
    let read = toml::from_str::<SiteFile>(&written);
    assert_eq!(read.as_ref(), Ok(&export), "a site file changed by being written: {written}");
    assert_eq!(export.plan(&site, true, &network), Ok(Vec::new()), "the file of a site changes the site");
}
