//! The changes that a file wants.

use super::export::via;
use super::{ExtensionEntry, RouteEntry, SiteFile, SiteFileFault, TrunkEntry};
use crate::change::{
    CallLimit, Change, ExtensionPatch, Item, NewExtension, NewRoute, NewTrunk, RoutePatch, SettingsPatch, TrunkPatch,
    Value,
};
use crate::{Directory, Extension, Route, Trunk, TrunkTransport};
use ground::NetworkId;
use std::collections::{BTreeMap, BTreeSet};

impl SiteFile {
    /// What has to change in `directory` so that it is as the file says; empty when it is so already. `remove` treats the file
    /// as complete even if it does not say so. `network` finds the networks of the configuration by name.
    pub fn plan(
        &self,
        directory: &Directory,
        remove: bool,
        network: &dyn Fn(&str) -> Option<NetworkId>,
    ) -> Result<Vec<Change>, Vec<SiteFileFault>> {
        let mut planning = Planning { directory, network, changes: Vec::new(), faults: Vec::new() };
        planning.repeated(self);
        if remove || self.site.complete {
            planning.removals(self);
        }
        planning.settings(self);
        let trunks: BTreeMap<&str, &Trunk> =
            directory.trunks.values().map(|trunk| (trunk.name.as_str(), trunk)).collect();
        for entry in &self.trunk {
            planning.trunk(entry, trunks.get(entry.name.as_str()).copied());
        }
        for entry in &self.route {
            planning.route(entry);
        }
        for entry in &self.extension {
            planning.extension(entry);
        }
        planning.numbers(self);
        if planning.faults.is_empty() { Ok(planning.changes) } else { Err(planning.faults) }
    }
}

struct Planning<'a> {
    directory: &'a Directory,
    network: &'a dyn Fn(&str) -> Option<NetworkId>,
    changes: Vec<Change>,
    faults: Vec<SiteFileFault>,
}

/// What the file wants, when it is not so yet.
fn differing<T: PartialEq + Clone>(old: &T, wanted: &Option<T>) -> Option<T> {
    wanted.as_ref().filter(|wanted| *wanted != old).cloned()
}

/// A number in the file of which 0 means that there is none.
fn or_none<T: PartialEq + Default + Copy>(wanted: Option<T>) -> Option<Option<T>> {
    wanted.map(|value| Some(value).filter(|value| *value != T::default()))
}

