//! The generated nftables rules in a network namespace: every planned flow passes, anything else is dropped.
//!
//! Namespaces stand for the exchange, everybody else, and a machine behind the exchange. Each set of flows is tried first
//! without rules, where all pass: so a flow that is dropped later is dropped by the rules.

mod namespace;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use namespace::{BEYOND, Namespaces, Side};
use ports::render::{FirewallOptions, Scope, nftables};
use ports::{Checks, Overrides, PlannedFlow, PortPlan, PortRange, Protocol, Role, Service, Transport};

/// The exchange's addresses; the second of each family is bound by nobody in the narrowed plan.
const EXCHANGE: [&str; 4] = ["192.0.2.1", "2001:db8::1", "192.0.2.4", "2001:db8::4"];
const PEER: [&str; 2] = ["192.0.2.2", "2001:db8::2"];
/// Where the exchange dials to: other addresses, so that no answer to an earlier flow is taken for a new one.
const CALLED: [&str; 2] = ["192.0.2.3", "2001:db8::3"];
/// Ports of which the plan knows nothing.
const STRANGE: [u16; 12] = [7, 111, 1024, 2049, 3306, 4444, 6379, 10050, 15000, 29000, 31337, 65000];

/// One flow that is tried, and whether it is to pass.
type Cases = BTreeMap<String, bool>;

fn plan(overrides: &Overrides) -> PortPlan {
    PortPlan::resolve(overrides, &Checks::default()).unwrap()
}

fn everything_on() -> Overrides {
    Service::ALL.iter().fold(Overrides::default(), |overrides, service| overrides.with_enabled(*service, true))
}

/// First, last and middle of a run; a single port is all three.
fn samples(run: &PortRange) -> BTreeSet<u16> {
    let middle = run.first() + (run.last() - run.first()) / 2;
    BTreeSet::from([run.first(), middle, middle + u16::from(!run.is_one()), run.last()])
}

fn in_scope(scope: Scope, planned: &PlannedFlow) -> bool {
    if scope == Scope::InUse { planned.in_use() } else { planned.enabled() }
}

fn has(planned: &PlannedFlow, port: u16) -> bool {
    planned.ports().iter().any(|run| run.contains(port))
}

fn bound_to(planned: &PlannedFlow, address: &IpAddr) -> bool {
    let same_family = |bind: &IpAddr| bind.is_ipv4() == address.is_ipv4() && bind.is_unspecified();
    planned.bind().iter().any(|bind| bind == address || same_family(bind))
}

/// Every port worth trying: those of the whole plan, whatever is in scope, their neighbours, and strange ones.
fn interesting_ports(plan: &PortPlan, transport: Transport) -> BTreeSet<u16> {
    let mut ports: BTreeSet<u16> = STRANGE.into();
    for planned in plan.flows().iter().filter(|planned| planned.flow().protocol.transport() == Some(transport)) {
        for port in planned.ports().iter().flat_map(samples) {
            ports.extend([port.saturating_sub(1), port, port.saturating_add(1)]);
        }
    }
    ports.remove(&0);
    ports
}

fn inbound(plan: &PortPlan, scope: Scope) -> Cases {
    let mut cases = Cases::new();
    for address in EXCHANGE {
        let address: IpAddr = address.parse().unwrap();
        let peer: IpAddr = PEER[usize::from(address.is_ipv6())].parse().unwrap();
        for transport in [Transport::Udp, Transport::Tcp, Transport::Sctp] {
            for port in interesting_ports(plan, transport) {
                let open = plan.flows().iter().any(|planned| {
                    let flow = planned.flow();
                    let listener = flow.role == Role::Listener && flow.protocol.transport() == Some(transport);
                    listener && in_scope(scope, planned) && has(planned, port) && bound_to(planned, &address)
                });
                let source = if transport == Transport::Sctp { from(peer, 40000) } else { String::new() };
                cases.insert(format!("{transport} {}{source}", SocketAddr::new(address, port)), open);
            }
        }
        portless(&mut cases, plan, scope, address);
    }
    cases
}

fn outbound(plan: &PortPlan, scope: Scope) -> Cases {
    let mut cases = Cases::new();
    for (address, exchange) in CALLED.iter().zip(EXCHANGE) {
        let (address, exchange): (IpAddr, IpAddr) = (address.parse().unwrap(), exchange.parse().unwrap());
        for transport in [Transport::Udp, Transport::Tcp, Transport::Sctp] {
            for port in interesting_ports(plan, transport) {
                let source = if transport == Transport::Sctp { from(exchange, 40000) } else { String::new() };
                let line = format!("{transport} {}{source}", SocketAddr::new(address, port));
                // The source port is one of the system's.
                cases.insert(line, may_leave(plan, scope, transport, (exchange, 40000), (address, port)));
            }
        }
        // From the ports of listeners, towards a telephone's port that nobody knows beforehand.
        for port in interesting_ports(plan, Transport::Udp).into_iter().filter(|port| *port < 40000) {
            let line = format!("udp {}{}", SocketAddr::new(address, 34567), from(exchange, port));
            cases.insert(line, may_leave(plan, scope, Transport::Udp, (exchange, port), (address, 34567)));
        }
        // From a port that calls are not placed from.
        let line = format!("tcp {}{}", SocketAddr::new(address, 1720), from(exchange, 2000));
        cases.insert(line, may_leave(plan, scope, Transport::Tcp, (exchange, 2000), (address, 1720)));
        portless(&mut cases, plan, scope, address);
    }
    cases
}

