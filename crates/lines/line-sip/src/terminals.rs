//! Bindings as the exchange's terminals, and as the store's registrations.

use directory::store::{BindingName as StoredName, FlowTransport, RegistrationKey, RegistrationWrite};
use directory::store::{StoredFlow, StoredRegistration, StoredRequest};
use exchange::{LineKind, MediaLocation, Terminal, TerminalId};
use ground::Digits;
use media_plan::AddressFamily;
use sip::Transport;
use sip::dialog::BindingName;
use sip::registrar::{Binding, StoredBinding};
use sip::transaction::Flow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// One registered telephone, as far as calls need it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: TerminalId,
    pub(crate) name: BindingName,
    pub(crate) contact: Box<str>,
    pub(crate) path: Vec<Box<str>>,
    pub(crate) flow: Flow,
    pub(crate) translated: bool,
    pub(crate) q: u16,
    pub(crate) recency: u64,
    version: u64,
}

/// A registered telephone, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredTelephone {
    /// The number.
    pub number: Digits,
    /// The Contact URI.
    pub contact: String,
    /// The flow.
    pub flow: Flow,
    /// It stands behind a translator of addresses.
    pub translated: bool,
}

/// The registered telephones of all numbers.
#[derive(Debug, Default)]
pub(crate) struct Terminals {
    by_number: BTreeMap<Digits, Vec<Known>>,
    number_of: BTreeMap<TerminalId, Digits>,
    next: u64,
    versions: u64,
}

impl Terminals {
    /// No telephones; they are numbered above `first`.
    pub(crate) fn new(first: u64) -> Self {
        Terminals { next: first, ..Terminals::default() }
    }

    /// Takes a new or refreshed binding in; true when what calls need of it is new.
    pub(crate) fn store(&mut self, number: Digits, binding: &Binding) -> bool {
        self.versions += 1;
        let version = self.versions;
        // Most numbers have one telephone: a vector that grows by itself begins with four.
        let known = self.by_number.entry(number).or_insert_with(|| Vec::with_capacity(1));
        let fresh = |id| Known {
            id,
            name: binding.name.clone(),
            contact: binding.contact.clone(),
            path: binding.path.clone(),
            flow: binding.flow,
            translated: binding.nat,
            q: binding.q,
            recency: binding.recency,
            version,
        };
        let changed = match known.iter_mut().find(|one| one.name == binding.name) {
            Some(one) => {
                let new = fresh(one.id);
                let changed = one.contact != new.contact
                    || one.flow != new.flow
                    || one.path != new.path
                    || one.translated != new.translated
                    || one.q != new.q;
                *one = new;
                changed
            }
            None => {
                self.next += 1;
                let id = TerminalId(self.next);
                self.number_of.insert(id, number);
                known.push(fresh(id));
                true
            }
        };
        // Highest q first, and among equals the most recent (RFC 3261 section 16.6).
        known.sort_by_key(|one| (std::cmp::Reverse(one.q), std::cmp::Reverse(one.recency)));
        changed
    }

    /// Forgets a binding; its write for the store when it was known.
    pub(crate) fn remove(&mut self, number: Digits, name: &BindingName) -> Option<RegistrationWrite> {
        let known = self.by_number.get_mut(&number)?;
        let at = known.iter().position(|one| one.name == *name)?;
        let gone = known.remove(at);
        if known.is_empty() {
            self.by_number.remove(&number);
        }
        self.number_of.remove(&gone.id);
        Some(RegistrationWrite::Remove { key: key(number, name), version: gone.version })
    }

    /// The version with which the last state of a binding is written.
    pub(crate) fn version(&self, number: Digits, name: &BindingName) -> u64 {
        let known = self.by_number.get(&number).and_then(|known| known.iter().find(|one| one.name == *name));
        known.map_or(0, |one| one.version)
    }

    /// A telephone by its identifier.
    pub(crate) fn get(&self, id: TerminalId) -> Option<&Known> {
        self.by_number.get(self.number_of.get(&id)?)?.iter().find(|one| one.id == id)
    }

    /// A telephone by its binding.
    pub(crate) fn named(&self, name: &BindingName) -> Option<&Known> {
        let number = name.aor.parse().ok()?;
        self.by_number.get::<Digits>(&number)?.iter().find(|one| one.name == *name)
    }

    /// The telephones of a number, most preferred first.
    pub(crate) fn of(&self, number: &Digits) -> Vec<Terminal> {
        let known = self.by_number.get(number).map(Vec::as_slice).unwrap_or_default();
        known.iter().map(Known::terminal).collect()
    }

