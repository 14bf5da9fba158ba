//! Applying a change set: each change in its order, all of them or none.

use super::refusal::{ChangeRefusal, Fault, Item, TextFault};
use super::{
    Change, ChangeSet, ExtensionPatch, NewChoice, NewExtension, NewRoute, NewTrunk, RoutePatch, SettingsPatch,
    TrunkPatch, Value, check,
    conflict::{self, Touched},
};
use crate::{Directory, EmergencyNumber, Extension, Revision, Route, RouteChoice, ServiceKind, ServiceNumber, Trunk};
use ground::{DeviceId, Digits, TrunkId};
use std::collections::BTreeMap;

/// How much a directory and a change set hold at most.
pub mod limits {
    /// Changes in one set.
    pub const CHANGES: usize = 200_000;
    /// Extensions.
    pub const EXTENSIONS: usize = 100_000;
    /// Service numbers.
    pub const SERVICES: usize = 1_000;
    /// Trunks.
    pub const TRUNKS: usize = 1_000;
    /// Routes.
    pub const ROUTES: usize = 10_000;
    /// Emergency numbers.
    pub const EMERGENCY_NUMBERS: usize = 100;
    /// Choices of a route.
    pub const CHOICES: usize = 16;
    /// Windows of the week in which a route is open.
    pub const HOURS: usize = 16;
    /// Source addresses of a trunk besides its own.
    pub const SOURCES: usize = 64;
    /// Characters of the name of a trunk, a route or an announcement.
    pub const NAME_CHARACTERS: usize = 40;
    /// Characters of the name of an extension.
    pub const DISPLAY_NAME_CHARACTERS: usize = 60;
    /// Characters of the name of an author.
    pub const AUTHOR_CHARACTERS: usize = 64;
}

impl Directory {
    /// The directory at the next revision, or everything that is wrong with the set.
    ///
    /// Nothing happens to `self`. A directory that came out of this function is valid, so only what the set touches is
    /// checked, and a set of ten thousand changes costs little more than a copy of the directory.
    pub fn apply(&self, set: &ChangeSet) -> Result<Directory, Vec<ChangeRefusal>> {
        let whole = self.faults_of_set(set);
        if !whole.is_empty() {
            return Err(whole.into_iter().map(|fault| ChangeRefusal { change: None, item: None, fault }).collect());
        }
        let mut applying = Applying::new(self.clone());
        applying.changes(&set.changes);
        let conflicts = conflict::conflicts(&applying.directory, &applying.touched);
        applying.refusals.extend(conflicts);
        applying.refusals.sort_by_key(|refusal| refusal.change);
        applying.count();
        applying.finish()
    }

    /// Applies a set that was accepted before, as the log holds it: what was accepted is a fact, whatever the rules are today.
    ///
    /// Refused only when the set does not fit the directory at all: another revision, or items that are not there or are
    /// there already. Then the log is damaged.
    pub fn replay(self, set: &ChangeSet) -> Result<Directory, Vec<ChangeRefusal>> {
        if set.base != self.revision {
            let fault = Fault::BaseMoved { base: set.base, head: self.revision };
            return Err(vec![ChangeRefusal { change: None, item: None, fault }]);
        }
        let mut applying = Applying::new(self);
        applying.changes(&set.changes);
        applying.refusals.retain(|refusal| {
            matches!(
                refusal.fault,
                Fault::Unknown
                    | Fault::Exists
                    | Fault::NameTaken { .. }
                    | Fault::UnknownTrunk { .. }
                    | Fault::IdentifiersExhausted
            )
        });
        applying.finish()
    }

    fn faults_of_set(&self, set: &ChangeSet) -> Vec<Fault> {
        let mut faults = Vec::new();
        if set.base != self.revision {
            faults.push(Fault::BaseMoved { base: set.base, head: self.revision });
        }
        if set.changes.is_empty() {
            faults.push(Fault::NoChanges);
        }
        if set.changes.len() > limits::CHANGES {
            faults.push(Fault::TooManyChanges { count: set.changes.len(), most: limits::CHANGES });
        }
        let author = check::printable(&set.author, limits::AUTHOR_CHARACTERS);
        faults.extend(author.or(set.author.is_empty().then_some(TextFault::Empty)).map(Fault::Author));
        faults
    }
}

