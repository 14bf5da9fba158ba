//! Registrations and the directory: who can be reached, and who is known.

use super::LineSip;
use crate::accounts::DirectoryAccounts;
use crate::interface::Output;
use crate::terminals::{RegisteredTelephone, binding, registration};
use directory::Directory;
use directory::store::StoredRegistration;
use exchange::Reachability;
use ground::Digits;
use sip::agent::{self, Command, TrunkSource};
use sip::dialog::BindingName;
use sip::registrar::Binding;
use sip::uri::Host;
use std::collections::BTreeSet;
use std::sync::Arc;

impl LineSip {
    pub(super) fn binding_stored(&mut self, binding: &Binding) {
        let Ok(number) = binding.name.aor.parse::<Digits>() else { return };
        let changed = self.terminals.store(number, binding);
        let version = self.terminals.version(number, &binding.name);
        self.outputs.push_back(Output::Registration(registration(number, &binding.stored(), version)));
        if changed {
            self.reachability(number);
        }
    }

    pub(super) fn binding_gone(&mut self, name: &BindingName) {
        let Ok(number) = name.aor.parse::<Digits>() else { return };
        if let Some(write) = self.terminals.remove(number, name) {
            self.outputs.push_back(Output::Registration(write));
            self.reachability(number);
        }
    }

    fn reachability(&mut self, number: Digits) {
        let Some(extension) = self.directory.extensions.get(&number) else { return };
        let terminals = self.terminals.of(&number);
        self.outputs.push_back(Output::Reachability(Reachability { device: extension.device, terminals }));
    }

    /// A new revision: passwords and trunks change, and extensions that are gone lose their telephones.
    pub(super) fn replace_directory(&mut self, directory: Arc<Directory>) {
        let device =
            |directory: &Directory, number: Digits| directory.extensions.get(&number).map(|known| known.device);
        let mut gone = Vec::new();
        for number in self.terminals.numbers() {
            let before = device(&self.directory, number);
            // A number that was given to another extension: the telephones registered for the one before.
            if before != device(&directory, number) {
                gone.push(number);
                let left = before.map(|device| Output::Reachability(Reachability { device, terminals: Vec::new() }));
                self.outputs.extend(left);
            }
        }
        self.directory = directory.clone();
        let networks = &mut self.config.agent.networks;
        set_trunks(networks, &directory);
        for network in networks.iter() {
            self.agent.set_trunks(network.id, network.trunks.clone());
        }
        let realm = networks.first().map(|network| network.realm.clone()).unwrap_or_default();
        self.agent.set_accounts(Box::new(DirectoryAccounts { directory: directory.clone(), realm }));
        for number in gone {
            self.command(Command::RemoveBindings { aor: number.as_str().into() });
        }
    }

    /// Registrations from before the restart. Datagram flows are good again; streams wait for the telephone to come back.
    pub(super) fn restore(&mut self, stored: &[StoredRegistration]) {
        self.terminals.resume_versions(stored.iter().map(|one| one.version).max().unwrap_or(0));
        let known = |one: &&StoredRegistration| self.directory.extensions.contains_key(&one.key.number);
        let listeners = self.config.listeners.clone();
        let find = |transport, local| {
            listeners.iter().find(|entry| entry.transport == transport && entry.local == local).map(|entry| entry.index)
        };
        let mut numbers = BTreeSet::new();
        for stored in stored.iter().filter(known) {
            let Some(binding) = binding(stored, find) else { continue };
            if self.agent.registrar_mut().import(self.now, binding) {
                numbers.insert(stored.key.number);
            }
        }
        for number in numbers {
            for binding in self.agent.registrar().bindings(number.as_str()) {
                self.terminals.store(number, binding);
            }
            self.reachability(number);
        }
    }

    /// True for the hosts whose numbers are ours to call: our own addresses and names, and those of the trunks.
    pub(crate) fn is_ours(&self, host: &Host<'_>) -> bool {
        let config = &self.config;
        let networks = &config.agent.networks;
        let shown = config.hosts.iter().map(|(_, host)| &**host);
        let advertised = networks.iter().flat_map(|network| network.advertised.iter().map(|shown| &*shown.host));
        let realms = networks.iter().map(|network| &*network.realm);
        let named = |ours: &str| Host::parse(ours.as_bytes()).is_some_and(|ours| ours.equivalent(host));
        let own = || config.listeners.iter().map(|listener| listener.local.ip());
        let trunks = || self.directory.trunks.values().map(|trunk| trunk.address.ip());
        shown.chain(advertised).chain(realms).any(named)
            || host.ip().is_some_and(|ip| own().chain(trunks()).any(|ours| ours.to_canonical() == ip.to_canonical()))
    }

    /// Every registered telephone, by number.
    pub fn registered(&self) -> Vec<RegisteredTelephone> {
        self.terminals.listed()
    }
}

/// Trunks are known by their own address and by those that the directory lists.
pub(super) fn set_trunks(networks: &mut [agent::Network], directory: &Directory) {
    for network in networks {
        network.trunks.clear();
        for trunk in directory.trunks.values().filter(|trunk| trunk.network == network.id) {
            let own = std::iter::once(trunk.address.ip());
            for address in own.chain(trunk.sources.iter().copied()) {
                let prefix = if address.is_ipv4() { 32 } else { 128 };
                network.trunks.push(TrunkSource { trunk: trunk.id, address, prefix });
            }
        }
    }
}
