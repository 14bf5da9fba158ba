//! A directory as a file.

use super::{EmergencyEntry, ExtensionEntry, RouteEntry, Scope, ServiceEntry, SettingsEntry, SiteFile, TrunkEntry};
use crate::change::NewChoice;
use crate::{Directory, Extension, Route, Trunk};
use ground::NetworkId;

impl SiteFile {
    /// The whole content of a directory, every field written out. `network` knows the names of networks; passwords are there
    /// only with `secrets`, as digests, with which anybody can register.
    pub fn of(directory: &Directory, network: &dyn Fn(NetworkId) -> Option<String>, secrets: bool) -> SiteFile {
        let settings = &directory.settings;
        let services = directory.services.values();
        let emergency = directory.emergency.values();
        SiteFile {
            site: Scope { complete: false },
            settings: SettingsEntry {
                no_answer_seconds: Some(settings.no_answer_seconds),
                inter_digit_seconds: Some(settings.inter_digit_seconds),
                announce_vacant: Some(settings.announce_vacant),
                longest_call_minutes: Some(settings.longest_call_minutes),
            },
            trunk: directory.trunks.values().map(|trunk| of_trunk(trunk, network)).collect(),
            route: directory.routes.values().map(|route| of_route(route, directory)).collect(),
            emergency: emergency.map(|one| EmergencyEntry { number: one.number, route: one.route.clone() }).collect(),
            service: services.map(|one| ServiceEntry { number: one.number, answers: one.kind.clone() }).collect(),
            extension: directory.extensions.values().map(|one| of_extension(one, secrets)).collect(),
        }
    }
}

fn of_extension(extension: &Extension, secrets: bool) -> ExtensionEntry {
    ExtensionEntry {
        number: extension.number,
        name: Some(extension.name.clone()),
        max_terminals: Some(extension.max_terminals),
        external_calls: Some(extension.external_calls),
        call_waiting: Some(extension.call_waiting),
        max_calls: Some(extension.max_calls.unwrap_or(0)),
        pickup_group: Some(extension.pickup_group.unwrap_or(0)),
        password: None,
        password_digests: secrets.then(|| extension.password.clone()),
    }
}

fn of_trunk(trunk: &Trunk, network: &dyn Fn(NetworkId) -> Option<String>) -> TrunkEntry {
    TrunkEntry {
        name: trunk.name.clone(),
        address: Some(trunk.address),
        transport: Some(trunk.transport),
        network: network(trunk.network),
        sources: Some(trunk.sources.clone()),
        transit: Some(trunk.transit),
        follow_redirects: Some(trunk.follow_redirects),
        may_transfer: Some(trunk.may_transfer),
        transfers_itself: Some(trunk.transfers_itself),
        max_calls: Some(trunk.max_calls.unwrap_or(0)),
    }
}

fn of_route(route: &Route, directory: &Directory) -> RouteEntry {
    RouteEntry {
        name: route.name.clone(),
        prefix: Some(route.prefix),
        min_digits: Some(route.min_digits),
        max_digits: Some(route.max_digits),
        hours: Some(route.hours.clone()),
        via: Some(via(route, directory)),
    }
}

/// The choices of a route with the names of their trunks.
pub(super) fn via(route: &Route, directory: &Directory) -> Vec<NewChoice> {
    let name = |id| directory.trunks.get(&id).map(|trunk| trunk.name.clone()).unwrap_or_default();
    let choices = route.choices.iter();
    choices
        .map(|choice| NewChoice { trunk: name(choice.trunk), strip: choice.strip, prepend: choice.prepend })
        .collect()
}
