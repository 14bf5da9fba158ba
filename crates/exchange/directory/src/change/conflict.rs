//! What is wrong with an item because of the others, looked at when the whole set has been applied.
//!
//! **Which digits mean what.** An emergency number wins against everything, so nothing may begin with one. Behind that, the
//! digits that were dialled are an extension or service number if they are equal to one, else the route with the longest
//! prefix takes them. So an extension may begin with a route's prefix, or with another extension: the longer match wins and
//! can be explained. SIP delivers a number en bloc; a line that delivers digit by digit waits the inter-digit time when a
//! complete number could go on. What no rule could decide is refused: the same digits as number and as prefix, or as the
//! prefix of two routes.

use super::refusal::{ChangeRefusal, Fault, Item};
use crate::{Directory, Route, Trunk};
use ground::{Digits, NetworkId, TrunkId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;

/// What a set touched, with the position of the last change that did.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) extensions: BTreeMap<Digits, usize>,
    pub(super) services: BTreeMap<Digits, usize>,
    pub(super) emergency: BTreeMap<Digits, usize>,
    pub(super) routes: BTreeMap<String, usize>,
    pub(super) trunks: BTreeMap<TrunkId, usize>,
    /// Trunks that are gone, with the names that they had.
    pub(super) removed_trunks: BTreeMap<TrunkId, (usize, String)>,
}

impl Directory {
    /// What could not be reached because of an emergency number, and emergency numbers that lead nowhere.
    ///
    /// [`Directory::apply`] lets neither come about. For a directory from elsewhere: what was accepted once is replayed from the
    /// log without being judged again, and a data folder can be written by hand.
    pub fn emergency_faults(&self) -> Vec<ChangeRefusal> {
        let emergency = self.emergency.keys().map(|number| (*number, 0)).collect();
        let mut faults = conflicts(self, &Touched { emergency, ..Touched::default() });
        faults.iter_mut().for_each(|fault| fault.change = None);
        faults
    }
}

/// Every conflict of what was touched.
pub(super) fn conflicts(directory: &Directory, touched: &Touched) -> Vec<ChangeRefusal> {
    let mut found = Found { directory, refusals: Vec::new(), prefixes: BTreeMap::new() };
    for route in directory.routes.values() {
        found.prefixes.entry(route.prefix).or_default().push(route);
    }
    for (number, &at) in touched.extensions.iter().filter(|(number, _)| directory.extensions.contains_key(number)) {
        found.number(at, Item::Extension(*number), number);
    }
    for (number, &at) in touched.services.iter().filter(|(number, _)| directory.services.contains_key(number)) {
        found.number(at, Item::Service(*number), number);
    }
    for (name, &at) in &touched.routes {
        found.prefix(at, name);
    }
    for (number, &at) in touched.emergency.iter().filter(|(number, _)| directory.emergency.contains_key(number)) {
        found.emergency(at, number);
    }
    found.references(touched);
    found.trunks(touched);
    found.refusals
}

/// The emergency number with which `number` begins, and which is not `number` itself when that is one.
///
/// No emergency number begins with another, so the greatest one below `number` is the only candidate.
fn emergency_before(directory: &Directory, number: &Digits, upper: Bound<Digits>) -> Option<Fault> {
    let (&emergency, _) = directory.emergency.range((Bound::Unbounded, upper)).next_back()?;
    number.starts_with(&emergency).then_some(Fault::BeginsWithEmergency { emergency })
}

/// The least key above `number`, or `number` itself: if any key begins with `number`, this one does.
fn first_behind<T>(map: &BTreeMap<Digits, T>, number: &Digits, lower: Bound<Digits>) -> Option<Digits> {
    let first = map.range((lower, Bound::Unbounded)).next().map(|(key, _)| *key);
    first.filter(|key| key.starts_with(number))
}

struct Found<'a> {
    directory: &'a Directory,
    refusals: Vec<ChangeRefusal>,
    prefixes: BTreeMap<Digits, Vec<&'a Route>>,
}

