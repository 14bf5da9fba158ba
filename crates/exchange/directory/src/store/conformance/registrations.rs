//! Registrations.

use super::sample::{self, registration};
use super::{Failure, Place, same};
use crate::store::{BindingName, FlowTransport, RegistrationKey, RegistrationWrite, StoredRegistration};
use crate::{Directory, Revision};
use ground::Utc;

fn save(registration: StoredRegistration) -> RegistrationWrite {
    RegistrationWrite::Save(registration)
}

fn remove(registration: &StoredRegistration, version: u64) -> RegistrationWrite {
    RegistrationWrite::Remove { key: registration.key.clone(), version }
}

pub(super) fn versions(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let mut second = registration("1001", 1);
    second.key.binding = BindingName::Instance { instance: "urn:uuid:0001".to_owned(), reg_id: 1 };
    let mut third = second.clone();
    third.key.binding = BindingName::Instance { instance: "urn:uuid:0001".to_owned(), reg_id: 2 };
    third.flow.transport = FlowTransport::Wss;
    let other = registration("1002", 9);
    let batch = [save(other.clone()), save(third.clone()), save(registration("1001", 1)), save(second.clone())];
    store.save_registrations(&batch)?;

    let mut fresher = registration("1001", 5);
    fresher.expires_at = Utc::from_seconds(1_800_000_000);
    fresher.path.clear();
    store.save_registrations(&[save(fresher.clone())])?;
    let mut stale = registration("1001", 4);
    stale.contact = "sip:stale".to_owned();
    store.save_registrations(&[
        save(stale.clone()),
        remove(&stale, 4),
        save(StoredRegistration { version: 5, ..stale }),
    ])?;
    drop(store);
    let mut store = place.open()?;
    let wanted = vec![fresher.clone(), second.clone(), third.clone(), other];
    same(
        "a write that is not newer is passed over; the order is that of the keys",
        store.load_registrations()?,
        wanted,
    )?;

    // Large versions, and both in one batch.
    let late = StoredRegistration { version: u64::from(u32::MAX) + 1, ..fresher };
    store.save_registrations(&[save(late.clone()), remove(&second, 1)])?;
    let keys: Vec<RegistrationKey> = store.load_registrations()?.into_iter().map(|found| found.key).collect();
    same("a removal takes one binding", keys, vec![late.key, third.key, registration("1002", 1).key])
}

pub(super) fn removal(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    let old = registration("1001", 40);
    store.save_registrations(&[save(old.clone()), remove(&old, 40)])?;
    same("a removal with the same version removes", store.load_registrations()?.len(), 0)?;
    store.save_registrations(&[remove(&old, 99)])?;
    store.save_registrations(&[save(registration("1001", 1))])?;
    drop(store);
    let mut store = place.open()?;
    same("a removed key forgets its version", store.load_registrations()?, vec![registration("1001", 1)])?;
    store.save_registrations(&[])?;
    same("an empty batch changes nothing", store.load_registrations()?.len(), 1)
}

pub(super) fn apart(place: &mut dyn Place) -> Result<(), Failure> {
    let mut store = place.open()?;
    store.save_registrations(&[save(registration("1001", 1))])?;
    let head = sample::commit(&mut *store, &Directory::default(), vec![sample::extension(1001)])?;
    let gone = vec![crate::Change::RemoveExtension { number: sample::digits("1001") }];
    sample::commit(&mut *store, &head, gone)?;
    drop(store);
    let mut store = place.open()?;
    same("a change of configuration leaves user state alone", store.load_registrations()?.len(), 1)?;
    same("user state does not move the head", store.head()?, Revision(2))
}
