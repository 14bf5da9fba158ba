//! The changes that turn one directory into another: how an administrator goes back, and how a wanted state is reached.

use super::{
    Change, ExtensionPatch, NewChoice, NewExtension, NewRoute, NewTrunk, RoutePatch, SettingsPatch, TrunkPatch,
};
use crate::{Directory, Extension, Route, Trunk};
use std::collections::BTreeSet;

/// The changes that turn `current` into a directory with the content of `wanted`. Empty when there is nothing to do.
///
/// Items that exist in both keep their identifiers. An item that has to be created again gets new ones, because
/// identifiers are never given out twice; a trunk counts as the same one when its identifier is the same.
pub fn changes_between(current: &Directory, wanted: &Directory) -> Vec<Change> {
    let mut changes = Vec::new();
    settings(current, wanted, &mut changes);
    // Routes name trunks, so the trunks get their names first.
    trunks(current, wanted, &mut changes);
    routes(current, wanted, &mut changes);
    numbers(current, wanted, &mut changes);
    changes
}

fn differing<T: PartialEq + Clone>(old: &T, new: &T) -> Option<T> {
    (old != new).then(|| new.clone())
}

fn settings(current: &Directory, wanted: &Directory, changes: &mut Vec<Change>) {
    let (old, new) = (&current.settings, &wanted.settings);
    let patch = SettingsPatch {
        no_answer_seconds: differing(&old.no_answer_seconds, &new.no_answer_seconds),
        inter_digit_seconds: differing(&old.inter_digit_seconds, &new.inter_digit_seconds),
        announce_vacant: differing(&old.announce_vacant, &new.announce_vacant),
        longest_call_minutes: differing(&old.longest_call_minutes, &new.longest_call_minutes),
    };
    if patch != SettingsPatch::default() {
        changes.push(Change::ChangeSettings(patch));
    }
}

fn trunks(current: &Directory, wanted: &Directory, changes: &mut Vec<Change>) {
    for trunk in current.trunks.values().filter(|trunk| !wanted.trunks.contains_key(&trunk.id)) {
        changes.push(Change::RemoveTrunk { name: trunk.name.clone() });
    }
    let both = || current.trunks.values().filter_map(|old| Some((old, wanted.trunks.get(&old.id)?)));
    // Names are unique at every step, so that trunks which exchange their names step aside first.
    let mut taken: BTreeSet<String> = both().flat_map(|(old, new)| [old.name.clone(), new.name.clone()]).collect();
    let renamed = both().filter(|(old, new)| old.name != new.name);
    let occupied: BTreeSet<&str> = both().map(|(old, _)| old.name.as_str()).collect();
    let aside: BTreeSet<_> =
        renamed.filter(|(_, new)| occupied.contains(new.name.as_str())).map(|(old, _)| old.id).collect();
    let mut present = Vec::new();
    for (old, new) in both() {
        let mut name = old.name.clone();
        if aside.contains(&old.id) {
            name = free_name(&mut taken);
            let patch = TrunkPatch { name: Some(name.clone()), ..TrunkPatch::default() };
            changes.push(Change::ChangeTrunk { name: old.name.clone(), patch });
        }
        present.push((name, old, new));
    }
    for (name, old, new) in present {
        let patch = trunk_patch(&name, old, new);
        if patch != TrunkPatch::default() {
            changes.push(Change::ChangeTrunk { name, patch });
        }
    }
    for trunk in wanted.trunks.values().filter(|trunk| !current.trunks.contains_key(&trunk.id)) {
        changes.push(Change::AddTrunk(new_trunk(trunk)));
    }
}

fn free_name(taken: &mut BTreeSet<String>) -> String {
    let mut count = taken.len();
    loop {
        let name = format!("aside-{count}");
        if taken.insert(name.clone()) {
            return name;
        }
        count += 1;
    }
}

fn trunk_patch(name: &str, old: &Trunk, new: &Trunk) -> TrunkPatch {
    TrunkPatch {
        name: (name != new.name).then(|| new.name.clone()),
        address: differing(&old.address, &new.address),
        transport: differing(&old.transport, &new.transport),
        network: differing(&old.network, &new.network),
        sources: differing(&old.sources, &new.sources),
        transit: differing(&old.transit, &new.transit),
        follow_redirects: differing(&old.follow_redirects, &new.follow_redirects),
        may_transfer: differing(&old.may_transfer, &new.may_transfer),
        transfers_itself: differing(&old.transfers_itself, &new.transfers_itself),
        max_calls: differing(&old.max_calls, &new.max_calls).map(Into::into),
    }
}

