//! The rules that a plan keeps.
//!
//! A bind is a port of one transport on one address. Two binds collide when the addresses are equal or one is the
//! wildcard of the other's family. `::` does not contain `0.0.0.0`: every IPv6 socket of the exchange carries IPv6
//! only (`IPV6_V6ONLY`). Ports of remotes, and ports that the exchange opens flows towards, are no binds.

use std::net::IpAddr;

use crate::error::{Claim, PlanError};
use crate::flow::{Flow, Role};
use crate::plan::{PlannedFlow, PortPlan};
use crate::protocol::Transport;
use crate::range::PortRange;
use crate::rows::{LEAST_MEDIA_PORTS, SYSTEM_EPHEMERAL};
use crate::service::Service;

/// What a plan is checked against beside itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The ranges that this system gives to outgoing connections; see [`crate::ephemeral_range`].
    pub ephemeral: Vec<PortRange>,
    /// How many RTP resources the gateway offers: each takes two ports.
    pub rtp_resources: u32,
}

impl Default for Checks {
    /// Linux's usual range, and as many resources as the least media range carries.
    fn default() -> Checks {
        Checks { ephemeral: vec![SYSTEM_EPHEMERAL], rtp_resources: LEAST_MEDIA_PORTS / 2 }
    }
}

pub(crate) fn errors(plan: &PortPlan, checks: &Checks) -> Vec<PlanError> {
    let mut errors = Vec::new();
    let binds: Vec<&PlannedFlow> =
        plan.flows().iter().filter(|planned| planned.enabled() && planned.flow().role == Role::Listener).collect();
    for (n, first) in binds.iter().enumerate() {
        errors.extend(inner_collision(first));
        errors.extend(binds.iter().skip(n + 1).filter_map(|second| collision(first, second)));
    }
    if let Some(media) = plan.flow(Service::Media).filter(|planned| planned.enabled()) {
        media_errors(media, checks, &mut errors);
    }
    errors
}

/// Whether a socket on one address keeps a socket of the same port from the other.
fn overlap(a: &IpAddr, b: &IpAddr) -> bool {
    a == b || (a.is_ipv4() == b.is_ipv4() && (a.is_unspecified() || b.is_unspecified()))
}

fn collision(first: &PlannedFlow, second: &PlannedFlow) -> Option<PlanError> {
    let transport: Transport = first.flow().protocol.transport()?;
    if second.flow().protocol.transport() != Some(transport) {
        return None;
    }
    let port = first.ports().iter().flat_map(|a| second.ports().iter().filter_map(|b| a.meets(*b))).min()?;
    let pairs = first.bind().iter().flat_map(|a| second.bind().iter().map(move |b| (a, b)));
    let (a, b) = pairs.into_iter().find(|(a, b)| overlap(a, b))?;
    let (first, second) = (claim(first, a), claim(second, b));
    Some(if first.service == Service::Media {
        PlanError::MediaCollision { port, media: first, other: second }
    } else if second.service == Service::Media {
        PlanError::MediaCollision { port, media: second, other: first }
    } else {
        PlanError::Collision { transport, port, first, second }
    })
}

/// A list of ports that names one of them twice.
fn inner_collision(planned: &PlannedFlow) -> Option<PlanError> {
    let transport = planned.flow().protocol.transport()?;
    let runs = planned.ports();
    let port = runs.iter().enumerate().find_map(|(n, a)| runs.iter().skip(n + 1).find_map(|b| a.meets(*b)))?;
    let claim = claim(planned, planned.bind().first()?);
    Some(PlanError::Collision { transport, port, first: claim.clone(), second: claim })
}

fn claim(planned: &PlannedFlow, address: &IpAddr) -> Claim {
    Claim { service: planned.service(), rows: planned.flow().rows, address: *address }
}

fn media_errors(media: &PlannedFlow, checks: &Checks, errors: &mut Vec<PlanError>) {
    let have: u32 = media.ports().iter().map(|run| run.count()).sum();
    let need = LEAST_MEDIA_PORTS.max(checks.rtp_resources.saturating_mul(2));
    if have < need {
        errors.push(PlanError::MediaTooSmall { have, need });
    }
    for run in media.ports() {
        if !run.first().is_multiple_of(2) {
            errors.push(PlanError::MediaBeginsOdd { port: run.first() });
        }
        let met = checks.ephemeral.iter().filter(|ephemeral| run.meets(**ephemeral).is_some());
        errors.extend(met.map(|ephemeral| PlanError::MediaEphemeral { media: *run, ephemeral: *ephemeral }));
    }
}

/// What is wrong with a list of addresses: the plan's own, or that of one listener.
pub(crate) fn address_errors(flow: Option<&Flow>, addresses: &[IpAddr]) -> Vec<PlanError> {
    let mut errors = Vec::new();
    for (n, address) in addresses.iter().enumerate() {
        if matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()) {
            errors.push(PlanError::MappedAddress { address: *address });
        }
        if let Some(flow) = flow.filter(|flow| !flow.families.has(address)) {
            errors.push(PlanError::WrongFamily { service: flow.service, address: *address });
        }
        if addresses.iter().take(n).any(|earlier| overlap(earlier, address)) {
            errors.push(PlanError::AddressTwice { service: flow.map(|flow| flow.service), address: *address });
        }
    }
    errors
}

#[cfg(test)]
mod tests;
