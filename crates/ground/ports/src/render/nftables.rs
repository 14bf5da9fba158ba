//! The plan as a ruleset for nftables: `nft -f` loads it in one transaction, in place of an earlier one.
//!
//! Input, output and forwarding are dropped unless the plan has the flow. Answers pass by connection tracking. Ports of
//! remotes need no rule of their own: the packets reach a listener, or answer a flow that the exchange opened.

use std::fmt::Write;
use std::net::IpAddr;

use super::{Scope, row_words};
use crate::flow::{Families, Role};
use crate::plan::{PlannedFlow, PortPlan};
use crate::protocol::Transport;
use crate::range::{PortRange, list};
use crate::service::Service;

/// What the rules open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirewallOptions {
    /// Which flows.
    pub scope: Scope,
    /// Opens the port of row 37 in every scope, so that loading the rules does not lock the administrator of the
    /// machine out, whose own SSH server stands there until the exchange's does.
    pub keep_ssh: bool,
}

impl Default for FirewallOptions {
    fn default() -> FirewallOptions {
        FirewallOptions { scope: Scope::InUse, keep_ssh: true }
    }
}

const HEAD: &str = "#!/usr/sbin/nft -f
# Almon's port plan. Printed from the plan: every rule names its service and rows.
#
# Whatever else this machine needs (its own DHCP, names, time, updates) is dropped too. Allow it in a file loaded after
# this one, with lines like:  add rule inet almon output udp dport 53 accept
# ARP (row 1) is no IP: this table does not see it.

table inet almon
delete table inet almon
table inet almon {
";

const INPUT: &str = "\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tiifname \"lo\" accept comment \"this machine\"
\t\tct state established,related accept comment \"answers\"
\t\tip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept comment \"ndp (row 21)\"
\t\tip6 hoplimit 255 icmpv6 type nd-router-advert accept comment \"icmpv6 (row 14)\"
\t\ticmpv6 type mld-listener-query accept comment \"ndp (row 21): its groups\"
\t\tct state invalid drop
";

const OUTPUT: &str = "\tchain output {
\t\ttype filter hook output priority filter; policy drop;
\t\toifname \"lo\" accept comment \"this machine\"
\t\tct state established,related accept comment \"answers\"
\t\tip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept comment \"ndp (row 21)\"
\t\tip6 hoplimit 255 icmpv6 type nd-router-solicit accept comment \"icmpv6 (row 14)\"
\t\ticmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } accept comment \"ndp (row 21): its groups\"
\t\tct state invalid drop
";

const FORWARD: &str = "\tchain forward {
\t\t# The exchange is no router: it relays media itself.
\t\ttype filter hook forward priority filter; policy drop;
\t}
}
";

/// A whole `table inet almon`.
pub fn nftables(plan: &PortPlan, options: &FirewallOptions) -> String {
    let scope = options.scope;
    let flows: Vec<&PlannedFlow> = plan
        .flows()
        .iter()
        .filter(|planned| scope.has(planned) || (options.keep_ssh && planned.service() == Service::Ssh))
        .collect();
    let mut text = format!("{HEAD}{INPUT}");
    flows.iter().for_each(|planned| input(&mut text, planned));
    text.push_str("\t}\n\n");
    text.push_str(OUTPUT);
    flows.iter().for_each(|planned| output(&mut text, planned));
    text.push_str("\t}\n\n");
    text.push_str(FORWARD);
    text
}

fn input(text: &mut String, planned: &PlannedFlow) {
    let flow = planned.flow();
    match (flow.role, flow.protocol.transport()) {
        (Role::Listener, Some(transport)) => {
            let dport = format!("{transport} dport {}", set(planned.ports()));
            local(text, planned, "daddr", &dport);
            groups(text, planned);
        }
        (Role::Link, _) if flow.service == Service::Esp => rule(text, "", "meta l4proto esp", planned),
        _ => {}
    }
}

fn output(text: &mut String, planned: &PlannedFlow) {
    let flow = planned.flow();
    match (flow.role, flow.protocol.transport()) {
        (Role::Listener, Some(Transport::Udp)) => {
            if flow.both_ways {
                local(text, planned, "saddr", &format!("udp sport {}", set(planned.ports())));
            }
            groups(text, planned);
        }
        (Role::Listener, Some(transport)) if flow.both_ways => {
            local(text, planned, "saddr", &format!("{transport} dport {}", set(planned.ports())));
        }
        (Role::Client, Some(transport)) => {
            let source = flow.source.map(|ports| format!("{transport} sport {ports} ")).unwrap_or_default();
            let family = match flow.families {
                Families::Both => "",
                Families::Ipv4 => "meta nfproto ipv4 ",
                Families::Ipv6 => "meta nfproto ipv6 ",
            };
            rule(text, family, &format!("{source}{transport} dport {}", set(planned.ports())), planned);
        }
        (Role::Link, _) if flow.service == Service::Esp => rule(text, "", "meta l4proto esp", planned),
        _ => {}
    }
}

/// A listener that joins a multicast group (H.225.0: 224.0.1.41) does so by IGMP.
fn groups(text: &mut String, planned: &PlannedFlow) {
    if planned.service() == Service::RasDiscovery {
        rule(text, "", "meta l4proto igmp", planned);
    }
}

/// One rule for each family that the listener is bound in; none for one that only this machine reaches.
fn local(text: &mut String, planned: &PlannedFlow, side: &str, ports: &str) {
    let reachable: Vec<&IpAddr> = planned.bind().iter().filter(|address| !address.is_loopback()).collect();
    if reachable.is_empty() {
        let _ = writeln!(text, "\t\t# {}: on this machine only", name(planned));
        return;
    }
    let of_family = |v4: bool| -> Option<String> {
        let of: Vec<String> = reachable.iter().filter(|a| a.is_ipv4() == v4).map(ToString::to_string).collect();
        let any = reachable.iter().any(|a| a.is_ipv4() == v4 && a.is_unspecified());
        match of.as_slice() {
            [] => None,
            _ if any => Some(if v4 { "meta nfproto ipv4 " } else { "meta nfproto ipv6 " }.to_owned()),
            [one] => Some(format!("{} {side} {one} ", if v4 { "ip" } else { "ip6" })),
            many => Some(format!("{} {side} {{ {} }} ", if v4 { "ip" } else { "ip6" }, many.join(", "))),
        }
    };
    let wildcards = reachable.iter().filter(|address| address.is_unspecified()).count();
    if wildcards == 2 {
        return rule(text, "", ports, planned);
    }
    for prefix in [of_family(true), of_family(false)].into_iter().flatten() {
        rule(text, &prefix, ports, planned);
    }
}

fn rule(text: &mut String, prefix: &str, matches: &str, planned: &PlannedFlow) {
    let _ = writeln!(text, "\t\t{prefix}{matches} accept comment \"{}\"", name(planned));
}

fn name(planned: &PlannedFlow) -> String {
    format!("{} ({})", planned.service(), row_words(planned.flow().rows))
}

fn set(ports: &[PortRange]) -> String {
    match ports {
        [one] => one.to_string(),
        many => format!("{{ {} }}", list(many)),
    }
}