fn new_trunk(trunk: &Trunk) -> NewTrunk {
    NewTrunk {
        name: trunk.name.clone(),
        address: trunk.address,
        transport: trunk.transport,
        network: trunk.network,
        sources: trunk.sources.clone(),
        transit: trunk.transit,
        follow_redirects: trunk.follow_redirects,
        may_transfer: trunk.may_transfer,
        transfers_itself: trunk.transfers_itself,
        max_calls: trunk.max_calls.into(),
    }
}

fn choices(route: &Route, directory: &Directory) -> Vec<NewChoice> {
    let name = |id| directory.trunks.get(&id).map(|trunk| trunk.name.clone()).unwrap_or_default();
    let one = |choice: &crate::RouteChoice| NewChoice {
        trunk: name(choice.trunk),
        strip: choice.strip,
        prepend: choice.prepend,
    };
    route.choices.iter().map(one).collect()
}

fn routes(current: &Directory, wanted: &Directory, changes: &mut Vec<Change>) {
    for name in current.routes.keys().filter(|name| !wanted.routes.contains_key(*name)) {
        changes.push(Change::RemoveRoute { name: name.clone() });
    }
    for new in wanted.routes.values() {
        let Some(old) = current.routes.get(&new.name) else {
            changes.push(Change::AddRoute(NewRoute {
                name: new.name.clone(),
                prefix: new.prefix,
                min_digits: new.min_digits,
                max_digits: new.max_digits,
                choices: choices(new, wanted),
                hours: new.hours.clone(),
            }));
            continue;
        };
        let patch = RoutePatch {
            prefix: differing(&old.prefix, &new.prefix),
            min_digits: differing(&old.min_digits, &new.min_digits),
            max_digits: differing(&old.max_digits, &new.max_digits),
            hours: differing(&old.hours, &new.hours),
            choices: (old.choices != new.choices).then(|| choices(new, wanted)),
        };
        if patch != RoutePatch::default() {
            changes.push(Change::ChangeRoute { name: new.name.clone(), patch });
        }
    }
}

fn extension(old: Option<&Extension>, new: &Extension) -> Option<Change> {
    let Some(old) = old else {
        return Some(Change::AddExtension(NewExtension {
            number: new.number,
            name: new.name.clone(),
            max_terminals: new.max_terminals,
            external_calls: new.external_calls,
            call_waiting: new.call_waiting,
            max_calls: new.max_calls,
            pickup_group: new.pickup_group,
            password: new.password.clone(),
        }));
    };
    let patch = ExtensionPatch {
        name: differing(&old.name, &new.name),
        max_terminals: differing(&old.max_terminals, &new.max_terminals),
        external_calls: differing(&old.external_calls, &new.external_calls),
        call_waiting: differing(&old.call_waiting, &new.call_waiting),
        max_calls: differing(&old.max_calls, &new.max_calls).map(Into::into),
        pickup_group: differing(&old.pickup_group, &new.pickup_group).map(Into::into),
        password: differing(&old.password, &new.password),
    };
    (patch != ExtensionPatch::default()).then_some(Change::ChangeExtension { number: new.number, patch })
}

fn numbers(current: &Directory, wanted: &Directory, changes: &mut Vec<Change>) {
    let gone = current.extensions.keys().filter(|number| !wanted.extensions.contains_key(number));
    changes.extend(gone.map(|&number| Change::RemoveExtension { number }));
    let gone = current.services.keys().filter(|number| !wanted.services.contains_key(number));
    changes.extend(gone.map(|&number| Change::RemoveService { number }));
    let gone = current.emergency.keys().filter(|number| !wanted.emergency.contains_key(number));
    changes.extend(gone.map(|&number| Change::RemoveEmergency { number }));

    changes.extend(wanted.extensions.values().filter_map(|new| extension(current.extensions.get(&new.number), new)));
    changes.extend(wanted.services.values().filter_map(|new| {
        let (number, kind) = (new.number, new.kind.clone());
        match current.services.get(&number) {
            None => Some(Change::AddService { number, kind }),
            Some(old) => (old.kind != kind).then_some(Change::ChangeService { number, kind }),
        }
    }));
    changes.extend(wanted.emergency.values().filter_map(|new| {
        let (number, route) = (new.number, new.route.clone());
        match current.emergency.get(&number) {
            None => Some(Change::AddEmergency { number, route }),
            Some(old) => (old.route != route).then_some(Change::ChangeEmergency { number, route }),
        }
    }));
}
