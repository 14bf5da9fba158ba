//! Whether a destination can be reached now: a trunk's lines, an extension's telephones and calls.
//!
//! The halves that place a call and `almon explain` look here, so that what is explained is what happens.

use directory::{Extension, Trunk};
use ground::NetworkId;
use media_plan::{AddressFamily, MediaNetwork};
use serde::{Deserialize, Serialize};

/// Whether a trunk can take another call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// A line is free.
    Free {
        /// How many are taken, by calls in both directions.
        taken: u32,
        /// How many there are; none for no limit.
        most: Option<u32>,
    },
    /// Every line is taken. An emergency call goes all the same.
    Full {
        /// How many are taken.
        taken: u32,
        /// How many there are.
        most: u32,
    },
    /// Almon has no address in the trunk's network of the family of the trunk's address, so media would have no way.
    NoAddress,
    /// There is no such trunk.
    Unknown,
}

impl Lines {
    /// The lines of a trunk that carries `taken` calls.
    pub fn of(trunk: Option<&Trunk>, taken: u32, networks: &[MediaNetwork]) -> Lines {
        let Some(trunk) = trunk else { return Lines::Unknown };
        if !has_address(networks, trunk.network, AddressFamily::of(trunk.address.ip())) {
            return Lines::NoAddress;
        }
        match trunk.max_calls.filter(|most| taken >= *most) {
            Some(most) => Lines::Full { taken, most },
            None => Lines::Free { taken, most: trunk.max_calls },
        }
    }

    /// True when a call goes out, or comes in, over the trunk.
    pub fn take(self, emergency: bool) -> bool {
        match self {
            Lines::Free { .. } => true,
            Lines::Full { .. } => emergency,
            Lines::NoAddress | Lines::Unknown => false,
        }
    }
}

fn has_address(networks: &[MediaNetwork], network: NetworkId, family: AddressFamily) -> bool {
    networks.iter().find(|known| known.network == network).is_some_and(|known| known.advertised(family).is_some())
}

/// What a call finds at an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// No telephone is registered.
    Absent,
    /// It has no call: its telephones ring.
    Idle,
    /// It has calls, and one more may wait.
    Waits {
        /// How many it has.
        calls: usize,
    },
    /// It has as many calls as it may have.
    Busy {
        /// How many it has.
        calls: usize,
        /// Why: call waiting is off, or the most calls of the number.
        limit: Limit,
    },
}

/// What makes an extension busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Call waiting is off.
    NoCallWaiting,
    /// The most simultaneous calls.
    Calls(u8),
}

impl Presence {
    /// What a further call finds at an extension with so many registered telephones and so many calls, made and received.
    pub fn of(extension: &Extension, telephones: usize, calls: usize) -> Presence {
        let full = extension.max_calls.filter(|most| calls >= usize::from(*most));
        match (telephones, calls, full) {
            (0, ..) => Presence::Absent,
            (_, _, Some(most)) => Presence::Busy { calls, limit: Limit::Calls(most) },
            (_, 0, None) => Presence::Idle,
            (_, _, None) if extension.call_waiting => Presence::Waits { calls },
            (_, _, None) => Presence::Busy { calls, limit: Limit::NoCallWaiting },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::TrunkTransport;
    use ground::{DeviceId, Digits, TrunkId};

    fn trunk(most: Option<u32>, address: &str) -> Trunk {
        Trunk {
            name: "carrier".to_owned(),
            id: TrunkId(1),
            device: DeviceId(1),
            address: address.parse().unwrap(),
            transport: TrunkTransport::Udp,
            network: NetworkId(1),
            sources: Vec::new(),
            transit: false,
            follow_redirects: false,
            may_transfer: false,
            transfers_itself: false,
            max_calls: most,
        }
    }

    #[test]
    fn a_full_trunk_is_open_for_emergencies_and_one_without_a_way_for_nobody() {
        let address = "192.0.2.1".parse().unwrap();
        let networks = [MediaNetwork { network: NetworkId(1), v4: Some((address, address)), v6: None }];
        let lines = |most, at, taken| Lines::of(Some(&trunk(most, at)), taken, &networks);
        assert_eq!(lines(Some(2), "192.0.2.9:5060", 1), Lines::Free { taken: 1, most: Some(2) });
        assert_eq!(lines(None, "192.0.2.9:5060", 900), Lines::Free { taken: 900, most: None });
        let full = lines(Some(2), "192.0.2.9:5060", 3);
        assert_eq!(full, Lines::Full { taken: 3, most: 2 });
        assert!(!full.take(false) && full.take(true));
        let nowhere = lines(None, "[2001:db8::9]:5060", 0);
        assert_eq!(nowhere, Lines::NoAddress);
        assert!(!nowhere.take(true) && !Lines::of(None, 0, &networks).take(true));
    }

    #[test]
    fn calls_wait_until_a_limit_is_reached() {
        let mut extension = Extension {
            number: Digits::EMPTY,
            device: DeviceId(1),
            name: String::new(),
            max_terminals: 1,
            external_calls: false,
            call_waiting: true,
            max_calls: Some(2),
            pickup_group: None,
            password: Vec::new(),
        };
        let limit = Limit::Calls(2);
        assert_eq!(Presence::of(&extension, 0, 5), Presence::Absent);
        assert_eq!(Presence::of(&extension, 1, 0), Presence::Idle);
        assert_eq!(Presence::of(&extension, 1, 1), Presence::Waits { calls: 1 });
        assert_eq!(Presence::of(&extension, 1, 2), Presence::Busy { calls: 2, limit });
        extension.call_waiting = false;
        assert_eq!(Presence::of(&extension, 1, 1), Presence::Busy { calls: 1, limit: Limit::NoCallWaiting });
    }
}
