//! The registrar's tables and timers.

use super::binding::{Binding, BindingId, StoredBinding};
use super::request::{ContactRequest, Registration, Rejection};
use crate::dialog::BindingName;
use crate::transaction::{Flow, Transport};
use ground::{FlowId, Moment, NetworkId, Now, Table, TimerTable};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// What the registrar is told about its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrarConfig {
    /// The shortest interval that is accepted, in seconds (423 below).
    pub minimum: u32,
    /// The interval where the telephone names none, in seconds.
    pub default: u32,
    /// The longest interval that is granted, in seconds; a longer wish is shortened.
    pub maximum: u32,
    /// The most contacts of one address of record (403 beyond).
    pub contacts: usize,
    /// The most bindings in all (503 beyond).
    pub bindings: usize,
    /// How often a telephone behind an address translator gets a keep-alive datagram.
    pub keep_alive: Duration,
}

impl Default for RegistrarConfig {
    fn default() -> Self {
        RegistrarConfig {
            minimum: 60,
            default: 3600,
            maximum: 7200,
            contacts: 5,
            bindings: 100_000,
            keep_alive: Duration::from_secs(25),
        }
    }
}

/// Why a binding is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Its time ran out.
    Expired,
    /// The telephone took it back.
    Removed,
    /// The same telephone registered again under another name.
    Replaced,
    /// An administrator took it away.
    Ordered,
}

/// What changed in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A binding is new or was refreshed.
    Stored {
        /// The binding.
        binding: Box<Binding>,
        /// It was not there before.
        new: bool,
    },
    /// A binding is gone.
    Gone {
        /// Its name.
        name: BindingName,
        /// Why.
        why: Gone,
    },
}

/// What the registrar's timers bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrarOutput {
    /// A change by expiry.
    Changed(Change),
    /// Send a keep-alive on this flow (RFC 5626 section 3.5.1 form: CRLF CRLF).
    KeepAlive(Flow),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Expiry,
    KeepAlive,
}

/// Who stands behind one source of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Connection(FlowId),
    Datagram(NetworkId, SocketAddr),
}

impl Source {
    fn of(flow: &Flow) -> Option<Source> {
        match (flow.connection, flow.transport) {
            (Some(connection), _) => Some(Source::Connection(connection)),
            (None, Transport::Udp) => Some(Source::Datagram(flow.network, flow.peer)),
            (None, _) => None,
        }
    }
}

/// The bindings of every address of record.
#[derive(Debug)]
pub struct Registrar {
    config: RegistrarConfig,
    by_aor: Table<Box<str>, Vec<Binding>>,
    aor_of: BTreeMap<BindingId, Box<str>>,
    by_source: BTreeMap<Source, BTreeSet<BindingId>>,
    timers: TimerTable<(BindingId, Kind)>,
    output: VecDeque<RegistrarOutput>,
    next_id: u64,
    recency: u64,
}

impl Registrar {
    /// An empty registrar; `seed` keys its hash table.
    pub fn new(config: RegistrarConfig, seed: u64) -> Self {
        Registrar {
            config,
            by_aor: Table::with_seed(seed),
            aor_of: BTreeMap::new(),
            by_source: BTreeMap::new(),
            timers: TimerTable::new(),
            output: VecDeque::new(),
            next_id: 0,
            recency: 0,
        }
    }

    /// Does what a REGISTER asks, all or nothing, RFC 3261 section 10.3 steps 6 to 8.
    pub fn register(&mut self, now: Now, request: &Registration) -> Result<Vec<Change>, Rejection> {
        if request.all {
            return self.remove_all(request);
        }
        self.check(request)?;
        let mut changes = Vec::new();
        for contact in &request.contacts {
            let name = name_of(&request.aor, contact);
            match self.granted(contact, request) {
                0 => self.forget(&name, Gone::Removed, &mut changes),
                seconds => self.store(now, request, contact, name, seconds, &mut changes),
            }
        }
        Ok(changes)
    }

