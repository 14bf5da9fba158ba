//! The configuration's log, the realm, and backups.

use super::sample::{self, commit, extension, rename};
use super::{Failure, Place, same};
use crate::store::{HistoryQuery, RecordQuery, RegistrationWrite};
use crate::{Directory, Revision, StoreError, changes_between};
use ground::Utc;

pub(super) fn empty(place: &mut dyn Place) -> Result<(), Failure> {
    for _ in 0..2 {
        let mut store = place.open()?;
        same("an empty store gives the empty directory", store.load()?, Directory::default())?;
        same("an empty store is at revision 0", store.head()?, Revision(0))?;
        same("an empty store has no realm", store.realm()?, None)?;
        same("an empty store has no registration", store.load_registrations()?.len(), 0)?;
        same("an empty store has no record", store.records(&RecordQuery::newest(10))?.len(), 0)?;
        same("an empty store has no open segment", store.interrupted(Utc::from_seconds(1))?.len(), 0)?;
        let history = store.history(HistoryQuery { before: None, limit: 10 })?;
        same("an empty store has no history", history.len(), 0)?;
    }
    Ok(())
}

pub(super) fn head_is_conditional(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let empty = Directory::default();
    let first = commit(&mut *store, &empty, vec![extension(1001)])?;
    // Somebody who saw the empty site.
    let late = sample::set(Revision(0), vec![extension(1002)]);
    let result = empty.apply(&late).unwrap_or_default();
    let refused = store.append(&late, &result);
    let moved = StoreError::HeadMoved { expected: Revision(0), actual: Revision(1) };
    same("a set for an earlier head is refused", refused, Err(moved.clone()))?;
    let refused = store.append(&late, &Directory { revision: Revision(2), ..result });
    same("a set for an earlier head is refused whatever it led to", refused, Err(moved))?;
    // Somebody who saw a revision that never was.
    let early = sample::set(Revision(7), vec![extension(1002)]);
    let refused = store.append(&early, &Directory { revision: Revision(8), ..first.clone() });
    let moved = StoreError::HeadMoved { expected: Revision(7), actual: Revision(1) };
    same("a set for a later head is refused", refused, Err(moved))?;
    // A result that is not the next revision.
    let next = sample::set(Revision(1), vec![extension(1002)]);
    let refused = store.append(&next, &Directory { revision: Revision(3), ..first.clone() });
    same("a result that is not the next revision is refused", refused.is_err(), true)?;
    same("what was refused leaves nothing", store.load()?, first.clone())?;
    drop(store);
    let mut store = place.open()?;
    same("what was refused leaves nothing after a restart", store.load()?, first)
}

pub(super) fn every_revision(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let mut all = vec![Directory::default()];
    let mut head = commit(&mut *store, &Directory::default(), sample::way_out())?;
    all.push(head.clone());
    for number in 2000..2300 {
        let changes = if number % 7 == 6 { vec![rename(number - 1, "Tihanyi")] } else { vec![extension(number)] };
        head = commit(&mut *store, &head, changes)?;
        all.push(head.clone());
    }
    // Back to an earlier revision, as a new one.
    let back = changes_between(&head, all.get(100).unwrap_or(&head));
    head = commit(&mut *store, &head, back)?;
    all.push(head.clone());
    drop(store);
    let mut store = place.open()?;
    same("the head is there after a restart", store.load()?, head.clone())?;
    for (index, wanted) in all.iter().enumerate().filter(|(index, _)| index % 37 < 2) {
        let revision = Revision(index as u64);
        same("a revision is what it was", store.directory_at(revision)?, wanted.clone())?;
    }
    let beyond = Revision(head.revision.0 + 1);
    let refused = store.directory_at(beyond).map(|_| ());
    same(
        "a revision that is not there is refused",
        refused,
        Err(StoreError::NoSuchRevision { revision: beyond, head: head.revision }),
    )
}

pub(super) fn history(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let mut head = Directory::default();
    let mut sets = Vec::new();
    for number in 3000..3010 {
        sets.push(sample::set(head.revision, vec![extension(number)]));
        head = commit(&mut *store, &head, vec![extension(number)])?;
    }
    drop(store);
    let mut store = place.open()?;
    let newest = store.history(HistoryQuery { before: None, limit: 3 })?;
    let revisions: Vec<_> = newest.iter().map(|entry| entry.revision.0).collect();
    same("history begins at the head", revisions, vec![10, 9, 8])?;
    let further = store.history(HistoryQuery { before: Some(Revision(8)), limit: 100 })?;
    let revisions: Vec<_> = further.iter().map(|entry| entry.revision.0).collect();
    same("history goes on before a revision", revisions, vec![7, 6, 5, 4, 3, 2, 1])?;
    let seen: Vec<_> = newest.into_iter().chain(further).rev().map(|entry| entry.set).collect();
    same("history holds the sets as they were applied", seen, sets)
}

pub(super) fn large(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let changes: Vec<_> = (10_000..16_000).map(extension).collect();
    let head = commit(&mut *store, &Directory::default(), changes)?;
    let head = commit(&mut *store, &head, vec![rename(12_345, "Puskas")])?;
    drop(store);
    let mut store = place.open()?;
    let loaded = store.load()?;
    same("the identifiers go on where they stopped", loaded.next_device, head.next_device)?;
    same("a large site is what it was", loaded == head, true)
}

pub(super) fn realm(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    store.set_realm_once("exchange.example")?;
    store.set_realm_once("exchange.example")?;
    let refused = store.set_realm_once("other.example");
    let fixed = StoreError::RealmFixed { realm: "exchange.example".to_owned() };
    same("another realm is refused", refused, Err(fixed))?;
    drop(store);
    let mut store = place.open()?;
    same("the realm survives", store.realm()?, Some("exchange.example".to_owned()))
}

pub(super) fn backup(place: &mut dyn Place) -> Result<(), Failure> {
    let path = place.backup_path();
    let mut store = place.open()?;
    let head = commit(&mut *store, &Directory::default(), sample::way_out())?;
    store.set_realm_once("exchange.example")?;
    store.save_registrations(&[RegistrationWrite::Save(sample::registration("1001", 1))])?;
    store.close_records(&[sample::record(1, 100)])?;
    store.backup(&path)?;
    same("an existing file is not overwritten", store.backup(&path).is_err(), true)?;
    // What comes later is not in it.
    store.close_records(&[sample::record(2, 200)])?;
    drop(store);
    let mut copy = place.open_backup(&path)?;
    same("a backup holds the configuration", copy.load()?, head)?;
    same("a backup holds the realm", copy.realm()?, Some("exchange.example".to_owned()))?;
    same("a backup holds the registrations", copy.load_registrations()?, vec![sample::registration("1001", 1)])?;
    same("a backup holds the records", copy.records(&RecordQuery::newest(10))?, vec![sample::record(1, 100)])
}