/// A directory in the middle of a change set. Refused items are put in all the same, so that what is said about later changes
/// is about them; whoever refuses one thing throws all of it away.
struct Applying {
    directory: Directory,
    trunks: BTreeMap<String, TrunkId>,
    touched: Touched,
    index: usize,
    refusals: Vec<ChangeRefusal>,
}

impl Applying {
    fn new(directory: Directory) -> Self {
        Applying {
            trunks: directory.trunks.values().map(|trunk| (trunk.name.clone(), trunk.id)).collect(),
            directory,
            touched: Touched::default(),
            index: 0,
            refusals: Vec::new(),
        }
    }

    fn changes(&mut self, changes: &[Change]) {
        for (index, change) in changes.iter().enumerate() {
            self.index = index;
            self.change(change);
        }
    }

    fn finish(mut self) -> Result<Directory, Vec<ChangeRefusal>> {
        if !self.refusals.is_empty() {
            return Err(self.refusals);
        }
        self.directory.revision = Revision(self.directory.revision.0.saturating_add(1));
        Ok(self.directory)
    }

    fn refuse(&mut self, item: &Item, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.refusals.push(ChangeRefusal { change: Some(self.index), item: Some(item.clone()), fault });
        }
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::AddExtension(new) => self.add_extension(new),
            Change::ChangeExtension { number, patch } => self.change_extension(*number, patch),
            Change::RemoveExtension { number } => {
                let gone = self.directory.extensions.remove(number).is_some();
                self.refuse(&Item::Extension(*number), (!gone).then_some(Fault::Unknown));
            }
            Change::AddTrunk(new) => self.add_trunk(new),
            Change::ChangeTrunk { name, patch } => self.change_trunk(name, patch),
            Change::RemoveTrunk { name } => self.remove_trunk(name),
            Change::AddRoute(new) => self.add_route(new),
            Change::ChangeRoute { name, patch } => self.change_route(name, patch),
            Change::RemoveRoute { name } => self.remove_route(name),
            Change::AddService { number, kind } => self.add_service(*number, kind),
            Change::ChangeService { number, kind } => self.change_service(*number, kind),
            Change::RemoveService { number } => {
                let gone = self.directory.services.remove(number).is_some();
                self.refuse(&Item::Service(*number), (!gone).then_some(Fault::Unknown));
            }
            Change::AddEmergency { number, route } => self.add_emergency(*number, route),
            Change::ChangeEmergency { number, route } => self.change_emergency(*number, route),
            Change::RemoveEmergency { number } => {
                let gone = self.directory.emergency.remove(number).is_some();
                self.refuse(&Item::Emergency(*number), (!gone).then_some(Fault::Unknown));
            }
            Change::ChangeSettings(patch) => self.change_settings(patch),
        }
    }

    /// The next device identifier. 0 is never given out.
    fn device(&mut self, item: &Item) -> DeviceId {
        let id = self.directory.next_device.max(1);
        match id.checked_add(1) {
            Some(next) => self.directory.next_device = next,
            None => self.refuse(item, [Fault::IdentifiersExhausted]),
        }
        DeviceId(id)
    }

    fn add_extension(&mut self, new: &NewExtension) {
        let item = Item::Extension(new.number);
        if self.directory.extensions.contains_key(&new.number) {
            return self.refuse(&item, [Fault::Exists]);
        }
        let extension = Extension {
            number: new.number,
            device: self.device(&item),
            name: new.name.clone(),
            max_terminals: new.max_terminals,
            external_calls: new.external_calls,
            call_waiting: new.call_waiting,
            max_calls: new.max_calls,
            pickup_group: new.pickup_group,
            password: new.password.clone(),
        };
        self.refuse(&item, check::extension(&extension));
        self.touched.extensions.insert(new.number, self.index);
        self.directory.extensions.insert(new.number, extension);
    }

    fn change_extension(&mut self, number: Digits, patch: &ExtensionPatch) {
        let item = Item::Extension(number);
        let Some(extension) = self.directory.extensions.get_mut(&number) else {
            return self.refuse(&item, [Fault::Unknown]);
        };
        put(&mut extension.name, &patch.name);
        put(&mut extension.max_terminals, &patch.max_terminals);
        put(&mut extension.external_calls, &patch.external_calls);
        put(&mut extension.call_waiting, &patch.call_waiting);
        put(&mut extension.max_calls, &patch.max_calls.map(Value::get));
        put(&mut extension.pickup_group, &patch.pickup_group.map(Value::get));
        put(&mut extension.password, &patch.password);
        let faults = check::extension(extension);
        self.refuse(&item, faults);
    }

    fn add_service(&mut self, number: Digits, kind: &ServiceKind) {
        let item = Item::Service(number);
        if self.directory.services.contains_key(&number) {
            return self.refuse(&item, [Fault::Exists]);
        }
        let service = ServiceNumber { number, device: self.device(&item), kind: kind.clone() };
        self.refuse(&item, check::service(&number, kind));
        self.touched.services.insert(number, self.index);
        self.directory.services.insert(number, service);
    }

    fn change_service(&mut self, number: Digits, kind: &ServiceKind) {
        let item = Item::Service(number);
        let Some(service) = self.directory.services.get_mut(&number) else {
            return self.refuse(&item, [Fault::Unknown]);
        };
        service.kind = kind.clone();
        self.refuse(&item, check::service(&number, kind));
    }

    fn add_trunk(&mut self, new: &NewTrunk) {
        let item = Item::Trunk(new.name.clone());
        if self.trunks.contains_key(&new.name) {
            return self.refuse(&item, [Fault::Exists]);
        }
        let id = self.directory.next_trunk.max(1);
        match id.checked_add(1) {
            Some(next) => self.directory.next_trunk = next,
            None => return self.refuse(&item, [Fault::IdentifiersExhausted]),
        }
        let trunk = Trunk {
            name: new.name.clone(),
            id: TrunkId(id),
            device: self.device(&item),
            address: new.address,
            transport: new.transport,
            network: new.network,
            sources: new.sources.clone(),
            transit: new.transit,
            follow_redirects: new.follow_redirects,
            may_transfer: new.may_transfer,
            transfers_itself: new.transfers_itself,
            max_calls: new.max_calls.most(),
        };
        self.trunks.insert(new.name.clone(), trunk.id);
        self.put_trunk(&item, trunk);
    }

    fn put_trunk(&mut self, item: &Item, trunk: Trunk) {
        self.refuse(item, check::trunk(&trunk));
        self.touched.trunks.insert(trunk.id, self.index);
        self.directory.trunks.insert(trunk.id, trunk);
    }

    fn change_trunk(&mut self, name: &str, patch: &TrunkPatch) {
        let item = Item::Trunk(name.to_owned());
        let found = self.trunks.get(name).and_then(|id| self.directory.trunks.get(id));
        let Some(mut trunk) = found.cloned() else {
            return self.refuse(&item, [Fault::Unknown]);
        };
        if let Some(new) = patch.name.as_ref().filter(|new| *new != name) {
            if self.trunks.contains_key(new) {
                return self.refuse(&item, [Fault::NameTaken { name: new.clone() }]);
            }
            self.trunks.remove(name);
            self.trunks.insert(new.clone(), trunk.id);
            trunk.name.clone_from(new);
        }
        put(&mut trunk.address, &patch.address);
        put(&mut trunk.transport, &patch.transport);
        put(&mut trunk.network, &patch.network);
        put(&mut trunk.sources, &patch.sources);
        put(&mut trunk.transit, &patch.transit);
        put(&mut trunk.follow_redirects, &patch.follow_redirects);
        put(&mut trunk.may_transfer, &patch.may_transfer);
        put(&mut trunk.transfers_itself, &patch.transfers_itself);
        if let Some(limit) = patch.max_calls {
            trunk.max_calls = limit.most();
        }
        self.put_trunk(&item, trunk);
    }

    fn remove_trunk(&mut self, name: &str) {
        let item = Item::Trunk(name.to_owned());
        let Some(id) = self.trunks.get(name).copied() else {
            return self.refuse(&item, [Fault::Unknown]);
        };
        self.touched.removed_trunks.insert(id, (self.index, name.to_owned()));
        self.trunks.remove(name);
        self.directory.trunks.remove(&id);
    }

    fn choices(&mut self, item: &Item, new: &[NewChoice]) -> Vec<RouteChoice> {
        let mut choices = Vec::with_capacity(new.len().min(limits::CHOICES));
        for choice in new {
            // A trunk that is not there keeps its place, so that what is said about the others counts right.
            let trunk = self.trunks.get(&choice.trunk).copied();
            self.refuse(item, trunk.is_none().then(|| Fault::UnknownTrunk { name: choice.trunk.clone() }));
            choices.push(RouteChoice {
                trunk: trunk.unwrap_or_default(),
                strip: choice.strip,
                prepend: choice.prepend,
            });
        }
        choices
    }

    fn add_route(&mut self, new: &NewRoute) {
        let item = Item::Route(new.name.clone());
        if self.directory.routes.contains_key(&new.name) {
            return self.refuse(&item, [Fault::Exists]);
        }
        let route = Route {
            name: new.name.clone(),
            prefix: new.prefix,
            min_digits: new.min_digits,
            max_digits: new.max_digits,
            choices: self.choices(&item, &new.choices),
            hours: new.hours.clone(),
        };
        self.put_route(&item, route);
    }

    fn change_route(&mut self, name: &str, patch: &RoutePatch) {
        let item = Item::Route(name.to_owned());
        let Some(mut route) = self.directory.routes.get(name).cloned() else {
            return self.refuse(&item, [Fault::Unknown]);
        };
        put(&mut route.prefix, &patch.prefix);
        put(&mut route.min_digits, &patch.min_digits);
        put(&mut route.max_digits, &patch.max_digits);
        put(&mut route.hours, &patch.hours);
        if let Some(new) = &patch.choices {
            route.choices = self.choices(&item, new);
        }
        self.put_route(&item, route);
    }

    fn put_route(&mut self, item: &Item, route: Route) {
        self.refuse(item, check::route(&route));
        self.touched.routes.insert(route.name.clone(), self.index);
        self.directory.routes.insert(route.name.clone(), route);
    }

    fn remove_route(&mut self, name: &str) {
        self.touched.routes.insert(name.to_owned(), self.index);
        let gone = self.directory.routes.remove(name).is_some();
        self.refuse(&Item::Route(name.to_owned()), (!gone).then_some(Fault::Unknown));
    }

    fn add_emergency(&mut self, number: Digits, route: &str) {
        let item = Item::Emergency(number);
        if self.directory.emergency.contains_key(&number) {
            return self.refuse(&item, [Fault::Exists]);
        }
        self.refuse(&item, check::number(&number, 2, 20));
        self.put_emergency(number, route);
    }

    fn change_emergency(&mut self, number: Digits, route: &str) {
        if !self.directory.emergency.contains_key(&number) {
            return self.refuse(&Item::Emergency(number), [Fault::Unknown]);
        }
        self.put_emergency(number, route);
    }

    fn put_emergency(&mut self, number: Digits, route: &str) {
        self.touched.emergency.insert(number, self.index);
        self.directory.emergency.insert(number, EmergencyNumber { number, route: route.to_owned() });
    }

    fn change_settings(&mut self, patch: &SettingsPatch) {
        let settings = &mut self.directory.settings;
        put(&mut settings.no_answer_seconds, &patch.no_answer_seconds);
        put(&mut settings.inter_digit_seconds, &patch.inter_digit_seconds);
        put(&mut settings.announce_vacant, &patch.announce_vacant);
        put(&mut settings.longest_call_minutes, &patch.longest_call_minutes);
        let faults = check::settings(settings);
        self.refuse(&Item::Settings, faults);
    }

    /// Refuses a directory that would hold too much.
    fn count(&mut self) {
        let directory = &self.directory;
        let counts = [
            ("extensions", directory.extensions.len(), limits::EXTENSIONS),
            ("service numbers", directory.services.len(), limits::SERVICES),
            ("trunks", directory.trunks.len(), limits::TRUNKS),
            ("routes", directory.routes.len(), limits::ROUTES),
            ("emergency numbers", directory.emergency.len(), limits::EMERGENCY_NUMBERS),
        ];
        for (kind, count, most) in counts.into_iter().filter(|(_, count, most)| count > most) {
            let fault = Fault::TooManyItems { kind, count, most };
            self.refusals.push(ChangeRefusal { change: None, item: None, fault });
        }
    }
}

/// Replaces a field when the patch names it.
fn put<T: Clone>(field: &mut T, new: &Option<T>) {
    if let Some(new) = new {
        field.clone_from(new);
    }
}