fn from(address: IpAddr, port: u16) -> String {
    format!(" from {}", SocketAddr::new(address, port))
}

fn may_leave(
    plan: &PortPlan,
    scope: Scope,
    transport: Transport,
    (exchange, source): (IpAddr, u16),
    (remote, port): (IpAddr, u16),
) -> bool {
    plan.flows().iter().any(|planned| {
        let flow = planned.flow();
        if !in_scope(scope, planned) || flow.protocol.transport() != Some(transport) {
            return false;
        }
        match flow.role {
            Role::Client => {
                let from = flow.source.is_none_or(|range| range.contains(source));
                flow.families.has(&remote) && from && has(planned, port)
            }
            Role::Listener if flow.both_ways && bound_to(planned, &exchange) => {
                has(planned, if transport == Transport::Udp { source } else { port })
            }
            _ => false,
        }
    })
}

/// ESP passes where IPsec is in scope; a protocol of nobody (253, RFC 3692) never does.
fn portless(cases: &mut Cases, plan: &PortPlan, scope: Scope, address: IpAddr) {
    let esp = plan.flows().iter().any(|p| p.flow().protocol == Protocol::Esp && in_scope(scope, p));
    cases.insert(format!("ip50 {}", SocketAddr::new(address, 0)), esp);
    cases.insert(format!("ip253 {}", SocketAddr::new(address, 0)), false);
}

/// Flows through the exchange's machine: on any port, nothing is routed.
fn through(plan: &PortPlan) -> Cases {
    let mut cases = Cases::new();
    for address in BEYOND {
        for planned in plan.flows().iter().filter(|planned| planned.flow().role == Role::Listener) {
            let Some(transport) = planned.flow().protocol.transport().filter(|t| *t != Transport::Sctp) else {
                continue;
            };
            for port in planned.ports().iter().take(1).map(|run| run.first()) {
                cases.insert(format!("{transport} {}", SocketAddr::new(address.parse().unwrap(), port)), false);
            }
        }
    }
    cases
}

/// Tries every case; returns what did not go as `expected` says.
fn surprises(
    namespaces: &Namespaces,
    directions: &[(Side, Cases)],
    expected: impl Fn(bool) -> bool + Copy + Sync,
) -> Vec<String> {
    let tried = |(to, cases): &(Side, Cases)| {
        let open = namespaces.passed(*to, &cases.keys().cloned().collect::<Vec<_>>());
        let surprising = cases.iter().filter(|(line, planned)| expected(**planned) != open.contains(*line));
        surprising
            .map(|(line, planned)| {
                let plan = if *planned { "planned" } else { "not planned" };
                let fate = if open.contains(line) { "passed" } else { "dropped" };
                format!("{plan}, but {fate} towards {to:?}: {line}")
            })
            .collect::<Vec<_>>()
    };
    // The two directions of the cable bind the same ports of the exchange, so only the third goes along with another.
    let [inbound, outbound, through] = directions else { panic!("three directions") };
    std::thread::scope(|scope| {
        let beyond = scope.spawn(|| tried(through));
        let mut lines = tried(inbound);
        lines.extend(tried(outbound));
        lines.extend(beyond.join().unwrap());
        lines
    })
}

fn prove(plan: &PortPlan, scope: Scope) {
    if !peers::require(&["nft", "ip"]) || !peers::require_root() {
        return;
    }
    let namespaces = Namespaces::new(&EXCHANGE, &[PEER, CALLED].concat());
    let directions =
        [(Side::Exchange, inbound(plan, scope)), (Side::Peer, outbound(plan, scope)), (Side::Beyond, through(plan))];
    let without_rules = surprises(&namespaces, &directions, |_| true);
    assert!(without_rules.is_empty(), "without rules: {}", without_rules.join("\n"));
    let rules = nftables(plan, &FirewallOptions { scope, keep_ssh: false });
    namespaces.load(&rules);
    // The same file replaces what it loaded before.
    namespaces.load(&rules);
    let with_rules = surprises(&namespaces, &directions, |planned| planned);
    assert!(with_rules.is_empty(), "{}", with_rules.join("\n"));
    for (to, cases) in &directions {
        let planned = cases.values().filter(|planned| **planned).count();
        eprintln!("towards {to:?}: {planned} planned flows passed, {} others were dropped", cases.len() - planned);
        assert!(planned < cases.len() && (planned > 0) == (*to != Side::Beyond));
    }
}

#[test]
fn the_whole_plan_passes_and_nothing_else() {
    prove(&plan(&everything_on()), Scope::WholePlan);
}

#[test]
fn what_is_in_use_passes_and_nothing_else() {
    prove(&PortPlan::default(), Scope::InUse);
}

#[test]
fn moved_ports_on_chosen_addresses_pass_and_nothing_else() {
    let addresses: Vec<IpAddr> = EXCHANGE[..2].iter().map(|text| text.parse().unwrap()).collect();
    let overrides = Overrides { bind: addresses.clone(), ..Overrides::default() }
        .with_port(Service::SipUdp, "5070".parse().unwrap())
        .with_port(Service::Media, "30000-30999".parse().unwrap())
        .with_bind(Service::SipTcp, &addresses[1..])
        .with_enabled(Service::SipTls, false);
    prove(&plan(&overrides), Scope::InUse);
}
