//! Whatever an administrator changes: a plan is either refused, or all its binds can be open at the same time.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use ports::{Checks, Overrides, PlanError, PortList, PortPlan, PortRange, Role, Service, Transport};
use proptest::prelude::*;

const ADDRESSES: [&str; 6] = ["0.0.0.0", "192.0.2.1", "192.0.2.2", "::", "2001:db8::1", "2001:db8::2"];
const MOVED: [Service; 8] = [
    Service::SipUdp,
    Service::SipTcp,
    Service::SipTls,
    Service::Ras,
    Service::Snmp,
    Service::Tr87,
    Service::Metrics,
    Service::Ldap,
];

fn addresses() -> impl Strategy<Value = Vec<IpAddr>> {
    prop::collection::vec(prop::sample::select(&ADDRESSES[..]), 0..3)
        .prop_map(|texts| texts.iter().map(|text| text.parse().unwrap()).collect())
}

/// Few ports, so that collisions are frequent.
fn change() -> impl Strategy<Value = (Service, Option<u16>, Option<Vec<IpAddr>>, Option<bool>)> {
    let port = prop::option::of(prop_oneof![5060u16..5064, 20000u16..20003, Just(1719u16)]);
    (prop::sample::select(&MOVED[..]), port, prop::option::of(addresses()), prop::option::of(any::<bool>()))
}

fn overrides() -> impl Strategy<Value = Overrides> {
    let media = prop::option::of((4000u16..40000, 0u16..400));
    (prop::collection::vec(change(), 0..5), addresses(), media).prop_map(|(changes, bind, media)| {
        let mut overrides = Overrides { bind, ..Overrides::default() };
        for (service, port, bind, enabled) in changes {
            let change = overrides.services.entry(service).or_default();
            change.port = port.and_then(PortList::one);
            change.bind = bind;
            change.enabled = enabled;
        }
        if let Some((first, more)) = media {
            let run = PortRange::new(first, first.saturating_add(more)).unwrap();
            overrides = overrides.with_port(Service::Media, PortList::run(run));
        }
        overrides
    })
}

/// The rule said anew, port by port: `true` if two binds of the plan could not be open together.
fn binds_twice(plan: &PortPlan) -> bool {
    let mut taken: BTreeSet<(Transport, SocketAddr)> = BTreeSet::new();
    let mut by_port: BTreeSet<(Transport, bool, u16)> = BTreeSet::new();
    let mut wildcards: BTreeSet<(Transport, bool, u16)> = BTreeSet::new();
    for planned in plan.flows().iter().filter(|planned| planned.enabled() && planned.flow().role == Role::Listener) {
        let Some(transport) = planned.flow().protocol.transport() else { continue };
        for (address, run) in planned.bind().iter().flat_map(|a| planned.ports().iter().map(move |run| (a, run))) {
            for port in run.iter() {
                let key = (transport, address.is_ipv4(), port);
                let twice = !taken.insert((transport, SocketAddr::new(*address, port)));
                let shadowed = wildcards.contains(&key) || (address.is_unspecified() && by_port.contains(&key));
                if twice || shadowed {
                    return true;
                }
                by_port.insert(key);
                if address.is_unspecified() {
                    wildcards.insert(key);
                }
            }
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_accepted_plan_never_binds_twice(overrides in overrides()) {
        match PortPlan::resolve(&overrides, &Checks::default()) {
            Ok(plan) => prop_assert!(!binds_twice(&plan), "accepted, though two binds collide"),
            Err(errors) => prop_assert!(!errors.0.is_empty()),
        }
    }

    #[test]
    fn a_plan_is_not_refused_for_a_collision_without_two_claims(overrides in overrides()) {
        if let Err(errors) = PortPlan::resolve(&overrides, &Checks::default()) {
            for error in &errors.0 {
                if let PlanError::Collision { first, second, port, .. } = error {
                    prop_assert_ne!(first.service, second.service);
                    prop_assert_eq!(first.address.is_ipv4(), second.address.is_ipv4());
                    prop_assert!(*port > 0);
                }
            }
        }
    }

    #[test]
    fn every_token_of_an_accepted_plan_lies_within_it(overrides in overrides()) {
        let Ok(plan) = PortPlan::resolve(&overrides, &Checks::default()) else { return Ok(()) };
        for service in Service::ALL {
            let Ok(listener) = plan.listener(*service) else { continue };
            let planned = plan.flow(*service).unwrap();
            prop_assert!(planned.in_use() && !listener.binds().is_empty());
            for address in listener.addresses() {
                prop_assert!(planned.bind().contains(&address.ip()));
                prop_assert!(planned.ports().iter().any(|run| run.contains(address.port())));
            }
        }
    }

    #[test]
    fn a_configuration_survives_being_written(overrides in overrides()) {
        let text = toml::to_string(&overrides).unwrap();
        prop_assert_eq!(toml::from_str::<Overrides>(&text).unwrap(), overrides);
    }
}