    /// The bindings of an address of record: highest q first, most recent first among equals.
    pub fn bindings(&self, aor: &str) -> Vec<&Binding> {
        let mut all: Vec<&Binding> = self.by_aor.get(aor).into_iter().flatten().collect();
        all.sort_by(|a, b| b.q.cmp(&a.q).then(b.recency.cmp(&a.recency)));
        all
    }

    /// The binding of this name.
    pub fn binding(&self, name: &BindingName) -> Option<&Binding> {
        self.by_aor.get(&*name.aor)?.iter().find(|binding| binding.name == *name)
    }

    /// The addresses of record that hold a live binding on this flow: on the connection, or at the datagram's source address.
    pub fn accounts_on(&self, flow: &Flow) -> Vec<&str> {
        let Some(ids) = Source::of(flow).and_then(|source| self.by_source.get(&source)) else { return Vec::new() };
        let mut names: Vec<&str> = ids.iter().filter_map(|id| self.aor_of.get(id)).map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// True when `aor` holds a live binding on this flow.
    pub fn is_on(&self, flow: &Flow, aor: &str) -> bool {
        let ids = Source::of(flow).and_then(|source| self.by_source.get(&source));
        ids.into_iter().flatten().any(|id| self.aor_of.get(id).is_some_and(|name| **name == *aor))
    }

    /// A connection is gone: its bindings stay and wait for re-registration. Their names.
    pub fn flow_closed(&mut self, connection: FlowId) -> Vec<BindingName> {
        let ids = self.by_source.remove(&Source::Connection(connection)).unwrap_or_default();
        let mut names = Vec::new();
        for id in ids {
            self.timers.cancel(&(id, Kind::KeepAlive));
            if let Some(binding) = self.find_mut(id) {
                binding.live = false;
                names.push(binding.name.clone());
            }
        }
        names
    }

    /// Takes every binding of an address of record away.
    pub fn remove(&mut self, aor: &str) -> Vec<Change> {
        let names: Vec<BindingName> =
            self.by_aor.get(aor).into_iter().flatten().map(|binding| binding.name.clone()).collect();
        let mut changes = Vec::new();
        for name in names {
            self.forget(&name, Gone::Ordered, &mut changes);
        }
        changes
    }

    /// Every binding as plain data, in the order of the addresses of record.
    pub fn export(&self) -> Vec<StoredBinding> {
        self.by_aor.sorted().into_iter().flat_map(|(_, bindings)| bindings.iter().map(Binding::stored)).collect()
    }

    /// Takes a binding from the store; false when it has expired or the table is full.
    ///
    /// A datagram binding is usable at once; one on a connection waits for re-registration.
    pub fn import(&mut self, now: Now, stored: StoredBinding) -> bool {
        let left = stored.expires.as_micros().saturating_sub(now.utc.as_micros());
        let Ok(left) = u64::try_from(left) else { return false };
        if left == 0 || self.aor_of.len() >= self.config.bindings {
            return false;
        }
        let mut flow = stored.flow;
        flow.connection = None;
        let mut changes = Vec::new();
        self.forget(&stored.name, Gone::Replaced, &mut changes);
        let binding = Binding {
            id: self.new_id(),
            expires: now.moment + Duration::from_micros(left),
            expires_utc: stored.expires,
            live: flow.transport == Transport::Udp,
            recency: self.recency,
            name: stored.name,
            contact: stored.contact,
            q: stored.q,
            call_id: stored.call_id,
            sequence: stored.sequence,
            instance: stored.instance,
            reg_id: stored.reg_id,
            path: stored.path,
            flow,
            nat: stored.nat,
        };
        self.insert(now, binding);
        true
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((_, (id, kind))) = self.timers.pop_due(now.moment) {
            let Some(binding) = self.find_mut(id) else { continue };
            match kind {
                Kind::Expiry => {
                    let name = binding.name.clone();
                    let mut changes = Vec::new();
                    self.forget(&name, Gone::Expired, &mut changes);
                    self.output.extend(changes.into_iter().map(RegistrarOutput::Changed));
                }
                Kind::KeepAlive => {
                    let flow = binding.flow;
                    self.output.push_back(RegistrarOutput::KeepAlive(flow));
                    self.timers.set((id, Kind::KeepAlive), now.moment + self.config.keep_alive);
                }
            }
        }
    }

    /// The next result of a timer.
    pub fn poll(&mut self) -> Option<RegistrarOutput> {
        self.output.pop_front()
    }

    /// When [`Registrar::handle_timeout`] wants to be called next.
    pub fn next_timeout(&self) -> Option<Moment> {
        self.timers.next()
    }

    /// How many bindings there are.
    pub fn len(&self) -> usize {
        self.aor_of.len()
    }

    /// True when there is no binding, no index entry and no timer.
    pub fn is_empty(&self) -> bool {
        self.aor_of.is_empty() && self.by_aor.is_empty() && self.by_source.is_empty() && self.timers.is_empty()
    }

    /// RFC 3261 section 10.3 step 6: `*` needs Expires 0 and no other Contact.
    fn remove_all(&mut self, request: &Registration) -> Result<Vec<Change>, Rejection> {
        if request.expires != Some(0) || !request.contacts.is_empty() {
            return Err(Rejection::BadWildcard);
        }
        let all: Vec<(BindingName, bool)> = self
            .by_aor
            .get(&*request.aor)
            .into_iter()
            .flatten()
            .map(|b| (b.name.clone(), *b.call_id == *request.call_id && request.sequence <= b.sequence))
            .collect();
        if all.iter().any(|&(_, old)| old) {
            return Err(Rejection::OutOfOrder);
        }
        let mut changes = Vec::new();
        for (name, _) in all {
            self.forget(&name, Gone::Removed, &mut changes);
        }
        Ok(changes)
    }

    /// Everything that can refuse a REGISTER, before anything of it is done.
    fn check(&self, request: &Registration) -> Result<(), Rejection> {
        let present: &[Binding] = self.by_aor.get(&*request.aor).map_or(&[], Vec::as_slice);
        let mut added: BTreeSet<BindingName> = BTreeSet::new();
        let mut removed: BTreeSet<BindingName> = BTreeSet::new();
        for contact in &request.contacts {
            let name = name_of(&request.aor, contact);
            let wish = contact.expires.or(request.expires).unwrap_or(self.config.default);
            if wish > 0 && wish < self.config.minimum {
                return Err(Rejection::TooBrief { minimum: self.config.minimum });
            }
            let before = present.iter().find(|binding| binding.name == name);
            if before.is_some_and(|b| *b.call_id == *request.call_id && request.sequence <= b.sequence) {
                return Err(Rejection::OutOfOrder);
            }
            if wish == 0 {
                removed.insert(name);
                continue;
            }
            removed.extend(present.iter().filter(|b| replaces(b, request, contact, &name)).map(|b| b.name.clone()));
            if before.is_none() {
                added.insert(name);
            }
        }
        let kept = present.iter().filter(|binding| !removed.contains(&binding.name)).count();
        // Who is in may stay and go, also when the limit has become lower.
        let limit = request.limit.map_or(self.config.contacts, |own| own.min(self.config.contacts));
        if !added.is_empty() && kept + added.len() > limit {
            return Err(Rejection::TooManyContacts { limit });
        }
        if !added.is_empty() && self.aor_of.len() + added.len() > self.config.bindings {
            return Err(Rejection::Full);
        }
        Ok(())
    }

    fn granted(&self, contact: &ContactRequest, request: &Registration) -> u32 {
        contact.expires.or(request.expires).unwrap_or(self.config.default).min(self.config.maximum)
    }

    fn store(
        &mut self,
        now: Now,
        request: &Registration,
        contact: &ContactRequest,
        name: BindingName,
        seconds: u32,
        changes: &mut Vec<Change>,
    ) {
        let present: &[Binding] = self.by_aor.get(&*request.aor).map_or(&[], Vec::as_slice);
        let replaced: Vec<BindingName> =
            present.iter().filter(|b| replaces(b, request, contact, &name)).map(|b| b.name.clone()).collect();
        for old in replaced {
            self.forget(&old, Gone::Replaced, changes);
        }
        let new = self.take(&name).is_none();
        self.recency += 1;
        let interval = Duration::from_secs(u64::from(seconds));
        let binding = Binding {
            id: self.new_id(),
            name,
            contact: contact.uri.clone(),
            q: contact.q.unwrap_or(1000).min(1000),
            call_id: request.call_id.clone(),
            sequence: request.sequence,
            expires: now.moment + interval,
            expires_utc: now.utc + interval,
            instance: contact.instance.clone(),
            reg_id: contact.reg_id,
            path: request.path.clone(),
            flow: request.flow,
            live: true,
            nat: request.nat,
            recency: self.recency,
        };
        changes.push(Change::Stored { binding: Box::new(binding.clone()), new });
        self.insert(now, binding);
    }

    fn insert(&mut self, now: Now, binding: Binding) {
        self.timers.set((binding.id, Kind::Expiry), binding.expires);
        if binding.nat && binding.live && binding.flow.transport == Transport::Udp {
            self.timers.set((binding.id, Kind::KeepAlive), now.moment + self.config.keep_alive);
        }
        // A flow that an edge proxy shares among many telephones (RFC 3327) proves nobody's identity.
        if let Some(source) = Source::of(&binding.flow).filter(|_| binding.path.is_empty()) {
            self.by_source.entry(source).or_default().insert(binding.id);
        }
        self.aor_of.insert(binding.id, binding.name.aor.clone());
        match self.by_aor.get_mut(&*binding.name.aor) {
            Some(all) => all.push(binding),
            None => {
                self.by_aor.insert(binding.name.aor.clone(), vec![binding]);
            }
        }
    }

    fn forget(&mut self, name: &BindingName, why: Gone, changes: &mut Vec<Change>) {
        if let Some(binding) = self.take(name) {
            changes.push(Change::Gone { name: binding.name, why });
        }
    }

    /// Takes a binding out of every table.
    fn take(&mut self, name: &BindingName) -> Option<Binding> {
        let all = self.by_aor.get_mut(&*name.aor)?;
        let at = all.iter().position(|binding| binding.name == *name)?;
        let binding = all.remove(at);
        if all.is_empty() {
            self.by_aor.remove(&*name.aor);
        }
        self.aor_of.remove(&binding.id);
        self.timers.cancel(&(binding.id, Kind::Expiry));
        self.timers.cancel(&(binding.id, Kind::KeepAlive));
        if let Some(source) = Source::of(&binding.flow)
            && let Some(ids) = self.by_source.get_mut(&source)
        {
            ids.remove(&binding.id);
            if ids.is_empty() {
                self.by_source.remove(&source);
            }
        }
        Some(binding)
    }

    fn find_mut(&mut self, id: BindingId) -> Option<&mut Binding> {
        let aor = self.aor_of.get(&id)?;
        self.by_aor.get_mut(aor)?.iter_mut().find(|binding| binding.id == id)
    }

    fn new_id(&mut self) -> BindingId {
        self.next_id += 1;
        BindingId(self.next_id)
    }
}

/// RFC 5626 section 6: instance and reg-id name a binding; without an instance the Contact URI does.
fn name_of(aor: &str, contact: &ContactRequest) -> BindingName {
    let key = match &contact.instance {
        Some(instance) => format!("{instance};{}", contact.reg_id.unwrap_or(0)).into(),
        None => contact.uri.clone(),
    };
    BindingName { aor: aor.into(), key }
}

/// A telephone without an instance that restarted shows a new Call-ID and a new Contact on the flow of its old binding, or its
/// old connection is dead and the new one comes from the same host: the old binding is replaced, not joined by another.
fn replaces(old: &Binding, request: &Registration, contact: &ContactRequest, name: &BindingName) -> bool {
    if old.name == *name || old.instance.is_some() || contact.instance.is_some() || *old.call_id == *request.call_id {
        return false;
    }
    // Behind an edge proxy many telephones share one source.
    if !old.path.is_empty() || !request.path.is_empty() {
        return false;
    }
    let same_source = Source::of(&old.flow).is_some() && Source::of(&old.flow) == Source::of(&request.flow);
    let dead_connection = !old.live && old.flow.peer.ip() == request.flow.peer.ip();
    same_source || dead_connection
}
