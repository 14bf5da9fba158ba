//! Registrations: one row a binding.

use super::error::Trouble;
use directory::store::{BindingName, RegistrationKey, RegistrationWrite, StoredRegistration};
use rusqlite::{Connection, Transaction, params};

/// The binding's column: unambiguous, because a reg-id has no colon.
fn binding_text(name: &BindingName) -> String {
    match name {
        BindingName::Contact(contact) => format!("contact:{contact}"),
        BindingName::Instance { instance, reg_id } => format!("instance:{reg_id}:{instance}"),
    }
}

fn version_row(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

pub(super) fn save(transaction: &Transaction, batch: &[RegistrationWrite]) -> Result<(), Trouble> {
    let mut upsert = transaction.prepare_cached(
        "INSERT INTO registration (number, binding, version, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (number, binding) DO UPDATE
         SET version = excluded.version, expires_at = excluded.expires_at, body = excluded.body
         WHERE excluded.version > registration.version",
    )?;
    let mut remove =
        transaction.prepare_cached("DELETE FROM registration WHERE number = ?1 AND binding = ?2 AND version <= ?3")?;
    for write in batch {
        let RegistrationKey { number, binding } = write.key();
        let (number, binding, version) = (number.as_str(), binding_text(binding), version_row(write.version()));
        match write {
            RegistrationWrite::Save(registration) => {
                let body = serde_json::to_string(registration).map_err(|e| Trouble::Damaged(e.to_string()))?;
                upsert.execute(params![number, binding, version, registration.expires_at.as_micros(), body])?;
            }
            RegistrationWrite::Remove { .. } => {
                remove.execute(params![number, binding, version])?;
            }
        }
    }
    Ok(())
}

pub(super) fn load(connection: &Connection) -> Result<Vec<StoredRegistration>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT number, body FROM registration")?;
    let mut rows = statement.query([])?;
    let mut registrations = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_str().map_err(|error| Trouble::Damaged(error.to_string()))?;
        let registration: StoredRegistration = serde_json::from_str(body).map_err(|error| {
            let number: String = row.get(0).unwrap_or_default();
            Trouble::Damaged(format!("a registration of {number}: {error}"))
        })?;
        registrations.push(registration);
    }
    registrations.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(registrations)
}