impl Planning<'_> {
    fn repeated(&mut self, file: &SiteFile) {
        let trunks = file.trunk.iter().map(|entry| Item::Trunk(entry.name.clone()));
        let routes = file.route.iter().map(|entry| Item::Route(entry.name.clone()));
        let extensions = file.extension.iter().map(|entry| Item::Extension(entry.number));
        let services = file.service.iter().map(|entry| Item::Service(entry.number));
        let emergency = file.emergency.iter().map(|entry| Item::Emergency(entry.number));
        let mut seen = BTreeSet::new();
        for item in trunks.chain(routes).chain(extensions).chain(services).chain(emergency) {
            if !seen.insert(item.to_string()) {
                self.faults.push(SiteFileFault::Repeated { item });
            }
        }
    }

    /// Takes away what the file does not name. Whether others still need it is looked at when all changes are applied.
    fn removals(&mut self, file: &SiteFile) {
        let emergency: BTreeSet<_> = file.emergency.iter().map(|entry| entry.number).collect();
        let services: BTreeSet<_> = file.service.iter().map(|entry| entry.number).collect();
        let extensions: BTreeSet<_> = file.extension.iter().map(|entry| entry.number).collect();
        let routes: BTreeSet<_> = file.route.iter().map(|entry| entry.name.as_str()).collect();
        let trunks: BTreeSet<_> = file.trunk.iter().map(|entry| entry.name.as_str()).collect();
        let there = self.directory;
        let gone = there.emergency.keys().filter(|number| !emergency.contains(number));
        self.changes.extend(gone.map(|&number| Change::RemoveEmergency { number }));
        let gone = there.services.keys().filter(|number| !services.contains(number));
        self.changes.extend(gone.map(|&number| Change::RemoveService { number }));
        let gone = there.extensions.keys().filter(|number| !extensions.contains(number));
        self.changes.extend(gone.map(|&number| Change::RemoveExtension { number }));
        let gone = there.routes.keys().filter(|name| !routes.contains(name.as_str()));
        self.changes.extend(gone.map(|name| Change::RemoveRoute { name: name.clone() }));
        let gone = there.trunks.values().filter(|trunk| !trunks.contains(trunk.name.as_str()));
        self.changes.extend(gone.map(|trunk| Change::RemoveTrunk { name: trunk.name.clone() }));
    }

    fn settings(&mut self, file: &SiteFile) {
        let (old, wanted) = (&self.directory.settings, &file.settings);
        let patch = SettingsPatch {
            no_answer_seconds: differing(&old.no_answer_seconds, &wanted.no_answer_seconds),
            inter_digit_seconds: differing(&old.inter_digit_seconds, &wanted.inter_digit_seconds),
            announce_vacant: differing(&old.announce_vacant, &wanted.announce_vacant),
            longest_call_minutes: differing(&old.longest_call_minutes, &wanted.longest_call_minutes),
        };
        if patch != SettingsPatch::default() {
            self.changes.push(Change::ChangeSettings(patch));
        }
    }

    /// What the file says, or a fault: a new item needs it.
    fn needed<T>(&mut self, value: Option<T>, item: &Item, key: &'static str) -> Option<T> {
        if value.is_none() {
            self.faults.push(SiteFileFault::Missing { item: item.clone(), key });
        }
        value
    }

    fn trunk(&mut self, entry: &TrunkEntry, old: Option<&Trunk>) {
        let item = Item::Trunk(entry.name.clone());
        let mut network = None;
        if let Some(name) = &entry.network {
            network = (self.network)(name);
            if network.is_none() {
                self.faults.push(SiteFileFault::UnknownNetwork { item: item.clone(), network: name.clone() });
            }
        }
        let Some(old) = old else {
            let Some(address) = self.needed(entry.address, &item, "address") else { return };
            return self.changes.push(Change::AddTrunk(NewTrunk {
                name: entry.name.clone(),
                address,
                transport: entry.transport.unwrap_or(TrunkTransport::Udp),
                network: network.unwrap_or(NetworkId(0)),
                sources: entry.sources.clone().unwrap_or_default(),
                transit: entry.transit.unwrap_or(false),
                follow_redirects: entry.follow_redirects.unwrap_or(false),
                may_transfer: entry.may_transfer.unwrap_or(false),
                transfers_itself: entry.transfers_itself.unwrap_or(false),
                max_calls: CallLimit::from(or_none(entry.max_calls).flatten()),
            }));
        };
        let patch = TrunkPatch {
            name: None,
            address: differing(&old.address, &entry.address),
            transport: differing(&old.transport, &entry.transport),
            network: differing(&old.network, &network),
            sources: differing(&old.sources, &entry.sources),
            transit: differing(&old.transit, &entry.transit),
            follow_redirects: differing(&old.follow_redirects, &entry.follow_redirects),
            may_transfer: differing(&old.may_transfer, &entry.may_transfer),
            transfers_itself: differing(&old.transfers_itself, &entry.transfers_itself),
            max_calls: differing(&old.max_calls, &or_none(entry.max_calls)).map(CallLimit::from),
        };
        if patch != TrunkPatch::default() {
            self.changes.push(Change::ChangeTrunk { name: entry.name.clone(), patch });
        }
    }

    fn route(&mut self, entry: &RouteEntry) {
        let item = Item::Route(entry.name.clone());
        let name = entry.name.clone();
        let Some(old) = self.directory.routes.get(&name) else {
            let prefix = self.needed(entry.prefix, &item, "prefix");
            let choices = self.needed(entry.via.clone(), &item, "via");
            let (Some(prefix), Some(choices)) = (prefix, choices) else { return };
            let usual = u8::try_from(prefix.len().saturating_add(1)).unwrap_or(u8::MAX);
            return self.changes.push(Change::AddRoute(NewRoute {
                name,
                prefix,
                min_digits: entry.min_digits.unwrap_or(usual),
                max_digits: entry.max_digits.unwrap_or(20),
                choices,
                hours: entry.hours.clone().unwrap_or_default(),
            }));
        };
        let patch = self.route_patch(old, entry);
        if patch != RoutePatch::default() {
            self.changes.push(Change::ChangeRoute { name, patch });
        }
    }

    fn route_patch(&self, old: &Route, entry: &RouteEntry) -> RoutePatch {
        RoutePatch {
            prefix: differing(&old.prefix, &entry.prefix),
            min_digits: differing(&old.min_digits, &entry.min_digits),
            max_digits: differing(&old.max_digits, &entry.max_digits),
            hours: differing(&old.hours, &entry.hours),
            choices: differing(&via(old, self.directory), &entry.via),
        }
    }

    fn extension(&mut self, entry: &ExtensionEntry) {
        if entry.password.is_some() {
            self.faults.push(SiteFileFault::PasswordInClear { item: Item::Extension(entry.number) });
        }
        let change = match self.directory.extensions.get(&entry.number) {
            None => Some(Change::AddExtension(NewExtension {
                number: entry.number,
                name: entry.name.clone().unwrap_or_default(),
                max_terminals: entry.max_terminals.unwrap_or(1),
                external_calls: entry.external_calls.unwrap_or(true),
                call_waiting: entry.call_waiting.unwrap_or(true),
                max_calls: or_none(entry.max_calls).flatten(),
                pickup_group: or_none(entry.pickup_group).flatten(),
                password: entry.password_digests.clone().unwrap_or_default(),
            })),
            Some(old) => extension_change(old, entry),
        };
        self.changes.extend(change);
    }

    fn numbers(&mut self, file: &SiteFile) {
        let there = self.directory;
        self.changes.extend(file.service.iter().filter_map(|entry| {
            let (number, kind) = (entry.number, entry.answers.clone());
            match there.services.get(&number) {
                None => Some(Change::AddService { number, kind }),
                Some(old) => (old.kind != kind).then_some(Change::ChangeService { number, kind }),
            }
        }));
        self.changes.extend(file.emergency.iter().filter_map(|entry| {
            let (number, route) = (entry.number, entry.route.clone());
            match there.emergency.get(&number) {
                None => Some(Change::AddEmergency { number, route }),
                Some(old) => (old.route != route).then_some(Change::ChangeEmergency { number, route }),
            }
        }));
    }
}

fn extension_change(old: &Extension, entry: &ExtensionEntry) -> Option<Change> {
    let patch = ExtensionPatch {
        name: differing(&old.name, &entry.name),
        max_terminals: differing(&old.max_terminals, &entry.max_terminals),
        external_calls: differing(&old.external_calls, &entry.external_calls),
        call_waiting: differing(&old.call_waiting, &entry.call_waiting),
        max_calls: differing(&old.max_calls, &or_none(entry.max_calls)).map(Value::from),
        pickup_group: differing(&old.pickup_group, &or_none(entry.pickup_group)).map(Value::from),
        password: differing(&old.password, &entry.password_digests),
    };
    (patch != ExtensionPatch::default()).then_some(Change::ChangeExtension { number: entry.number, patch })
}
