//! The directory of a data folder: looked at before calls go by it, and as an exchange that nobody runs.

use super::{StartError, settings};
use crate::configuration::Site;
use directory::{ChangeRefusal, Directory, Store};
use exchange::Exchange;
use ground::{Machine, Now};
use std::sync::Arc;
use store::{Options, SqliteStore};

/// The directory of a store. One in which something begins with an emergency number is refused: no change set leads there, so
/// the data is not what this program wrote.
pub(super) fn load(store: &mut SqliteStore) -> Result<Directory, StartError> {
    let directory = store.load()?;
    let faults = directory.emergency_faults();
    if faults.is_empty() { Ok(directory) } else { Err(StartError::Emergency(faults.iter().map(sentence).collect())) }
}

fn sentence(fault: &ChangeRefusal) -> String {
    match &fault.item {
        Some(item) => format!("{item}: {}", fault.fault),
        None => fault.fault.to_string(),
    }
}

/// An exchange as it would begin: the directory of the data folder, no telephone, no call. None when the folder holds no
/// data. Refused while a server uses the folder.
pub fn at_rest(site: &Site, now: Now) -> Result<Option<Exchange>, StartError> {
    let folder = &site.configuration.data;
    if !folder.join(store::sqlite::DATABASE_NAME).exists() {
        return Ok(None);
    }
    let directory = load(&mut SqliteStore::open(folder, &Options::default())?)?;
    let mut exchange = Exchange::new(settings::exchange_config(site, 0, now.utc));
    exchange.handle(now, exchange::Input::Directory(Arc::new(directory)));
    Ok(Some(exchange))
}