    /// Every number with a telephone.
    pub(crate) fn numbers(&self) -> Vec<Digits> {
        self.by_number.keys().copied().collect()
    }

    /// All telephones, by number.
    pub(crate) fn listed(&self) -> Vec<RegisteredTelephone> {
        let one = |number: Digits, known: &Known| RegisteredTelephone {
            number,
            contact: known.contact.to_string(),
            flow: known.flow,
            translated: known.translated,
        };
        self.by_number.iter().flat_map(|(number, known)| known.iter().map(|known| one(*number, known))).collect()
    }

    /// How many telephones there are.
    pub(crate) fn len(&self) -> usize {
        self.number_of.len()
    }

    /// Versions go on above what the store holds.
    pub(crate) fn resume_versions(&mut self, above: u64) {
        self.versions = self.versions.max(above);
    }
}

impl Known {
    fn terminal(&self) -> Terminal {
        let location = MediaLocation {
            network: self.flow.network,
            family: AddressFamily::of(self.flow.peer.ip()),
            signalling: Some(self.flow.peer.ip()),
            translated: self.translated,
        };
        Terminal { id: self.id, line: LineKind::Sip, location }
    }
}

fn key(number: Digits, name: &BindingName) -> RegistrationKey {
    // The registrar's own key tells instance with reg-id and Contact apart already.
    RegistrationKey { number, binding: StoredName::Contact(name.key.to_string()) }
}

/// A binding as the store keeps it. The name carries the registrar's own key, so that it comes back the same.
pub(crate) fn registration(number: Digits, binding: &StoredBinding, version: u64) -> RegistrationWrite {
    RegistrationWrite::Save(StoredRegistration {
        key: key(number, &binding.name),
        version,
        contact: binding.contact.to_string(),
        q: binding.q,
        path: binding.path.iter().map(ToString::to_string).collect(),
        expires_at: binding.expires,
        flow: StoredFlow {
            transport: stored_transport(binding.flow.transport),
            network: binding.flow.network,
            local: binding.flow.local.unwrap_or(unspecified(binding.flow.peer)),
            peer: binding.flow.peer,
        },
        request: StoredRequest { call_id: binding.call_id.to_string(), cseq: binding.sequence },
        instance: binding.instance.as_deref().map(str::to_owned),
        reg_id: binding.reg_id,
        translated: binding.nat,
        user_agent: String::new(),
    })
}

/// What the store kept, as the registrar takes it back. `listener` finds the socket of a local address in the present
/// configuration; a registration whose socket is gone is not restored.
pub(crate) fn binding(
    stored: &StoredRegistration,
    listener: impl Fn(Transport, SocketAddr) -> Option<u16>,
) -> Option<StoredBinding> {
    let transport = live_transport(stored.flow.transport);
    let StoredName::Contact(key) = &stored.key.binding else { return None };
    let flow = Flow {
        transport,
        listener: listener(transport, stored.flow.local)?,
        local: Some(stored.flow.local),
        peer: stored.flow.peer,
        connection: None,
        network: stored.flow.network,
    };
    Some(StoredBinding {
        name: BindingName { aor: stored.key.number.as_str().into(), key: key.as_str().into() },
        contact: stored.contact.as_str().into(),
        q: stored.q,
        call_id: stored.request.call_id.as_str().into(),
        sequence: stored.request.cseq,
        expires: stored.expires_at,
        instance: stored.instance.as_deref().map(Into::into),
        reg_id: stored.reg_id,
        path: stored.path.iter().map(|path| path.as_str().into()).collect(),
        flow,
        nat: stored.translated,
    })
}

fn unspecified(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0; 8], 0)),
    }
}

fn stored_transport(transport: Transport) -> FlowTransport {
    match transport {
        Transport::Udp => FlowTransport::Udp,
        Transport::Tcp => FlowTransport::Tcp,
        Transport::Tls => FlowTransport::Tls,
        Transport::Ws => FlowTransport::Ws,
        Transport::Wss => FlowTransport::Wss,
    }
}

fn live_transport(transport: FlowTransport) -> Transport {
    match transport {
        FlowTransport::Udp => Transport::Udp,
        FlowTransport::Tcp => Transport::Tcp,
        FlowTransport::Tls => Transport::Tls,
        FlowTransport::Ws => Transport::Ws,
        FlowTransport::Wss => Transport::Wss,
    }
}

#[cfg(test)]
mod tests;