impl Found<'_> {
    fn refuse(&mut self, at: usize, item: Item, fault: Fault) {
        self.refusals.push(ChangeRefusal { change: Some(at), item: Some(item), fault });
    }

    /// An extension or service number.
    fn number(&mut self, at: usize, item: Item, number: &Digits) {
        let twin = match item {
            Item::Extension(_) => self.directory.services.contains_key(number).then_some(Item::Service(*number)),
            _ => self.directory.extensions.contains_key(number).then_some(Item::Extension(*number)),
        };
        if let Some(by) = twin {
            self.refuse(at, item.clone(), Fault::NumberTaken { by });
        }
        if let Some(route) = self.prefixes.get(number).and_then(|routes| routes.first()) {
            let other = Item::Route(route.name.clone());
            self.refuse(at, item.clone(), Fault::SameAsPrefix { other });
        }
        if let Some(fault) = emergency_before(self.directory, number, Bound::Included(*number)) {
            self.refuse(at, item, fault);
        }
    }

    fn prefix(&mut self, at: usize, name: &str) {
        let Some(route) = self.directory.routes.get(name) else { return };
        let (item, prefix) = (Item::Route(route.name.clone()), route.prefix);
        let others = self.prefixes.get(&prefix).into_iter().flatten();
        let mut same: Vec<_> =
            others.filter(|other| other.name != name).take(1).map(|other| Item::Route(other.name.clone())).collect();
        same.extend(self.directory.extensions.contains_key(&prefix).then_some(Item::Extension(prefix)));
        same.extend(self.directory.services.contains_key(&prefix).then_some(Item::Service(prefix)));
        for other in same {
            self.refuse(at, item.clone(), Fault::SameAsPrefix { other });
        }
        if let Some(fault) = emergency_before(self.directory, &prefix, Bound::Included(prefix)) {
            self.refuse(at, item, fault);
        }
    }

    /// An emergency number: what it would shadow, the first of each kind, and what shadows it.
    fn emergency(&mut self, at: usize, number: &Digits) {
        let from = Bound::Included(*number);
        let mut shadowed = Vec::new();
        shadowed.extend(first_behind(&self.directory.extensions, number, from).map(Item::Extension));
        shadowed.extend(first_behind(&self.directory.services, number, from).map(Item::Service));
        let above = Bound::Excluded(*number);
        shadowed.extend(first_behind(&self.directory.emergency, number, above).map(Item::Emergency));
        let prefix = first_behind(&self.prefixes, number, from).and_then(|prefix| self.prefixes.get(&prefix));
        shadowed.extend(prefix.and_then(|routes| routes.first()).map(|route| Item::Route(route.name.clone())));
        for shadowed in shadowed {
            self.refuse(at, Item::Emergency(*number), Fault::ShadowedByEmergency { shadowed });
        }
        if let Some(fault) = emergency_before(self.directory, number, Bound::Excluded(*number)) {
            self.refuse(at, Item::Emergency(*number), fault);
        }
    }

    /// Routes of emergency numbers and trunks of routes that are not there any more.
    fn references(&mut self, touched: &Touched) {
        for emergency in self.directory.emergency.values() {
            if self.directory.routes.contains_key(&emergency.route) {
                continue;
            }
            match (touched.emergency.get(&emergency.number), touched.routes.get(&emergency.route)) {
                (Some(&at), _) => {
                    let fault = Fault::UnknownRoute { name: emergency.route.clone() };
                    self.refuse(at, Item::Emergency(emergency.number), fault);
                }
                (None, Some(&at)) => {
                    let fault = Fault::InUse { by: Item::Emergency(emergency.number) };
                    self.refuse(at, Item::Route(emergency.route.clone()), fault);
                }
                // An earlier revision cannot have held it.
                (None, None) => {}
            }
        }
        if touched.removed_trunks.is_empty() {
            return;
        }
        let mut users = BTreeMap::new();
        for route in self.directory.routes.values() {
            for choice in &route.choices {
                users.entry(choice.trunk).or_insert(&route.name);
            }
        }
        for (id, (at, name)) in &touched.removed_trunks {
            if let Some(route) = users.get(id) {
                let fault = Fault::InUse { by: Item::Route((*route).clone()) };
                self.refuse(*at, Item::Trunk(name.clone()), fault);
            }
        }
    }

    /// Trunks whose calls could not be told apart.
    fn trunks(&mut self, touched: &Touched) {
        if touched.trunks.is_empty() {
            return;
        }
        let origins = Origins::new(self.directory);
        for (id, &at) in &touched.trunks {
            let Some(trunk) = self.directory.trunks.get(id) else { continue };
            for (address, other) in origins.shared(trunk) {
                let other = Item::Trunk(other.name.clone());
                self.refuse(at, Item::Trunk(trunk.name.clone()), Fault::AddressShared { address, other });
            }
        }
    }
}

/// Where the calls of trunks come from. Within a network a call belongs to the trunk of whose `sources` its address is one,
/// or to the trunk whose transport, address and port are those that it came from.
#[derive(Default)]
struct Origins<'a> {
    homes: BTreeMap<(NetworkId, IpAddr), Vec<&'a Trunk>>,
    sources: BTreeMap<(NetworkId, IpAddr), Vec<&'a Trunk>>,
}

impl<'a> Origins<'a> {
    fn new(directory: &'a Directory) -> Self {
        let mut origins = Origins::default();
        for trunk in directory.trunks.values() {
            let place = |ip: IpAddr| (trunk.network, ip.to_canonical());
            origins.homes.entry(place(trunk.address.ip())).or_default().push(trunk);
            for source in &trunk.sources {
                origins.sources.entry(place(*source)).or_default().push(trunk);
            }
        }
        origins
    }

    /// Other trunks with which `trunk` shares an origin, each once, with the first address.
    fn shared(&self, trunk: &Trunk) -> Vec<(IpAddr, &'a Trunk)> {
        let mut shared: BTreeMap<TrunkId, (IpAddr, &'a Trunk)> = BTreeMap::new();
        let mut note = |ip: IpAddr, map: &BTreeMap<(NetworkId, IpAddr), Vec<&'a Trunk>>, same_port: bool| {
            for other in map.get(&(trunk.network, ip)).into_iter().flatten().filter(|other| other.id != trunk.id) {
                let ports = (trunk.transport, trunk.address.port()) == (other.transport, other.address.port());
                if !same_port || ports {
                    shared.entry(other.id).or_insert((ip, other));
                }
            }
        };
        let home = trunk.address.ip().to_canonical();
        note(home, &self.homes, true);
        note(home, &self.sources, false);
        for source in &trunk.sources {
            note(source.to_canonical(), &self.sources, false);
            note(source.to_canonical(), &self.homes, false);
        }
        shared.into_values().collect()
    }
}
