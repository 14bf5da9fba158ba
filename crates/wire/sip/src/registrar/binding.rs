//! One binding: an address of record, a Contact, and the flow on which it was registered (RFC 3261 section 10.3).

use crate::dialog::BindingName;
use crate::transaction::Flow;
use ground::{Moment, Utc};
use serde::{Deserialize, Serialize};

/// A binding's own number: its timers are named by it, so that none can reach a newer binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub u64);

/// A live binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its number.
    pub id: BindingId,
    /// Its name: address of record and instance with reg-id, or Contact.
    pub name: BindingName,
    /// The Contact URI.
    pub contact: Box<str>,
    /// The preference in thousandths, RFC 3261 section 20.10; 1000 where none is given.
    pub q: u16,
    /// The Call-ID of the last REGISTER.
    pub call_id: Box<str>,
    /// The CSeq number of the last REGISTER.
    pub sequence: u32,
    /// When it ends.
    pub expires: Moment,
    /// The same in wall-clock time, for the store.
    pub expires_utc: Utc,
    /// `+sip.instance`, RFC 5626 section 4.1.
    pub instance: Option<Box<str>>,
    /// `reg-id`, RFC 5626 section 4.2.
    pub reg_id: Option<u32>,
    /// The Path of the REGISTER, used as Route towards the Contact (RFC 3327 section 5.3).
    pub path: Vec<Box<str>>,
    /// The flow on which the REGISTER came.
    pub flow: Flow,
    /// False while the connection of a stream binding is lost: it waits for re-registration.
    pub live: bool,
    /// The telephone sits behind an address translator: its Via named another address than its packets (RFC 3581).
    pub nat: bool,
    /// Rises with each registration: the most recent binding has the highest.
    pub recency: u64,
}

impl Binding {
    /// Whole seconds that are left at `now`, rounded up.
    pub fn remaining(&self, now: Moment) -> u32 {
        let left = self.expires.since(now);
        u32::try_from(left.as_secs() + u64::from(left.subsec_nanos() > 0)).unwrap_or(u32::MAX)
    }

    /// The binding as the store keeps it.
    pub fn stored(&self) -> StoredBinding {
        StoredBinding {
            name: self.name.clone(),
            contact: self.contact.clone(),
            q: self.q,
            call_id: self.call_id.clone(),
            sequence: self.sequence,
            expires: self.expires_utc,
            instance: self.instance.clone(),
            reg_id: self.reg_id,
            path: self.path.clone(),
            flow: self.flow,
            nat: self.nat,
        }
    }
}

/// A binding as plain data, for the store and for a second server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBinding {
    /// Its name.
    pub name: BindingName,
    /// The Contact URI.
    pub contact: Box<str>,
    /// The preference in thousandths.
    pub q: u16,
    /// The Call-ID of the last REGISTER.
    pub call_id: Box<str>,
    /// The CSeq number of the last REGISTER.
    pub sequence: u32,
    /// When it ends.
    pub expires: Utc,
    /// `+sip.instance`.
    pub instance: Option<Box<str>>,
    /// `reg-id`.
    pub reg_id: Option<u32>,
    /// The Path of the REGISTER.
    pub path: Vec<Box<str>>,
    /// The flow; after a restart a datagram flow is still good, a connection is not.
    pub flow: Flow,
    /// The telephone sits behind an address translator.
    pub nat: bool,
}
