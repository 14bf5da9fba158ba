//! Every port can be moved, every service switched off, every listener bound to IPv4 and IPv6 addresses of its own.

use std::net::IpAddr;

use ports::render::{FirewallOptions, Scope, firewalld, json, markdown, nftables, table};
use ports::{Checks, Families, Flow, Overrides, PlannedFlow, PortList, PortPlan, Role, Service};

const WHOLE: FirewallOptions = FirewallOptions { scope: Scope::WholePlan, keep_ssh: false };

fn resolve(overrides: &Overrides) -> PortPlan {
    PortPlan::resolve(overrides, &Checks::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn flows() -> Vec<Flow> {
    PortPlan::default().flows().iter().map(|planned| *planned.flow()).collect()
}

/// Ports of the same shape that no flow of the plan has.
fn elsewhere(flow: &Flow) -> PortList {
    let text = match flow.ports {
        [run] if run.is_one() => "12345".to_owned(),
        [_] => "12000-12999".to_owned(),
        many => (0..many.len()).map(|n| (12000 + n).to_string()).collect::<Vec<_>>().join(","),
    };
    text.parse().unwrap()
}

fn planned(plan: &PortPlan, service: Service) -> &PlannedFlow {
    plan.flow(service).unwrap()
}

#[test]
fn every_service_with_a_port_moves_and_every_output_follows() {
    for flow in flows().iter().filter(|flow| !flow.ports.is_empty()) {
        let list = elsewhere(flow);
        let overrides = Overrides::default().with_port(flow.service, list.clone()).with_enabled(flow.service, true);
        let plan = resolve(&overrides);
        assert_eq!(planned(&plan, flow.service).ports(), list.runs());
        assert!(planned(&plan, flow.service).moved());
        assert!(table(&plan).contains(&format!("{list}*")), "{}", flow.service);
        assert!(markdown(&plan).contains(&format!("- `{}`: {list} in place of", flow.service)));
        assert!(json(&plan).contains(&format!("\"first\": {}", list.runs()[0].first())));
        let rules = nftables(&plan, &WHOLE);
        let moved = rules.contains(&list.runs()[0].to_string());
        assert_eq!(moved, matches!(flow.role, Role::Listener | Role::Client), "{}:\n{rules}", flow.service);
        let service = firewalld(&plan, Scope::WholePlan);
        assert_eq!(service.contains(&list.runs()[0].to_string()), flow.role == Role::Listener, "{}", flow.service);
    }
}

#[test]
fn every_service_can_be_switched_off_and_leaves_the_rules() {
    for flow in flows() {
        let plan = resolve(&Overrides::default().with_enabled(flow.service, false));
        assert!(!planned(&plan, flow.service).enabled() && !planned(&plan, flow.service).in_use());
        assert!(!nftables(&plan, &WHOLE).contains(&format!("comment \"{} (row", flow.service)) || is_kernels(&flow));
        assert!(!firewalld(&plan, Scope::WholePlan).contains(&format!("<!-- {} (", flow.service)));
        assert!(plan.listener(flow.service).is_err());
    }
}

/// Neighbour and router discovery are done by the kernel: without them there is no IPv6 at all.
fn is_kernels(flow: &Flow) -> bool {
    matches!(flow.service, Service::Ndp | Service::Icmpv6)
}

#[test]
fn every_listener_binds_the_address_it_is_given_in_each_family_it_has() {
    let (v4, v6): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
    for flow in flows().iter().filter(|flow| flow.role == Role::Listener) {
        for address in [v4, v6] {
            let overrides = Overrides::default().with_enabled(flow.service, true).with_bind(flow.service, &[address]);
            let plan = PortPlan::resolve(&overrides, &Checks::default());
            if flow.families.has(&address) {
                assert_eq!(planned(&plan.unwrap(), flow.service).bind(), [address]);
            } else {
                assert_eq!(flow.families, Families::Ipv4, "{}", flow.service);
                assert!(plan.is_err());
            }
        }
    }
}

#[test]
fn the_default_addresses_reach_every_listener_in_its_families() {
    let overrides =
        Overrides { bind: vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()], ..Overrides::default() };
    for planned in resolve(&overrides).flows() {
        let expected: Vec<IpAddr> = match (planned.flow().role, planned.flow().families) {
            (Role::Listener, Families::Both) => overrides.bind.clone(),
            (Role::Listener, Families::Ipv4) => overrides.bind[..1].to_vec(),
            (Role::Listener, Families::Ipv6) => overrides.bind[1..].to_vec(),
            _ => Vec::new(),
        };
        assert_eq!(planned.bind(), expected, "{}", planned.service());
    }
}

#[test]
fn an_unchanged_plan_has_moved_nothing() {
    for planned in PortPlan::default().flows() {
        assert!(!planned.moved(), "{}", planned.service());
        assert_eq!(planned.enabled(), planned.flow().on);
        assert_eq!(planned.in_use(), planned.flow().on && planned.flow().built);
    }
}

#[test]
fn only_listeners_need_a_capability_and_only_below_1024() {
    let needs: Vec<&str> = PortPlan::default()
        .flows()
        .iter()
        .filter(|planned| planned.privileged())
        .map(|planned| planned.service().name())
        .collect();
    assert_eq!(needs, ["http", "https", "snmp", "ssh", "dns-server-udp", "dns-server-tcp", "ike"]);
    let above = resolve(&Overrides::default().with_port(Service::Https, "8443".parse().unwrap()));
    assert!(!planned(&above, Service::Https).privileged());
}
