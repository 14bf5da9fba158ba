use super::*;
use crate::frame;
use crate::header::Header;
use ground::Utc;
use std::os::unix::fs::PermissionsExt;

fn file(sequence: u64, kinds: &[Kind]) -> Vec<u8> {
    let mut bytes = Header { build: "b".into(), sequence, position: 0, begun: Utc::default() }.bytes();
    for kind in kinds {
        frame::write(*kind, b"content", &mut bytes);
    }
    bytes
}

const WHOLE: [Kind; 3] = [Kind::Section, Kind::Whole, Kind::Record];

fn place() -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(&place.path().join("journal")).unwrap();
    (place, folder)
}

fn put(folder: &Folder, sequence: u64, bytes: &[u8]) {
    fs::write(folder.file(sequence), bytes).unwrap();
}

fn latest(folder: &Folder) -> String {
    match folder.latest().unwrap() {
        Stored::File(complete) => complete.path.file_stem().unwrap().to_str().unwrap().trim_start_matches('0').into(),
        other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
    }
}

#[test]
fn the_youngest_file_with_a_whole_snapshot_counts() {
    let (_place, folder) = place();
    assert_eq!(latest(&folder), "Nothing");
    put(&folder, 1, &file(1, &WHOLE));
    put(&folder, 2, &file(2, &WHOLE));
    assert_eq!(latest(&folder), "2");
    // A crash within the snapshot, at any byte.
    let third = file(3, &WHOLE[..2]);
    for end in 0..third.len() {
        put(&folder, 3, &third[..end]);
        assert_eq!(latest(&folder), "2", "{end}");
    }
    put(&folder, 3, &third);
    assert_eq!(latest(&folder), "3");
}

#[test]
fn what_cannot_be_read_is_named_and_no_older_file_is_taken_in_its_place() {
    let (_place, folder) = place();
    put(&folder, 1, &file(1, &WHOLE));
    put(&folder, 2, b"a letter");
    assert!(matches!(folder.latest().unwrap(), Stored::Foreign { error: HeaderError::NotAJournal, .. }));
    let mut bad = file(2, &WHOLE);
    let at = file(2, &[]).len();
    bad[at] ^= 1;
    put(&folder, 2, &bad);
    assert_eq!(folder.latest().unwrap(), Stored::Damaged { path: folder.file(2), at });
}

#[test]
fn a_broken_journal_gives_nothing_stale() {
    let (_place, folder) = place();
    put(&folder, 1, &file(1, &WHOLE));
    put(&folder, 2, &file(2, &WHOLE));
    folder.mark_broken().unwrap();
    assert_eq!(latest(&folder), "Broken");
    assert_eq!(folder.next_sequence().unwrap(), 3);
    put(&folder, 3, &file(3, &WHOLE));
    assert_eq!(latest(&folder), "3");
    folder.prune(2).unwrap();
    assert!(folder.with_extension(BROKEN).unwrap().is_empty());
}

#[test]
fn the_last_files_stay_and_a_bounded_number_aside() {
    let (_place, folder) = place();
    for sequence in 1..6 {
        put(&folder, sequence, &file(sequence, &WHOLE));
    }
    folder.prune(2).unwrap();
    assert_eq!(folder.files().unwrap().iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5]);
    for sequence in 5..10 {
        put(&folder, sequence, &file(sequence, &WHOLE));
        assert_eq!(folder.set_aside().unwrap(), Some(folder.file(sequence).with_extension(ASIDE)));
        assert!(folder.files().unwrap().is_empty());
    }
    assert_eq!(folder.with_extension(ASIDE).unwrap().len(), KEPT_ASIDE);
    assert_eq!(folder.set_aside().unwrap(), None);
    assert_eq!(folder.next_sequence().unwrap(), 10);
}

#[test]
fn nobody_else_may_look_into_it() {
    let (_place, folder) = place();
    let path = folder.file(1);
    Folder::create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&folder.path).unwrap().permissions().mode() & 0o777, 0o700);
}
